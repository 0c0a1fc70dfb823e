import { afterEach, expect, test } from "vitest"
import { encodeFrames, type VersionVector, vectorHash } from "@polylogue/protocol"
import { RelayNetwork } from "./linked-relays.ts"
import { ForeignLog, LinkableBeds, TestPeer } from "./test-peer.ts"
import { deviceAt, MemorySocket, settle } from "./test-relay.ts"
import { Writer } from "./writer.ts"

const DOC = "home/conv/1"
const [A, B] = ["aa".repeat(8), "bb".repeat(8)] as const
let network = new RelayNetwork()
const beds = new LinkableBeds()

afterEach(async () => {
  await beds.close()
  await network.close()
  network = new RelayNetwork()
})

test("[RL145] a document that was quiet for long is closed over the link when who used it leaves in silence", async () => {
  const limits = { heartbeatMs: 1e9 }
  const hub = await network.open("hub", [], { limits })
  ;(await deviceAt(hub)).append(new Writer(1).type("at the hub"))
  const edge = await network.open("edge", ["hub"], { limits, links: { mirror: [] } })
  const reader = await deviceAt(edge)
  await network.settle()
  await network.clock.advance(300_000)
  await network.settle()
  expect(edge.relay.links()[0]).toMatchObject({ documentsOpen: 1, documentsBehind: 0 })
  reader.break()
  await network.clock.advance(90_000)
  await network.settle()
  expect(edge.relay.links()[0]).toMatchObject({ documentsOpen: 0, documentsBehind: 0 })
})

/** The feed of `peer` tells that `vector` is what it has of the document. */
function tell(peer: TestPeer, vector: VersionVector, documentId = DOC): void {
  const { handle } = peer.of("watch")[0]!
  const changes = [{ documentId, hash: vectorHash(vector) }]
  peer.send({ type: "feed", handle, log: A, cursor: vector.size, caughtUp: true, changes })
}

test("[RL146] by what its feed said before it opened a document, nothing that another relay has is missed afterwards", async () => {
  const bed = await beds.open()
  const peer = await TestPeer.link(bed, A)
  const [log, writer] = [new ForeignLog(A), new Writer(1)]
  const first = log.entry(writer.type("a"))
  tell(peer, log.vector)
  await settle()
  const second = log.entry(writer.type("b"))
  peer.opened(DOC, log.vector)
  peer.show(DOC, first, second)
  await settle()
  expect(bed.relay.links()[0]).toMatchObject({ documentsOpen: 1, documentsBehind: 0, level: true })
})

test("[RL90a] what a feed has told of a document counts until the other relay has answered", async () => {
  const bed = await beds.open()
  const peer = await TestPeer.link(bed, A)
  const log = new ForeignLog(A)
  const entry = log.entry(new Writer(1).type("a"))
  tell(peer, log.vector)
  await settle()
  const device = await deviceAt(bed)
  expect(device.of("awaits").map(({ others }) => others)).toEqual([true])
  peer.opened(DOC, log.vector)
  peer.show(DOC, entry)
  await settle()
  expect(device.of("awaits").map(({ others }) => others)).toEqual([true, false])
})

test("[RL146] what comes when its feed is followed no more is not held against the last word of that feed", async () => {
  const limits = { heartbeatMs: 1e9, followGraceMs: 1_000 }
  const hub = await network.open("hub", [], { limits })
  const edge = await network.open("edge", ["hub"], { limits, links: { mirror: [] } })
  const [writer, device, ana] = [await deviceAt(hub), await deviceAt(edge), new Writer(1)]
  device.send({ type: "watch", handle: 2, prefix: "home", log: edge.relay.log, cursor: 0 })
  await network.settle()
  writer.append(ana.type("a"))
  await network.clock.advance(2_000)
  await network.settle()
  device.send({ type: "close", handle: 2, code: 1000, reason: "" })
  await network.clock.advance(60_000)
  writer.append(ana.type("b"))
  await network.clock.advance(2_000)
  await network.settle()
  expect((await edge.log.head(DOC)).vector).toEqual((await hub.log.head(DOC)).vector)
  expect(edge.relay.links()[0]).toMatchObject({ documentsOpen: 1, documentsBehind: 0, level: true })
  device.break()
  await network.clock.advance(90_000)
  await network.settle()
  expect(edge.relay.links()[0]).toMatchObject({ documentsOpen: 0, documentsBehind: 0 })
})

