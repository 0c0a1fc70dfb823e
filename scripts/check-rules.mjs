/**
 * Rules and tests prove each other: every rule in a README's "Rules" section is cited by a test title of the same package, and every
 * test title begins with a rule that exists: one of the package's README, or an invariant I1 to I12 of docs/architecture.md.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import process from "node:process"

const RULE = /^- \*\*([A-Z]{2}\d+[a-z]?)\*\*/gm
const INVARIANT = /^I([1-9]|1[0-2])$/
const problems = []

for (const folder of [...subfolders("packages"), ...subfolders("apps"), "e2e"]) checkFolder(folder)

if (problems.length > 0) {
  for (const problem of problems) console.error(problem)
  console.error(`${problems.length} rules and tests do not match.`)
  process.exit(1)
}

function checkFolder(folder) {
  const readme = `${folder}/README.md`
  const rules = new Set(existsSync(readme) ? [...readFileSync(readme, "utf8").matchAll(RULE)].map((match) => match[1]) : [])
  const cited = new Set()
  const cite = (rule, where) => {
    cited.add(rule)
    if (!rules.has(rule) && !INVARIANT.test(rule)) problems.push(`${where}: rule ${rule} is not in ${readme}`)
  }
  for (const file of files(folder)) {
    const source = readFileSync(file, "utf8")
    if (/\.(test|spec)\.tsx?$/.test(file)) {
      for (const { title, line } of titles(source)) {
        const cites = /^\[([A-Za-z0-9, ]+)\]/.exec(title)?.[1]?.split(/, ?/)
        if (cites === undefined) problems.push(`${file}:${line}: "${title}" cites no rule`)
        for (const rule of cites ?? []) cite(rule, `${file}:${line}`)
      }
    } else if (/rules/.test(file) && file.endsWith(".ts")) {
      // A contract is data: its rules are proven by being run, so an id there counts as a citation.
      for (const match of source.matchAll(/\bid: "([A-Z]{2}\d+[a-z]?)"/g)) cite(match[1], file)
    }
  }
  for (const rule of rules) if (!cited.has(rule)) problems.push(`${readme}: rule ${rule} is cited by no test`)
}

function subfolders(parent) {
  return readdirSync(parent, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => `${parent}/${entry.name}`)
}

function files(folder) {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((file) => `${folder}/${file}`)
    .filter((file) => /\.tsx?$/.test(file) && !/node_modules|\/dist\//.test(file))
}

/** Titles of `test(…)` and `test.each(…)(…)`; a template literal that begins with `[${` runs a contract and names its rules at run time. */
function titles(source) {
  const found = []
  for (const match of source.matchAll(/^\s*(?:test|it)(?:\.\w+)*(?:\([^\n]*?\))?\(\s*(["'`])((?:\\.|(?!\1).)*)\1/gm)) {
    const line = source.slice(0, match.index).split("\n").length
    // A template that begins with `[${` runs a contract: its rules are named at run time, and counted in the contract's own file.
    if (match[1] !== "`" || !match[2].startsWith("[${")) found.push({ title: match[2], line })
  }
  return found
}
