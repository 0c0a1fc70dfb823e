import { cp, readdir, stat, truncate, writeFile } from "node:fs/promises"
import { join } from "node:path"
import fc from "fast-check"
import { expect, onTestFinished, test } from "vitest"
import { encodeUint } from "../src/at-rest.ts"
import { classicLevel, type LevelDatabase, type LevelOperation } from "../src/level/database.ts"
import { HeadCache } from "../src/level/head-cache.ts"
import { LEVEL_FORMAT, LevelEntryLog } from "../src/level/index.ts"
import { describeKey, KIND, numberKey, numberOf, plainKey, textKey, textOf } from "../src/level/key.ts"
import { EMPTY_RESTING_HEAD } from "../src/head.ts"
import { A, append, B, compact, outbox, read, record, rowId, rowOf, run, snapshotOf } from "../src/rules/rule.ts"
import { bent } from "./level-database.ts"
import { freshFolder } from "./level-place.ts"

async function openLog(location: string, options: { database?: (location: string) => LevelDatabase; maxCachedHeads?: number } = {}) {
  const log = new LevelEntryLog({ location, ...options })
  await log.open()
  onTestFinished(() => log.close())
  return log
}

/** Writes to the database behind the back of a store that is closed. */
async function tamper(location: string, operations: LevelOperation[]): Promise<void> {
  const database = classicLevel(location)
  await database.open()
  await database.batch(operations, { sync: true })
  await database.close()
}

/** A database of which some methods are replaced. */
function replacing(part: (database: LevelDatabase) => Partial<LevelDatabase>): (location: string) => LevelDatabase {
  return (location) => {
    const database = classicLevel(location)
    return bent(database, part(database))
  }
}

test("[LV1] commits that gather while one is written go to disk in one batch with fsync, each all or none", async () => {
  const batches: { operations: number; sync: boolean }[] = []
  const database = replacing((inner) => ({
    batch(operations, options) {
      batches.push({ operations: operations.length, sync: options.sync })
      return inner.batch(operations, options)
    },
  }))
  const log = await openLog(await freshFolder(), { database })
  batches.length = 0
  const first = log.commit([append("d", run(A, 1, 1))])
  const second = log.commit([append("d", run(A, 2, 2))])
  const gap = log.commit([append("d", run(A, 3, 3)), append("d", run(A, 9, 9))])
  const refused = expect(gap).rejects.toMatchObject({ code: "gap" })
  await first
  const third = log.commit([append("d", run(A, 3, 3))])
  await refused
  await Promise.all([second, third])
  // Two items, a head with its place in the feed, the last place; one item, a head that leaves its place for another, the last place.
  expect(batches).toEqual([
    { operations: 5, sync: true },
    { operations: 5, sync: true },
  ])
  await log.commit([append("d", run(A, 3, 3))])
  expect(batches).toHaveLength(2)
})

test("[LV1] a group is bounded in bytes, and a commit that exceeds the bound alone is written alone", async () => {
  let batches = 0
  const database = replacing((inner) => ({
    batch(operations, options) {
      batches++
      return inner.batch(operations, options)
    },
  }))
  const log = await openLog(await freshFolder(), { database })
  batches = 0
  const large = (row: number) => outbox("d", [{ row: rowId(row), update: new Uint8Array(9 * 1024 * 1024), handOver: false }])
  const huge = compact("e", { ...snapshotOf({ [A]: 1 }), update: new Uint8Array(17 * 1024 * 1024) }, 1, 0)
  const received = append("e", [...run(A, 1, 1), { kind: "snapshot", snapshot: { vector: new Map([[B, 1]]), update: new Uint8Array(5) } }])
  await Promise.all([large(1), large(2), received, huge, { type: "reset", documentId: "e" } as const].map((change) => log.commit([change])))
  expect(batches).toBe(4)
})

