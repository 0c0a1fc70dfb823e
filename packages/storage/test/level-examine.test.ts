import { expect, onTestFinished, test } from "vitest"
import { classicLevel, type LevelOperation, pairs } from "../src/level/database.ts"
import { examineLevel, type Examination, LevelEntryLog, repairLevel, restoreLevel, type UpdateChecker } from "../src/level/index.ts"
import { UNFINISHED, unfinishedMark } from "../src/level/format.ts"
import { describeKey, KIND, numberKey, plainKey, textKey } from "../src/level/key.ts"
import { A, append, B, compact, entryOf, record, run, snapshotOf } from "../src/rules/rule.ts"
import { freshFolder } from "./level-place.ts"

/** An update that no reader takes in, and one that waits for ever. */
const POISON = Uint8Array.of(66, 66)
const WAITING = Uint8Array.of(67, 67)

function checker(): UpdateChecker & { waits: boolean } {
  return {
    waits: false,
    take(update) {
      if (update[0] === POISON[0] && update.length === 2 && update[1] === POISON[1]) throw new Error("poison")
      if (update.length === 2 && update[0] === WAITING[0] && update[1] === WAITING[1]) this.waits = true
    },
  }
}

type Pairs = readonly (readonly [Uint8Array, Uint8Array])[]

async function rawOf(location: string): Promise<Pairs> {
  const database = classicLevel(location)
  await database.open()
  const all = await pairs(database, {})
  await database.close()
  return all.map(([key, value]) => [Uint8Array.from(key), Uint8Array.from(value)])
}

async function write(location: string, operations: LevelOperation[]): Promise<void> {
  const database = classicLevel(location)
  await database.open()
  await database.batch(operations, { sync: true })
  await database.close()
}

/** A folder with these pairs. */
async function folderOf(all: Pairs): Promise<string> {
  const location = await freshFolder()
  await write(
    location,
    all.map(([key, value]) => ({ type: "put", key, value })),
  )
  return location
}

async function examine(location: string): Promise<Examination[]> {
  const all: Examination[] = []
  for await (const examination of examineLevel(location, { checker })) all.push(examination)
  return all.filter(({ problems }) => problems.length > 0)
}

async function mend(location: string): Promise<{ found: Examination[]; dumps: Uint8Array[][] }> {
  const found: Examination[] = []
  const dumps: Uint8Array[][] = []
  const aside = async (_: string | undefined, chunks: AsyncIterable<Uint8Array>): Promise<string> => {
    const dump: Uint8Array[] = []
    for await (const chunk of chunks) dump.push(chunk)
    dumps.push(dump)
    return "elsewhere"
  }
  for await (const examination of examineLevel(location, { checker, aside })) found.push(examination)
  return { found: found.filter(({ problems }) => problems.length > 0), dumps }
}

async function opened(location: string): Promise<LevelEntryLog> {
  const log = new LevelEntryLog({ location })
  await log.open()
  onTestFinished(() => log.close())
  return log
}

const row = (id: string) => ({ row: id, update: Uint8Array.of(1), handOver: false })

/** A store with every kind of key: `w/a` has snapshot, window and tail, `w/b` items alone. */
async function everyKind(): Promise<Pairs> {
  const location = await freshFolder()
  const log = await opened(location)
  await log.commit([append("w/a", run(A, 1, 8)), append("w/b", run(B, 1, 5)), record("k", Uint8Array.of(1))])
  await log.commit([compact("w/a", snapshotOf({ [A]: 5 }), 5, 2)])
  await log.commit([{ type: "outbox", documentId: "w/a", rows: [row("00000000000000a1"), row("00000000000000a2")] }])
  await log.purge(["w/a"])
  await log.close()
  return await rawOf(location)
}

test("[LV15] all is well in a store that is", async () => {
  const all = await everyKind()
  const location = await folderOf(all)
  expect(await examine(location)).toEqual([])
  expect((await mend(location)).found).toEqual([])
  expect(await rawOf(location)).toEqual(all)
})

test("[LV15, LV16] damage at every key is found, mended without losing what stands before it, and the log takes the rest again", async () => {
  const all = await everyKind()
  const kinds = new Set<number>()
  for (const [index, [key, value]] of all.entries()) {
    kinds.add(key[0]!)
    for (const damage of ["gone", "torn", "wrong"] as const) {
      const bytes = damage === "gone" ? [] : [[key, damage === "torn" ? value.slice(0, -1) : new Uint8Array(9).fill(255)] as const]
      const damaged = all.flatMap((pair, at) => (at === index ? bytes : [pair]))
      const what = `${describeKey(key)} ${damage}`
      const location = await folderOf(damaged)
      const found = await examine(location)
      // Records are whatever their writers write, and a lost note on what was purged costs time only.
      const unseen = key[0] === KIND.record || (key[0] === KIND.purged && damage === "gone")
      expect(found.length > 0, what).toBe(!unseen)
      expect(await rawOf(location), what).toEqual(damaged)
      const { found: mended } = await mend(location)
      // The feed is made anew when anything was.
      expect(mended[0]?.problems).toEqual(found[0]?.problems)
      for (const examination of mended) expect(examination.mended, what).toBeDefined()
      expect(await examine(location), what).toEqual([])
      const log = await opened(location)
      expect(await log.documents(), what).toEqual(["w/a", "w/b"])
      await log.commit([
        append("w/a", [{ kind: "snapshot", snapshot: snapshotOf({ [A]: 5 }) }, ...run(A, 6, 8)]),
        append("w/b", run(B, 1, 5)),
      ])
      await log.commit([append("w/a", run(A, 9, 9))])
      expect((await log.head("w/a")).vector).toEqual(new Map([[A, 9]]))
      expect((await log.head("w/b")).vector).toEqual(new Map([[B, 5]]))
      expect((await log.changes({ after: 0 })).changes).toHaveLength(2)
      await log.close()
      expect(await examine(location), what).toEqual([])
    }
  }
  const optional = new Set<number>([KIND.unfinished])
  expect(kinds).toEqual(new Set(Object.values(KIND).filter((kind) => !optional.has(kind))))
})

