import { expect, test } from "vitest"
import * as Y from "yjs"
import { summarizeUpdate } from "../src/yjs/closed-update.ts"
import { IdRanges } from "../src/yjs/id-ranges.ts"
import { redactUpdate } from "../src/yjs/redact-update.ts"
import { mutated, randomUpdates } from "./random-updates.ts"
import { seededNumbers } from "./test-relay.ts"
import { Writer } from "./writer.ts"

/** What a fresh document that collects garbage encodes to, given all of it in one transaction. */
function encoded(...updates: readonly Uint8Array[]): Uint8Array {
  const doc = new Y.Doc({ gc: true })
  doc.transact(() => {
    for (const update of updates) Y.applyUpdate(doc, update)
  })
  expect([doc.store.pendingStructs, doc.store.pendingDs]).toEqual([null, null])
  return Y.encodeStateAsUpdate(doc)
}

/** The update that deletes `ranges` and brings nothing. */
function deletion(ranges: IdRanges): Uint8Array {
  return Uint8Array.from([0, ...ranges.encode()])
}

/** Seeded ids among those that `update` brings: whole runs, pieces, single clocks. */
function someOf(update: Uint8Array, random: () => number): IdRanges {
  const ranges = new IdRanges()
  for (const { client, from, to } of summarizeUpdate(update).runs) {
    for (let count = Math.floor(random() * 4); count > 0; count--) {
      const clock = from + Math.floor(random() * (to - from))
      ranges.add(client, clock, 1 + Math.floor(random() * Math.min(6, to - clock)))
    }
  }
  return ranges
}

test("[RL46] a redacted update amounts to the update with those ids deleted, whatever it brings", () => {
  const random = seededNumbers(46)
  let changed = 0
  for (const { before, update } of randomUpdates(random, 1500)) {
    const erased = someOf(update, random)
    if (erased.isEmpty) continue
    const redacted = redactUpdate(update, erased)
    if (redacted !== update) changed++
    expect(encoded(before, redacted, deletion(erased))).toEqual(encoded(before, update, deletion(erased)))
    // The door takes it as it takes the update, and once more it has nothing to lose.
    expect({ ...summarizeUpdate(redacted), needs: 0 }).toEqual({ ...summarizeUpdate(update), needs: 0 })
    expect(redactUpdate(redacted, erased)).toBe(redacted)
  }
  expect(changed).toBeGreaterThan(500)
})

test("[RL46] redaction throws at nothing that decodes", () => {
  const random = seededNumbers(47)
  for (const { update } of randomUpdates(random, 6000)) {
    const bytes = mutated(random, update)
    try {
      summarizeUpdate(bytes)
    } catch {
      continue
    }
    expect(() => summarizeUpdate(redactUpdate(bytes, someOf(bytes, random)))).not.toThrow()
  }
})

test("[RL46, I10] erased words leave no byte, those beside them stay, and a torn pair of surrogates is replaced", () => {
  const writer = new Writer(7)
  const update = writer.type("before SECRET after 👩")
  const erased = new IdRanges()
  erased.add(7, 7, 6)
  const redacted = redactUpdate(update, erased)
  expect(Buffer.from(redacted).includes("SECRET")).toBe(false)
  const doc = new Y.Doc()
  Y.applyUpdate(doc, redacted)
  expect(doc.getText("t").toJSON()).toBe("before  after 👩")
  erased.add(7, 21, 1)
  const torn = new Y.Doc()
  Y.applyUpdate(torn, redactUpdate(update, erased))
  expect(torn.getText("t").toJSON()).toBe("before  after �")
  expect(redactUpdate(update, IdRanges.of(Uint8Array.of(1, 8, 1, 0, 30)))).toBe(update)
})

test("[RL46] sets of ids join, encode as Yjs encodes, and say what of a range they have", () => {
  const ranges = IdRanges.of(Uint8Array.of(1, 3, 2, 0, 2, 10, 5), new Uint8Array(), Uint8Array.of(2, 3, 1, 2, 3, 9, 1, 4, 4))
  expect([...ranges.encode()]).toEqual([2, 9, 1, 4, 4, 3, 2, 0, 5, 10, 5])
  expect(ranges.within(3, 4, 7)).toEqual([
    { from: 4, to: 5 },
    { from: 10, to: 11 },
  ])
  expect([ranges.within(3, 5, 5), ranges.within(3, 15, 5), ranges.within(5, 0, 100)]).toEqual([[], [], []])
  expect([ranges.isEmpty, IdRanges.of().isEmpty, [...IdRanges.of().encode()]]).toEqual([false, true, [0]])
})

test("[RL46] ids that come many at once, in whatever order, are the set that they are one by one", () => {
  const random = seededNumbers(11)
  for (let round = 0; round < 200; round++) {
    const [alone, together] = [new IdRanges(), new IdRanges()]
    for (let part = 0; part < 3; part++) {
      const runs = Array.from({ length: Math.floor(random() * 40) }, () => ({
        client: Math.floor(random() * 2),
        clock: Math.floor(random() * 200),
        length: 1 + Math.floor(random() * 5),
      }))
      for (const { client, clock, length } of runs) alone.add(client, clock, length)
      together.addAll(runs)
      expect(together.encode()).toEqual(alone.encode())
    }
  }
})

test("[RL38, I5] ids in a hostile order, the last first, cost no more than in theirs", () => {
  const costOf = (runs: readonly { client: number; clock: number; length: number }[]): number => {
    const ranges = new IdRanges()
    const from = process.cpuUsage()
    ranges.addAll(runs)
    return process.cpuUsage(from).user
  }
  const runs = Array.from({ length: 200_000 }, (_, index) => ({ client: 1, clock: index * 2, length: 1 }))
  costOf(runs)
  const inOrder = Math.min(costOf(runs), costOf(runs), costOf(runs))
  const backwards = Math.min(costOf(runs.toReversed()), costOf(runs.toReversed()))
  // Each put in its place alone, two hundred times as much.
  expect(backwards).toBeLessThan(20 * Math.max(inOrder, 10_000))
})
