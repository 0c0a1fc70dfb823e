import { createHash } from "node:crypto"
import { cp, readdir } from "node:fs/promises"
import { expect, onTestFinished, test } from "vitest"
import { encodeUint } from "../src/at-rest.ts"
import { classicLevel, type LevelDatabase } from "../src/level/database.ts"
import { DUMP_MARK, frameDigest } from "../src/level/dump.ts"
import { LEVEL_FORMAT, LevelEntryLog, restoreLevel } from "../src/level/index.ts"
import { KIND, plainKey } from "../src/level/key.ts"
import { A, append, B, compact, outbox, record, rowOf, run, snapshotOf } from "../src/rules/rule.ts"
import { noise } from "./folder-bytes.ts"
import { bent } from "./level-database.ts"
import { freshFolder } from "./level-place.ts"
import { asFormat1 } from "./level-format-1.ts"
import { dump as read } from "./oracle.ts"
import { Random } from "./random-changes.ts"

const MIB = 1024 * 1024

async function openLog(location: string, database: (location: string) => LevelDatabase = classicLevel): Promise<LevelEntryLog> {
  const log = new LevelEntryLog({ location, database })
  await log.open()
  onTestFinished(() => log.close())
  return log
}

/** Everything that a store answers; records by their digests, for a test runner compares large ones byte by byte. */
async function everything(log: LevelEntryLog) {
  const { records, ...rest } = await read(log)
  const digests = Object.entries(records).map(([key, value]) => [key, createHash("sha256").update(value!).digest("hex")])
  return { ...rest, records: Object.fromEntries(digests) as Record<string, string> }
}

/** A store with something of every kind. */
async function filled(): Promise<LevelEntryLog> {
  const log = await openLog(await freshFolder())
  await log.commit([append("home/a", run(A, 1, 5)), append("b", run(B, 1, 2)), outbox("b", [rowOf(1)]), record("k", Uint8Array.of(7))])
  await log.commit([compact("home/a", snapshotOf({ [A]: 3 }), 3, 2)])
  return log
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return all
}