/** How a relay and its peer stand after the peer was told of what is left out because it has it already. */
async function afterLeavingOut(entries: number): Promise<{ readonly has: VersionVector; readonly told: VersionVector | undefined }> {
  const bed = await beds.open({ limits: { maxBufferedBytes: 1, feedPauseMs: Infinity } })
  const device = await deviceAt(bed)
  const writer = new Writer(1)
  for (const text of ["first ", "second "]) device.append(writer.type(text))
  await settle()
  const [slow, source] = [await TestPeer.link(bed, A), await TestPeer.link(bed, B)]
  source.opened(DOC)
  slow.socket.taking = false
  slow.opened(DOC)
  // Its answer fills the socket.
  slow.send({ type: "ping", nonce: 1 })
  await settle()
  const known = new Map([[bed.relay.log, 1]])
  slow.send({ type: "open", handle: 1, document: DOC, generation: 0, vector: known })
  await settle()
  // While the one link takes nothing, what was written elsewhere comes over both.
  const foreign = new ForeignLog(B)
  source.show(DOC, ...Array.from({ length: entries }, (_, index) => foreign.entry(writer.type(`${index} `))))
  await settle(40)
  slow.send({ type: "have", handle: 1, vector: (await bed.log.head(DOC)).vector })
  slow.socket.drain()
  await settle(40)
  expect(slow.of("entries").filter(({ handle }) => handle === 1)).toEqual([])
  const opened = slow.of("opened").find(({ handle }) => handle === 1)
  const haves = slow.of("have").filter(({ handle }) => handle === 1)
  expect(opened?.vector).toEqual(new Map([[bed.relay.log, 2]]))
  return { has: (await bed.log.head(DOC)).vector, told: haves.at(-1)?.vector }
}

test("[RL146] what is left out because the other end has it is told, though all of it was learnt before the first was read", async () => {
  const few = await afterLeavingOut(9)
  expect(few.told).toEqual(few.has)
  const many = await afterLeavingOut(90)
  expect(many.told).toEqual(many.has)
})

test("[RL148] a peer that is removed while it is dialled becomes no link", async () => {
  const far = await network.open("far")
  const near = await network.open("near")
  near.relay.setPeers([{ url: "far" }])
  // Its socket is open by now, and nobody has said which relay it is.
  await settle(2)
  near.relay.setPeers([])
  await network.settle()
  expect(near.relay.links()).toEqual([])
  expect(far.relay.links()).toEqual([])
  expect([...near.eventsOf("link-up"), ...far.eventsOf("link-up")].length).toBe(0)
})

test("[RL148] a link that is said to stand when its peer is no longer wanted is refused, and whatever stands is listed", async () => {
  const sockets: MemorySocket[] = []
  const dial = (): MemorySocket => {
    const socket = new MemorySocket()
    sockets.push(socket)
    return socket
  }
  const bed = await beds.open({ links: { name: "here", peers: [{ url: "ws://there" }], dial } })
  const [socket] = sockets as [MemorySocket]
  const welcome = { version: 4, log: B, time: 0, principal: "relay", liveLinks: false, expiresAt: 0 } as const
  const limits = { maxFrameBytes: 262_144, maxTransferBytes: 1e6, maxRowBytes: 1e6, maxDocuments: 10, maxTransfers: 4, heartbeatMs: 1e4 }
  socket.handlers?.opened?.()
  socket.give(encodeFrames({ type: "welcome", ...welcome, ...limits }))
  await settle()
  bed.relay.setPeers([{ url: "ws://there", token: "another" }])
  // Under way before the socket was closed.
  socket.give(encodeFrames({ type: "link", relay: B, name: "there", onDemand: false }))
  await settle()
  expect(socket.closedWith).toBeDefined()
  expect(bed.eventsOf("link-up")).toEqual([])
  expect(bed.relay.links().map(({ state }) => state)).toEqual(["connecting"])
})
