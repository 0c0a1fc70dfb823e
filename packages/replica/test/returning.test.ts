import { CutSnapshots, type Dial } from "@polylogue/protocol"
import { openRelay, type Relay, type RelayLimits, runCompaction } from "@polylogue/relay"
import { type DocumentHead, MemoryDisk, MemoryEntryLog } from "@polylogue/storage"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { openReplica, type Replica, type ReplicaDocument } from "../src/index.ts"
import { textOf, type } from "./support/device.ts"
import { ManualClock } from "./support/manual-clock.ts"
import { socketPair } from "./support/memory-socket.ts"
import { seededBytes } from "./support/random.ts"

/** A real relay, and real replicas over connections that break after so many messages of the relay. */
class Town {
  readonly clock = new ManualClock()
  readonly disk = new MemoryDisk()
  relay!: Relay
  /** Messages that a connection brings from the relay before it breaks. */
  messages = Infinity
  connections = 0
  #seed = 0

  async raise(limits: Partial<RelayLimits>): Promise<void> {
    this.relay = await openRelay({
      log: new MemoryEntryLog({ disk: this.disk }),
      clock: this.clock,
      randomBytes: seededBytes(2500 + this.#seed++),
      compactor: { run: async (job) => runCompaction(job) },
      limits,
    })
  }

  readonly dial: Dial = () => {
    const [near, far] = socketPair()
    this.connections++
    let left = this.messages
    const send = far.send.bind(far)
    far.send = (message) => {
      if (left-- > 0) send(message)
      else setImmediate(() => far.break())
    }
    this.relay.accept(far)
    near.open()
    return near
  }

  async head(): Promise<DocumentHead> {
    const log = new MemoryEntryLog({ disk: this.disk })
    await log.open()
    return await log.head("home/a")
  }

  replica(): Promise<Replica> {
    const randomBytes = seededBytes(2900 + this.#seed++)
    const own = { store: new MemoryEntryLog({ disk: new MemoryDisk() }), relays: ["ws://town/sync"], dial: this.dial }
    return openReplica({ ...own, clock: this.clock, randomBytes, limits: { mergeMs: 0 } })
  }
}

/** Sets so many keys to a kilobyte each. */
function pages(document: ReplicaDocument, count: number): void {
  for (let page = 0; page < count; page++) document.ydoc.getMap("m").set(`p${page}`, `${page} `.repeat(500))
}

/** What a document encodes to when it is loaded afresh. */
function encoded(document: ReplicaDocument): Uint8Array {
  const fresh = new Y.Doc()
  Y.applyUpdate(fresh, Y.encodeStateAsUpdate(document.ydoc))
  return Y.encodeStateAsUpdate(fresh)
}

test("[RP33] a first load that is cut again and again goes on where it was, and never sends a byte of it twice", async () => {
  const town = new Town()
  await town.raise({ compactItems: 4, windowItems: 1, windowBytes: 1 })
  const writer = await town.replica()
  const written = await writer.open("home/a")
  for (let round = 0; round < 4; round++) {
    pages(written, 100 + round)
    await town.clock.pass(100)
  }
  type(written, "behind the snapshot")
  await town.clock.pass(100)
  expect(town.relay.stats().compactions).toBeGreaterThan(0)
  const { snapshotBytes } = await town.head()
  expect(snapshotBytes).toBeGreaterThan(150_000)

  town.messages = 5
  const before = town.relay.stats()
  const reader = await town.replica()
  const read = await reader.open("home/a")
  for (let attempt = 0; attempt < 40 && !read.status.synced; attempt++) await town.clock.pass(30_000)
  expect(encoded(read)).toEqual(encoded(written))
  const after = town.relay.stats()
  expect(after.restsSent).toBeGreaterThan(2)
  // Each connection costs a welcome, an opened, and what was under way when it broke.
  expect(after.bytesSent - before.bytesSent).toBeLessThan(snapshotBytes * 1.5 + (town.connections - 1) * 40_000)
})

test("[RP33] a snapshot that was replaced meanwhile, or another start of the relay, begins at the beginning", async () => {
  for (const change of ["compacted", "restarted"] as const) {
    const town = new Town()
    const limits = { compactItems: 4, windowItems: 1, windowBytes: 1 }
    await town.raise(limits)
    const writer = await town.replica()
    const written = await writer.open("home/a")
    const round = async (): Promise<void> => {
      for (let edit = 0; edit < 5; edit++) {
        pages(written, 60 + edit)
        await town.clock.pass(100)
      }
    }
    await round()
    town.messages = 6
    const reader = await town.replica()
    const read = await reader.open("home/a")
    await town.clock.pass(50)
    town.messages = Infinity
    if (change === "compacted") await round()
    else {
      await town.relay.close()
      await town.raise(limits)
    }
    await town.clock.pass(60_000)
    expect([change, read.status.synced, town.relay.stats().restsSent]).toEqual([change, true, 0])
    expect(encoded(read)).toEqual(encoded(written))
  }
})

test("[RP34, I2] a device away for longer than the window gets what it lacks, deletions and its own unsent words included", async () => {
  const town = new Town()
  await town.raise({ compactItems: 10, windowItems: 2, windowBytes: 1, diffBytes: 1000 })
  const [left, right] = [await town.replica(), await town.replica()]
  const [here, there] = [await left.open("home/a"), await right.open("home/a")]
  pages(here, 100)
  type(here, "some words to be deleted, ")
  await town.clock.pass(100)
  expect(textOf(there)).toBe(textOf(here))

  right.setCutOff(true)
  type(there, "unsent, ")
  for (let round = 0; round < 30; round++) {
    type(here, `${round} `)
    await town.clock.pass(20)
  }
  here.ydoc.getText("t").delete(0, 5)
  here.ydoc.getMap("m").delete("p7")
  await town.clock.pass(20)
  const { snapshotBytes } = await town.head()
  const before = town.relay.stats()
  expect(before.compactions).toBeGreaterThan(0)
  right.setCutOff(false)
  await town.clock.pass(5_000)
  const after = town.relay.stats()
  expect(after.diffsSent - before.diffsSent).toBe(1)
  expect(after.bytesSent - before.bytesSent).toBeLessThan(snapshotBytes / 10)
  expect(textOf(here)).toContain("unsent, ")
  expect(there.ydoc.getMap("m").has("p7")).toBe(false)
  expect(encoded(there)).toEqual(encoded(here))
  expect([left.status.waitingRows, right.status.waitingRows]).toEqual([0, 0])
})

test("[RP33, I5] beginnings are bounded in bytes, the oldest go first, and only what continues one is put behind it", () => {
  const vector = new Map([["00000000000000aa", 1]])
  const cut = (offset: number, bytes: number) => ({ handle: 1, vector, total: 100, offset, bytes: new Uint8Array(bytes) })
  const erased = { ranges: new Uint8Array(), blobs: [] }
  const rest = (offset: number) =>
    ({ type: "rest", handle: 9, vector, offset, total: 100, update: new Uint8Array(100 - offset), erased }) as const
  const cuts = new CutSnapshots(60)
  cuts.begin("00000000000000aa")
  cuts.keep("home/a", cut(0, 20))
  cuts.keep("home/b", cut(0, 20))
  cuts.keep("home/a", cut(20, 20))
  expect(["home/a", "home/b"].map((documentId) => cuts.resumption(documentId)?.offset)).toEqual([40, 20])
  cuts.keep("home/c", cut(0, 1))
  expect(["home/a", "home/b", "home/c"].map((documentId) => cuts.resumption(documentId)?.offset)).toEqual([40, undefined, 1])
  cuts.keep("home/d", cut(0, 61))
  cuts.keep("home/c", cut(5, 10))
  expect(["home/c", "home/d"].map((documentId) => cuts.resumption(documentId))).toEqual([undefined, undefined])
  expect(cuts.complete("home/a", rest(39))).toBeUndefined()
  cuts.keep("home/a", cut(0, 40))
  expect(cuts.complete("home/a", rest(40))).toMatchObject({ type: "snapshot", handle: 9, update: new Uint8Array(100) })
  expect(cuts.complete("home/a", rest(40))).toBeUndefined()
  cuts.keep("home/a", cut(0, 40))
  cuts.begin("00000000000000aa")
  expect(cuts.resumption("home/a")?.offset).toBe(40)
  cuts.begin("00000000000000bb")
  expect(cuts.resumption("home/a")).toBeUndefined()
})
