import type { FrameOf } from "@polylogue/protocol"
import { MemoryDisk, MemoryEntryLog } from "@polylogue/storage"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { type Device, textOf, type, World } from "./support/device.ts"
import { FakeTabs } from "./support/fake-tabs.ts"
import { FaultyStore, outboxOf } from "./support/faulty-store.ts"
import { settle } from "./support/manual-clock.ts"

const WORDS = ["one ", "two ", "three ", "four ", "five "]

/** The text that `updates` make at a reader that has nothing else; undefined when something is missing in between. */
function read(updates: readonly Uint8Array[]): string | undefined {
  const ydoc = new Y.Doc()
  for (const update of updates) Y.applyUpdate(ydoc, update)
  return ydoc.store.pendingStructs === null ? ydoc.getText("t").toJSON() : undefined
}

test("[RP2] an edit is durable before another tab or the relay hears of it", async () => {
  const world = new World()
  const tabs = new FakeTabs()
  const store = new FaultyStore()
  const device = await world.device({ store, tabs: tabs.tab() })
  const document = await device.open()
  await settle()
  store.hold()
  tabs.posted.length = 0
  type(document, "secret")
  await settle()
  expect(document.status).toMatchObject({ unsavedUpdates: 1, waitingRows: 0 })
  expect(world.relay.appends()).toEqual([])
  expect(tabs.posted.filter((message) => (message as { type: string }).type === "changed")).toEqual([])
  store.letGo()
  await settle()
  expect(world.relay.text("home/a")).toBe("secret")
  expect(tabs.posted).toContainEqual(expect.objectContaining({ type: "changed", documents: ["home/a"] }))
})

test("[RP2] whichever commit fails, rows stay in order, later words wait for earlier ones, and nothing is lost", async () => {
  for (let failing = 1; ; failing++) {
    const world = new World()
    const store = new FaultyStore()
    const device = await world.device({ store, relays: [] })
    const document = await device.open()
    const other = await device.open("home/b")
    const before = store.commits
    store.fails = (commit) => (commit === before + failing ? "quota-exceeded" : undefined)
    for (const word of WORDS) {
      type(document, word)
      type(other, word)
      await settle()
      const durable = read((await store.outbox("home/a")).map(({ update }) => update))
      expect(WORDS.join("").startsWith(durable ?? "nothing")).toBe(true)
      expect(device.replica.status.storageError).toBe(store.commits === before + failing ? "quota-exceeded" : undefined)
      if (device.replica.status.storageError !== undefined) expect(document.status.unsavedUpdates).toBeGreaterThan(0)
    }
    await world.clock.pass(120_000)
    await document.whenDurable("local")
    expect(device.replica.status.storageError).toBeUndefined()
    expect(read((await store.outbox("home/a")).map(({ update }) => update))).toBe(WORDS.join(""))
    expect(read((await store.outbox("home/b")).map(({ update }) => update))).toBe(WORDS.join(""))
    if (store.commits < before + failing) break
  }
})

test("[RP2] a commit that failed but was written all the same is written again under a fresh id, and every word arrives once", async () => {
  const world = new World()
  const store = new FaultyStore()
  const device = await world.device({ store })
  const document = await device.open()
  await settle()
  const first = store.commits + 1
  store.liesAbout = (commit) => commit === first
  type(document, "once ")
  await settle()
  type(document, "and again")
  await world.clock.pass(60_000)
  expect(world.relay.text("home/a")).toBe("once and again")
  expect(await outboxOf(store)).toEqual([])
  expect(device.replica.status.waitingRows).toBe(0)
})

test("[RP2] edits of several documents in one turn become one commit", async () => {
  const world = new World()
  const store = new FaultyStore()
  const device = await world.device({ store, relays: [] })
  const [message, draft] = [await device.open(), await device.open("u/ada/home")]
  store.committed.length = 0
  type(message, "said")
  type(draft, "gone")
  await Promise.all([message.whenDurable("local"), draft.whenDurable("local")])
  expect(store.committed.map((changes) => changes.length)).toEqual([2])
})