test("[LV2] after a failed write everything is refused with `io`, until the store was closed and opened again", async () => {
  let failing = false
  const database = replacing((inner) => ({
    batch(operations, options) {
      return failing ? Promise.reject(new Error("fsync failed")) : inner.batch(operations, options)
    },
  }))
  const log = await openLog(await freshFolder(), { database })
  await log.commit([append("d", run(A, 1, 1))])
  failing = true
  const commits = [
    log.commit([append("d", run(A, 2, 2))]),
    log.commit([append("d", run(A, 3, 3))]),
    log.commit([append("e", run(A, 2, 2))]),
  ]
  const later = commits[0]!.catch(() => log.commit([append("d", run(A, 2, 2))]))
  const outcomes = await Promise.allSettled([...commits, later])
  const codes = outcomes.map((outcome) => (outcome.status === "rejected" ? (outcome.reason as { code: string }).code : "written"))
  expect(codes).toEqual(["io", "io", "gap", "io"])
  failing = false
  await expect(log.commit([append("d", run(A, 2, 2))])).rejects.toMatchObject({ code: "io" })
  await expect(log.read("d", 0)).rejects.toMatchObject({ code: "io" })
  await expect(log.documents()).rejects.toMatchObject({ code: "io" })
  await log.close()
  await log.open()
  await log.commit([append("d", run(A, 2, 2))])
  expect(await read(log, "d", 0)).toBe("1:a1 2:a2")
})

test("[LV3] a folder that another store has open is `locked`, one that cannot be opened `unavailable`, a damaged one `corrupt`", async () => {
  const location = await freshFolder()
  const first = await openLog(location)
  const second = new LevelEntryLog({ location })
  await expect(second.open()).rejects.toMatchObject({ code: "locked" })
  await expect(second.documents()).rejects.toMatchObject({ code: "closed" })
  await first.close()
  await second.open()
  await second.close()

  const file = join(await freshFolder(), "file")
  await writeFile(file, "not a folder")
  await expect(new LevelEntryLog({ location: file }).open()).rejects.toMatchObject({ code: "unavailable" })

  await writeFile(join(location, "CURRENT"), "no line end")
  await expect(new LevelEntryLog({ location }).open()).rejects.toMatchObject({ code: "corrupt" })

  const odd = replacing(() => ({ open: () => Promise.reject("no error object") }))
  await expect(new LevelEntryLog({ location: await freshFolder(), database: odd }).open()).rejects.toMatchObject({ code: "unavailable" })
})

test("[LV4] a newer format is `newer`, a database of somebody else `corrupt`, and neither is touched", async () => {
  const location = await freshFolder()
  await (await openLog(location)).close()
  await (await openLog(location)).close()
  await tamper(location, [{ type: "put", key: plainKey(KIND.format), value: encodeUint(LEVEL_FORMAT + 1) }])
  await expect(new LevelEntryLog({ location }).open()).rejects.toMatchObject({ code: "newer" })
  const foreign = await freshFolder()
  await tamper(foreign, [{ type: "put", key: Uint8Array.of(1), value: Uint8Array.of(1) }])
  await expect(new LevelEntryLog({ location: foreign }).open()).rejects.toMatchObject({ code: "corrupt" })
  const database = classicLevel(foreign)
  expect(await database.get(plainKey(KIND.format), {})).toBeUndefined()
  await database.close()
})

test("[LV10] a folder of format 2 is opened as it is, and older programs refuse it from then on", async () => {
  const location = await freshFolder()
  const log = await openLog(location)
  await log.commit([append("d", run(A, 1, 2)), append("e", run(B, 1, 1))])
  const before = await log.changes({ after: 0 })
  await log.close()
  await tamper(location, [{ type: "put", key: plainKey(KIND.format), value: encodeUint(2) }])
  const reopened = await openLog(location)
  expect(await reopened.changes({ after: 0 })).toEqual(before)
  await reopened.close()
  const database = classicLevel(location)
  expect(await database.get(plainKey(KIND.format), {})).toEqual(Buffer.from(encodeUint(LEVEL_FORMAT)))
  await database.close()
})

