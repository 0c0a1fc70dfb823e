import { MemoryDisk } from "@polylogue/storage"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { joinStrings } from "../src/join-strings.ts"
import { DEFAULT_REPLICA_LIMITS } from "../src/index.ts"
import { type Device, textOf, type, World } from "./support/device.ts"
import { FaultyStore, outboxOf } from "./support/faulty-store.ts"
import { settle } from "./support/manual-clock.ts"
import { seededBytes } from "./support/random.ts"

const { mergeMs, maxMergeMs, maxMergeBytes } = DEFAULT_REPLICA_LIMITS
const limits = { mergeMs }

async function stream(world: World, device: Device, tokens: number, everyMs: number): Promise<string> {
  const document = await device.open()
  await settle()
  for (let count = 0; count < tokens; count++) {
    type(document, `token${count} `)
    await world.clock.pass(everyMs)
  }
  await world.clock.pass(1_000)
  return textOf(document)
}

test("[RP16] a stream of 2,000 tokens, one every 20 ms, is some 200 rows, each of which went once", async () => {
  const world = new World()
  const device = await world.device({ limits })
  const text = await stream(world, device, 2_000, 20)
  const rows = world.relay.appends()
  expect(world.relay.text("home/a")).toBe(text)
  expect(rows.length).toBeGreaterThan(150)
  expect(rows.length).toBeLessThan(230)
  expect(new Set(rows.map(({ row }) => row)).size).toBe(rows.length)
  const bytes = rows.reduce((sum, { update }) => sum + update.length, 0)
  expect(bytes).toBeLessThan(1.5 * text.length)
  expect(device.replica.status.waitingRows).toBe(0)
})

test("[RP16] who types leaves nobody waiting: keys that are further apart than the window go at once", async () => {
  const world = new World()
  const device = await world.device({ limits })
  const document = await device.open()
  await settle()
  for (let count = 1; count <= 10; count++) {
    type(document, "k")
    await settle()
    expect(world.relay.appends()).toHaveLength(count)
    await world.clock.pass(2 * mergeMs)
  }
})

test("[RP16] what follows a row waits for its acknowledgement and for the window, at it and one before it", async () => {
  const world = new World()
  const device = await world.device({ limits: { mergeMs, maxMergeMs: mergeMs } })
  const document = await device.open()
  await settle()
  type(document, "a")
  await settle()
  type(document, "b")
  await settle()
  type(document, "c")
  await world.clock.pass(mergeMs - 1)
  expect(world.relay.appends()).toHaveLength(1)
  expect(document.status.waitingRows).toBe(1)
  await world.clock.pass(1)
  expect(world.relay.appends()).toHaveLength(2)
  await document.whenDurable("stored")
  expect(world.relay.text("home/a")).toBe("abc")
  // The window is over, and yet the row is not acknowledged.
  world.relay.onAppend = () => "swallow-ack"
  await world.clock.pass(1_000)
  type(document, "d")
  await world.clock.pass(1_000)
  type(document, "e")
  await world.clock.pass(1_000)
  expect(world.relay.appends()).toHaveLength(3)
})

test("[RP16] rows that are large together do not wait", async () => {
  const world = new World()
  const device = await world.device({ limits })
  const document = await device.open()
  await settle()
  type(document, "a")
  await settle()
  type(document, "b".repeat(maxMergeBytes - 200))
  await settle()
  expect(world.relay.appends()).toHaveLength(1)
  type(document, "c".repeat(400))
  await settle()
  expect(world.relay.appends()).toHaveLength(2)
})

