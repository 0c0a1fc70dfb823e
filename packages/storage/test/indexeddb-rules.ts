import { expect, onTestFinished } from "vitest"
import type { Change, EntryLog } from "../src/index.ts"
import { encodeHead } from "../src/at-rest.ts"
import { EMPTY_HEAD } from "../src/head.ts"
import { openDatabase } from "../src/indexeddb/database.ts"
import { IndexedDbEntryLog } from "../src/indexeddb/index.ts"
import { A, append, B, compact, outbox, read, record, rowId, rowOf, run, snapshotOf } from "../src/rules/rule.ts"
import { dump, Oracle } from "./oracle.ts"
import { Random, randomCommit } from "./random-changes.ts"
import { freshName } from "./under-test.ts"

/** What IndexedDbEntryLog promises beyond the contract; run on fake-indexeddb and in Chromium. */
export interface IndexedDbRule {
  readonly id: string
  readonly name: string
  /** @param drop - does what a browser does when it drops a database: closes the connection and tells it. Resolves when it was told. */
  readonly check: (drop: (connection: IDBDatabase) => Promise<void>) => Promise<void>
}

export const INDEXED_DB_RULES: readonly IndexedDbRule[] = [
  {
    id: "IX1",
    name: "two tabs commit side by side: positions are unique and gapless, no stamp stands twice, orders of rows differ",
    async check() {
      const name = freshName()
      const tabs = [await openLog(name), await openLog(name)]
      const applied = await Promise.all(
        Array.from({ length: 60 }, async (_none, index) => {
          const tab = tabs[index % 2]!
          // Both tabs receive the same entries, and each writes rows of its own.
          const seq = Math.floor(index / 2) + 1
          return await tab.commit([append("d", run(A, 1, seq)), outbox("d", [rowOf(index)])])
        }),
      )
      const given = applied.flatMap(([first]) => first!.items.map(({ position }) => position))
      expect(given.toSorted((left, right) => left - right)).toEqual(Array.from({ length: 30 }, (_none, index) => index + 1))
      for (const tab of tabs) {
        expect(await read(tab, "d", 0)).toBe(Array.from({ length: 30 }, (_none, index) => `${index + 1}:a${index + 1}`).join(" "))
        expect(new Set((await tab.outbox("d")).map(({ order }) => order)).size).toBe(60)
      }
    },
  },
  {
    id: "IX2",
    name: "a commit is one readwrite transaction with strict durability over only the stores that it needs",
    async check() {
      const log = await openLog(freshName())
      const transactions = recordTransactions()
      const cases: [Change[], string[]][] = [
        [[append("d", run(A, 1, 2))], ["changes", "heads", "items"]],
        [[append("d", run(A, 3, 3), [rowId(1)])], ["changes", "heads", "items", "outbox"]],
        [[outbox("d", [rowOf(1)])], ["heads", "meta", "outbox"]],
        [[compact("d", snapshotOf({ [A]: 1 }), 1, 1)], ["heads", "items", "snapshots"]],
        [[{ type: "reset", documentId: "d" }], ["changes", "heads", "items", "outbox", "snapshots"]],
        [[record("k", Uint8Array.of(1)), record("l", null)], ["records"]],
      ]
      for (const [changes] of cases) await log.commit(changes)
      expect(transactions).toEqual(cases.map(([, stores]) => ({ stores, mode: "readwrite", durability: "strict" })))
    },
  },
  {
    id: "IX3",
    name: "a commit counts only when its transaction is complete: one that aborts after its requests succeeded is reported, and nothing of it is there",
    async check() {
      const log = await openLog(freshName())
      await log.commit([append("d", run(A, 1, 1))])
      const restore = patch(IDBObjectStore.prototype, "put", (put, store: IDBObjectStore, args) => {
        const request = put.apply(store, args)
        request.addEventListener("success", () => store.transaction.abort(), { once: true })
        return request
      })
      await expect(log.commit([append("d", run(A, 2, 2))])).rejects.toMatchObject({ code: "io" })
      restore()
      expect(await read(log, "d", 0)).toBe("1:a1")
      await log.commit([append("d", run(A, 2, 2))])
      expect(await read(log, "d", 0)).toBe("1:a1 2:a2")
    },
  },
  {
    id: "IX4",
    name: "a full device is `quota-exceeded` with nothing written, and the store goes on",
    async check() {
      const log = await openLog(freshName())
      const restore = patch(IDBObjectStore.prototype, "put", (put, store: IDBObjectStore, args) => {
        if (store.name === "heads") throw new DOMException("full", "QuotaExceededError")
        return put.apply(store, args)
      })
      await expect(log.commit([append("d", run(A, 1, 1)), outbox("d", [rowOf(1)])])).rejects.toMatchObject({ code: "quota-exceeded" })
      restore()
      expect(await log.documents()).toEqual([])
      expect(await log.pendingDocuments()).toEqual([])
      await log.commit([append("d", run(A, 1, 1))])
      expect(await read(log, "d", 0)).toBe("1:a1")
    },
  },
  {
    id: "IX5",
    name: "the store closes by itself when a newer version wants to upgrade it; commits under way finish, later calls answer `closed`",
    async check() {
      const name = freshName()
      const log = await openLog(name)
      const commit = log.commit([append("d", run(A, 1, 1))])
      const upgraded = openRaw(name, 3)
      await commit
      const newer = await upgraded
      await expect(log.read("d", 0)).rejects.toMatchObject({ code: "closed" })
      await expect(log.commit([])).rejects.toMatchObject({ code: "closed" })
      newer.close()
      await log.close()
    },
  },
  {
    id: "IX6",
    name: "a database of a newer version is `newer`, one without our stores `corrupt`, and neither is touched",
    async check() {
      const name = freshName()
      ;(await openRaw(name, 3)).close()
      await expect(new IndexedDbEntryLog({ name }).open()).rejects.toMatchObject({ code: "newer" })
      const other = freshName()
      ;(await openRaw(other, 2)).close()
      const log = new IndexedDbEntryLog({ name: other })
      await expect(log.open()).rejects.toMatchObject({ code: "corrupt" })
      await expect(log.documents()).rejects.toMatchObject({ code: "closed" })
      const raw = await openRaw(other, 2)
      expect([...raw.objectStoreNames]).toEqual([])
      raw.close()
    },
  },
  {
    id: "IX7",
    name: "no IndexedDB, one that may not be opened, and one that a frozen tab blocks are `unavailable`; open works again afterwards",
    async check() {
      const log = new IndexedDbEntryLog({ name: freshName() })
      const restore = patch(IDBFactory.prototype, "open", () => {
        throw new DOMException("private mode", "SecurityError")
      })
      await expect(log.open()).rejects.toMatchObject({ code: "unavailable" })
      restore()
      const present = Object.getOwnPropertyDescriptor(globalThis, "indexedDB")!
      Object.defineProperty(globalThis, "indexedDB", { value: undefined, configurable: true, writable: true })
      await expect(log.open()).rejects.toMatchObject({ code: "unavailable" })
      Object.defineProperty(globalThis, "indexedDB", present)
      await log.open()
      await log.close()

      const name = freshName()
      const frozen = await openRaw(name, 1)
      const lost: unknown[] = []
      await expect(openDatabase(name, (database) => lost.push(database))).rejects.toMatchObject({ code: "unavailable" })
      frozen.close()
      // The connection that opens late is closed again, so that it blocks nobody.
      ;(await openRaw(name, 3)).close()
      expect(lost).toEqual([])
    },
  },
  {
    id: "IX8",
    name: "when the browser drops the database the store is `closed`, and may be opened again",
    async check(drop) {
      const [silent, told] = [await openLog(freshName()), await openLog(freshName())]
      await told.commit([append("d", run(A, 1, 1))])
      const connections: IDBDatabase[] = []
      const restore = patch(IDBDatabase.prototype, "transaction", (transaction, database: IDBDatabase, args) => {
        connections.push(database)
        return transaction.apply(database, args)
      })
      await silent.documents()
      await told.documents()
      restore()
      connections[0]!.close()
      await expect(silent.documents()).rejects.toMatchObject({ code: "closed" })
      await expect(silent.commit([append("d", run(A, 2, 2))])).rejects.toMatchObject({ code: "closed" })
      await drop(connections[1]!)
      await expect(told.commit([])).rejects.toMatchObject({ code: "closed" })
      await told.open()
      expect(await read(told, "d", 0)).toBe("1:a1")
    },
  },
  {
    id: "IX9",
    name: "a value that does not decode, or is missing, is `corrupt`, and its place is named",
    async check() {
      const name = freshName()
      const log = await openLog(name)
      await log.commit([append("d", run(A, 1, 5)), append("e", run(B, 1, 1)), compact("e", snapshotOf({ [B]: 1 }), 1, 0)])
      const raw = await openRaw(name, 2)
      await write(raw, "items", (store) => store.put(Uint8Array.of(0, 1), ["d", 2]))
      await expect(log.read("d", 0)).rejects.toMatchObject({ code: "corrupt", message: expect.stringContaining('items "d" 2') })
      await write(raw, "items", (store) => store.delete(["d", 2]))
      await expect(log.read("d", 0)).rejects.toMatchObject({ code: "corrupt", message: expect.stringContaining('items "d" 1 to 4') })
      await expect(log.commit([compact("d", snapshotOf({ [A]: 5 }), 5, 5)])).rejects.toMatchObject({ code: "corrupt" })
      await write(raw, "snapshots", (store) => store.put(Uint8Array.of(1, 200), "e"))
      await expect(log.snapshot("e")).rejects.toMatchObject({ code: "corrupt", message: expect.stringContaining('snapshots "e"') })
      await write(raw, "heads", (store) => store.put(Uint8Array.of(), "e"))
      await expect(log.head("e")).rejects.toMatchObject({ code: "corrupt", message: expect.stringContaining('heads "e"') })
      await expect(log.commit([append("e", run(B, 2, 2))])).rejects.toMatchObject({ code: "corrupt" })
      await write(raw, "changes", (store) => store.put("d", 9))
      await expect(log.changes({ after: 2 })).rejects.toMatchObject({ code: "corrupt", message: expect.stringContaining("changes 9") })
      raw.close()
    },
  },
  {
    id: "IX11",
    name: "a database of version 1 gets its feed when it is opened; one that does not decode, or is somebody else's, is `corrupt` and stays as it is",
    async check() {
      const head = encodeHead({ head: { ...EMPTY_HEAD, head: 1, vector: new Map([[A, 1]]) }, change: 0 }).slice(0, -1)
      const name = freshName()
      await version1(name, { b: head, a: head })
      const log = await openLog(name)
      expect((await log.changes({ after: 0 })).changes).toEqual([
        { position: 1, documentId: "a", vector: new Map([[A, 1]]) },
        { position: 2, documentId: "b", vector: new Map([[A, 1]]) },
      ])
      await log.commit([append("a", run(A, 2, 2)), outbox("b", [rowOf(1)])])
      expect((await log.changes({ after: 1 })).changes.map(({ documentId }) => documentId)).toEqual(["b", "a"])

      const damaged = freshName()
      await version1(damaged, { a: head, b: Uint8Array.of(1) })
      await expect(new IndexedDbEntryLog({ name: damaged }).open()).rejects.toMatchObject({
        code: "corrupt",
        message: expect.stringContaining('heads "b"'),
      })
      const cut = freshName()
      await version1(cut, { a: head })
      const restore = patch(IDBObjectStore.prototype, "put", (put, store: IDBObjectStore, args) => {
        const request = put.apply(store, args)
        store.transaction.abort()
        return request
      })
      await expect(new IndexedDbEntryLog({ name: cut }).open()).rejects.toMatchObject({ code: "unavailable" })
      restore()
      const foreign = freshName()
      ;(await openRaw(foreign, 1)).close()
      await expect(new IndexedDbEntryLog({ name: foreign }).open()).rejects.toMatchObject({ code: "corrupt" })
      for (const untouched of [damaged, foreign, cut]) {
        const raw = await openRaw(untouched, 1)
        expect(raw.objectStoreNames.contains("changes")).toBe(false)
        raw.close()
      }
    },
  },
  {
    id: "IX10",
    name: "whichever request fails, however: the commit is reported and not there, everything acknowledged is, and the store goes on",
    async check() {
      const random = new Random(5)
      const planned = new Oracle()
      const commits = Array.from({ length: 8 }, () => {
        const changes = randomCommit(random, planned)
        planned.commit(changes)
        return changes
      })
      for (const how of ["throw", "abort"] as const) {
        for (let failAt = 1; ; failAt++) {
          const log = await openLog(freshName())
          const oracle = new Oracle()
          const faults = failNth(failAt, how)
          let failed = 0
          for (const changes of commits) {
            const outcome = await log.commit(changes).catch((error: { code: string }) => error.code)
            if (outcome === "io") failed++
            else expect(outcome).toEqual(oracle.commit(changes))
          }
          faults.restore()
          expect(failed).toBe(faults.hit() ? 1 : 0)
          expect(await dump(log)).toEqual(oracle.dump())
          await log.close()
          await log.open()
          expect(await dump(log)).toEqual(oracle.dump())
          await log.close()
          if (!faults.hit()) break
        }
      }
    },
  },
]

