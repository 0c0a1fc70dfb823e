import { expect, test } from "vitest"
import { type AnswerOptions, type AnswerSabotage } from "./answer-options.ts"
import { simulateAnswers } from "./simulate-answers.ts"

/*
 * Controls: responders, or the leases that they are given, are made wrong on purpose, and the checks have to see it.
 */

async function check(sabotage: AnswerSabotage, complaint: RegExp, seeds: number, given: Partial<AnswerOptions>): Promise<void> {
  const found = { without: [] as string[], with: [] as string[] }
  for (let seed = 1; seed <= seeds; seed++) {
    found.without.push(...(await simulateAnswers(seed, given)).violations)
    found.with.push(...(await simulateAnswers(seed, { ...given, sabotage })).violations)
  }
  // It is the sabotage that is found, not something that is there anyway.
  expect(found.without).toEqual([])
  expect(found.with.filter((violation) => complaint.test(violation))).not.toEqual([])
}

const NEVER = { kill: Infinity, close: Infinity, freeze: Infinity, cutOff: Infinity, clockJump: Infinity, linkReset: Infinity }

test("[SM40] leases that never expire are found out: nobody takes over from who was killed", { timeout: 600_000 }, async () => {
  await check("leases that never expire", /^\[I8\].*not everything is answered/, 1, {
    rates: { ...NEVER, kill: 4_000 },
    asks: 10,
    livenessMs: 60_000,
  })
})

test("[SM40] a holder that counts its lease too slowly is found out: it writes after its end", { timeout: 600_000 }, async () => {
  await check("holder that counts its lease too slowly", /^\[I8\].*its lease having ended/, 3, {
    rates: { ...NEVER, freeze: 3_000, cutOff: 4_000 },
    asks: 10,
  })
})

test("[SM40] a responder that answers what another one has claimed is found out", { timeout: 600_000 }, async () => {
  await check("answers without a lease", /^\[I8\].*without its lease/, 1, { rates: NEVER, responders: 4, asks: 10 })
})
