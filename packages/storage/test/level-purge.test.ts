import { ClassicLevel } from "classic-level"
import { expect, onTestFinished, test } from "vitest"
import type { Snapshot } from "../src/index.ts"
import { classicLevel, type LevelDatabase, type LevelIterator } from "../src/level/database.ts"
import { LevelEntryLog } from "../src/level/index.ts"
import { KIND } from "../src/level/key.ts"
import { A, append, compact, entryOf, outbox, rowId, snapshotOf } from "../src/rules/rule.ts"
import { foundIn, noise } from "./folder-bytes.ts"
import { bent } from "./level-database.ts"
import { freshFolder } from "./level-place.ts"
import { Random } from "./random-changes.ts"

const random = new Random(20)

/** LevelDB that goes to disk often and in small files, so that a little data stands in many files of several levels. */
function smallFiles(location: string): LevelDatabase {
  return new ClassicLevel<Uint8Array, Uint8Array>(location, {
    keyEncoding: "view",
    valueEncoding: "view",
    writeBufferSize: 64 * 1024,
    maxFileSize: 64 * 1024,
    compression: false,
  })
}

async function openLog(location: string, database: (location: string) => LevelDatabase = classicLevel): Promise<LevelEntryLog> {
  const log = new LevelEntryLog({ location, database })
  await log.open()
  onTestFinished(() => log.close())
  return log
}

function entry(documentId: string, seq: number, update: Uint8Array) {
  return append(documentId, [{ kind: "entry", entry: entryOf(A, seq, { update }) }])
}

function snapshot(seq: number, update: Uint8Array): Snapshot {
  return { ...snapshotOf({ [A]: seq }), update }
}

/** Writes a document whose every kind of content was deleted or replaced, and answers what must go and what must stay. */
async function writeErased(log: LevelEntryLog, documentId: string, size = 64) {
  const gone = { item: noise(random, size), window: noise(random, size), row: noise(random, size), snapshot: noise(random, size) }
  const kept = { item: noise(random, size), row: noise(random, size), snapshot: noise(random, size) }
  const row = (number: number, update: Uint8Array) => ({ row: rowId(number), update, handOver: false })
  await log.commit([outbox(documentId, [row(1, gone.row), row(2, kept.row)]), entry(documentId, 1, gone.item)])
  await log.commit([
    compact(documentId, snapshot(1, gone.snapshot), 1, 1),
    entry(documentId, 2, gone.window),
    outbox(documentId, [], [rowId(1)]),
  ])
  await log.commit([compact(documentId, snapshot(2, kept.snapshot), 2, 2), entry(documentId, 3, kept.item)])
  return { gone, kept }
}

test("[LV9] a purge leaves nothing of what was deleted or replaced in any file, and all of what was not", async () => {
  const location = await freshFolder()
  const log = await openLog(location)
  const { gone, kept } = await writeErased(log, "home/a")
  const other = await writeErased(log, "home/b")
  expect(await foundIn(location, gone)).toEqual(["item", "row", "snapshot", "window"])
  await log.purge(["home/a"])
  expect(await foundIn(location, gone)).toEqual([])
  expect(await foundIn(location, kept)).toEqual(["item", "row", "snapshot"])
  expect(await foundIn(location, other.kept)).toEqual(["item", "row", "snapshot"])
  await log.purge(["home/b", "home/never"])
  expect(await foundIn(location, { ...gone, ...other.gone })).toEqual([])
  const { update } = (await log.snapshot("home/a"))!
  expect(update).toEqual(kept.snapshot)
  expect((await log.outbox("home/a")).map((row) => row.update)).toEqual([kept.row])
  await log.purge([])
})

