import { expect, test } from "vitest"
import {
  type Change,
  type ChangesQuery,
  ENTRY_LOG_RULES,
  type EntryLog,
  MemoryDisk,
  MemoryEntryLog,
  type NewLogItem,
  StorageError,
} from "../src/index.ts"
import { equal, misused, refused } from "../src/rules/expectation.ts"

/*
 * Rules that cannot fail prove nothing: each store here breaks one promise, and the rules named must notice. They run on a store whose
 * every method passes through `bend`.
 */

type Bend = Partial<EntryLog>

const items = (change: Change, map: (items: readonly NewLogItem[]) => readonly NewLogItem[]): Change =>
  change.type === "append" ? { ...change, items: map(change.items) } : change

/** What is broken, how, and by which rules it must be noticed. */
const MUTANTS: readonly [string, (log: EntryLog) => Bend, readonly string[]][] = [
  ["forgets everything when it is closed", (log) => ({ close: async () => (await log.close(), await forget(log)) }), ["ST25"]],
  ["writes changes one by one", (log) => ({ commit: (changes) => eachAlone(log, changes) }), ["ST6", "ST18"]],
  [
    "drops the last item",
    (log) => ({ commit: (changes) => log.commit(changes.map((change) => items(change, (all) => all.slice(0, -1)))) }),
    ["ST1", "ST3"],
  ],
  [
    "turns items round",
    (log) => ({ commit: (changes) => log.commit(changes.map((change) => items(change, (all) => all.toReversed()))) }),
    ["ST3"],
  ],
  ["ignores `settled`", (log) => ({ commit: (changes) => log.commit(changes.map(unsettled)) }), ["ST21", "ST22"]],
  ["hides a gap", (log) => ({ commit: (changes) => log.commit(changes).catch(() => []) }), ["ST5", "ST15", "ST32"]],
  ["deletes nothing", (log) => ({ commit: (changes) => log.commit(changes.map(keepAll)) }), ["ST12", "ST13"]],
  ["gives the next item to a reader below base", (log) => ({ read: (id, after, limits) => readOn(log, id, after, limits) }), ["ST13"]],
  [
    "has no limits of a page",
    (log) => ({ read: (id, after) => log.read(id, after, { maxItems: Infinity, maxBytes: Infinity }) }),
    ["ST8", "ST9"],
  ],
  [
    "lists documents by any part",
    (log) => ({ documents: async (part = "") => (await log.documents()).filter((id) => id.includes(part)) }),
    ["ST11"],
  ],
  ["lists documents in any order", (log) => ({ documents: async (prefix) => (await log.documents(prefix)).toReversed() }), ["ST11"]],
  ["lists every document as pending", (log) => ({ pendingDocuments: () => log.documents() }), ["ST23"]],
  ["mixes documents", (log) => ({ head: (id) => log.head(id.replaceAll("\0", "")) }), ["ST30"]],
  ["answers when closed", () => ({ record: async () => undefined }), ["ST28", "ST24"]],
  ["forgets owners", (log) => ({ snapshot: async (id) => withoutOwners(await log.snapshot(id)) }), ["ST12"]],
  [
    "forgets owners of received snapshots",
    (log) => ({ commit: (changes) => log.commit(changes.map((change) => items(change, (all) => all.map(ownerless)))) }),
    ["ST41"],
  ],
  ["knows no reset", (log) => ({ commit: (changes) => log.commit(changes.filter(({ type }) => type !== "reset")) }), ["ST16", "ST17"]],
  ["knows no late writer", (log) => ({ commit: (changes) => log.commit(changes.map(anyResets)) }), ["ST33"]],
  ["knows no grown outbox", (log) => ({ commit: (changes) => log.commit(changes.map(anyOutbox)) }), ["ST34"]],
  ["lists record keys of any prefix", (log) => ({ recordKeys: () => log.recordKeys("") }), ["ST24"]],
  ["lists all record keys at once", (log) => ({ recordKeys: (prefix) => log.recordKeys(prefix) }), ["ST40"]],
  ["cuts large updates", (log) => ({ record: async (key) => (await log.record(key))?.subarray(0, 1_000_000) }), ["ST29"]],
  ["counts heads wrongly", (log) => ({ head: async (id) => ({ ...(await log.head(id)), itemBytes: 1 }) }), ["ST2", "ST10"]],
  ["forgets what was erased", (log) => ({ commit: (changes) => log.commit(changes.map(nothingErased)) }), ["ST35", "ST36"]],
  ["lets erasures be forgotten", (log) => ({ commit: (changes) => log.commit(changes).catch(() => []) }), ["ST36"]],
  ["has no places but positions", (log) => ({ changes: (query) => unmoved(log, query) }), ["ST37"]],
  ["moves whatever is written", (log) => ({ commit: (changes) => touching(log, changes) }), ["ST37"]],
  ["knows prefixes but no segments", (log) => ({ changes: (query) => byAnyPrefix(log, query) }), ["ST38"]],
  [
    "sends readers of the feed to its end",
    (log) => ({ changes: async (query) => ({ ...(await log.changes(query)), last: (await log.changes({ after: 0 })).last }) }),
    ["ST38"],
  ],
  ["purges what is not deleted", (log) => ({ purge: (ids) => reset(log, ids) }), ["ST39"]],
  [
    "takes any argument",
    (log) => ({ commit: (changes) => log.commit(changes).catch((error: unknown) => storageErrorOf(error)) }),
    ["ST32"],
  ],
]

