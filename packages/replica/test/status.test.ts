import { MemoryDisk, MemoryEntryLog, StorageError } from "@polylogue/storage"
import { expect, test } from "vitest"
import { DEFAULT_REPLICA_LIMITS, openReplica, type ReplicaLimits } from "../src/index.ts"
import { textOf, type, World } from "./support/device.ts"
import { FaultyStore } from "./support/faulty-store.ts"
import { ManualClock, settle } from "./support/manual-clock.ts"
import { seededBytes } from "./support/random.ts"

test("[RP11] status objects are immutable, the same between changes and others after one; listeners hear each change", async () => {
  const world = new World()
  const device = await world.device({ keeps: "window" })
  const document = await device.open()
  await settle()
  const before = device.replica.status
  expect(device.replica.status).toBe(before)
  expect(Object.isFrozen(before)).toBe(true)
  expect(before).toMatchObject({ keeps: "window", waitingRows: 0 })
  const seen: number[] = []
  const documentSeen: string[] = []
  const stop = device.replica.subscribe(() => seen.push(device.replica.status.waitingRows))
  document.subscribe(() => documentSeen.push(document.safetyOf(document.ydoc.clientID, 0)))
  type(document, "x")
  await document.whenDurable("stored")
  expect(seen).toEqual([1, 0])
  expect([...new Set(documentSeen)]).toEqual(["memory", "local", "stored"])
  expect(document.status).toBe(document.status)
  expect(Object.isFrozen(document.status)).toBe(true)
  stop()
  type(document, "y")
  await document.whenDurable("stored")
  expect(seen).toEqual([1, 0])
})

test("[RP11] `since` is the time of the last change of the connection, and of nothing else", async () => {
  const world = new World()
  const device = await world.device()
  const document = await device.open()
  await world.clock.pass(1_000)
  const { since } = device.replica.status
  await world.clock.pass(5_000)
  type(document, "x")
  await settle()
  expect(device.replica.status.since).toBe(since)
  device.replica.setCutOff(true)
  expect(device.replica.status.since).toBe(world.clock.now())
})

test("[RP11] a listener that throws stops neither the others nor the replica", async () => {
  const world = new World()
  const device = await world.device()
  const document = await device.open()
  let heard = 0
  document.subscribe(() => {
    throw new Error("not my day")
  })
  document.subscribe(() => heard++)
  type(document, "x")
  await document.whenDurable("stored")
  expect(heard).toBeGreaterThan(0)
  expect(new Set(device.problems.map(({ kind }) => kind))).toEqual(new Set(["listener-failed"]))
})

test("[RP11] a document is one object as long as it is open, counted; the last close ends it", async () => {
  const world = new World()
  const device = await world.device()
  const [first, second] = await Promise.all([device.open(), device.open()])
  expect(first).toBe(second)
  expect(await device.open()).toBe(first)
  await first.close()
  await first.close()
  type(first, "still open")
  await first.whenDurable("stored")
  await first.close()
  await first.close()
  await expect(first.whenDurable("local")).rejects.toMatchObject({ code: "closed" })
  await settle()
  expect(world.relay.received.filter((frame) => frame.type === "close" && frame.handle > 0)).toHaveLength(1)
  const again = await device.open()
  expect(again).not.toBe(first)
  expect(textOf(again)).toBe("still open")
  const closing = again.close()
  const reopened = await device.open()
  await closing
  type(reopened, "!")
  await reopened.whenDurable("stored")
  expect(textOf(reopened)).toBe("still open!")
})

test("[RP11] whenDurable covers what was there at the call, not what comes later", async () => {
  const world = new World()
  const device = await world.device()
  const document = await device.open()
  await settle()
  world.relay.onAppend = (frame) => (Buffer.from(frame.update).includes("second") ? "ignore" : undefined)
  type(document, "first")
  const stored = document.whenDurable("stored")
  await document.whenDurable("local")
  type(document, "second")
  await stored
  await settle()
  expect(document.status.waitingRows).toBe(1)
  const pending = expect(document.whenDurable("stored")).rejects.toMatchObject({ code: "closed" })
  await settle()
  await device.replica.close()
  await pending
})

