import process from "node:process"
import { expect, test } from "vitest"
import { simulate } from "./simulate.ts"

test("[SM1] a seed that runs twice does the same twice", async () => {
  for (const seed of [3, 42, 99]) {
    const first = await simulate(seed)
    const second = await simulate(seed)
    expect({ digest: second.digest, events: second.events }).toEqual({ digest: first.digest, events: first.events })
    expect(first.operations).toBeGreaterThan(10)
  }
})

test("[SM2] seed of POLYLOGUE_SEED, replayed with its whole report", async () => {
  const seed = Number(process.env["POLYLOGUE_SEED"] ?? 1)
  const report = await simulate(seed)
  if (process.env["POLYLOGUE_SEED"] !== undefined) console.log(report.toString())
  expect(report.toString()).toContain(`options {"relays":${report.options.relays}`)
  expect(report.violations).toEqual([])
})
