import { randomBytes } from "node:crypto"
import { encodeFrame, encodeMessage, type FrameOf, splitFrame, type VersionVector, vectorHash } from "@polylogue/protocol"
import { afterEach, expect, test } from "vitest"
import * as Y from "yjs"
import { ForeignLog, LinkableBeds, TestPeer } from "./test-peer.ts"
import { settle } from "./test-relay.ts"
import { Writer } from "./writer.ts"

const DOC = "home/conv/1"
const [A, B] = ["aa".repeat(8), "bb".repeat(8)] as const
const beds = new LinkableBeds({ transferStallMs: Infinity })

afterEach(async () => {
  await beds.close()
})

/** The feed of `peer` tells what it has of documents. */
function tell(peer: TestPeer, vectors: ReadonlyMap<string, VersionVector>): void {
  const { handle } = peer.of("watch")[0]!
  const changes = [...vectors].map(([documentId, vector]) => ({ documentId, hash: vectorHash(vector) }))
  peer.send({ type: "feed", handle, log: A, cursor: 1, caughtUp: true, changes })
}

const text = (length: number): string => randomBytes(length).toString("latin1")

/** A snapshot of what `logs` starts of relays have written. */
function snapshotOf(
  logs: number,
  bytes: number,
): { readonly kind: "snapshot"; readonly snapshot: { vector: VersionVector; update: Uint8Array } } {
  const writer = new Writer(7)
  writer.type(text(bytes))
  const vector = new Map(Array.from({ length: logs }, (_, index) => [`d${index.toString(16).padStart(15, "0")}`, index + 1]))
  return { kind: "snapshot", snapshot: { vector, update: Y.encodeStateAsUpdate(writer.doc) } }
}

test("[RL147] however much there is to be asked for, a link that takes slowly stays, and is asked for all of it in order", async () => {
  // Vectors of 40 KB are cut, too.
  for (const [count, logs] of [[100, 100] as const, [6, 4_000] as const]) {
    const bed = await beds.open({ limits: { maxAnswerBytes: 100_000, maxBufferedBytes: 1 } })
    const source = await TestPeer.link(bed, B)
    const snapshot = snapshotOf(logs, 10)
    const ids = Array.from({ length: count }, (_, index) => `home/conv/${String(index).padStart(3, "0")}`)
    tell(source, new Map(ids.map((id) => [id, snapshot.snapshot.vector])))
    await settle(40)
    for (const id of ids) {
      source.opened(id, snapshot.snapshot.vector)
      source.show(id, snapshot)
    }
    await settle(200)
    const slow = await TestPeer.link(bed, A)
    slow.socket.taking = false
    slow.send({ type: "ping", nonce: 1 })
    await settle()
    tell(slow, new Map(ids.map((id) => [id, new Map([[A, 1]])])))
    await settle(40)
    expect(slow.socket.mostBuffered).toBeLessThan(20_000)
    slow.socket.drain()
    await settle(200)
    expect(slow.closedCode).toBeUndefined()
    expect(slow.of("open").map(({ document }) => document)).toEqual(ids)
    expect(slow.of("open").every(({ vector }) => vector.size === logs)).toBe(true)
  }
})

test("[RL170] over a link that takes slowly it is said what is in use behind what is asked for, and never before", async () => {
  const bed = await beds.open({ limits: { maxAnswerBytes: 4_000, maxBufferedBytes: 1 } })
  const slow = await TestPeer.link(bed, A)
  slow.socket.taking = false
  slow.send({ type: "ping", nonce: 1 })
  await settle()
  const device = await bed.device()
  const ids = Array.from({ length: 60 }, (_, index) => `home/conv/${String(index).padStart(3, "0")}`)
  for (const [index, document] of ids.entries()) {
    device.send({ type: "open", handle: index + 1, document, generation: 0, vector: new Map() })
    await settle()
  }
  // Of one that nobody uses any more before it was asked for nothing need be said.
  device.send({ type: "close", handle: 60, code: 1000, reason: "" })
  await settle(40)
  slow.socket.drain()
  await settle(200)
  const opened = new Set<number>()
  const used = new Map<number, number>()
  for (const frame of slow.frames) {
    if (frame.type === "open") opened.add(frame.handle)
    if (frame.type !== "use") continue
    expect(opened, `use of handle ${frame.handle}`).toContain(frame.handle)
    used.set(frame.handle, frame.hops)
  }
  expect(slow.of("open").map(({ document }) => document)).toEqual(ids)
  expect(slow.of("open").map(({ handle }) => used.get(handle) ?? 0)).toEqual(ids.map((_, index) => (index === 59 ? 0 : 16)))
  expect(slow.closedCode).toBeUndefined()
})