test("[RP3] words written offline survive a reload and are sent, also of documents that nobody opens again", async () => {
  const world = new World()
  world.relay.unreachable = true
  const disk = new MemoryDisk()
  const first = await world.device({ disk })
  type(await first.open(), "offline")
  type(await first.open("home/b"), "closed")
  await first.replica.close()
  const second = await world.device({ disk })
  expect(second.replica.status.waitingRows).toBe(2)
  const document = await second.open()
  expect(textOf(document)).toBe("offline")
  expect(document.status.waitingRows).toBe(1)
  world.relay.unreachable = false
  await world.clock.pass(60_000)
  expect(world.relay.text("home/a")).toBe("offline")
  expect(world.relay.text("home/b")).toBe("closed")
  expect(second.replica.status.waitingRows).toBe(0)
  expect(await outboxOf(second.store)).toEqual([])
})

test("[RP3] close writes what is in memory, and a Y.Doc's client id is never carried over", async () => {
  const world = new World()
  const disk = new MemoryDisk()
  const first = await world.device({ disk, relays: [] })
  const document = await first.open()
  const client = document.ydoc.clientID
  type(document, "last words")
  await first.replica.close()
  const again = await (await world.device({ disk, relays: [] })).open()
  expect(textOf(again)).toBe("last words")
  expect(again.ydoc.clientID).not.toBe(client)
})

test("[RP4] a row whose ack was lost is sent again with the same id and bytes, and stands once", async () => {
  const world = new World()
  const device = await world.device()
  const document = await device.open()
  await settle()
  world.relay.onAppend = () => "swallow-ack"
  type(document, "heard?")
  await settle()
  expect(document.status.waitingRows).toBe(1)
  world.relay.onAppend = undefined
  // The entry itself comes back on the new session, so the row need not be sent again.
  world.relay.breakAll()
  await world.clock.pass(1_000)
  expect(document.status.waitingRows).toBe(0)
  expect(world.relay.room("home/a").entries).toHaveLength(1)
  // Without the entry in the stream only a retry helps: the relay knows the row by its id.
  world.relay.onAppend = () => "ignore"
  type(document, " yes")
  await settle()
  world.relay.onAppend = undefined
  world.relay.breakAll()
  await world.clock.pass(10_000)
  expect(world.relay.text("home/a")).toBe("heard? yes")
  const sent = grouped(world.relay.appends())
  for (const frames of sent.values()) for (const frame of frames) expect(frame.update).toEqual(frames[0]!.update)
  expect(sent.size).toBe(2)
})

function grouped(frames: readonly FrameOf<"append">[]): Map<string, FrameOf<"append">[]> {
  const groups = new Map<string, FrameOf<"append">[]>()
  for (const frame of frames) groups.set(frame.row, [...(groups.get(frame.row) ?? []), frame])
  return groups
}

async function typeOffline(device: Device, strokes: number): Promise<void> {
  const document = await device.open()
  for (let stroke = 0; stroke < strokes; stroke++) {
    type(document, "x")
    await document.whenDurable("local")
  }
}

test("[RP4] rows that were never sent are joined while the device is offline; rows once sent are not", async () => {
  const world = new World()
  const device = await world.device({ limits: { maxUnsentRows: 10 } })
  await device.open()
  await settle()
  world.relay.onAppend = () => "ignore"
  type(await device.open(), "sent")
  await settle()
  const [sent] = await outboxOf(device.store)
  world.relay.unreachable = true
  world.relay.breakAll()
  await settle()
  await typeOffline(device, 200)
  const rows = await outboxOf(device.store)
  expect(rows[0]).toBe(sent)
  expect(rows.length).toBeLessThan(30)
  world.relay.unreachable = false
  world.relay.onAppend = undefined
  const stored = (await device.open()).whenDurable("stored")
  await world.clock.pass(60_000)
  await stored
  expect(world.relay.text("home/a")).toBe("sent" + "x".repeat(200))
})

