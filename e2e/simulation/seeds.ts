import process from "node:process"
import { expect } from "vitest"
import { Coverage } from "./coverage.ts"
import { simulate } from "./simulate.ts"

/** Seeds of one test file; `POLYLOGUE_SEEDS=1001-2000` runs others instead, shared out over the files. */
const CHUNK = 125
/** Test files: 1,000 seeds in all. */
const CHUNKS = 8

/** Runs the seeds of chunk number `chunk` (from 0): none may break an invariant, and together they must have met everything that is required. */
export async function runChunk(chunk: number): Promise<void> {
  const { from, to } = chunkOf(chunk)
  const coverage = new Coverage()
  const failures: string[] = []
  for (let seed = from; seed <= to; seed++) {
    const report = await simulate(seed)
    coverage.add(report.coverage)
    if (report.violations.length === 0) continue
    if (failures.length === 0) console.log(report.toString())
    failures.push(`seed ${seed}: ${report.violations[0]}`)
  }
  expect(failures).toEqual([])
  // Fewer seeds than a chunk, asked for by hand, may miss what is rare.
  if (to - from + 1 < CHUNK) return
  expect(coverage.missing((to - from + 1) / CHUNK), `what happened in seeds ${from} to ${to}:\n${coverage.toString()}`).toEqual([])
}

function chunkOf(chunk: number): { readonly from: number; readonly to: number } {
  const asked = /^(\d+)-(\d+)$/.exec(process.env["POLYLOGUE_SEEDS"] ?? "")
  if (asked === null) return { from: chunk * CHUNK + 1, to: (chunk + 1) * CHUNK }
  const first = Number(asked[1])
  const share = Math.ceil((Number(asked[2]) - first + 1) / CHUNKS)
  return { from: first + chunk * share, to: Math.min(Number(asked[2]), first + (chunk + 1) * share - 1) }
}