test("[RL147] what becomes durable while a link takes nothing is said once for each document", async () => {
  const bed = await beds.open({ limits: { maxAnswerBytes: 4_000, maxBufferedBytes: 1 } })
  const device = await bed.device()
  await device.open(DOC)
  const peer = await TestPeer.link(bed, A)
  peer.opened(DOC)
  await settle()
  peer.socket.taking = false
  peer.send({ type: "ping", nonce: 1 })
  await settle()
  const [log, writer] = [new ForeignLog(A), new Writer(1)]
  for (let index = 0; index < 600; index++) {
    peer.show(DOC, log.entry(writer.type("x")))
    if (index % 100 === 0) await settle()
  }
  await settle(40)
  peer.socket.drain()
  await settle(40)
  expect(peer.closedCode).toBeUndefined()
  expect(peer.heardOf(DOC)).toEqual(log.vector)
  // Those that went ahead, and one for the rest.
  expect(peer.of("have").length).toBeLessThan(300)
  expect(peer.of("have").at(-1)?.vector).toEqual(log.vector)
})

/** The first `parts` parts of what `peer` serves of a document, and no more. */
function begin(peer: TestPeer, frame: FrameOf<"snapshot"> | FrameOf<"rest">, parts: number): void {
  let sent = 0
  for (const part of splitFrame(encodeFrame(frame), 0, 4_096)) {
    if (sent++ === parts) return
    peer.socket.give(encodeMessage([part]))
  }
}

test("[RL147] a snapshot that a link was too short for goes on where it was cut with the next ones, and is whole", async () => {
  const bed = await beds.open()
  const device = await bed.device()
  await device.open(DOC)
  const { vector, update } = snapshotOf(3, 60_000).snapshot
  const erased = { ranges: new Uint8Array(), blobs: [] }
  const first = await TestPeer.link(bed, A)
  first.opened(DOC, vector)
  begin(first, { type: "snapshot", handle: first.handleOf(DOC), vector, update, erased }, 5)
  await settle()
  first.break()
  await settle()
  // Another relay has nothing to do with it.
  const other = await TestPeer.link(bed, B)
  expect(other.of("open")[0]?.resume).toBeUndefined()
  const second = await TestPeer.link(bed, A)
  const offset = second.of("open")[0]!.resume!.offset
  expect(offset).toBeGreaterThan(16_000)
  const rest = { type: "rest", vector, total: update.length, erased } as const
  second.opened(DOC, vector)
  begin(second, { ...rest, handle: second.handleOf(DOC), offset, update: update.subarray(offset) }, 5)
  await settle()
  second.break()
  await settle()
  const third = await TestPeer.link(bed, A)
  const next = third.of("open")[0]!.resume!.offset
  expect(next).toBeGreaterThan(2 * 16_000)
  third.opened(DOC, vector)
  third.send({ ...rest, handle: third.handleOf(DOC), offset: next, update: update.subarray(next) })
  await settle(40)
  expect((await bed.log.head(DOC)).vector).toEqual(vector)
  const page = await bed.log.read(DOC, 0)
  const [item] = page.kind === "items" ? page.items : []
  expect(item?.kind === "snapshot" && item.snapshot.update).toEqual(update)
  third.break()
  await settle()
  expect((await TestPeer.link(bed, A)).of("open")[0]?.resume).toBeUndefined()
})

test("[RL147] the rest of a snapshot that was not asked for ends the link", async () => {
  const bed = await beds.open()
  const device = await bed.device()
  await device.open(DOC)
  const peer = await TestPeer.link(bed, A)
  const { vector, update } = snapshotOf(3, 6_000).snapshot
  peer.opened(DOC, vector)
  const erased = { ranges: new Uint8Array(), blobs: [] }
  peer.send({ type: "rest", handle: peer.handleOf(DOC), vector, total: update.length, offset: 5, update: update.subarray(5), erased })
  await settle()
  expect(peer.closedCode).toBe("bad-frame")
})
