import type { EntryLog } from "../entry-log.ts"
import { EMPTY_HEAD } from "../head.ts"
import { equal, misused, refused } from "./expectation.ts"
import { A, append, B, entryOf, type EntryLogRule, outbox, placed, read, record, rowOf, run } from "./rule.ts"

/** Rules of appending to a document's log and reading it. */
export const LOG_RULES: readonly EntryLogRule[] = [
  {
    id: "ST1",
    name: "positions count 1, 2, 3 … per document, without gaps, whatever other documents do",
    async check(fresh) {
      const { log } = await fresh()
      const [first] = await log.commit([append("d", run(A, 1, 2))])
      const [other, second] = await log.commit([append("e", run(A, 1, 1)), append("d", run(A, 3, 4))])
      equal(first?.items, placed(run(A, 1, 2), 1), "items of the first append")
      equal(second?.items, placed(run(A, 3, 4), 3), "items of the second append")
      equal(other?.items, placed(run(A, 1, 1), 1), "items of the other document")
      equal(await read(log, "d", 0), "1:a1 2:a2 3:a3 4:a4", "the log")
      equal((await log.head("d")).head, 4, "the head")
    },
  },
  {
    id: "ST2",
    name: "a document that was never written has an empty head, no items, no snapshot and no rows, and is not listed",
    async check(fresh) {
      const { log } = await fresh()
      equal(await log.head("none"), EMPTY_HEAD, "head")
      equal(await log.read("none", 0), { kind: "items", items: [], head: EMPTY_HEAD }, "page")
      equal(await log.read("none", 7), { kind: "items", items: [], head: EMPTY_HEAD }, "page past the head")
      equal(await log.snapshot("none"), undefined, "snapshot")
      equal(await log.outbox("none"), [], "outbox")
      equal(await log.record("none"), undefined, "record")
      const [applied] = await log.commit([append("none", [])])
      equal(applied, { items: [], rows: [], head: EMPTY_HEAD }, "an append of nothing")
      equal(await log.documents(), [], "documents")
      equal(await log.pendingDocuments(), [], "pending documents")
      equal(await log.recordKeys(""), [], "record keys")
      equal(await log.commit([]), [], "a commit of nothing")
    },
  },
  {
    id: "ST3",
    name: "items come back as they were written, in the order in which they arrived, each with the head of the same instant",
    async check(fresh) {
      const { log } = await fresh()
      const items = [
        { kind: "entry", entry: entryOf(B, 1, { principal: "Zoë\u{1f98a}", handOver: true, receivedAt: 0 }) },
        { kind: "entry", entry: entryOf(A, 1, { principal: "", update: new Uint8Array(0), row: "ffffffffffffffff" }) },
        { kind: "snapshot", snapshot: { vector: new Map([[A, 5]]), update: Uint8Array.of(1, 0, 255) } },
        { kind: "entry", entry: entryOf(B, 2, { receivedAt: Number.MAX_SAFE_INTEGER }) },
      ] as const
      await log.commit([append("d", items)])
      const head = await log.head("d")
      equal(await log.read("d", 0), { kind: "items", items: placed(items, 1), head }, "page")
    },
  },
  {
    id: "ST4",
    name: "an entry is left out exactly when its stamp is known, whatever else it says",
    async check(fresh) {
      const { log } = await fresh()
      const same = { row: "1111111111111111", update: Uint8Array.of(1) }
      await log.commit([append("d", [{ kind: "entry", entry: entryOf(A, 1, same) }])])
      const [again] = await log.commit([append("d", [{ kind: "entry", entry: entryOf(A, 1, { update: Uint8Array.of(2) }) }])])
      equal(again?.items, [], "the same stamp with other bytes")
      const twice = { kind: "entry", entry: entryOf(B, 1, same) } as const
      const [other] = await log.commit([append("d", [twice, twice])])
      equal(other?.items, placed([twice], 2), "the same row and bytes under another stamp, twice in one append")
      equal(await read(log, "d", 0), "1:a1 2:b1", "the log")
    },
  },
  {
    id: "ST5",
    name: "an entry that does not continue its log is refused (`gap`), and its whole commit with it",
    async check(fresh) {
      const { log } = await fresh()
      await log.commit([append("d", run(A, 1, 2))])
      await refused("gap", log.commit([append("d", run(A, 4, 4))]), "one too far")
      await refused("gap", log.commit([append("d", run(B, 2, 2))]), "a log that does not begin at 1")
      await refused("gap", log.commit([append("d", [...run(A, 3, 3), ...run(A, 5, 5)])]), "a gap behind a good entry")
      equal(await read(log, "d", 0), "1:a1 2:a2", "the log")
      await log.commit([append("d", run(A, 1, 3))])
      equal(await read(log, "d", 0), "1:a1 2:a2 3:a3", "the log after an entry that continues")
    },
  },
  {
    id: "ST6",
    name: "a commit over several documents, rows and records is written all or none",
    async check(fresh) {
      const { log, reopen } = await fresh()
      await log.commit([append("d", run(A, 1, 1)), record("k", Uint8Array.of(1))])
      const batch = [append("e", run(A, 1, 1)), outbox("f", [rowOf(1)]), record("k", null), append("d", run(A, 2, 2))]
      await refused("gap", log.commit([...batch, append("e", run(A, 3, 3))]), "a commit whose last change fails")
      const check = async (store: EntryLog, documents: string[], pending: string[], value: Uint8Array | undefined): Promise<void> => {
        equal(await store.documents(), documents, "documents")
        equal(await store.pendingDocuments(), pending, "pending documents")
        equal(await store.record("k"), value, "record")
      }
      await check(log, ["d"], [], Uint8Array.of(1))
      const reopened = await reopen()
      await check(reopened, ["d"], [], Uint8Array.of(1))
      await reopened.commit(batch)
      await check(await reopen(), ["d", "e"], ["f"], undefined)
    },
  },
  {
    id: "ST7",
    name: "a received snapshot is an item; what it stands for is known from then on; one that adds nothing is left out",
    async check(fresh) {
      const { log } = await fresh()
      const snapshot = {
        kind: "snapshot",
        snapshot: {
          vector: new Map([
            [A, 3],
            [B, 9],
          ]),
          update: Uint8Array.of(8),
        },
      } as const
      await log.commit([append("d", run(A, 1, 1)), append("d", [snapshot])])
      equal(
        (await log.head("d")).vector,
        new Map([
          [A, 3],
          [B, 9],
        ]),
        "vector",
      )
      const [applied] = await log.commit([append("d", [snapshot, ...run(A, 2, 4), ...run(B, 10, 10)])])
      equal(applied?.items, placed([...run(A, 4, 4), ...run(B, 10, 10)], 3), "what follows the snapshot")
      await refused("gap", log.commit([append("d", run(B, 12, 12))]), "a gap after the snapshot")
      equal(await read(log, "d", 0), "1:a1 2:snapshot 3:a4 4:b10", "the log")
    },
  },
  {
    id: "ST8",
    name: "a page ends at its limits of items and bytes, and holds at least one item whatever its size",
    async check(fresh) {
      const { log } = await fresh()
      const sized = (seq: number, bytes: number) => ({ kind: "entry", entry: entryOf(A, seq, { update: new Uint8Array(bytes) }) }) as const
      await log.commit([append("d", [sized(1, 100), sized(2, 50), sized(3, 50), sized(4, 1), sized(5, 0)])])
      const cases: [number, { maxItems?: number; maxBytes?: number }, string][] = [
        [0, { maxItems: 5 }, "1:a1 2:a2 3:a3 4:a4 5:a5"],
        [0, { maxItems: 4 }, "1:a1 2:a2 3:a3 4:a4"],
        [0, { maxItems: 1 }, "1:a1"],
        [0, { maxBytes: 1 }, "1:a1"],
        [0, { maxBytes: 149 }, "1:a1"],
        [0, { maxBytes: 150 }, "1:a1 2:a2"],
        [1, { maxBytes: 100 }, "2:a2 3:a3"],
        [1, { maxBytes: 101 }, "2:a2 3:a3 4:a4 5:a5"],
        [1, { maxBytes: 101, maxItems: 3 }, "2:a2 3:a3 4:a4"],
        [0, { maxItems: Infinity, maxBytes: Infinity }, "1:a1 2:a2 3:a3 4:a4 5:a5"],
      ]
      for (const [after, limits, expected] of cases)
        equal(await read(log, "d", after, limits), expected, JSON.stringify({ after, ...limits }))
      await misused(log.read("d", 0, { maxItems: 0 }), "no item")
      await misused(log.read("d", 0, { maxBytes: Number.NaN }), "no number of bytes")
      await misused(log.read("d", -1), "a negative position")
    },
  },
  {
    id: "ST9",
    name: "reading on from the last position of each page gives every item once, in order; at the head there is nothing",
    async check(fresh) {
      const { log } = await fresh()
      await log.commit([append("d", run(A, 1, 700)), append("d", run(B, 1, 800))])
      await log.commit([append("c", run(A, 1, 3)), append("e", run(A, 1, 3))])
      const all = [...run(A, 1, 700), ...run(B, 1, 800)]
      equal(await log.read("d", 0), { kind: "items", items: placed(all, 1).slice(0, 1024), head: await log.head("d") }, "the first page")
      equal(await log.read("d", 1024), { kind: "items", items: placed(all, 1).slice(1024), head: await log.head("d") }, "the second page")
      equal(await read(log, "d", 1499), "1500:b800", "the last item")
      equal(await read(log, "d", 1500), "", "at the head")
      equal(await read(log, "d", 9999), "", "past the head")
    },
  },
  {
    id: "ST10",
    name: "a head counts positions and bytes and knows exactly what was appended",
    async check(fresh) {
      const { log } = await fresh()
      const [applied] = await log.commit([append("d", [...run(A, 1, 3), ...run(B, 1, 1)])])
      const head = {
        ...EMPTY_HEAD,
        head: 4,
        vector: new Map([
          [A, 3],
          [B, 1],
        ]),
        itemBytes: 12,
      }
      equal(applied?.head, head, "head of the commit")
      equal(await log.head("d"), head, "head")
      const [again] = await log.commit([append("d", run(A, 2, 3))])
      equal(again?.head, head, "head after nothing new")
    },
  },
  {
    id: "ST11",
    name: "documents are listed by prefix, ascending by UTF-16 code units",
    async check(fresh) {
      const { log } = await fresh()
      const ids = ["home/conv/2", "home/conv/10", "home", "home/", "home0", "u/home/1", "\u{1f98a}", "\uffee", "\ud800", ""]
      await log.commit(ids.map((id) => append(id, run(A, 1, 1))))
      await log.commit([outbox("home/only-rows", [rowOf(1)])])
      equal(await log.documents(), ids.toSorted(), "all")
      equal(await log.documents("home/"), ["home/", "home/conv/10", "home/conv/2"], "of one workspace")
      equal(await log.documents("home"), ["home", "home/", "home/conv/10", "home/conv/2", "home0"], "of a part of a segment")
      equal(await log.documents("\uffee"), ["\uffee"], "of one character")
      equal(await log.documents("\uffff"), [], "past every id")
      equal(await log.documents("nobody"), [], "of nobody")
    },
  },
]
