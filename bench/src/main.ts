import { spawn } from "node:child_process"
import { once } from "node:events"
import { readFile, writeFile } from "node:fs/promises"
import { loadavg } from "node:os"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { LOAD_CORE, onCore } from "./cores.ts"
import { describeMachine } from "./machine.ts"
import { type Figures, pageOf, type Results, textOf } from "./report.ts"
import type { RunRequest } from "./run-one.ts"
import type { ServerName, Workload } from "./workload.ts"
import { WORKLOADS } from "./workloads/index.ts"

/*
 *   npm run bench [-- --quick] [-- --only name[,name]] [-- --repetitions n]
 *
 * Runs of all servers stand side by side: A B C D, A B C D … for each workload and size, each run with a fresh server and a fresh load
 * generator. What was measured takes its section in RESULTS.md; a quick run only prints.
 */

const RESULTS = fileURLToPath(new URL("../RESULTS.md", import.meta.url))
const RUN_ONE = fileURLToPath(new URL("run-one.js", import.meta.url))
/** Milliseconds after which a run is given up. */
const MAX_RUN_MS = 180_000

const { values } = parseArgs({
  options: { quick: { type: "boolean", default: false }, only: { type: "string" }, repetitions: { type: "string" } },
})
const workloads = chosen(values.only)
const repetitions = values.repetitions === undefined ? undefined : atLeastOne(values.repetitions)
const startedAt = new Date()
const results: Results[] = []
for (const workload of workloads) {
  const result = await measure(workload, values.quick)
  results.push(result)
  console.log(`\n${textOf(result)}`)
  // After each, so that what was measured is there whatever happens to the rest.
  if (!values.quick) await writeResults()
}
console.log(`\n${describeMachine()}\n${minutesSince(startedAt).toFixed(1)} minutes`)

async function writeResults(): Promise<void> {
  const page = await readFile(RESULTS, "utf8").catch(() => "")
  await writeFile(RESULTS, pageOf(page, results, { titles: WORKLOADS.map(({ title }) => title), machine: describeMachine() }))
}

function minutesSince(time: Date): number {
  return (Date.now() - time.getTime()) / 60_000
}

function chosen(only: string | undefined): readonly Workload[] {
  if (only === undefined) return WORKLOADS
  const names = only.split(",")
  const unknown = names.find((name) => !WORKLOADS.some((workload) => workload.name === name))
  if (unknown === undefined) return WORKLOADS.filter(({ name }) => names.includes(name))
  console.error(`There is no workload ${unknown}; there are ${WORKLOADS.map(({ name }) => name).join(", ")}.`)
  process.exit(2)
}

function atLeastOne(text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count >= 1) return count
  console.error(`--repetitions is a whole number from 1, not ${text}.`)
  process.exit(2)
}

async function measure(workload: Workload, quick: boolean): Promise<Results> {
  const startedAt = new Date()
  const load = loadavg()[0]!
  const sizes = quick ? workload.sizes.quick : workload.sizes.all
  const runs: Results["runs"][number][] = []
  for (const size of sizes) {
    for (let repetition = 0; repetition < (repetitions ?? (quick ? 1 : workload.repetitions)); repetition++) {
      for (const server of workload.servers) {
        const missing = workload.missing?.(server, size)
        if (missing !== undefined) {
          console.error(`${workload.name} with ${size} on ${server} is left out: ${missing}.`)
          continue
        }
        process.stderr.write(`${workload.name} ${size} ${server} ${repetition + 1}      \r`)
        runs.push({ size, server, repetition, figures: await runOnce(workload, server, size, quick) })
      }
    }
  }
  return { workload, startedAt, load, runs }
}

/** No figures at all when the run fails: it is said here, and stands as a gap in the table. */
async function runOnce(workload: Workload, server: ServerName, size: number, quick: boolean): Promise<Figures> {
  const request: RunRequest = { workload: workload.name, server, size, quick }
  const [command, ...args] = onCore(LOAD_CORE, [process.execPath, RUN_ONE, JSON.stringify(request)])
  const child = spawn(command!, args, { stdio: ["ignore", "pipe", "inherit"], timeout: MAX_RUN_MS })
  let output = ""
  child.stdout.on("data", (text: Buffer) => (output += text.toString("utf8")))
  const [code] = (await once(child, "close")) as [number | null]
  const line = output.trim().split("\n").at(-1) ?? ""
  if (code === 0) return JSON.parse(line) as Figures
  process.exitCode = 1
  console.error(`${workload.name} with ${size} on ${server} ${code === null ? "took too long" : `ended with ${code}`}.`)
  return {}
}