async function restored(chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<LevelEntryLog> {
  const location = await freshFolder()
  await restoreLevel(location, chunks)
  return await openLog(location)
}

test("[LV11] a dump holds the state of one instant while commits go on, in chunks of at most 1 MiB; restored, it is the same store", async () => {
  const log = await filled()
  const random = new Random(3)
  // Values beyond a chunk, and enough small ones for several steps.
  await log.commit([record("large", noise(random, 3 * MIB)), record("empty", new Uint8Array())])
  for (let part = 0; part < 3; part++) {
    await log.commit(Array.from({ length: 300 }, (_none, index) => record(`r/${part}/${index}`, noise(random, 500))))
  }
  const before = await everything(log)
  const dump = log.dump()
  const first = await dump.next()
  await log.commit([append("home/a", run(A, 6, 9)), record("k", null), { type: "reset", documentId: "b" }])
  const chunks = [first.value!, ...(await collect(dump))]
  expect(chunks.length).toBeGreaterThan(3)
  expect(Math.max(...chunks.map(({ length }) => length))).toBeLessThanOrEqual(MIB)
  const copy = await restored(chunks)
  expect(await everything(copy)).toEqual(before)
  await copy.commit([append("home/a", run(A, 6, 6)), outbox("b", [rowOf(2)])])
  expect((await copy.changes({ after: before.feed.at(-1) as number })).changes).toHaveLength(1)
  // Cut in another way, it is the same.
  const whole = Buffer.concat(chunks)
  const pieces: Uint8Array[] = []
  for (let at = 0; at < whole.length;) pieces.push(whole.subarray(at, (at += 1 + random.below(300_000))))
  expect(await everything(await restored(pieces))).toEqual(before)
  expect(await everything(await restored([whole]))).toEqual(before)
})

test("[LV11] a dump that is left, or whose store is closed, gives back what it held", async () => {
  const log = await filled()
  for await (const chunk of log.dump()) {
    expect(chunk.length).toBeGreaterThan(0)
    break
  }
  await log.purge(["home/a"])
  const abandoned = log.dump()
  await log.commit([record("large", new Uint8Array(2 * MIB))])
  await abandoned.next()
  const purge = expect(log.purge(["home/a"])).rejects.toMatchObject({ code: "closed" })
  await log.close()
  await purge
  await expect(abandoned.next()).resolves.toBeDefined()
  await expect(log.dump().next()).rejects.toMatchObject({ code: "closed" })
})

test("[LV12] a dump that is cut short or changed anywhere is `corrupt`, and nothing of it is left", async () => {
  const whole = Buffer.concat(await collect((await filled()).dump()))
  const location = await freshFolder()
  const refused = async (bytes: Uint8Array, code = "corrupt"): Promise<void> => {
    await expect(restoreLevel(location, [bytes])).rejects.toMatchObject({ code })
    expect(await readdir(location).catch(() => [])).toEqual([])
  }
  for (let length = 0; length < whole.length; length += 7) await refused(whole.subarray(0, length))
  for (let at = 0; at < whole.length; at += 5) {
    const changed = Uint8Array.from(whole)
    changed[at]! ^= 1
    await refused(changed)
  }
  await refused(Buffer.concat([whole, Uint8Array.of(0)]))
  await restoreLevel(location, [whole])
})

test("[LV12] so is one whose digests are right and whose content is not; one of a newer version is `newer`", async () => {
  const location = await freshFolder()
  const refused = async (content: number[], code = "corrupt"): Promise<void> => {
    await expect(restoreLevel(location, await framed(content))).rejects.toMatchObject({ code })
    expect(await readdir(location).catch(() => [])).toEqual([])
  }
  for (const length of [0, 0xff]) {
    await expect(restoreLevel(location, [DUMP_MARK, new Uint8Array(4).fill(length)])).rejects.toMatchObject({ code: "corrupt" })
  }
  await refused([LEVEL_FORMAT + 1, 0, 0], "newer")
  await refused([])
  await refused([2])
  await refused([2, 1, KIND.record, 9, 1])
  await refused([2, 1, KIND.record, 1, 1, 0, 2])
  await refused([2, 0, 0, 5])
  await refused([2, 1, KIND.unfinished, 1, 1, 0, 1])
  await refused(Array.from({ length: 12 }, () => 255))
  await restoreLevel(location, await framed([2, 1, KIND.format, 1, 2, 0, 1]))
  await (await openLog(location)).close()
})

test("[LV12] nothing is restored over a database, nor into a folder that cannot be made; what fails while writing is `io`", async () => {
  const log = await filled()
  const chunks = await collect(log.dump())
  const location = await freshFolder()
  const other = await openLog(location)
  await other.commit([record("mine", Uint8Array.of(1))])
  await expect(restoreLevel(location, chunks)).rejects.toMatchObject({ code: "locked" })
  await other.close()
  await expect(restoreLevel(location, chunks)).rejects.toMatchObject({ code: "unavailable" })
  await other.open()
  expect(await other.record("mine")).toEqual(Uint8Array.of(1))
  for (let failAt = 1; failAt <= 3; failAt++) {
    const fresh = await freshFolder()
    const inner = classicLevel(fresh)
    let batches = 0
    const failing = bent(inner, {
      batch: (operations, options) => {
        return ++batches === failAt ? Promise.reject(new Error("ENOSPC: no space left")) : inner.batch(operations, options)
      },
    })
    await expect(restoreLevel(fresh, chunks, () => failing)).rejects.toMatchObject({
      code: "io",
      message: expect.stringContaining("no space"),
    })
    expect(await readdir(fresh).catch(() => [])).toEqual([])
  }
  const broken = async function* () {
    yield chunks[0]!.subarray(0, 100)
    throw new Error("the network is gone")
  }
  await expect(restoreLevel(await freshFolder(), broken())).rejects.toThrow("the network is gone")
})

test("[LV12] a folder whose restoring was cut short by the end of its process is `corrupt` at open, and says what to do", async () => {
  const random = new Random(5)
  const log = await filled()
  await log.commit([record("large", noise(random, 9 * MIB)), record("r", noise(random, 9 * MIB))])
  const location = await freshFolder()
  let batches = 0
  const inner = classicLevel(location)
  const stopping = bent(inner, {
    batch: async (operations, options) => {
      if (++batches === 3) throw new Error("the process ends here")
      await inner.batch(operations, options)
    },
    // A process that ends closes nothing in order: here only LevelDB lets go, and what is there is copied before it is removed.
    close: async () => {
      await inner.close()
      await cp(location, cut, { recursive: true })
    },
  })
  const cut = await freshFolder()
  await expect(restoreLevel(location, log.dump(), () => stopping)).rejects.toThrow("ends here")
  await expect(new LevelEntryLog({ location: cut }).open()).rejects.toMatchObject({
    code: "corrupt",
    message: expect.stringContaining("restore it again"),
  })
})

test("[LV11] a dump of an older format is restored as it is, and upgraded when it is opened", async () => {
  const log = await filled()
  const location = await freshFolder()
  await restoreLevel(location, log.dump())
  await asFormat1(location)
  const old = classicLevel(location)
  await old.open()
  expect(await old.get(plainKey(KIND.format), {})).toEqual(Buffer.from(encodeUint(1)))
  await old.close()
  const upgraded = await openLog(location)
  expect((await upgraded.changes({ after: 0 })).changes.map(({ documentId }) => documentId)).toEqual(["b", "home/a"])
})

/** A dump of one frame whose content is `content`. */
async function framed(content: number[]): Promise<Uint8Array[]> {
  if (content.length === 0) return [DUMP_MARK]
  const payload = Uint8Array.from(content)
  return [DUMP_MARK, Uint8Array.of(0, 0, 0, payload.length), payload, await frameDigest(DUMP_MARK, payload)]
}
