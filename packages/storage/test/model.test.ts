import "fake-indexeddb/auto"
import { describe, expect, test } from "vitest"
import type { Applied } from "../src/index.ts"
import { PLACES } from "./level-place.ts"
import { dump, Oracle } from "./oracle.ts"
import { Random, randomCommit } from "./random-changes.ts"
import { openAt } from "./under-test.ts"

const SEEDS = [1, 2, 3, 4, 5]
const ROUNDS = 50

describe.each(Object.entries(PLACES))("%s", (_name, place) => {
  test.each(SEEDS)("[ST6, ST18, ST25, ST26, ST27] random commits, several at once, with reopening in between: seed %i", async (seed) => {
    const random = new Random(seed)
    const oracle = new Oracle()
    const store = await openAt(await place())
    let { log } = store
    const seen = { applied: 0, gap: 0, "stale-compaction": 0 }
    for (let round = 0; round < ROUNDS; round++) {
      const expected: ReturnType<Oracle["commit"]>[] = []
      const commits: Promise<readonly Applied[]>[] = []
      for (let count = 1 + random.below(3); count > 0; count--) {
        const changes = randomCommit(random, oracle)
        commits.push(log.commit(changes))
        expected.push(oracle.commit(changes))
      }
      const outcomes = await Promise.allSettled(commits)
      for (const [index, outcome] of outcomes.entries()) {
        const wanted = expected[index]!
        expect(outcome.status === "fulfilled" ? outcome.value : (outcome.reason as { code: string }).code).toEqual(wanted)
        seen[typeof wanted === "string" ? wanted : "applied"]++
      }
      if (random.chance(15)) log = await store.reopen()
      expect(await dump(log)).toEqual(oracle.dump())
    }
    // The run has met what it is for.
    expect(Math.min(seen.applied, seen.gap, seen["stale-compaction"])).toBeGreaterThan(3)
  })
})