test("[LV5] a value that does not decode, or is missing, is `corrupt`, and its key is named", async () => {
  const location = await freshFolder()
  const log = await openLog(location)
  await log.commit([append("d", run(A, 1, 4)), append("e", run(B, 1, 2)), compact("e", snapshotOf({ [B]: 1 }), 1, 0)])
  await log.commit([outbox("e", [rowOf(1), rowOf(2)]), record("k", Uint8Array.of(1))])
  await log.close()
  await tamper(location, [
    { type: "del", key: numberKey(KIND.item, "d", 2) },
    { type: "del", key: numberKey(KIND.item, "e", 2) },
    { type: "put", key: textKey(KIND.snapshot, "e"), value: Uint8Array.of(7) },
    { type: "put", key: numberKey(KIND.row, "e", 1), value: Uint8Array.of(9) },
    { type: "del", key: numberKey(KIND.row, "e", 2) },
    { type: "put", key: plainKey(KIND.lastOrder), value: Uint8Array.of() },
    { type: "put", key: numberKey(KIND.change, "d", 9), value: textKey(KIND.head, "d") },
    { type: "put", key: numberKey(KIND.change, "gone", 3), value: textKey(KIND.head, "gone") },
  ])
  await log.open()
  const corrupt = (text: string) => ({ code: "corrupt", message: expect.stringContaining(text) })
  await expect(log.read("d", 0)).rejects.toMatchObject(corrupt('i "d" 2'))
  await expect(log.read("e", 1)).rejects.toMatchObject(corrupt('i "e" 2'))
  await expect(log.commit([compact("d", snapshotOf({ [A]: 4 }), 4, 3)])).rejects.toMatchObject(corrupt('i "d" 2'))
  await expect(log.snapshot("e")).rejects.toMatchObject(corrupt('s "e"'))
  await expect(log.outbox("e")).rejects.toMatchObject(corrupt('o "e" 1'))
  await expect(log.commit([outbox("e", [], [rowId(2)])])).rejects.toMatchObject(corrupt('x "e"'))
  await expect(log.commit([outbox("e", [rowOf(3)])])).rejects.toMatchObject(corrupt("n"))
  await expect(log.changes({ prefix: "d", after: 5 })).rejects.toMatchObject(corrupt('h "d" does not stand at place 9'))
  await expect(log.changes({ prefix: "gone", after: 0 })).rejects.toMatchObject(corrupt('h "gone" does not stand'))
  expect(await read(log, "d", 2)).toBe("3:a3 4:a4")
})

test("[LV5] damage that LevelDB reports itself is `corrupt`; what was closed under a read is `closed`", async () => {
  const codes = ["LEVEL_CORRUPTION", "LEVEL_ITERATOR_NOT_OPEN", "LEVEL_IO_ERROR", undefined]
  const database = replacing((inner) => ({
    get: (key, options) => {
      if (key[0] === KIND.format) return inner.get(key, options)
      return Promise.reject(Object.assign(new Error("broken"), { code: codes.shift() }))
    },
  }))
  const log = await openLog(await freshFolder(), { database })
  for (const code of ["corrupt", "closed", "io", "io"]) await expect(log.record("k")).rejects.toMatchObject({ code })
})

test("[LV14] a full disk is `io`, and the message says so, whichever way the system says it", async () => {
  const messages = ["IO error: 000003.log: No space left on device", "ENOSPC: no space left on device, write", "Disk quota exceeded"]
  for (const message of messages) {
    let full = false
    const database = replacing((inner) => ({
      batch: (operations, options) => (full ? Promise.reject(new Error(message)) : inner.batch(operations, options)),
    }))
    const log = await openLog(await freshFolder(), { database })
    full = true
    const refused = expect.objectContaining({ code: "io", message: expect.stringContaining("no space left on the device") })
    await expect(log.commit([append("d", run(A, 1, 1))])).rejects.toEqual(refused)
    full = false
    await log.close()
    await log.open()
    await log.commit([append("d", run(A, 1, 1))])
  }
})

