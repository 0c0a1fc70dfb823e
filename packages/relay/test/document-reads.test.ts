import { EMPTY_VECTOR, type VersionVector } from "@polylogue/protocol"
import { MemoryDisk } from "@polylogue/storage"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { runCompaction } from "../src/index.ts"
import { RelayNetwork } from "./linked-relays.ts"
import { openTestBed, settle, type TestBed } from "./test-relay.ts"
import { gate, WatchedLog } from "./watched-log.ts"
import { textOf, Writer } from "./writer.ts"

const upTo = ({ relay }: TestBed, seq: number): VersionVector => new Map([[relay.log, seq]])

/** What becomes of a wait, as soon as it is known. */
function outcome(promise: Promise<unknown>): { now: unknown } {
  const seen: { now: unknown } = { now: "waiting" }
  promise.then(
    (value) => (seen.now = value),
    (error: unknown) => (seen.now = error),
  )
  return seen
}

test("[RL135, I1] who waits for a vector is told as soon as the log has it on disk, and not before", async () => {
  const log = new WatchedLog()
  const bed = await openTestBed({ log })
  const device = await bed.device()
  await device.open("home/a")
  const writer = new Writer()
  const seen = outcome(bed.relay.documents.waitFor("home/a", upTo(bed, 2), 10_000))
  device.append(writer.type("one"))
  await settle()
  expect(seen.now).toBe("waiting")
  const held = gate()
  log.beforeCommit = () => held.passed
  device.append(writer.type("two"))
  await settle()
  expect(seen.now).toBe("waiting")
  held.open()
  await settle()
  expect(seen.now).toEqual(upTo(bed, 2))
  // What is there already is told at once, with all that there is.
  expect(await bed.relay.documents.waitFor("home/a", upTo(bed, 1), 10_000)).toEqual(upTo(bed, 2))
  expect(await bed.relay.documents.waitFor("home/a", EMPTY_VECTOR, 10_000)).toEqual(upTo(bed, 2))
})

test("[RL135] at the deadline who waits is told what there is then; nothing of it is left in the room", async () => {
  const bed = await openTestBed({ limits: { roomIdleMs: 1_000 } })
  const device = await bed.device()
  await device.open("home/a")
  device.append(new Writer().type("one"))
  await settle()
  device.break()
  const seen = outcome(bed.relay.documents.waitFor("home/a", upTo(bed, 2), 5_000))
  await settle()
  await bed.clock.advance(4_999)
  expect([seen.now, bed.relay.stats().rooms]).toEqual(["waiting", 1])
  await bed.clock.advance(1)
  expect(seen.now).toEqual(upTo(bed, 1))
  expect(await bed.relay.documents.waitFor("home/none", upTo(bed, 2), 0)).toEqual(EMPTY_VECTOR)
  await bed.clock.advance(3_000)
  expect(bed.relay.stats().rooms).toBe(0)
})

test("[RL136, I5] as many wait as may, and one more is answered with a code; so are readers of one document and whole documents that are read", async () => {
  const held = gate()
  const bed = await openTestBed({
    limits: { maxWaits: 2, maxReaders: 2, maxWholeReads: 2 },
    compactor: {
      async run(job) {
        await held.passed
        return runCompaction(job)
      },
    },
  })
  const { documents } = bed.relay
  const waits = [documents.waitFor("home/a", upTo(bed, 1), 1_000), documents.waitFor("home/b", upTo(bed, 1), 1_000)]
  await settle()
  await expect(documents.waitFor("home/c", upTo(bed, 1), 1_000)).rejects.toMatchObject({ code: "overloaded" })
  // What needs no waiting is answered.
  expect(await documents.waitFor("home/c", upTo(bed, 1), 0)).toEqual(EMPTY_VECTOR)
  await bed.clock.advance(1_000)
  expect(await Promise.all(waits)).toEqual([EMPTY_VECTOR, EMPTY_VECTOR])
  for (let reader = 0; reader < 2; reader++) await (await bed.device()).open("home/d")
  await expect(documents.waitFor("home/d", upTo(bed, 1), 1_000)).rejects.toMatchObject({ code: "overloaded" })
  const reads = [documents.read("home/a"), documents.read("home/b")]
  await settle()
  await expect(documents.read("home/c")).rejects.toMatchObject({ code: "overloaded" })
  held.open()
  expect(await Promise.all(reads)).toHaveLength(2)
  expect(await documents.read("home/c")).toMatchObject({ vector: EMPTY_VECTOR })
})

test("[RL136] who waits when the relay is drained or closed is told so", async () => {
  const log = new WatchedLog()
  const bed = await openTestBed({ log })
  const drained = outcome(bed.relay.documents.waitFor("home/a", upTo(bed, 1), 60_000))
  await settle()
  await bed.relay.drain()
  await settle()
  expect(drained.now).toMatchObject({ code: "draining" })
  const closed = outcome(bed.relay.documents.waitFor("home/a", upTo(bed, 1), 60_000))
  await settle()
  await bed.relay.close()
  await settle()
  expect(closed.now).toMatchObject({ code: "draining" })
})

test("[RL137] a whole document is read as one update with the vector that it has, however it is stored, without what was deleted", async () => {
  const disk = new MemoryDisk()
  const bed = await openTestBed({ disk, limits: { compactItems: 4, windowItems: 1 } })
  const device = await bed.device()
  await device.open("home/a")
  const writer = new Writer()
  for (const word of ["a", "b", "SECRET", "c", "d", "e"]) {
    device.append(writer.type(word))
    await settle()
  }
  device.append(writer.edit((doc) => doc.getText("t").delete(2, 6)))
  await settle()
  expect(bed.relay.stats().compactions).toBeGreaterThan(0)
  const { vector, update } = await bed.relay.documents.read("home/a")
  expect([textOf(update), vector]).toEqual(["abcde", upTo(bed, 7)])
  expect(Buffer.from(update).includes("SECRET")).toBe(false)
  const ydoc = new Y.Doc()
  Y.applyUpdate(ydoc, update)
  expect([ydoc.store.pendingStructs, ydoc.store.pendingDs]).toEqual([null, null])
  // Those who ask at once for the same are answered with one reading.
  const before = bed.jobs.length
  await Promise.all([bed.relay.documents.read("home/a"), bed.relay.documents.read("home/a")])
  expect(bed.jobs.length - before).toBe(1)
})

test("[RL135, I3] what another relay has is brought over a link while somebody waits for it, also through a cut that is healed in time", async () => {
  const network = new RelayNetwork()
  const hub = await network.open("hub")
  const edge = await network.open("edge", ["hub"], { links: { mirror: [] } })
  const device = await hub.device()
  await device.open("home/a")
  const writer = new Writer()
  device.append(writer.type("one"))
  await network.settle()
  expect(await edge.relay.documents.waitFor("home/a", EMPTY_VECTOR, 0)).toEqual(EMPTY_VECTOR)
  const seen = outcome(edge.relay.documents.waitFor("home/a", upTo(hub, 1), 5_000))
  await network.settle()
  expect(seen.now).toEqual(upTo(hub, 1))
  expect(textOf((await edge.relay.documents.read("home/a")).update)).toBe("one")
  network.wire("edge", "hub").cut = true
  device.append(writer.type(" two"))
  const waiting = outcome(edge.relay.documents.waitFor("home/a", upTo(hub, 2), 5_000))
  await network.clock.advance(4_000)
  await network.settle()
  expect(waiting.now).toBe("waiting")
  network.wire("edge", "hub").heal()
  await network.settle()
  expect(waiting.now).toEqual(upTo(hub, 2))
  await network.close()
})
