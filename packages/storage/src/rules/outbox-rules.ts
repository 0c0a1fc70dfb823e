import { equal, refused } from "./expectation.ts"
import { A, append, type EntryLogRule, outbox, read, rowId, rowOf, run } from "./rule.ts"

/** Rules of the outbox. */
export const OUTBOX_RULES: readonly EntryLogRule[] = [
  {
    id: "ST19",
    name: "rows come back as written and in order; an order is larger than every one before it in the store and never used again",
    async check(fresh) {
      const { log, reopen } = await fresh()
      const [first] = await log.commit([outbox("d", [rowOf(1), rowOf(2)])])
      const [, second] = await log.commit([outbox("e", [rowOf(3)]), outbox("d", [rowOf(4)])])
      const rows = [...first!.rows, ...second!.rows]
      equal(
        rows.map(({ row, update, handOver }) => ({ row, update, handOver })),
        [rowOf(1), rowOf(2), rowOf(4)],
        "rows as stored",
      )
      equal(await log.outbox("d"), rows, "rows")
      const orders = rows.map(({ order }) => order)
      equal(
        orders,
        orders.toSorted((left, right) => left - right),
        "ascending orders",
      )
      const [before] = await log.outbox("e")
      equal(orders[1]! < before!.order && before!.order < orders[2]!, true, "an order between those of the other document")
      equal(await log.outbox("d", orders[1]), rows.slice(2), "rows after an order")
      equal(await log.outbox("d", orders[2]), [], "rows after the last order")
      await log.commit([outbox("d", [], [rowId(1), rowId(2), rowId(4)]), outbox("e", [], [rowId(3)])])
      const reopened = await reopen()
      equal(await reopened.outbox("d"), [], "no rows")
      const [next] = await reopened.commit([outbox("d", [rowOf(5)])])
      equal(next!.rows[0]!.order > orders[2]!, true, "an order that was never used")
    },
  },
  {
    id: "ST20",
    name: "a row id that is in the document's outbox already is left as it is; the same id in another document is another row",
    async check(fresh) {
      const { log } = await fresh()
      const [first] = await log.commit([outbox("d", [rowOf(1)])])
      const changed = { ...rowOf(1), update: Uint8Array.of(99), handOver: true }
      const [again] = await log.commit([outbox("d", [changed, rowOf(2), rowOf(2)])])
      equal(again?.rows[0], first?.rows[0], "the row as stored")
      equal(again?.rows[2], again?.rows[1], "the row that came twice")
      const [other] = await log.commit([outbox("e", [changed])])
      equal(other?.rows[0]?.update, changed.update, "the row of the other document")
      equal(
        (await log.outbox("d")).map(({ row }) => row),
        [rowId(1), rowId(2)],
        "rows",
      )
    },
  },
  {
    id: "ST21",
    name: "settled rows go in the same step as the append, whether or not its entries were new; unknown ids are no error",
    async check(fresh) {
      const { log, reopen } = await fresh()
      await log.commit([outbox("d", [rowOf(1), rowOf(2), rowOf(3)]), outbox("e", [rowOf(1)])])
      await log.commit([append("d", run(A, 1, 1), [rowId(1), rowId(9)])])
      equal(
        (await log.outbox("d")).map(({ row }) => row),
        [rowId(2), rowId(3)],
        "after a new entry",
      )
      await log.commit([append("d", run(A, 1, 1), [rowId(2), rowId(2)])])
      equal(
        (await log.outbox("d")).map(({ row }) => row),
        [rowId(3)],
        "after a known entry",
      )
      await refused("gap", log.commit([append("d", run(A, 5, 5), [rowId(3)])]), "a gap")
      const reopened = await reopen()
      equal(
        (await reopened.outbox("d")).map(({ row }) => row),
        [rowId(3)],
        "after a refused append",
      )
      equal((await reopened.outbox("e")).length, 1, "the other document")
      equal(await read(reopened, "d", 0), "1:a1", "the log")
      const [back] = await reopened.commit([outbox("d", [rowOf(1)])])
      equal(back?.rows[0]?.update, rowOf(1).update, "a settled row that is written again")
    },
  },
  {
    id: "ST22",
    name: "rows are added at the end, then the settled ones removed, so that rows can be merged in one step",
    async check(fresh) {
      const { log } = await fresh()
      await log.commit([outbox("d", [rowOf(1), rowOf(2)])])
      const [merged] = await log.commit([outbox("d", [rowOf(3), rowOf(4)], [rowId(1), rowId(2), rowId(4)])])
      equal(
        merged?.rows.map(({ row }) => row),
        [rowId(3), rowId(4)],
        "rows as stored",
      )
      equal(
        (await log.outbox("d")).map(({ row }) => row),
        [rowId(3)],
        "rows",
      )
      const replaced = { ...rowOf(5), update: Uint8Array.of(66) }
      await log.commit([outbox("d", [rowOf(5)]), outbox("d", [], [rowId(5)]), outbox("d", [replaced])])
      equal(
        (await log.outbox("d")).map(({ update }) => update),
        [rowOf(3).update, replaced.update],
        "a row settled and written anew",
      )
      await log.commit([outbox("d", [], [rowId(5)]), outbox("d", [rowOf(5)])])
      equal(
        (await log.outbox("d")).map(({ update }) => update),
        [rowOf(3).update, rowOf(5).update],
        "and at rest",
      )
    },
  },
  {
    id: "ST23",
    name: "documents with rows are listed ascending, each once, and no others",
    async check(fresh) {
      const { log } = await fresh()
      equal(await log.pendingDocuments(), [], "nothing")
      const ids = ["b", "a/1", "a", "a\0", "a\0\uffff", "a\u0001", "\u{1f98a}", "\uffff", ""]
      await log.commit(ids.map((id) => outbox(id, [rowOf(1), rowOf(2)])))
      await log.commit([append("c", run(A, 1, 1))])
      equal(await log.pendingDocuments(), ids.toSorted(), "all")
      await log.commit([outbox("a", [], [rowId(1), rowId(2)]), outbox("b", [], [rowId(1)])])
      equal(await log.pendingDocuments(), ids.filter((id) => id !== "a").toSorted(), "after one was settled")
    },
  },
]
