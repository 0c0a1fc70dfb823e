import {
  codeNumber,
  DEFAULT_LIMITS,
  type Dial,
  encodeFrames,
  type Frame,
  FrameReader,
  LINK_PROTOCOL_VERSION,
  type RelayId,
  type Socket,
} from "@polylogue/protocol"
import { afterEach, expect, test } from "vitest"
import { RelayNetwork } from "./linked-relays.ts"
import { LABEL } from "./register-bed.ts"
import { MemorySocket, settle, type TestBed, TestDevice } from "./test-relay.ts"
import { TestPeer } from "./test-peer.ts"
import { textOf, Writer } from "./writer.ts"

const OLD = LINK_PROTOCOL_VERSION - 1
const OTHER: RelayId = "00000000000000aa"
const LINK: Frame = { type: "link", relay: OTHER, name: "other", onDemand: false }
let network = new RelayNetwork()

afterEach(async () => {
  await network.close()
  network = new RelayNetwork()
})

/** A relay that is dialled, by hand. */
class Dialled {
  readonly socket = new MemorySocket()
  readonly frames: Frame[] = []

  constructor() {
    const reader = new FrameReader({ ...DEFAULT_LIMITS, minPartBytes: 1 })
    this.socket.onMessage = (message) => this.frames.push(...reader.read(message))
  }

  send(...frames: Frame[]): void {
    this.socket.give(encodeFrames(...frames))
  }

  /** Welcomes as a relay of `version`. */
  async welcome(version = LINK_PROTOCOL_VERSION): Promise<void> {
    this.socket.handlers?.opened?.()
    const { maxFrameBytes, maxTransferBytes, maxRowBytes, maxDocuments, maxTransfers } = DEFAULT_LIMITS
    const limits = { maxFrameBytes, maxTransferBytes, maxRowBytes, maxDocuments, maxTransfers, heartbeatMs: 10_000 }
    const welcome = {
      type: "welcome",
      version,
      log: "00000000000000bb",
      time: 1,
      principal: "edge",
      liveLinks: false,
      expiresAt: 0,
    } as const
    this.send({ ...welcome, ...limits })
    await settle()
  }
}

/** Opens a relay that dials `other`, which is answered by hand; what it has dialled so far. */
async function diallerOf(): Promise<{ bed: TestBed; dialled: Dialled[] }> {
  const dialled: Dialled[] = []
  const dial: Dial = (): Socket => {
    const made = new Dialled()
    dialled.push(made)
    return made.socket
  }
  // It waits for as long as the test lets it.
  return { bed: await network.open("edge", ["other"], { limits: { handshakeMs: 2 ** 30 }, links: { dial } }), dialled }
}

const status = ({ relay }: TestBed): unknown => relay.links().map(({ state, code }) => [state, code])

test("[RL158] a relay of a version without links is refused with a code when it is dialled, dialled again, and linked once it was upgraded", async () => {
  const { bed, dialled } = await diallerOf()
  expect(dialled).toHaveLength(1)
  await dialled[0]!.welcome(OLD)
  const closed = dialled[0]!.frames.find(({ type }) => type === "close")
  expect(closed).toMatchObject({ code: codeNumber("unsupported-version"), reason: `links take version 4, the other relay speaks 3` })
  expect(dialled[0]!.frames.map(({ type }) => type)).toEqual(["hello", "close"])
  expect(status(bed)).toEqual([["refused", "unsupported-version"]])
  expect(bed.eventsOf("link-failed")).toMatchObject([{ url: "other", attempts: 1, code: 4406 }])
  await network.clock.advance(30_000)
  expect(dialled).toHaveLength(2)
  // As one says it that looks at the least version of `hello`.
  dialled[1]!.socket.handlers?.opened?.()
  dialled[1]!.send({ type: "close", handle: 0, code: codeNumber("unsupported-version"), reason: "this relay speaks 1 to 3" })
  await settle()
  expect(dialled[1]!.frames[0]).toMatchObject({ type: "hello", version: 4, minVersion: 4 })
  expect(status(bed)).toEqual([["refused", "unsupported-version"]])
  expect(bed.relay.links()[0]).toMatchObject({ reason: "this relay speaks 1 to 3", attempts: 2 })
  await network.clock.advance(30_000)
  await dialled[2]!.welcome()
  dialled[2]!.send(LINK)
  await settle()
  expect(status(bed)).toEqual([["linked", undefined]])
  expect(bed.eventsOf("link-up")).toMatchObject([{ relay: OTHER, name: "other", url: "other" }])
})