test("[LV6] a log whose end was torn off opens, and has lost whole commits from the end only", async () => {
  const location = await freshFolder()
  const log = await openLog(location)
  for (let seq = 1; seq <= 12; seq++) await log.commit([append("d", run(A, 2 * seq - 1, 2 * seq)), append("e", run(B, seq, seq))])
  const copy = await freshFolder()
  await cp(location, copy, { recursive: true })
  const file = (await readdir(copy)).find((name) => name.endsWith(".log"))!
  const { size } = await stat(join(copy, file))
  let heads = 12
  for (let length = size - 1; length > 0; length -= 61) {
    await truncate(join(copy, file), length)
    const torn = await freshFolder()
    await cp(copy, torn, { recursive: true })
    const survivor = new LevelEntryLog({ location: torn })
    await survivor.open()
    const { head } = await survivor.head("e")
    expect(head).toBeLessThanOrEqual(heads)
    expect((await survivor.head("d")).head).toBe(2 * head)
    expect((await survivor.read("d", 0)).kind).toBe("items")
    expect(await read(survivor, "e", 0)).toBe(Array.from({ length: head }, (_none, index) => `${index + 1}:b${index + 1}`).join(" "))
    await survivor.close()
    heads = head
  }
  expect(heads).toBe(0)
})

test("[LV7] keys of texts are read back, differ where the texts differ, and sort as the texts do", () => {
  const text = fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)), maxLength: 6 })
  const nearby = fc.oneof(
    text,
    fc.string({ unit: fc.constantFrom("\0", "\u0001", "\u00ff", "a", "\ud800", "\udfff", "\uffff"), maxLength: 4 }),
  )
  fc.assert(
    fc.property(nearby, nearby, fc.maxSafeNat(), fc.maxSafeNat(), (left, right, one, other) => {
      expect(textOf(textKey(KIND.head, left))).toBe(left)
      expect(numberOf(numberKey(KIND.item, left, one))).toBe(one)
      expect(textOf(numberKey(KIND.item, left, one))).toBe(left)
      expect(sign(textKey(KIND.head, left), textKey(KIND.head, right))).toBe(left < right ? -1 : left > right ? 1 : 0)
      const byText = left < right ? -1 : left > right ? 1 : Math.sign(one - other)
      expect(sign(numberKey(KIND.item, left, one), numberKey(KIND.item, right, other))).toBe(byText)
    }),
    { numRuns: 2000, seed: 1 },
  )
})

test("[LV7] keys are shown to a person", () => {
  expect(describeKey(plainKey(KIND.format))).toBe("f")
  expect(describeKey(textKey(KIND.head, 'a"b'))).toBe('h "a\\"b"')
  expect(describeKey(numberKey(KIND.item, "", 2 ** 40))).toBe(`i "" ${2 ** 40}`)
  expect(describeKey(textKey(KIND.rowId, "d", "r"))).toBe('x "d"')
})

function sign(left: Uint8Array, right: Uint8Array): number {
  return Math.sign(Buffer.compare(left, right))
}

test("[LV8] the heads in memory are bounded; at 0 none is kept, and the store answers the same", async () => {
  const cache = new HeadCache(2)
  for (const id of ["a", "b", "a", "c"]) cache.set(id, EMPTY_RESTING_HEAD)
  expect(["a", "b", "c"].map((id) => cache.get(id) !== undefined)).toEqual([true, false, true])
  expect(() => new LevelEntryLog({ location: "x", maxCachedHeads: Number.NaN })).toThrow(RangeError)
  for (const maxCachedHeads of [0, 1, Infinity]) {
    const log = await openLog(await freshFolder(), { maxCachedHeads })
    for (let seq = 1; seq <= 3; seq++) await log.commit([append("d", run(A, seq, seq)), append("e", run(A, seq, seq))])
    expect([(await log.head("d")).head, (await log.head("e")).head]).toEqual([3, 3])
  }
})
