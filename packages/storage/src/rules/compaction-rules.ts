import type { Change } from "../entry-log.ts"
import { equal, misused, refused } from "./expectation.ts"
import { A, append, B, compact, entryOf, type EntryLogRule, outbox, placed, read, rowId, rowOf, run, snapshotOf } from "./rule.ts"

/** `change` for a document that was reset so many times. */
const asOf = (resets: number, change: Change): Change => ({ ...change, resets }) as Change

/** Rules of compaction and reset. */
export const COMPACTION_RULES: readonly EntryLogRule[] = [
  {
    id: "ST12",
    name: "a compaction stores the snapshot, deletes items up to `base`, and keeps the window, the positions and the vector",
    async check(fresh) {
      const { log } = await fresh()
      await log.commit([append("d", run(A, 1, 6))])
      const before = await log.head("d")
      const snapshot = snapshotOf({ [A]: 5 })
      const [applied] = await log.commit([compact("d", snapshot, 5, 3)])
      const head = { ...before, base: 3, baseVector: new Map([[A, 3]]), through: 5, snapshotBytes: 3, itemBytes: 9 }
      equal(applied, { items: [], rows: [], head }, "outcome")
      equal(await log.head("d"), head, "head")
      equal(await log.snapshot("d"), { ...snapshot, through: 5 }, "snapshot")
      equal(await read(log, "d", 3), "4:a4 5:a5 6:a6", "window and tail")
      await log.commit([append("d", run(A, 7, 7))])
      equal(await read(log, "d", 6), "7:a7", "positions go on")
    },
  },
  {
    id: "ST13",
    name: "a reader below `base` is told so and never gets the next item instead; one at `base` gets its items",
    async check(fresh) {
      const { log } = await fresh()
      await log.commit([append("d", run(A, 1, 4))])
      await log.commit([compact("d", snapshotOf({ [A]: 4 }), 4, 2)])
      equal(await log.read("d", 1), { kind: "compacted", head: await log.head("d") }, "page below base")
      equal(await read(log, "d", 0), "compacted", "page from the beginning")
      equal(await read(log, "d", 2), "3:a3 4:a4", "page at base")
      await log.commit([compact("d", snapshotOf({ [A]: 4 }), 4, 4)])
      equal(await read(log, "d", 3), "compacted", "page below the new base")
      equal(await read(log, "d", 4), "", "page at the head")
    },
  },
  {
    id: "ST14",
    name: "`baseVector` is the union of everything deleted, entries and received snapshots, over several compactions",
    async check(fresh) {
      const { log } = await fresh()
      const snapshot = { kind: "snapshot", snapshot: { vector: new Map([[B, 4]]), update: Uint8Array.of(8, 8) } } as const
      await log.commit([append("d", [...run(A, 1, 2), snapshot, ...run(A, 3, 3), ...run(B, 5, 5)])])
      await log.commit([compact("d", snapshotOf({ [A]: 3, [B]: 5 }), 5, 2)])
      equal((await log.head("d")).baseVector, new Map([[A, 2]]), "at the first base")
      await log.commit([compact("d", snapshotOf({ [A]: 3, [B]: 5 }), 5, 3)])
      equal(
        (await log.head("d")).baseVector,
        new Map([
          [A, 2],
          [B, 4],
        ]),
        "at the second base",
      )
      await log.commit([compact("d", snapshotOf({ [A]: 3, [B]: 5 }), 5, 3)])
      const { base, baseVector, itemBytes } = await log.head("d")
      equal(
        { base, baseVector, itemBytes },
        {
          base: 3,
          baseVector: new Map([
            [A, 2],
            [B, 4],
          ]),
          itemBytes: 6,
        },
        "after the same again",
      )
      await log.commit([compact("d", snapshotOf({ [A]: 3, [B]: 5 }), 5, 5)])
      equal(
        (await log.head("d")).baseVector,
        new Map([
          [A, 3],
          [B, 5],
        ]),
        "at the head",
      )
      equal((await log.head("d")).itemBytes, 0, "bytes of no items")
    },
  },
  {
    id: "ST15",
    name: "a compaction that would take something back, or lose something, is refused (`stale-compaction`) with nothing written",
    async check(fresh) {
      const { log } = await fresh()
      await log.commit([append("d", [...run(A, 1, 6), ...run(B, 1, 1)])])
      await log.commit([compact("d", snapshotOf({ [A]: 4 }), 4, 2)])
      const before = await log.head("d")
      const stale = async (what: string, vector: Record<string, number>, through: number, base: number): Promise<void> => {
        await refused(
          "stale-compaction",
          log.commit([append("d", run(A, 7, 7)), compact("d", snapshotOf(vector, 99), through, base)]),
          what,
        )
      }
      await stale("past the head", { [A]: 6 }, 9, 4)
      await stale("a snapshot that stands for fewer positions", { [A]: 3 }, 3, 2)
      await stale("a base that goes back", { [A]: 5 }, 5, 1)
      await stale("a snapshot that lacks what would be deleted", { [A]: 3 }, 6, 4)
      await stale("a snapshot that knows what the log does not", { [A]: 8 }, 6, 4)
      await refused("stale-compaction", log.commit([compact("none", snapshotOf({}), 0, 0)]), "a document that has nothing")
      equal(await log.head("d"), before, "head")
      equal((await log.snapshot("d"))?.update, snapshotOf({}).update, "snapshot")
      equal(await read(log, "d", 2), "3:a3 4:a4 5:a5 6:a6 7:b1", "items")
      await misused(log.commit([compact("d", snapshotOf({ [A]: 5 }), 5, 6)]), "a base after through")
    },
  },
  {
    id: "ST16",
    name: "a reset removes items, snapshot and rows, forgets what was known, counts itself, and positions go on",
    async check(fresh) {
      const { log, reopen } = await fresh()
      await log.commit([append("d", run(A, 1, 4)), outbox("d", [rowOf(1), rowOf(2)]), outbox("e", [rowOf(3)]), append("e", run(A, 1, 1))])
      await log.commit([compact("d", snapshotOf({ [A]: 3 }), 3, 1)])
      const [applied] = await log.commit([{ type: "reset", documentId: "d" }])
      const none = new Map()
      const head = { head: 4, base: 4, vector: none, baseVector: none, through: 0, snapshotBytes: 0, itemBytes: 0, resets: 1 }
      equal(applied, { items: [], rows: [], head }, "outcome")
      const reopened = await reopen()
      equal(await reopened.head("d"), head, "head")
      equal(await reopened.snapshot("d"), undefined, "snapshot")
      equal(await reopened.outbox("d"), [], "rows")
      equal(await reopened.pendingDocuments(), ["e"], "rows of the other document")
      equal(await read(reopened, "e", 0), "1:a1", "the other document")
      equal(await read(reopened, "d", 3), "compacted", "a reader from before")
      const [again] = await reopened.commit([append("d", run(A, 1, 2)), outbox("d", [rowOf(1)])])
      equal(again?.items, placed(run(A, 1, 2), 5), "what comes after")
      equal(await read(reopened, "d", 4), "5:a1 6:a2", "the log")
      const [second] = await reopened.commit([{ type: "reset", documentId: "d" }])
      equal(second?.head?.resets, 2, "resets")
      await reopened.commit([{ type: "reset", documentId: "never" }])
      equal(await reopened.documents(), ["d", "e", "never"], "documents")
    },
  },
  {
    id: "ST17",
    name: "a compaction that began before a reset cannot follow it, even when the same entries have come again",
    async check(fresh) {
      const { log } = await fresh()
      await log.commit([append("d", run(A, 1, 4))])
      const late = compact("d", snapshotOf({ [A]: 4 }), 4, 4)
      await log.commit([{ type: "reset", documentId: "d" }])
      await refused("stale-compaction", log.commit([late]), "before anything has come")
      await log.commit([append("d", run(A, 1, 6))])
      await refused("stale-compaction", log.commit([late]), "after the same has come")
      equal(await log.snapshot("d"), undefined, "snapshot")
      await log.commit([compact("d", snapshotOf({ [A]: 1 }), 5, 4)])
      equal((await log.head("d")).through, 5, "a compaction of the new")
    },
  },
  {
    id: "ST33",
    name: "what was written for a document as it was before a reset is refused (`reset`), with its whole commit",
    async check(fresh) {
      const { log } = await fresh()
      await log.commit([asOf(0, append("d", run(A, 1, 1))), asOf(0, outbox("d", [rowOf(1)]))])
      await log.commit([{ type: "reset", documentId: "d", resets: 0 }])
      await refused("reset", log.commit([append("e", run(A, 1, 1)), asOf(0, append("d", run(B, 1, 1)))]), "a late append")
      await refused("reset", log.commit([asOf(0, outbox("d", [rowOf(2)]))]), "a late row")
      await refused("reset", log.commit([{ type: "reset", documentId: "d", resets: 0 }]), "a second reset for the same reason")
      await refused("reset", log.commit([asOf(2, append("d", run(B, 1, 1)))]), "an append from the future")
      equal(await log.documents(), ["d"], "documents")
      equal(await log.pendingDocuments(), [], "rows")
      await log.commit([asOf(1, append("d", run(B, 1, 1))), { type: "reset", documentId: "d" }, asOf(2, outbox("d", [rowOf(3)]))])
      equal((await log.head("d")).resets, 2, "resets")
      equal(await log.pendingDocuments(), ["d"], "rows written for the document as it is")
    },
  },
  {
    id: "ST34",
    name: "a reset, or rows that take the place of others, written for an outbox that has grown since is refused (`outbox-grown`), with its whole commit",
    async check(fresh) {
      const { log } = await fresh()
      const late: Change = { type: "reset", documentId: "d", outboxEnd: 1 }
      const join: Change = { type: "outbox", documentId: "d", rows: [rowOf(9)], settled: [rowId(1)], outboxEnd: 1 }
      await log.commit([outbox("d", [rowOf(1), rowOf(2)]), outbox("e", [rowOf(3)])])
      await refused("outbox-grown", log.commit([append("e", run(A, 1, 1)), late]), "a reset that has not seen a row")
      await refused("outbox-grown", log.commit([join]), "rows that would go behind one they have not seen")
      equal(await log.documents(), [], "documents")
      equal(
        (await log.outbox("d")).map(({ row }) => row),
        [rowId(1), rowId(2)],
        "rows",
      )
      await refused("outbox-grown", log.commit([outbox("d", [rowOf(4)], [rowId(2)]), late]), "a row of the same commit")
      await log.commit([outbox("d", [], [rowId(2)]), join])
      equal(
        (await log.outbox("d")).map(({ row }) => row),
        [rowId(9)],
        "joined rows",
      )
      await log.commit([{ type: "reset", documentId: "d", outboxEnd: 4 }])
      equal(await log.pendingDocuments(), ["e"], "rows after a reset that has seen all")
    },
  },
  {
    id: "ST18",
    name: "each change of a commit sees those before it, and every outcome has the head after the last",
    async check(fresh) {
      const { log, reopen } = await fresh()
      await log.commit([append("d", run(A, 1, 2)), outbox("d", [rowOf(1)])])
      const applied = await log.commit([
        append("d", run(A, 3, 4)),
        compact("d", snapshotOf({ [A]: 3 }), 3, 3),
        append("d", run(A, 4, 5)),
        outbox("d", [rowOf(2), rowOf(3)]),
        append("d", [{ kind: "entry", entry: entryOf(B, 1) }], [rowId(1), rowId(2)]),
      ])
      equal(
        applied.map(({ items }) => items.map(({ position }) => position)),
        [[3, 4], [], [5], [], [6]],
        "positions",
      )
      const head = await log.head("d")
      equal(
        applied.map((outcome) => outcome.head),
        [head, head, head, head, head],
        "heads",
      )
      equal(
        head,
        {
          ...head,
          head: 6,
          base: 3,
          through: 3,
          itemBytes: 9,
          vector: new Map([
            [A, 5],
            [B, 1],
          ]),
          baseVector: new Map([[A, 3]]),
        },
        "head",
      )
      const reopened = await reopen()
      equal(await read(reopened, "d", 3), "4:a4 5:a5 6:b1", "the log")
      equal(
        (await reopened.outbox("d")).map(({ row }) => row),
        [rowId(3)],
        "rows",
      )
      await reopened.commit([
        compact("d", snapshotOf({ [A]: 5 }), 5, 4),
        { type: "reset", documentId: "d" },
        append("d", run(B, 1, 1)),
        outbox("d", [rowOf(3)]),
      ])
      equal(await read(reopened, "d", 6), "7:b1", "the log after a reset within a commit")
      equal(await reopened.snapshot("d"), undefined, "snapshot after a reset within a commit")
      equal(
        (await reopened.outbox("d")).map(({ order }) => order),
        [4],
        "rows after a reset within a commit",
      )
    },
  },
]