test("[RP4, I4] rows are not joined past a row that another tab has written meanwhile", async () => {
  const world = new World()
  const disk = new MemoryDisk()
  const store = new FaultyStore(disk)
  const device = await world.device({ disk, store, limits: { maxUnsentRows: 5 } })
  const document = await device.open()
  world.relay.unreachable = true
  world.relay.breakAll()
  await settle()
  await typeOffline(device, 5)
  const before = await outboxOf(store)
  store.hold()
  type(document, "joined")
  await settle()
  const other = new MemoryEntryLog({ disk })
  await other.open()
  const answer = { row: "00000000000000bb", update: Y.encodeStateAsUpdate(document.ydoc), handOver: false }
  await other.commit([{ type: "outbox", documentId: "home/a", rows: [answer] }])
  store.letGo()
  await document.whenDurable("local")
  const after = await outboxOf(store)
  expect(after.slice(0, before.length + 1)).toEqual([...before, answer.row])
  expect(after).toHaveLength(before.length + 2)
})

test("[RP4] no more rows and bytes of a document are under way than the window admits", async () => {
  const world = new World()
  const device = await world.device({ limits: { maxRowsInFlight: 3 } })
  const document = await device.open()
  await settle()
  world.relay.onAppend = () => "ignore"
  for (const word of WORDS) {
    type(document, word)
    await document.whenDurable("local")
  }
  await settle()
  expect(world.relay.appends()).toHaveLength(3)
  world.relay.onAppend = undefined
  world.relay.breakAll()
  await world.clock.pass(10_000)
  expect(world.relay.text("home/a")).toBe(WORDS.join(""))
})

test("[RP2, I7] a document whose stored bytes are damaged holds up itself alone", async () => {
  const world = new World()
  const store = new FaultyStore()
  const device = await world.device({ store })
  const [damaged, sound] = [await device.open(), await device.open("home/b")]
  await settle()
  store.fails = (_, changes) => (changes.some((change) => "documentId" in change && change.documentId === "home/a") ? "corrupt" : undefined)
  type(damaged, "waits")
  type(sound, "goes on")
  await sound.whenDurable("stored")
  expect(damaged.status.unsavedUpdates).toBe(1)
  expect(device.replica.status.storageError).toBe("io")
  store.fails = () => undefined
  await world.clock.pass(60_000)
  await damaged.whenDurable("stored")
})

test("[RP2] updates can be collected for a while before they are written", async () => {
  const world = new World()
  const store = new FaultyStore()
  const device = await world.device({ store, relays: [], limits: { flushWindowMs: 50 } })
  const document = await device.open()
  for (const word of WORDS) {
    type(document, word)
    await world.clock.pass(9)
  }
  expect(store.committed).toEqual([])
  await world.clock.pass(50)
  expect(await outboxOf(store)).toHaveLength(1)
  expect(document.status).toMatchObject({ unsavedUpdates: 0, waitingRows: 1 })
})

test("[RP2, I12] what is typed in the turn of the close is written too, and a store that fails to the end is said to have failed", async () => {
  const world = new World()
  const disk = new MemoryDisk()
  const first = await world.device({ disk, relays: [] })
  const document = await first.open()
  await document.whenDurable("local")
  type(document, "early ")
  await document.whenDurable("local")
  type(document, "late")
  await first.replica.close()
  const store = new FaultyStore(disk)
  const second = await world.device({ store, relays: [] })
  const again = await second.open()
  expect(textOf(again)).toBe("early late")
  store.fails = () => "quota-exceeded"
  type(again, " lost")
  const lost = expect(again.whenDurable("local")).rejects.toMatchObject({ code: "closed" })
  await settle()
  await second.replica.close()
  await lost
})

test("[RP4, I5] a row beyond the relay's limit is refused here, its text kept aside, and the session goes on", async () => {
  const world = new World()
  world.relay.limits = { ...world.relay.limits, maxRowBytes: 1_000 }
  const device = await world.device()
  const [document, other] = [await device.open(), await device.open("home/b")]
  await settle()
  type(document, "x".repeat(900))
  await document.whenDurable("stored")
  type(document, "y".repeat(1_001))
  type(other, "fine")
  await expect(document.whenDurable("stored")).rejects.toMatchObject({ code: "rejected" })
  await other.whenDurable("stored")
  await settle()
  expect(await device.replica.kept()).toMatchObject([{ documentId: "home/a", code: "row-too-large" }])
  expect(textOf(document)).toBe("x".repeat(900))
  expect(world.relay.dials).toBe(1)
})
