import { encodeFrame, encodeMessage, type FrameOf, splitFrame, type VersionVector } from "@polylogue/protocol"
import { afterEach, expect, test } from "vitest"
import * as Y from "yjs"
import { LinkInbound } from "../src/links/link-inbound.ts"
import { LinkableBeds, TestPeer } from "./test-peer.ts"
import { settle } from "./test-relay.ts"
import { Writer } from "./writer.ts"

const [A, B, C] = ["aa".repeat(8), "bb".repeat(8), "cc".repeat(8)] as const
const DOC = "home/conv/1"
const PART_BYTES = 8_192
const beds = new LinkableBeds()

afterEach(async () => {
  await beds.close()
})

test("[RL147] links go on up to the bound of all of them; one byte past it they wait, but for the first, until it holds nothing", async () => {
  const budget = new LinkInbound(100)
  const [first, second, third] = [budget.account(), budget.account(), budget.account()] as const
  first.take(60)
  second.take(40)
  expect([first.goOn?.(), second.goOn?.()]).toEqual([undefined, undefined])
  second.take(1)
  expect(first.goOn?.()).toBeUndefined()
  // Who holds nothing keeps nobody out.
  expect(third.goOn?.()).toBeUndefined()
  third.take(1)
  const went: string[] = []
  void second.goOn?.()?.then(() => went.push("second"))
  void third.goOn?.()?.then(() => went.push("third"))
  first.take(500)
  await settle()
  expect([went, first.goOn?.()]).toEqual([[], undefined])
  third.leave?.()
  await settle()
  expect(went).toEqual(["third"])
  second.take(200)
  // Too much is held still, by the one that is the first from now on.
  first.giveBack(560)
  await settle()
  expect(went).toEqual(["third", "second"])
  expect(second.goOn?.()).toBeUndefined()
})

/** A snapshot of `bytes` as a peer has it, in parts that are sent one by one. */
function partsOf(
  peer: TestPeer,
  documentId: string,
  log: string,
  bytes: number,
): { readonly vector: VersionVector; send(count: number): void } {
  const writer = new Writer(Number.parseInt(log.slice(0, 2), 16))
  writer.type("x".repeat(bytes))
  const vector = new Map([[log, 1]])
  const erased = { ranges: new Uint8Array(), blobs: [] }
  const update = Y.encodeStateAsUpdate(writer.doc)
  const frame: FrameOf<"snapshot"> = { type: "snapshot", handle: peer.handleOf(documentId), vector, update, erased }
  const parts = [...splitFrame(encodeFrame(frame), 0, PART_BYTES)]
  return {
    vector,
    send(count) {
      for (const part of parts.splice(0, count)) peer.socket.give(encodeMessage([part]))
    },
  }
}

test("[RL147] a link that brings more than links may waits, and goes on when another is through; devices neither wait nor keep it out", async () => {
  const limits = { maxLinkInboundBytes: 100_000, maxInboundBytes: 50_000, transferStallMs: 30_000 }
  const bed = await beds.open({ limits })
  const device = await bed.device()
  for (const [index, name] of ["one", "two"].entries()) await device.open(`home/${name}`, index + 1)
  const [first, second] = [await TestPeer.link(bed, A), await TestPeer.link(bed, B)]
  const [one, two] = [partsOf(first, "home/one", A, 200_000), partsOf(second, "home/two", B, 120_000)]
  first.opened("home/one", one.vector)
  second.opened("home/two", two.vector)
  one.send(10)
  two.send(5)
  await settle()
  expect(second.socket.reading.at(-1)).toBe(false)
  // Its socket had more.
  two.send(3)
  // However long the first takes, it is not the second that stands still.
  for (let minute = 0; minute < 5; minute++) {
    one.send(1)
    await bed.clock.advance(20_000)
    one.send(1)
    await bed.clock.advance(20_000)
  }
  expect([first.closedCode, second.closedCode]).toEqual([undefined, undefined])
  device.append(new Writer(5).type("y".repeat(20_000)))
  await settle()
  expect(device.of("ack")).toHaveLength(1)
  one.send(100)
  await settle(40)
  expect((await bed.log.head("home/one")).vector.get(A)).toBe(1)
  expect(second.socket.reading.at(-1)).toBe(true)
  two.send(100)
  await settle(40)
  expect((await bed.log.head("home/two")).vector).toEqual(two.vector)
  expect([first.closedCode, second.closedCode]).toEqual([undefined, undefined])
})

test("[RL147] a link that ends while it waits gives back what it held, and one that stands still alone is closed", async () => {
  const bed = await beds.open({ limits: { maxLinkInboundBytes: 50_000, transferStallMs: 30_000 } })
  const device = await bed.device()
  await device.open(DOC)
  const [first, second, third] = [await TestPeer.link(bed, A), await TestPeer.link(bed, B), await TestPeer.link(bed, C)]
  const [one, two, three] = [partsOf(first, DOC, A, 100_000), partsOf(second, DOC, B, 100_000), partsOf(third, DOC, C, 100_000)]
  one.send(3)
  two.send(4)
  await settle()
  expect(second.socket.reading.at(-1)).toBe(false)
  second.break()
  await bed.clock.advance(70_000)
  expect(first.closedCode).toBe("heartbeat-lost")
  third.opened(DOC, three.vector)
  three.send(100)
  await settle(40)
  expect((await bed.log.head(DOC)).vector).toEqual(three.vector)
  expect(third.socket.reading.at(-1) ?? true).toBe(true)
})
