import { expect, test } from "vitest"
import { describeRun, keepReport } from "./link-report.ts"
import { runLinks, runSize } from "./link-run.ts"
import { CHAIN, RING, type Topology } from "./linked-relays.ts"

/** Beyond any wait in a run, of which each says what it waited for. */
const TIMEOUT_MS = 600_000

async function prove(topology: Topology): Promise<void> {
  const size = runSize()
  const report = await runLinks(topology, size)
  await keepReport(report)
  console.log(describeRun(report))
  expect(report.lost).toEqual([])
  expect(report.missing).toEqual([])
  expect(report.violations).toEqual([])
  expect(new Set(report.episodes.map(({ kind }) => kind))).toEqual(new Set(size.kinds))
  expect(report.acknowledged).toBeGreaterThan(report.episodes.length)
  expect(report.survivors).toBeGreaterThan(0)
  expect(report.moves).toBeGreaterThan(0)
}

test(
  "[EE5, EE7, EE8, EE11, I1, I2, I4, I6] three relays in a ring, under every kind of fault while everybody writes on, also elsewhere when their relay is away: healed they are equal and come to rest, and nothing acknowledged is lost",
  () => prove(RING),
  runSize().rounds * TIMEOUT_MS,
)

test(
  "[EE6, EE7, EE8, EE11, I1, I2, I4, I6] five relays in a chain, under every kind of fault while everybody writes on, also elsewhere when their relay is away: healed they are equal and come to rest, and nothing acknowledged is lost",
  () => prove(CHAIN),
  runSize().rounds * TIMEOUT_MS,
)
