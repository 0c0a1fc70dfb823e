import type { ChangesPage, EntryLog } from "../entry-log.ts"
import { equal, misused, refused } from "./expectation.ts"
import { A, append, B, compact, entryOf, type EntryLogRule, outbox, read, record, rowId, rowOf, run, snapshotOf } from "./rule.ts"

const BLOB = "ab".repeat(32)
const OTHER_BLOB = "0f".repeat(32)
const RANGES = Uint8Array.of(1, 7, 1, 0, 4)

/** Rules of the feed, of what rests of erasures, and of purging. */
export const FEED_RULES: readonly EntryLogRule[] = [
  {
    id: "ST35",
    name: "what entries, rows and snapshots say of erasures comes back as written, and that they say nothing",
    async check(fresh) {
      const { log, reopen } = await fresh()
      const entries = [entryOf(A, 1), entryOf(A, 2, { erases: [BLOB, OTHER_BLOB] }), entryOf(A, 3, { erases: [] })]
      const erased = { ranges: RANGES, blobs: [BLOB, OTHER_BLOB] }
      const received = { vector: new Map([[B, 1]]), update: Uint8Array.of(1) }
      const rows = [rowOf(1), { ...rowOf(2), erases: [BLOB] }, { ...rowOf(3), erases: [] }]
      await log.commit([
        append("d", [
          ...entries.map((entry) => ({ kind: "entry", entry }) as const),
          { kind: "snapshot", snapshot: received },
          { kind: "snapshot", snapshot: { ...received, vector: new Map([[B, 2]]), erased } },
        ]),
        compact("d", { ...snapshotOf({ [A]: 3 }), erased: { ranges: new Uint8Array(0), blobs: [] } }, 3, 0),
      ])
      await log.commit([outbox("d", rows), append("e", run(A, 1, 1))])
      await log.commit([compact("e", { ...snapshotOf({ [A]: 1 }), erased }, 1, 0)])
      const reopened = await reopen()
      const page = await reopened.read("d", 0)
      equal(
        page.kind === "items" && page.items.map((item) => (item.kind === "entry" ? item.entry : item.snapshot)),
        [...entries, received, { ...received, vector: new Map([[B, 2]]), erased }],
        "items",
      )
      equal(
        (await reopened.outbox("d")).map(({ order: _order, ...row }) => row),
        rows,
        "rows",
      )
      equal((await reopened.snapshot("d"))?.erased, { ranges: new Uint8Array(0), blobs: [] }, "a snapshot of nothing erased")
      equal((await reopened.snapshot("e"))?.erased, erased, "a snapshot with erasures")
    },
  },
  {
    id: "ST41",
    name: "who used the client ids of a received snapshot first comes back as written, and that nobody said",
    async check(fresh) {
      const { log, reopen } = await fresh()
      const received = (seq: number) => ({ vector: new Map([[A, seq]]), update: Uint8Array.of(seq) })
      const owners = new Map([
        [0xffff_ffff, "Zoë"],
        [7, ""],
      ])
      const snapshots = [
        received(1),
        { ...received(2), owners },
        { ...received(3), owners: new Map() },
        { ...received(4), owners, erased: { ranges: RANGES, blobs: [BLOB] } },
        { ...received(5), owners: new Map(), erased: { ranges: new Uint8Array(0), blobs: [] } },
      ]
      await log.commit([
        append(
          "d",
          snapshots.map((snapshot) => ({ kind: "snapshot", snapshot })),
        ),
      ])
      const page = await (await reopen()).read("d", 0)
      equal(page.kind === "items" && page.items.map((item) => item.kind === "snapshot" && item.snapshot), snapshots, "snapshots")
    },
  },
  {
    id: "ST36",
    name: "a compaction that would forget an erasure is refused (`stale-compaction`)",
    async check(fresh) {
      const { log } = await fresh()
      const saying = (seq: number, ...blobs: string[]) => ({ ...snapshotOf({ [A]: seq }), erased: { ranges: RANGES, blobs } })
      const stale = (change: ReturnType<typeof compact>, what: string) => refused("stale-compaction", log.commit([change]), what)
      const received = { vector: new Map([[A, 4]]), update: Uint8Array.of(1), erased: { ranges: RANGES, blobs: [OTHER_BLOB] } }
      await log.commit([
        append("d", [
          ...run(A, 1, 2),
          { kind: "entry", entry: entryOf(A, 3, { erases: [BLOB] }) },
          { kind: "snapshot", snapshot: received },
        ]),
      ])
      await log.commit([compact("d", snapshotOf({ [A]: 4 }), 4, 2)])
      await stale(compact("d", snapshotOf({ [A]: 4 }), 4, 3), "an erasure that would be deleted")
      await stale(compact("d", saying(4, OTHER_BLOB), 4, 3), "a blob that would be forgotten")
      await log.commit([compact("d", saying(4, BLOB), 4, 3)])
      await stale(compact("d", saying(4, BLOB), 4, 4), "a received snapshot that would be deleted")
      await log.commit([compact("d", saying(4, BLOB, OTHER_BLOB), 4, 4)])
      await stale(compact("d", snapshotOf({ [A]: 4 }), 4, 4), "a snapshot that says nothing in the place of one that does")
      await stale(compact("d", saying(4, OTHER_BLOB), 4, 4), "one that says less")
      await log.commit([compact("d", saying(4, OTHER_BLOB, BLOB), 4, 4)])
      await log.commit([append("e", [{ kind: "entry", entry: entryOf(A, 1, { erases: [] }) }])])
      await stale(compact("e", snapshotOf({ [A]: 1 }), 1, 1), "an erasure without blobs")
      await log.commit([compact("e", saying(1), 1, 1), compact("e", saying(1), 1, 1)])
      await log.commit([{ type: "reset", documentId: "e" }, append("e", run(B, 1, 1)), compact("e", snapshotOf({ [B]: 1 }), 2, 2)])
      equal((await log.snapshot("e"))?.erased, undefined, "after a reset")
    },
  },
  {
    id: "ST37",
    name: "every document with a head stands in the feed once, where the last commit put it that changed its vector or reset it; places are never used again",
    async check(fresh) {
      const { log, reopen } = await fresh()
      await log.commit([append("a", run(A, 1, 1)), append("b", run(A, 1, 1)), outbox("r", [rowOf(1)]), record("k", Uint8Array.of(1))])
      await log.commit([append("c", run(A, 1, 1))])
      equal(await feed(log), "a@1 b@2 c@3 |3", "three documents")
      await log.commit([append("a", run(A, 1, 2)), append("a", run(A, 3, 3))])
      equal(await feed(log), "b@2 c@3 a@4 |4", "one that changed, twice in one commit")
      await log.commit([append("b", run(A, 1, 1)), outbox("b", [rowOf(2)], [rowId(9)]), compact("c", snapshotOf({ [A]: 1 }), 1, 1)])
      equal(await feed(log), "b@2 c@3 a@4 |4", "commits that change no vector")
      await refused("gap", log.commit([append("c", run(A, 2, 2)), append("b", run(A, 9, 9))]), "a gap")
      await log.commit([{ type: "reset", documentId: "c" }, append("new", [])])
      equal(await feed(log), "b@2 a@4 c@5 |5", "one that was reset")
      const reopened = await reopen()
      await reopened.commit([{ type: "reset", documentId: "never" }, append("b", run(A, 2, 2))])
      equal(await feed(reopened), "a@4 c@5 never@6 b@7 |7", "after reopening")
      const { changes } = await reopened.changes({ after: 6 })
      equal(changes, [{ position: 7, documentId: "b", vector: new Map([[A, 2]]) }], "vectors")
      const commits = [1, 2, 3].map((seq) => reopened.commit([append(seq === 2 ? "y" : "x", run(A, 1, seq))]))
      await Promise.all(commits)
      equal(await feed(reopened, 7), "y@9 x@10 |10", "commits that nobody waits for")
    },
  },
  {
    id: "ST38",
    name: "the feed is read by whole segments of the path, from a place on, page by page; `last` is where the reader goes on",
    async check(fresh) {
      const { log } = await fresh()
      equal(await log.changes({ after: 0 }), { changes: [], last: 0 }, "an empty store")
      const ids = ["home", "home/a", "homes", "work", "home/a/b", "home/ab", "", "/", "home/a\0b", "work/a"]
      for (const id of ids) await log.commit([append(id, run(A, 1, 1))])
      const below: Record<string, string[]> = {
        home: ["home", "home/a", "home/a/b", "home/ab", "home/a\0b"],
        "home/a": ["home/a", "home/a/b"],
        "home/a/b": ["home/a/b"],
        hom: [],
        work: ["work", "work/a"],
        "": ids,
        "home/": [],
        "/": ["/"],
      }
      for (const [prefix, expected] of Object.entries(below)) {
        const { changes, last } = await log.changes({ prefix, after: 0 })
        equal(
          changes.map(({ documentId }) => documentId),
          expected,
          `below ${JSON.stringify(prefix)}`,
        )
        equal(last, ids.length, `the end of what is below ${JSON.stringify(prefix)}`)
      }
      const pages: ChangesPage[] = []
      for (let after = 0; pages.at(-1)?.changes.length !== 0; after = pages.at(-1)!.last) {
        pages.push(await log.changes({ prefix: "home", after, limit: 2 }))
      }
      equal(
        pages.map(({ changes, last }) => [...changes.map(({ position }) => position), last]),
        [[1, 2, 2], [5, 6, 6], [9, 10], [10]],
        "pages of two, and an empty one",
      )
      equal(await feed(log, 8, 1), "home/a\0b@9 |9", "a page of one")
      equal(await feed(log, 99), "|99", "a reader that is ahead")
      equal((await log.changes({ after: 0, limit: Infinity })).changes.length, ids.length, "no limit")
      await misused(log.changes({ after: -1 }), "a place below 0")
      await misused(log.changes({ after: 0, limit: 0 }), "a page of none")
    },
  },
  {
    id: "ST39",
    name: "a purge changes nothing that can be read, may be asked for again, and for documents that were never written",
    async check(fresh) {
      const { log, reopen } = await fresh()
      await log.commit([append("d", run(A, 1, 5)), outbox("d", [rowOf(1), rowOf(2)]), append("e", run(A, 1, 1))])
      await log.commit([compact("d", snapshotOf({ [A]: 3 }), 3, 2), outbox("d", [], [rowId(1)])])
      await log.commit([compact("d", snapshotOf({ [A]: 4 }, 9), 4, 4)])
      const state = async (store: EntryLog) => ({
        heads: [await store.head("d"), await store.head("e")],
        items: [await read(store, "d", 4), await read(store, "e", 0)],
        snapshot: await store.snapshot("d"),
        rows: await store.outbox("d"),
        feed: await feed(store),
        documents: await store.documents(),
      })
      const before = await state(log)
      const during = log.commit([record("k", Uint8Array.of(1))])
      await Promise.all([log.purge(["d", "never"]), log.purge(["d"]), during])
      await log.purge([])
      equal(await state(log), before, "after a purge")
      const [applied] = await log.commit([outbox("d", [rowOf(3)])])
      equal(applied?.rows[0]?.order, 3, "the order of the next row")
      await log.purge(["d"])
      const reopened = await reopen()
      equal(
        (await reopened.outbox("d")).map(({ row }) => row),
        [rowId(2), rowId(3)],
        "rows after a second purge",
      )
      equal(await read(reopened, "d", 4), "5:a5", "items after a second purge")
    },
  },
]

/** The feed after `after`, in short: documents with their places, and where the reader goes on. */
async function feed(log: EntryLog, after = 0, limit = 1024): Promise<string> {
  const { changes, last } = await log.changes({ after, limit })
  return [...changes.map(({ position, documentId }) => `${documentId}@${position}`), `|${last}`].join(" ")
}
