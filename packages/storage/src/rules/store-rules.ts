import type { Change, EntryLog } from "../entry-log.ts"
import { equal, misused, refused } from "./expectation.ts"
import { A, append, B, compact, entryOf, type EntryLogRule, outbox, read, record, rowId, rowOf, run, snapshotOf } from "./rule.ts"

/** Rules of the store as a whole. */
export const STORE_RULES: readonly EntryLogRule[] = [
  {
    id: "ST24",
    name: "records are set, replaced and removed, and their keys listed by prefix, ascending",
    async check(fresh) {
      const { log } = await fresh()
      const [applied] = await log.commit([record("a/1", Uint8Array.of(1))])
      equal(applied, { items: [], rows: [], head: undefined }, "outcome")
      await log.commit([record("a/2", new Uint8Array(0)), record("b", Uint8Array.of(2)), record("b", Uint8Array.of(3))])
      equal(await log.record("a/2"), new Uint8Array(0), "an empty record")
      equal(await log.record("b"), Uint8Array.of(3), "the last value")
      equal(await log.recordKeys("a/"), ["a/1", "a/2"], "keys")
      await log.commit([record("a/1", null), record("none", null)])
      equal(await log.record("a/1"), undefined, "a removed record")
      equal(await log.recordKeys(""), ["a/2", "b"], "all keys")
      equal(await log.documents(), [], "documents")
    },
  },
  {
    id: "ST40",
    name: "keys of records are listed page by page: those behind a key, which need not be there, and no more than asked for",
    async check(fresh) {
      const { log } = await fresh()
      const keys = ["a/", "a/\0", "a/1", "a/1/x", "a/2", "a/\ud800", "a/\uffff", "a0", "b"]
      await log.commit(keys.map((key) => record(key, Uint8Array.of(1))))
      const below = keys.slice(0, 7)
      for (const limit of [1, 2, 7, 8]) {
        const found: string[] = []
        for (
          let page = await log.recordKeys("a/", { limit });
          page.length > 0;
          page = await log.recordKeys("a/", { limit, after: page.at(-1)! })
        ) {
          if (page.length > limit) throw new Error(`${page.length} keys, not ${limit}`)
          found.push(...page)
        }
        equal(found, below, `pages of ${limit}`)
      }
      equal(await log.recordKeys("a/", { after: "a/1/" }), below.slice(3), "behind a key that is not there")
      equal(await log.recordKeys("", { after: "a0", limit: Infinity }), ["b"], "of all keys")
      equal(await log.recordKeys("\uffff", { after: "\uffffa" }), [], "behind the last")
      await misused(log.recordKeys("a/", { after: "b" }), "a key outside the list")
      await misused(log.recordKeys("a/", { limit: 0 }), "a page of nothing")
    },
  },
  {
    id: "ST25",
    name: "what was committed is there after the store was closed and opened again",
    async check(fresh) {
      const { log, reopen } = await fresh()
      await log.commit([append("d", run(A, 1, 5)), outbox("d", [rowOf(1)]), record("k", Uint8Array.of(1))])
      await log.commit([compact("d", snapshotOf({ [A]: 4 }), 4, 2)])
      const before = await everything(log, "d")
      equal(await everything(await reopen(), "d"), before, "after reopening")
      equal(await everything(await reopen(), "d"), before, "after reopening twice")
    },
  },
  {
    id: "ST26",
    name: "commits take effect in the order in which they were called, though nobody waits for one before the next",
    async check(fresh) {
      const { log } = await fresh()
      const commits = Array.from({ length: 40 }, (_none, index) =>
        log.commit([append("d", run(A, index + 1, index + 1)), record("n", Uint8Array.of(index))]),
      )
      const applied = await Promise.all(commits)
      equal(
        applied.map(([first]) => first?.items[0]?.position),
        Array.from({ length: 40 }, (_none, index) => index + 1),
        "positions",
      )
      equal(await log.record("n"), Uint8Array.of(39), "the last record")
    },
  },
  {
    id: "ST27",
    name: "a refused commit takes nothing with it: those called before and after it succeed",
    async check(fresh) {
      const { log } = await fresh()
      const before = log.commit([append("d", run(A, 1, 1)), outbox("d", [rowOf(1)])])
      const gap = log.commit([append("d", run(A, 2, 3)), outbox("d", [rowOf(2)], [rowId(1)]), append("d", run(A, 9, 9))])
      const stale = log.commit([record("k", Uint8Array.of(1)), compact("d", snapshotOf({ [A]: 7 }), 7, 7)])
      const after = log.commit([append("d", run(A, 2, 2)), outbox("d", [rowOf(3)])])
      await refused("gap", gap, "the commit with a gap")
      await refused("stale-compaction", stale, "the stale compaction")
      await before
      await after
      equal(await read(log, "d", 0), "1:a1 2:a2", "the log")
      equal(
        (await log.outbox("d")).map(({ row, order }) => ({ row, order })),
        [
          { row: rowId(1), order: 1 },
          { row: rowId(3), order: 2 },
        ],
        "rows",
      )
      equal(await log.record("k"), undefined, "record")
    },
  },
  {
    id: "ST28",
    name: "a store that is not open answers `closed`; open and close may be called at any time and in any number",
    async check(fresh) {
      const { log } = await fresh()
      const underWay = log.commit([append("d", run(A, 1, 1))])
      const closing = log.close()
      await refused("closed", log.commit([append("d", run(A, 2, 2))]), "a commit after close was called")
      await closing
      equal((await underWay).length, 1, "the commit that close waited for")
      await log.close()
      const calls: Record<string, () => Promise<unknown>> = {
        documents: () => log.documents(),
        head: () => log.head("d"),
        read: () => log.read("d", 0),
        snapshot: () => log.snapshot("d"),
        outbox: () => log.outbox("d"),
        pendingDocuments: () => log.pendingDocuments(),
        record: () => log.record("k"),
        recordKeys: () => log.recordKeys(""),
        changes: () => log.changes({ after: 0 }),
        purge: () => log.purge(["d"]),
        commit: () => log.commit([]),
      }
      for (const [name, call] of Object.entries(calls)) await refused("closed", call(), name)
      await Promise.all([log.open(), log.open(), log.close(), log.close(), log.open()])
      equal(await read(log, "d", 0), "1:a1", "the log")
      await log.close()
    },
  },
  {
    id: "ST29",
    name: "large updates, snapshots, rows and records come back unchanged",
    async check(fresh) {
      const { log, reopen } = await fresh()
      const large = Uint8Array.from({ length: 3_000_000 }, (_none, index) => (index * 31) & 0xff)
      await log.commit([
        append("d", [
          { kind: "entry", entry: entryOf(A, 1, { update: large }) },
          { kind: "snapshot", snapshot: { vector: new Map([[B, 1]]), update: large } },
        ]),
        outbox("d", [{ row: rowId(1), update: large, handOver: false }]),
        record("k", large),
        compact("d", { ...snapshotOf({ [A]: 1 }), update: large }, 1, 0),
      ])
      const reopened = await reopen()
      const page = await reopened.read("d", 0, { maxBytes: 7_000_000 })
      equal(
        page.kind === "items" && page.items.map((item) => (item.kind === "entry" ? item.entry : item.snapshot).update),
        [large, large],
        "items",
      )
      equal((await reopened.snapshot("d"))?.update, large, "snapshot")
      equal((await reopened.outbox("d"))[0]?.update, large, "row")
      equal(await reopened.record("k"), large, "record")
      equal(await read(reopened, "d", 0), "1:a1", "a page with one item that exceeds its limit")
    },
  },
  {
    id: "ST30",
    name: "ids that look alike, contain separators, or are no well-formed text, do not mix",
    async check(fresh) {
      const { log, reopen } = await fresh()
      const ids = [
        "",
        "/",
        "a",
        "a/",
        "a//b",
        "a\0",
        "a\0\0",
        "a\0b",
        "a\u0001",
        "a\u00ff",
        "\u00ff",
        "\ud83d",
        "\ud83d\ude00",
        "\ude00\ud83d",
        "\uffff",
        "..",
        "__proto__",
        "i",
        "ä",
        "a\u0308",
        "x".repeat(512),
      ]
      await log.commit(
        ids.flatMap((id, index) => [append(id, run(A, 1, index + 1)), outbox(id, [rowOf(index)]), record(id, Uint8Array.of(index))]),
      )
      await log.commit([compact("a", snapshotOf({ [A]: 1 }), 1, 1), { type: "reset", documentId: "a\0" }])
      const reopened = await reopen()
      for (const [index, id] of ids.entries()) {
        const what = JSON.stringify(id)
        equal((await reopened.head(id)).head, index + 1, `head of ${what}`)
        equal(await reopened.record(id), Uint8Array.of(index), `record ${what}`)
        if (id === "a\0") continue
        equal(
          (await reopened.outbox(id)).map(({ row }) => row),
          [rowId(index)],
          `rows of ${what}`,
        )
        equal((await reopened.read(id, index)).kind, "items", `page of ${what}`)
        equal(await read(reopened, id, index), `${index + 1}:a${index + 1}`, `last item of ${what}`)
      }
      equal(await reopened.documents(), ids.toSorted(), "documents")
      equal(await reopened.recordKeys("a\0"), ["a\0", "a\0\0", "a\0b"], "keys of records")
    },
  },
  {
    id: "ST31",
    name: "arrays that a caller gives are not changed, and of a view into a larger buffer only the view is stored",
    async check(fresh) {
      const { log, reopen } = await fresh()
      const buffer = Uint8Array.from({ length: 64 }, (_none, index) => index)
      const copy = buffer.slice()
      const view = (at: number) => buffer.subarray(at, at + 4)
      await log.commit([
        append("d", [{ kind: "entry", entry: entryOf(A, 1, { update: view(4) }) }]),
        compact("d", { ...snapshotOf({ [A]: 1 }), update: view(8), stateVector: view(12) }, 1, 0),
        outbox("d", [{ row: rowId(1), update: view(16), handOver: false }]),
        record("k", view(20)),
      ])
      equal(buffer, copy, "the caller's buffer")
      const reopened = await reopen()
      const page = await reopened.read("d", 0)
      equal(
        page.kind === "items" && page.items[0],
        { kind: "entry", position: 1, entry: entryOf(A, 1, { update: copy.slice(4, 8) }) },
        "item",
      )
      const { update, stateVector } = (await reopened.snapshot("d"))!
      equal([update, stateVector], [copy.slice(8, 12), copy.slice(12, 16)], "snapshot")
      equal((await reopened.outbox("d"))[0]?.update, copy.slice(16, 20), "row")
      equal(await reopened.record("k"), copy.slice(20, 24), "record")
    },
  },
  {
    id: "ST32",
    name: "what no caller may ask for is a TypeError or RangeError, and nothing of the commit is written",
    async check(fresh) {
      const { log } = await fresh()
      const entry = (rest: object) => append("d", [{ kind: "entry", entry: { ...entryOf(A, 1), ...rest } }])
      const wrong: Record<string, Change> = {
        "a log id": entry({ stamp: { log: "A", seq: 1 } }),
        "a seq": entry({ stamp: { log: A, seq: 0 } }),
        "a time": entry({ receivedAt: -1 }),
        "a fraction": entry({ receivedAt: 0.5 }),
        "a row id": entry({ row: "x" }),
        "a principal": entry({ principal: "x".repeat(4097) }),
        "an update": entry({ update: [1] }),
        "a settled id": append("d", [], ["x"]),
        "a received vector": append("d", [{ kind: "snapshot", snapshot: { vector: new Map([["x", 1]]), update: new Uint8Array(0) } }]),
        "a row's id": outbox("d", [{ ...rowOf(1), row: "x" }]),
        "a snapshot's vector": compact("d", snapshotOf({ [A]: -1 }), 1, 1),
        "a blob of an erasure": entry({ erases: ["AB"] }),
        "a blob of a row": outbox("d", [{ ...rowOf(1), erases: ["x"] }]),
        "erased ranges": compact("d", { ...snapshotOf({ [A]: 1 }), erased: { ranges: [] as unknown as Uint8Array, blobs: [] } }, 1, 1),
        "a blob of a received snapshot": append("d", [
          {
            kind: "snapshot",
            snapshot: { vector: new Map(), update: new Uint8Array(0), erased: { ranges: new Uint8Array(0), blobs: [""] } },
          },
        ]),
        "a position": compact("d", snapshotOf({ [A]: 1 }), 1.5, 1),
        "a record": record("k", "text" as unknown as Uint8Array),
        "a type": { type: "other", documentId: "d" } as unknown as Change,
      }
      for (const [what, change] of Object.entries(wrong)) await misused(log.commit([append("d", run(A, 1, 1)), change]), what)
      equal(await log.documents(), [], "documents")
      await log.commit([entry({ principal: "x".repeat(4096) })])
      equal((await log.head("d")).head, 1, "a principal at the limit")
    },
  },
]

/** All that a store answers about `documentId` and itself. */
async function everything(log: EntryLog, documentId: string): Promise<unknown> {
  const { base } = await log.head(documentId)
  return {
    documents: await log.documents(),
    head: await log.head(documentId),
    page: await log.read(documentId, base),
    snapshot: await log.snapshot(documentId),
    outbox: await log.outbox(documentId),
    pending: await log.pendingDocuments(),
    keys: await log.recordKeys(""),
    record: await log.record("k"),
  }
}