/** The change with nothing said of erasures. */
function nothingErased(change: Change): Change {
  if (change.type === "append") {
    return items(change, (all) => all.map((item) => (item.kind === "entry" ? { ...item, entry: withoutErases(item.entry) } : item)))
  }
  if (change.type !== "compact") return change
  const { erased: _, ...snapshot } = change.snapshot
  return { ...change, snapshot }
}

function ownerless(item: NewLogItem): NewLogItem {
  if (item.kind === "entry") return item
  const { owners: _, ...snapshot } = item.snapshot
  return { kind: "snapshot", snapshot }
}

function withoutErases<T extends { erases?: unknown }>(entry: T): T {
  const { erases: _, ...rest } = entry
  return rest as T
}

/** Every document where it stood first. */
async function unmoved(log: EntryLog, query: ChangesQuery) {
  const page = await log.changes(query)
  return { ...page, changes: page.changes.map((change, index) => ({ ...change, position: index + 1 })) }
}

/** Commits, and resets whatever a compaction or an outbox touched. */
async function touching(log: EntryLog, changes: readonly Change[]) {
  const applied = await log.commit(changes)
  const touched = changes.flatMap((change) => (change.type === "compact" || change.type === "outbox" ? [change.documentId] : []))
  await reset(log, touched)
  return applied
}

async function byAnyPrefix(log: EntryLog, { prefix = "", ...query }: ChangesQuery) {
  const page = await log.changes(query)
  return { ...page, changes: page.changes.filter(({ documentId }) => documentId.startsWith(prefix)) }
}

async function reset(log: EntryLog, documentIds: readonly string[]): Promise<void> {
  for (const documentId of documentIds) await log.commit([{ type: "reset", documentId }])
}

/** The change for a document however often it was reset. */
function anyResets(change: Change): Change {
  if (!("resets" in change)) return change
  const { resets: _, ...rest } = change
  return rest
}

/** The change for a document however its outbox has grown. */
function anyOutbox(change: Change): Change {
  if (!("outboxEnd" in change)) return change
  const { outboxEnd: _, ...rest } = change
  return rest
}