test("[LV9] also when many documents, of small and large values, stand in many files of several levels, and commits go on", async () => {
  const location = await freshFolder()
  const log = await openLog(location, smallFiles)
  const gone: Record<string, Uint8Array> = {}
  const kept: Record<string, Uint8Array> = {}
  const ids = Array.from({ length: 12 }, (_none, index) => `home/${index}`)
  for (const [index, documentId] of ids.entries()) {
    const written = await writeErased(log, documentId, index % 6 === 0 ? 150_000 : 64)
    for (const [name, bytes] of Object.entries(written.gone)) gone[`${documentId} ${name}`] = bytes
    for (const [name, bytes] of Object.entries(written.kept)) kept[`${documentId} ${name}`] = bytes
    // What stands between the documents, and pushes them from level to level.
    await log.commit([entry(`${documentId}/between`, 1, noise(random, 30_000))])
  }
  // A long document: whole files hold nothing but items that are gone.
  const long = Array.from({ length: 40 }, () => noise(random, 4000))
  for (const [index, update] of long.entries()) {
    gone[`long ${index}`] = update
    await log.commit([entry("long", index + 1, update)])
  }
  await log.commit([compact("long", snapshot(40, noise(random)), 40, 40)])
  const ended = new AbortController()
  const others = (async () => {
    for (let seq = 1; !ended.signal.aborted; seq++) await log.commit([entry("busy", seq, noise(random, 2000))])
  })()
  await log.purge([...ids, "long"])
  ended.abort()
  await others
  expect(await foundIn(location, gone)).toEqual([])
  expect(await foundIn(location, kept)).toHaveLength(ids.length * 3)
  // And again, from where the first purge came to.
  const again = noise(random)
  await log.commit([entry("long", 41, again)])
  await log.commit([compact("long", snapshot(41, noise(random)), 41, 41)])
  await log.purge(["long"])
  expect(await foundIn(location, { again })).toEqual([])
})

test("[LV9] a purge waits for readers that began before; one that begins during it is no hindrance, and keeps nothing that has to go", async () => {
  const location = await freshFolder()
  const events: string[] = []
  const [before, during] = [gate(), gate()]
  const steps = new HeldSteps()
  let late: Promise<unknown> | undefined
  let merges = 0
  const log = await openLog(location, (folder) => {
    const database = classicLevel(folder)
    return bent(database, {
      iterator: (range) => steps.of(database.iterator(range)),
      async compactRange(start, end) {
        events.push("merge")
        // All is on disk, nothing merged yet: a reader that begins now keeps the files that are about to go.
        if (events.filter((event) => event === "merge").length === 2) {
          const held = steps.hold(during.passed)
          late = log.read("e", 0)
          await held
        }
        await database.compactRange(start, end)
        // The last merge is done: only now the late reader ends, who has kept the files of before.
        if (start[0] === KIND.snapshot && ++merges === 6) during.open()
      },
    })
  })
  const { gone } = await writeErased(log, "d")
  const last = { last: noise(random) }
  await log.commit([entry("d", 4, last.last), entry("e", 1, noise(random))])
  const held = steps.hold(before.passed)
  const early = log.read("d", 2).then(() => events.push("read"))
  await held
  await log.commit([compact("d", snapshot(4, noise(random)), 4, 4)])
  const purged = log.purge(["d"])
  before.open()
  await Promise.all([early, purged, late])
  expect(events.slice(0, 2)).toEqual(["read", "merge"])
  expect(merges).toBe(6)
  expect(await foundIn(location, { ...gone, ...last })).toEqual([])
})

/** Holds up the next step of an iterator. */
class HeldSteps {
  #next: { readonly until: Promise<void>; readonly entered: () => void } | undefined

  /** Resolves when a step is held, which then waits for `until`. */
  async hold(until: Promise<void>): Promise<void> {
    const { passed, open } = gate()
    this.#next = { until, entered: open }
    await passed
  }

  of(iterator: LevelIterator): LevelIterator {
    return {
      nextv: async (size) => {
        const pairs = await iterator.nextv(size)
        const next = this.#next
        this.#next = undefined
        next?.entered()
        await next?.until
        return pairs
      },
      seek: (target) => iterator.seek(target),
      close: () => iterator.close(),
    }
  }
}

/** A promise and the function that resolves it. */
function gate(): { readonly passed: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined
  const passed = new Promise<void>((resolve) => {
    open = resolve
  })
  return { passed, open: () => open() }
}
