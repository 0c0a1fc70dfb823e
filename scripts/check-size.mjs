/**
 * The size of the web app up to the first paint: the scripts and styles that its page names, and all that those scripts import without being asked.
 * Fails when the scripts are larger than the budget, and names the largest; run after the build.
 */
import { existsSync, readFileSync } from "node:fs"
import { dirname, join, normalize } from "node:path"
import process from "node:process"
import { gzipSync } from "node:zlib"

const DIST = "apps/web/dist"
/** Bytes of JavaScript, gzip, before a chat is on screen. */
const MAX_INITIAL_SCRIPT_BYTES = 180_000

const page = join(DIST, "index.html")
if (!existsSync(page)) {
  console.error(`${page} is not there: run \`npm run build\` first.`)
  process.exit(1)
}
const html = readFileSync(page, "utf8")
const named = [...html.matchAll(/(?:src|href)="\.?\/([^"]+\.(?:js|css))"/g)].map((match) => join(DIST, match[1]))
const scripts = new Map()
const styles = new Map()
for (const file of named) measure(file)

const scriptBytes = sum(scripts)
const shown = `${kb(scriptBytes)} of JavaScript in ${scripts.size} files, ${kb(sum(styles))} of CSS (gzip)`
if (scriptBytes > MAX_INITIAL_SCRIPT_BYTES) {
  console.error(`The first paint of the chat loads ${shown}: ${kb(scriptBytes - MAX_INITIAL_SCRIPT_BYTES)} over the budget.`)
  for (const [file, bytes] of [...scripts].toSorted((left, right) => right[1] - left[1])) console.error(`  ${kb(bytes)}  ${file}`)
  console.error("Load what the first paint does not need with `import()`; `apps/web/dist/assets/*.map` tells what a file is made of.")
  process.exit(1)
}
console.log(`The first paint of the chat loads ${shown}; ${kb(MAX_INITIAL_SCRIPT_BYTES - scriptBytes)} of the budget are left.`)

function measure(file) {
  const kind = file.endsWith(".css") ? styles : scripts
  if (kind.has(file)) return
  const text = readFileSync(file, "utf8")
  kind.set(file, gzipSync(text).length)
  if (kind === scripts) for (const imported of staticImports(text)) measure(normalize(join(dirname(file), imported)))
}

/** What a built module loads before it runs: `import"./a.js"`, `import{a}from"./a.js"`, `export{a}from"./a.js"`; not `import("./a.js")`. */
function staticImports(text) {
  return [...text.matchAll(/\b(?:import|from)\s*["'](\.[^"']+\.js)["']/g)].map((match) => match[1])
}

function sum(sizes) {
  return [...sizes.values()].reduce((total, bytes) => total + bytes, 0)
}

function kb(bytes) {
  return `${(bytes / 1000).toFixed(1)} KB`
}