/** The n-th request or transaction throws at once, or succeeds and then aborts its transaction. */
function failNth(failAt: number, how: "throw" | "abort"): { restore: () => void; hit: () => boolean } {
  let left = failAt
  const step = <T>(act: () => T, transactionOf: (result: T) => IDBTransaction): T => {
    const fails = --left === 0
    if (fails && how === "throw") throw new DOMException("a fault", "UnknownError")
    const result = act()
    if (fails) transactionOf(result).abort()
    return result
  }
  const restores = [
    ...(["put", "delete", "get", "getAll"] as const).map((name) =>
      patch(IDBObjectStore.prototype, name, (original, store: IDBObjectStore, args) =>
        step(
          () => Reflect.apply(original as (...args: never[]) => IDBRequest, store, args),
          () => store.transaction,
        ),
      ),
    ),
    patch(IDBIndex.prototype, "get", (original, index: IDBIndex, args) =>
      step(
        () => original.apply(index, args),
        () => index.objectStore.transaction,
      ),
    ),
    patch(IDBDatabase.prototype, "transaction", (original, database: IDBDatabase, args) =>
      step(
        () => original.apply(database, args),
        (transaction) => transaction,
      ),
    ),
  ]
  return { restore: () => restores.forEach((restore) => restore()), hit: () => left <= 0 }
}