const entries = (...updates: (Uint8Array | undefined)[]) =>
  updates.map((update, index) => ({ kind: "entry" as const, entry: entryOf(A, index + 1, update && { update }) }))

test("[LV15, LV16] what no reader can take in is found, and what stands before it goes on behind all positions given out", async () => {
  for (const [wrong, kept] of [
    [POISON, 2],
    [WAITING, 2],
  ] as const) {
    const location = await freshFolder()
    const log = await opened(location)
    await log.commit([append("a", entries(undefined, undefined, wrong, undefined))])
    await log.close()
    const { found, dumps } = await mend(location)
    expect(found[0]!.problems[0]).toContain("position 3")
    await log.open()
    expect(await log.head("a")).toMatchObject({ head: 4 + kept, base: 4, resets: 1, vector: new Map([[A, kept]]) })
    const page = await log.read("a", 4)
    expect(page.kind === "items" && page.items.map(({ position }) => position)).toEqual([5, 6])
    await log.close()
    // What was put aside is a dump: it can be read again.
    const aside = await freshFolder()
    await restoreLevel(aside, dumps[0]!)
    const old = await rawOf(aside)
    expect(old.filter(([key]) => key[0] === KIND.item)).toHaveLength(4)
  }
})

test("[LV15, LV16] a snapshot that no reader can take in is passed over where all items are there, and with it everything where not", async () => {
  for (const update of [POISON, WAITING]) {
    const location = await freshFolder()
    const log = await opened(location)
    await log.commit([append("a", run(A, 1, 4)), append("b", run(B, 1, 4))])
    await log.commit([compact("a", { ...snapshotOf({ [A]: 3 }), update }, 3, 0), compact("b", { ...snapshotOf({ [B]: 3 }), update }, 3, 1)])
    await log.close()
    expect((await mend(location)).found.map(({ mended }) => mended)).toEqual([
      expect.stringContaining("nothing is missing") as string,
      expect.stringContaining("hand over") as string,
    ])
    await log.open()
    expect((await log.head("a")).vector).toEqual(new Map([[A, 4]]))
    expect(await log.head("b")).toMatchObject({ head: 4, base: 4, vector: new Map() })
  }
})

test("[LV15, LV16] what contradicts itself is found: entries twice, gaps, heads of another log", async () => {
  const all = await everyKind()
  const at = (documentId: string, position: number): Uint8Array => numberKey(KIND.item, documentId, position)
  const valueAt = (key: Uint8Array): Uint8Array => all.find(([other]) => describeKey(other) === describeKey(key))![1]
  const put = (key: Uint8Array, value: Uint8Array): LevelOperation => ({ type: "put", key, value })
  const cases: [string, LevelOperation[]][] = [
    ["stands twice", [put(at("w/b", 3), valueAt(at("w/b", 2)))]],
    ["leaves a gap", [put(at("w/b", 3), valueAt(at("w/b", 4)))]],
    ["does not decode", [put(at("w/a", 4), Uint8Array.of(9))]],
    ["its snapshot is missing", [put(textKey(KIND.head, "w/b"), valueAt(textKey(KIND.head, "w/a")))]],
    ["names a snapshot through", [put(textKey(KIND.snapshot, "w/b"), valueAt(textKey(KIND.snapshot, "w/a")))]],
    ["is not there", [put(textKey(KIND.rowId, "w/a", "00000000000000b7"), Uint8Array.of(1))]],
    ["not the last place", [put(plainKey(KIND.lastChange), Uint8Array.of(0))]],
  ]
  for (const [problem, operations] of cases) {
    const location = await folderOf(all)
    await write(location, operations)
    const found = await examine(location)
    expect(found.flatMap(({ problems }) => problems).join("\n")).toContain(problem)
    await mend(location)
    expect(await examine(location), problem).toEqual([])
  }
})

test("[LV16] a folder that is open, newer, nothing, or half restored is refused and stays as it is", async () => {
  const location = await folderOf(await everyKind())
  const log = await opened(location)
  await expect(mend(location)).rejects.toMatchObject({ code: "locked" })
  await log.close()
  await write(location, [{ type: "put", key: plainKey(KIND.format), value: Uint8Array.of(9) }])
  await expect(mend(location)).rejects.toMatchObject({ code: "newer" })
  const half = await folderOf(await everyKind())
  await write(half, [unfinishedMark(UNFINISHED.restore)])
  await expect(mend(half)).rejects.toMatchObject({ code: "corrupt" })
  const nothing = await freshFolder()
  await expect(mend(nothing)).rejects.toMatchObject({ code: "unavailable" })
  await expect(repairLevel(nothing)).rejects.toMatchObject({ code: "unavailable" })
})
