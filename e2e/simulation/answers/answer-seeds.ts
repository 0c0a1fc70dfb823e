import process from "node:process"
import { expect } from "vitest"
import { AnswerCounts } from "./happenings.ts"
import { simulateAnswers } from "./simulate-answers.ts"

/** Runs seeds `from` to `to`: none may break an invariant. Returns what happened in them. */
export async function runAnswerSeeds(from: number, to: number): Promise<AnswerCounts> {
  const counts = new AnswerCounts()
  const failures: string[] = []
  for (let seed = from; seed <= to; seed++) {
    const report = await simulateAnswers(seed)
    counts.add(report.counts)
    if (report.violations.length === 0) continue
    if (failures.length === 0) console.log(report.toString())
    failures.push(`seed ${seed}: ${report.violations[0]}`)
  }
  expect(failures).toEqual([])
  return counts
}

/** The seeds to run: `POLYLOGUE_SEEDS=1001-2000` asks for others than `from` to `to`, and then nothing rare is required of them. */
export function answerSeeds(from: number, to: number): { readonly from: number; readonly to: number; readonly asked: boolean } {
  const asked = /^(\d+)-(\d+)$/.exec(process.env["POLYLOGUE_SEEDS"] ?? "")
  return asked === null ? { from, to, asked: false } : { from: Number(asked[1]), to: Number(asked[2]), asked: true }
}