test("[RP11] close is idempotent and ends everything; what is asked afterwards is refused", async () => {
  const world = new World()
  const device = await world.device()
  await Promise.all([device.replica.close(), device.replica.close()])
  await expect(device.open()).rejects.toMatchObject({ code: "closed" })
  await expect(device.replica.kept()).rejects.toMatchObject({ code: "closed" })
  await expect(device.store.head("home/a")).rejects.toMatchObject({ code: "closed" })
})

test("[RP11] a document that cannot be named or read is refused with a code, and can be asked for again", async () => {
  const world = new World()
  const store = new FaultyStore()
  const device = await world.device({ store })
  await expect(device.open("../etc")).rejects.toMatchObject({ code: "bad-document-id" })
  const head = store.head.bind(store)
  store.head = () => Promise.reject(new StorageError("io", "told to fail"))
  await expect(device.open()).rejects.toMatchObject({ code: "storage", cause: { code: "io" } })
  store.head = head
  await expect(device.open()).resolves.toBeDefined()
})

test("[RP11] a store that cannot be opened is said with its reason", async () => {
  const world = new World()
  const store = new MemoryEntryLog()
  store.open = () => Promise.reject(new StorageError("newer", "written by a newer version"))
  await expect(world.device({ store })).rejects.toMatchObject({ code: "storage", cause: { code: "newer" } })
})

test("[RP11] a store closed under the replica, as by a newer app in another tab, is opened again and nothing is lost", async () => {
  const world = new World()
  const device = await world.device({ relays: [] })
  const document = await device.open()
  await device.store.close()
  type(document, "kept in memory")
  await settle()
  expect(device.replica.status.storageError).toBe("closed")
  await world.clock.pass(60_000)
  await document.whenDurable("local")
  expect(device.replica.status.storageError).toBeUndefined()
})

test("[RP11] options outside their range are a programming error, and name what is wrong", async () => {
  const options = {
    store: new MemoryEntryLog(),
    relays: [],
    dial: new World().relay.dial,
    clock: new ManualClock(),
    randomBytes: seededBytes(1),
  }
  await expect(openReplica({ ...options, relays: ["http://x"] })).rejects.toThrow(TypeError)
  for (const name of Object.keys(DEFAULT_REPLICA_LIMITS) as (keyof ReplicaLimits)[]) {
    for (const value of [-1, Number.NaN, Infinity]) {
      await expect(openReplica({ ...options, limits: { [name]: value } })).rejects.toThrow(new RegExp(name))
    }
  }
})

test("[RP11] who waits for a document to be stored is told when it is closed before", async () => {
  const world = new World()
  const device = await world.device()
  const document = await device.open()
  await settle()
  world.relay.onAppend = () => "ignore"
  type(document, "on its way")
  await document.whenDurable("local")
  const stored = expect(document.whenDurable("stored")).rejects.toMatchObject({ code: "closed" })
  await settle()
  await document.close()
  await stored
  expect(device.replica.status.waitingRows).toBe(1)
})

test("[RP35] what waits is known by document and by path, of documents that nobody has open too, over a reload, and told when it changes", async () => {
  const world = new World()
  const disk = new MemoryDisk()
  const device = await world.device({ disk })
  await settle()
  device.replica.setCutOff(true)
  const { waits } = device.replica
  const answers: boolean[] = []
  const stop = device.replica.subscribe(() => answers.push(waits("home/conv/c1")))
  for (const documentId of ["home/conv/c1", "home/conv/c1/s1", "home/conv/c10"]) {
    const document = await device.open(documentId)
    type(document, "x")
    await document.whenDurable("local")
    await document.close()
  }
  expect(answers.at(-1)).toBe(true)
  for (const path of ["home", "home/conv", "home/conv/c1", "home/conv/c1/s1", "home/conv/c10"]) expect(waits(path)).toBe(true)
  for (const path of ["hom", "home/conv/", "home/conv/c", "home/conv/c1/s", "home/conv/c2", ""]) expect(waits(path)).toBe(false)
  stop()
  await device.replica.close()
  const again = await world.device({ disk, cutOff: true })
  expect(again.replica.waits("home/conv/c1")).toBe(true)
  const heard: boolean[] = []
  again.replica.subscribe(() => heard.push(again.replica.waits("home")))
  again.replica.setCutOff(false)
  await settle()
  expect(again.replica.status.waitingRows).toBe(0)
  for (const path of ["home", "home/conv/c1", "home/conv/c10"]) expect(again.replica.waits(path)).toBe(false)
  expect(heard.at(-1)).toBe(false)
})