test("[RL158] a relay of a version without links that dials is refused with a code, and linked once it was upgraded", async () => {
  const hub = await network.open("hub")
  const old = new TestDevice(hub.relay)
  old.send({ type: "hello", version: OLD, minVersion: OLD, agent: "polylogue relay old", token: "" })
  await settle()
  expect(old.of("welcome")[0]).toMatchObject({ version: OLD })
  old.send(LINK)
  await settle()
  expect([old.closedCode, old.of("link").length]).toEqual(["unsupported-version", 0])
  expect(hub.eventsOf("session-closed")).toMatchObject([{ code: codeNumber("unsupported-version"), reason: /the other relay speaks 3/ }])
  expect(hub.relay.links()).toEqual([])
  await TestPeer.link(hub, OTHER)
  expect(hub.relay.links()).toMatchObject([{ relay: OTHER, state: "linked" }])
})

test("[RL158] a frame that this version does not know is stepped over on a link, whoever dialled; what stands behind it counts", async () => {
  const unknown = Uint8Array.of(99, 3, 1, 2, 3)
  const hub = await network.open("hub")
  await network.open("edge", ["hub"])
  const [near, far] = network.wire("edge", "hub").ends
  for (const end of [near, far]) end.send(unknown)
  const device = await network.bed("edge").device()
  await device.open("home/a")
  device.append(new Writer(1).type("still here"))
  await network.settle()
  const reader = await hub.device()
  await reader.open("home/a")
  expect(textOf(...reader.updates())).toBe("still here")
  expect([near.closed, far.closed]).toEqual([false, false])
})

test("[RL157, I10] a relay that was dialled may do nothing before it is a link but say that it lives, and end the session", async () => {
  const cas = { type: "cas", request: 1, key: LABEL, attempt: OTHER, expected: null, value: "mine", ttlMs: 0 } as const
  const wrong: Frame[] = [
    { type: "open", handle: 1, document: "home/a", generation: 0, vector: new Map() },
    { type: "append", handle: 1, row: OTHER, handOver: false, update: new Writer(1).type("words") },
    { type: "watch", handle: 1, prefix: "", log: OTHER, cursor: 0 },
    { type: "get", request: 1, key: LABEL },
    cas,
    { type: "observe", handle: 1, prefix: "home" },
    { type: "token", token: "" },
    { type: "route", path: [OTHER] },
    { type: "fleet", relays: [] },
  ]
  const { bed, dialled } = await diallerOf()
  for (const [index, frame] of wrong.entries()) {
    const other = dialled[index]!
    await other.welcome()
    other.send({ type: "ping", nonce: 7 }, { type: "pong", nonce: 0, time: 1 })
    await settle()
    expect(other.frames.map(({ type }) => type)).toEqual(["hello", "link", "pong"])
    other.send(frame)
    await settle()
    expect([frame.type, other.frames.at(-1)]).toMatchObject([
      frame.type,
      { type: "close", code: codeNumber("bad-frame"), reason: `${frame.type} before link` },
    ])
    await network.clock.advance(30_000)
  }
  expect([bed.relay.stats().rooms, bed.relay.stats().registersSet, bed.relay.links()[0]!.state]).toEqual([0, 0, "connecting"])
  dialled.at(-1)!.socket.handlers?.opened?.()
  dialled.at(-1)!.send({ type: "close", handle: 0, code: codeNumber("draining"), reason: "" })
  await settle()
  expect(status(bed)).toEqual([["waiting", "draining"]])
})

test("[RL157] over the link that it has dialled a relay lets the other end read, and tells it that it may not write", async () => {
  const { dialled } = await diallerOf()
  await dialled[0]!.welcome()
  dialled[0]!.send(LINK, { type: "open", handle: 2, document: "home/a", generation: 0, vector: new Map() })
  await settle(60)
  expect(dialled[0]!.frames.find(({ type }) => type === "opened")).toMatchObject({ handle: 2, mayWrite: false, mayErase: false })
})