for (const [what, bend, noticedBy] of MUTANTS) {
  test(`[${noticedBy.join(", ")}] a store that ${what} is noticed`, async () => {
    for (const id of noticedBy) {
      const rule = ENTRY_LOG_RULES.find((candidate) => candidate.id === id)!
      const outcome = await rule
        .check(() => underTest(bend))
        .then(
          () => "kept",
          () => "broken",
        )
      expect({ id, outcome }).toEqual({ id, outcome: "broken" })
    }
  })
}

test("[ST32] the assertions of the rules say what they expected", async () => {
  expect(() => equal([1, new Map([["a", Uint8Array.of(1)]])], [1, new Map([["a", Uint8Array.of(2)]])], "it")).toThrow("it: expected")
  expect(() => equal(undefined, "x".repeat(9999), "it")).toThrow(/got undefined$/)
  for (const [left, right] of [
    [null, {}],
    [{}, null],
    [1, {}],
    [{ a: 1 }, { b: 1 }],
    [{ a: 1 }, {}],
    [new Map(), new Map([[1, 1]])],
    [new Map([[2, 1]]), new Map([[1, 1]])],
    [Uint8Array.of(1), Uint8Array.of()],
  ]) {
    expect(() => equal(left, right, "it")).toThrow("it: expected")
  }
  equal({ a: [Uint8Array.of(1)], b: new Map([[1, { c: null }]]) }, { b: new Map([[1, { c: null }]]), a: [Uint8Array.of(1)] }, "it")
  await expect(refused("gap", Promise.resolve(), "it")).rejects.toThrow("no error")
  await expect(refused("gap", Promise.reject(new Error("other")), "it")).rejects.toThrow("other")
  await expect(misused(Promise.resolve(), "it")).rejects.toThrow("no error")
  await expect(misused(Promise.reject(new Error("other")), "it")).rejects.toThrow("it: expected")
})

async function underTest(bend: (log: EntryLog) => Bend) {
  const disk = new MemoryDisk()
  const open = async (): Promise<EntryLog> => {
    const log = new MemoryEntryLog({ disk })
    const whole: EntryLog = {
      open: () => log.open(),
      close: () => log.close(),
      documents: (prefix) => log.documents(prefix),
      head: (id) => log.head(id),
      read: (id, after, limits) => log.read(id, after, limits),
      snapshot: (id) => log.snapshot(id),
      outbox: (id, after) => log.outbox(id, after),
      pendingDocuments: () => log.pendingDocuments(),
      record: (key) => log.record(key),
      recordKeys: (prefix, page) => log.recordKeys(prefix, page),
      changes: (query) => log.changes(query),
      purge: (ids) => log.purge(ids),
      commit: (changes) => log.commit(changes),
    }
    await log.open()
    return { ...whole, ...bend(whole) }
  }
  let log = await open()
  return {
    log,
    reopen: async () => {
      await log.close()
      log = await open()
      return log
    },
  }
}

async function forget(log: EntryLog): Promise<void> {
  await log.open()
  for (const documentId of await log.documents()) await log.commit([{ type: "reset", documentId }])
  await log.close()
}

async function eachAlone(log: EntryLog, changes: readonly Change[]) {
  const applied = []
  for (const change of changes) applied.push(...(await log.commit([change])))
  return applied
}

function unsettled(change: Change): Change {
  return change.type === "append" || change.type === "outbox" ? { ...change, settled: [] } : change
}

function keepAll(change: Change): Change {
  return change.type === "compact" ? { ...change, base: 0 } : change
}

async function readOn(log: EntryLog, id: string, after: number, limits: Parameters<EntryLog["read"]>[2]) {
  const page = await log.read(id, after, limits)
  return page.kind === "compacted" ? await log.read(id, page.head.base, limits) : page
}

function withoutOwners(snapshot: Awaited<ReturnType<EntryLog["snapshot"]>>) {
  return snapshot && { ...snapshot, owners: new Map<number, string>() }
}

function storageErrorOf(error: unknown): never {
  throw error instanceof StorageError ? error : new StorageError("io", "something went wrong")
}
