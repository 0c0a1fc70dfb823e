/**
 * `npm test`: everything, in the order in which it is cheapest to learn that something is wrong. Stops at the first step that fails; ends
 * with how many tests passed and failed over all runners.
 */
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs"
import process from "node:process"

const RESULTS = "node_modules/.cache/polylogue-tests"
const VITEST = `${RESULTS}/vitest.json`
const PLAYWRIGHT = `${RESULTS}/playwright.json`

const STEPS = [
  { title: "build", command: ["npm", "run", "--silent", "build"] },
  { title: "size of the first paint", command: ["node", "scripts/check-size.mjs"] },
  { title: "check", command: ["npm", "run", "--silent", "check"] },
  { title: "browser", command: ["node", "scripts/ensure-browser.mjs"] },
  {
    title: "unit, contract and simulation tests",
    command: ["npx", "vitest", "run", "--reporter=default", "--reporter=json", `--outputFile.json=${VITEST}`],
  },
  { title: "browser tests", command: ["npx", "playwright", "test", "-c", "e2e/browser"] },
]

rmSync(RESULTS, { recursive: true, force: true })
mkdirSync(RESULTS, { recursive: true })
let failedStep
for (const { title, command } of STEPS) {
  console.log(`\n── ${title}`)
  const start = performance.now()
  const [program, ...args] = command
  const { status } = spawnSync(program, args, {
    stdio: "inherit",
    env: { ...process.env, PLAYWRIGHT_JSON_OUTPUT_NAME: `${process.cwd()}/${PLAYWRIGHT}` },
  })
  console.log(`── ${title}: ${status === 0 ? "done" : "failed"} in ${((performance.now() - start) / 1000).toFixed(1)} s`)
  if (status !== 0) {
    failedStep = title
    break
  }
}

const vitest = read(VITEST)
const playwright = read(PLAYWRIGHT)?.stats
const passed = (vitest?.numPassedTests ?? 0) + (playwright?.expected ?? 0)
const failed = (vitest?.numFailedTests ?? 0) + (playwright?.unexpected ?? 0) + (playwright?.flaky ?? 0)
const skipped = (vitest?.numPendingTests ?? 0) + (playwright?.skipped ?? 0)
console.log(failedStep === undefined ? "" : `\nStopped at: ${failedStep}.`)
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`)
process.exit(failedStep === undefined ? 0 : 1)

function read(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined
}
