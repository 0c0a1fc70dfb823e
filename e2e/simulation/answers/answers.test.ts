import process from "node:process"
import { expect, test } from "vitest"
import { answerSeeds, runAnswerSeeds } from "./answer-seeds.ts"
import { simulateAnswers } from "./simulate-answers.ts"

test("[I2, I7, I8, SM37, SM38, SM39] seeds 1 to 40: every ask is answered once, by one at a time", { timeout: 600_000 }, async () => {
  const { from, to, asked } = answerSeeds(1, 40)
  const counts = await runAnswerSeeds(from, to)
  if (!asked) expect(counts.missing(), `what happened to answers:\n${counts.toString()}`).toEqual([])
})

test("[SM1] two runs of a seed with answers do the same", async () => {
  const [one, other] = [await simulateAnswers(3), await simulateAnswers(3)]
  expect(other.digest).toBe(one.digest)
})

test.runIf(process.env["POLYLOGUE_SEED"] !== undefined)("[SM2] the seed of POLYLOGUE_SEED, with its report", async () => {
  const report = await simulateAnswers(Number(process.env["POLYLOGUE_SEED"]))
  console.log(report.toString())
  expect(report.violations).toEqual([])
})