test("[RP16] `whenDurable` is exact: a word that was joined is stored when the row is that holds it, and not before", async () => {
  const world = new World()
  const device = await world.device({ limits })
  const document = await device.open()
  await settle()
  const done: string[] = []
  const write = async (word: string) => {
    type(document, word)
    await document.whenDurable("stored")
    done.push(word)
  }
  void write("one ")
  await settle()
  void write("two ")
  await settle()
  void write("three ")
  await settle()
  expect(done).toEqual(["one "])
  expect(document.safetyOf(document.ydoc.clientID, 5)).toBe("local")
  await world.clock.pass(maxMergeMs)
  expect(done).toEqual(["one ", "two ", "three "])
  expect(world.relay.appends()).toHaveLength(2)
})

test("[RP16, I12] a crash at any commit of a stream loses nothing that was durable, and a row that was sent is never changed", async () => {
  for (let failing = 1; failing < 40; failing++) {
    const world = new World()
    const disk = new MemoryDisk()
    const store = new FaultyStore(disk)
    store.fails = (commit) => (commit >= failing ? "io" : undefined)
    const device = await world.device({ store, limits })
    const document = await device.open()
    await settle()
    const durable: string[] = []
    for (let count = 0; count < 12; count++) {
      const word = `${count} `
      type(document, word)
      void document.whenDurable("local").then(
        () => durable.push(word),
        () => undefined,
      )
      await world.clock.pass(20)
    }
    await device.replica.close()
    const again = await world.device({ disk, limits })
    const text = textOf(await again.open())
    expect(text.startsWith(durable.join(""))).toBe(true)
    await world.clock.pass(60_000)
    expect(world.relay.text("home/a")).toBe(text)
    expect(await outboxOf(again.store)).toEqual([])
    const bytes = new Map<string, string>()
    for (const { row, update } of world.relay.appends()) {
      const seen = bytes.get(row) ?? update.join()
      expect(update.join()).toBe(seen)
      bytes.set(row, seen)
    }
    await again.replica.close()
  }
})

test("[RP16] joined texts bring the same to every reader as the keystrokes one by one, whatever else was done", () => {
  const random = seededBytes(99)
  const pick = (below: number) => random(1)[0]! % below
  for (let round = 0; round < 200; round++) {
    const [left, right] = [new Y.Doc(), new Y.Doc()]
    const updates: Uint8Array[] = []
    for (const ydoc of [left, right]) ydoc.on("update", (update: Uint8Array, origin) => origin === "sync" || updates.push(update))
    for (let step = 0; step < 40; step++) {
      const ydoc = pick(4) === 0 ? right : left
      const text = ydoc.getText("t")
      const at = pick(3) === 0 ? pick(text.length + 1) : text.length
      const kind = pick(12)
      if (kind === 0 && text.length > 0) text.delete(pick(text.length), 1)
      else if (kind === 1) text.format(0, text.length, { bold: pick(2) === 0 ? true : null })
      else if (kind === 2) ydoc.getMap("m").set("k", `v${step}`)
      else text.insert(at, kind === 3 ? "😀" : "abc ".slice(pick(4)))
      if (pick(6) === 0) Y.applyUpdate(right, Y.encodeStateAsUpdate(left), "sync")
      if (pick(6) === 0) Y.applyUpdate(left, Y.encodeStateAsUpdate(right), "sync")
    }
    const merged = Y.mergeUpdates(updates)
    const joined = joinStrings(merged)
    expect(joined.length).toBeLessThanOrEqual(merged.length)
    const [plain, shorter, both] = [new Y.Doc(), new Y.Doc(), new Y.Doc()]
    Y.applyUpdate(plain, merged)
    Y.applyUpdate(shorter, joined)
    for (const update of updates.slice(0, 20)) Y.applyUpdate(both, update)
    Y.applyUpdate(both, joined)
    expect(Y.encodeStateAsUpdate(shorter)).toEqual(Y.encodeStateAsUpdate(plain))
    expect(both.getText("t").toDelta()).toEqual(plain.getText("t").toDelta())
    expect(Y.encodeStateVector(both)).toEqual(Y.encodeStateVector(plain))
  }
  expect(joinStrings(new Uint8Array([9, 9, 9]))).toEqual(new Uint8Array([9, 9, 9]))
})