async function openLog(name: string): Promise<EntryLog> {
  const log = new IndexedDbEntryLog({ name })
  await log.open()
  onTestFinished(() => log.close())
  return log
}

/** A connection of somebody else, which does not give way. */
function openRaw(name: string, version: number): Promise<IDBDatabase> {
  return settled(indexedDB.open(name, version))
}

/** Makes the database `name` as version 1 of this package had it, with `heads`. */
async function version1(name: string, heads: Readonly<Record<string, Uint8Array>>): Promise<void> {
  const request = indexedDB.open(name, 1)
  request.addEventListener("upgradeneeded", () => {
    for (const store of ["heads", "items", "snapshots", "records", "meta"]) request.result.createObjectStore(store)
    request.result.createObjectStore("outbox", { keyPath: ["documentId", "order"] }).createIndex("row", ["documentId", "row"])
  })
  const database = await settled(request)
  const transaction = database.transaction("heads", "readwrite")
  for (const [documentId, head] of Object.entries(heads)) transaction.objectStore("heads").put(head, documentId)
  // A connection whose transaction is under way is not closed yet, and blocks an upgrade.
  await new Promise((resolve) => transaction.addEventListener("complete", resolve))
  database.close()
}

async function write(database: IDBDatabase, store: string, act: (store: IDBObjectStore) => IDBRequest): Promise<void> {
  await settled(act(database.transaction(store, "readwrite").objectStore(store)))
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result))
    request.addEventListener("error", () => reject(request.error!))
  })
}

/** Replaces a method until the returned function, or the end of the test, puts it back. */
function patch<K extends string, T extends Record<K, (...args: never[]) => unknown>>(
  target: T,
  name: K,
  replacement: (original: T[K], self: never, args: Parameters<T[K]>) => unknown,
): () => void {
  const original = target[name]
  const restore = (): void => {
    Object.defineProperty(target, name, { value: original, configurable: true, writable: true })
  }
  const replaced = function replaced(this: never, ...args: Parameters<T[K]>): unknown {
    return replacement(original, this, args)
  }
  Object.defineProperty(target, name, { value: replaced, configurable: true, writable: true })
  onTestFinished(restore)
  return restore
}

function recordTransactions(): { stores: string[]; mode: string; durability: string | undefined }[] {
  const transactions: { stores: string[]; mode: string; durability: string | undefined }[] = []
  patch(IDBDatabase.prototype, "transaction", (transaction, database: IDBDatabase, args) => {
    const [stores, mode, options] = args as [string[], string, { durability?: string } | undefined]
    transactions.push({ stores: stores.toSorted(), mode, durability: options?.durability })
    return transaction.apply(database, args)
  })
  return transactions
}
