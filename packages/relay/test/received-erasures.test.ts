import type { VersionVector } from "@polylogue/protocol"
import type { NewLogItem } from "@polylogue/storage"
import { afterEach, expect, test } from "vitest"
import * as Y from "yjs"
import { IdRanges } from "../src/yjs/id-ranges.ts"
import { erasureOf, restingIn } from "./erasing.ts"
import { ForeignLog, LinkableBeds, TestPeer } from "./test-peer.ts"
import { openTestBed, settle, type TestBed, type TestDevice } from "./test-relay.ts"
import { gate, WatchedLog } from "./watched-log.ts"
import { textOf, Writer } from "./writer.ts"

const DOC = "home/conv/1"
const SECRET = "SECRET-0123456789"
const BLOB = "ab".repeat(32)
const [A, B] = ["aa".repeat(8), "bb".repeat(8)] as const
const beds = new LinkableBeds()

afterEach(async () => {
  await beds.close()
})

interface Linked {
  readonly bed: TestBed
  readonly device: TestDevice
  readonly peer: TestPeer
}

async function openLinked(options: Parameters<typeof openTestBed>[0] = {}): Promise<Linked> {
  const bed = await beds.open(options)
  const device = await bed.device()
  await device.open(DOC)
  const peer = await TestPeer.link(bed, A)
  peer.opened(DOC)
  await settle()
  return { bed, device, peer }
}

/** A document of client 7 that says "before SECRET after", and the erasure of the secret. */
function secret(length = SECRET.length): {
  readonly writer: Writer
  readonly erasure: Uint8Array
  readonly items: readonly Uint8Array[]
  readonly words: string
} {
  const writer = new Writer(7)
  const words = SECRET.repeat(Math.ceil(length / SECRET.length)).slice(0, length)
  return { writer, words, items: ["before ", words, " after"].map((text) => writer.type(text)), erasure: erasureOf(7, 7, length) }
}

function rangesOf(client: number, clock: number, length: number): Uint8Array {
  const ranges = new IdRanges()
  ranges.add(client, clock, length)
  return ranges.encode()
}

/** As a relay has it that has carried out nothing: its snapshot brings the words. */
function wholeOf(
  updates: readonly Uint8Array[],
  vector: VersionVector,
  more: { readonly erased?: { ranges: Uint8Array; blobs: readonly string[] } } = {},
): NewLogItem {
  const doc = new Y.Doc()
  for (const update of updates) Y.applyUpdate(doc, update)
  return { kind: "snapshot", snapshot: { vector, update: Y.encodeStateAsUpdate(doc), ...more } }
}

// 400 KB are checked and redacted in the worker.
test.each([SECRET.length, 400_000])(
  "[RL78, I10] what was erased here is in nothing that is taken from another relay, entry or snapshot (%i characters)",
  async (length) => {
    for (const brought of ["entries", "snapshot"] as const) {
      const { bed, device, peer } = await openLinked()
      const { items, erasure, words } = secret(length)
      // The erasure is here before the words are: one who has read both relays brings it.
      const [first, second] = [new ForeignLog(A), new ForeignLog(B)]
      const [before, middle, after] = items.map((update) => first.entry(update))
      device.append(items[0]!)
      device.append(items[1]!)
      await settle()
      const row = device.mintRow()
      device.send({ type: "append", handle: 1, row, handOver: false, update: erasure, erases: [] })
      await settle(60)
      expect(bed.relay.stats().erasuresCarriedOut).toBe(1)
      if (brought === "entries") peer.show(DOC, before!, middle!, after!, second.entry(new Writer(8).type("more ")))
      else peer.show(DOC, wholeOf(items, new Map([[A, 3]])), second.entry(new Writer(8).type("more ")))
      await settle(60)
      expect(bed.relay.stats()).toMatchObject({ itemsRefused: 0, erasuresCarriedOut: 1 })
      expect(peer.heardOf(DOC)).toEqual(
        new Map([
          [A, 3],
          [B, 1],
        ]),
      )
      expect((await restingIn(bed.disk)).includes(words.slice(0, 17))).toBe(false)
      const late = await bed.device()
      await late.open(DOC)
      await settle(60)
      const text = textOf(...late.updates())
      expect(["before ", " after", "more "].every((part) => text.includes(part))).toBe(true)
      expect(text.includes(SECRET)).toBe(false)
    }
  },
)

test("[RL79, I10] an erasure that another relay has is carried out here like an own one, with its blobs, and sessions are told", async () => {
  const erasedBlobs: string[] = []
  const blobs = { erase: async (_document: string, hashes: readonly string[]) => void erasedBlobs.push(...hashes) }
  const { bed, device, peer } = await openLinked({ blobs })
  const { items, erasure } = secret()
  const log = new ForeignLog(A)
  peer.show(DOC, ...items.map((update) => log.entry(update)))
  await settle()
  expect(await restingIn(bed.disk)).toContain(SECRET)
  peer.show(DOC, log.entry(erasure, { erases: [BLOB] }))
  await settle(60)
  expect(await restingIn(bed.disk)).not.toContain(SECRET)
  expect(erasedBlobs).toEqual([BLOB])
  expect(bed.relay.erasuresPending()).toEqual([])
  expect(device.of("erased").at(-1)?.vector).toEqual(new Map([[A, 4]]))
  expect((await bed.log.snapshot(DOC))?.erased).toEqual({ ranges: rangesOf(7, 7, SECRET.length), blobs: [BLOB] })
  // A relay that has not heard of it yet took the same words from a device under a stamp of its own.
  peer.show(DOC, new ForeignLog(B).entry(items[1]!))
  await settle()
  expect(peer.heardOf(DOC).get(B)).toBe(1)
  expect(await restingIn(bed.disk)).not.toContain(SECRET)
})

test("[RL79, I10] so is what a snapshot says to be erased, once: one that says nothing new is not carried out again", async () => {
  const { bed, device, peer } = await openLinked()
  const { items } = secret()
  for (const update of items) device.append(update)
  await settle()
  const erased = { ranges: rangesOf(7, 7, SECRET.length), blobs: [BLOB] }
  const doc = new Y.Doc()
  for (const update of items) Y.applyUpdate(doc, update)
  doc.getText("t").delete(7, SECRET.length)
  const update = Y.encodeStateAsUpdate(doc)
  peer.show(DOC, { kind: "snapshot", snapshot: { vector: new Map([[A, 5]]), update, erased } })
  await settle(60)
  expect(bed.relay.stats().erasuresCarriedOut).toBe(1)
  expect(await restingIn(bed.disk)).not.toContain(SECRET)
  expect(bed.relay.erasuresPending()).toEqual([])
  const more = new Writer(9).type("more ")
  Y.applyUpdate(doc, more)
  for (const [seq, again] of [
    [6, erased],
    [7, { ranges: new Uint8Array(), blobs: [] }],
    [8, undefined],
  ] as const) {
    const snapshot = { vector: new Map([[A, seq]]), update: Y.encodeStateAsUpdate(doc), ...(again !== undefined && { erased: again }) }
    peer.show(DOC, { kind: "snapshot", snapshot })
    await settle(60)
  }
  expect(peer.heardOf(DOC)).toEqual(new Map([[A, 8]]))
  expect([bed.relay.stats().erasuresCarriedOut, bed.relay.erasuresPending()]).toEqual([1, []])
  // More of it: another blob.
  const snapshot = { vector: new Map([[A, 9]]), update, erased: { ranges: erased.ranges, blobs: ["cd".repeat(32)] } }
  peer.show(DOC, { kind: "snapshot", snapshot })
  await settle(60)
  expect([bed.relay.stats().erasuresCarriedOut, bed.relay.erasuresPending()]).toEqual([2, []])
  expect((await bed.log.snapshot(DOC))?.erased).toEqual({ ranges: erased.ranges, blobs: [BLOB, "cd".repeat(32)].toSorted() })
})

test("[RL79] an erasure that comes is remembered no later than it is durable: a relay that dies in between carries it out at its next start", async () => {
  const log = new WatchedLog()
  const { bed, peer } = await openLinked({ log })
  const { items, erasure } = secret()
  const foreign = new ForeignLog(A)
  peer.show(DOC, ...items.map((update) => foreign.entry(update)))
  await settle()
  // The process ends once the erasure is durable, before anything is done about it.
  const held = gate()
  let dead = false
  log.beforeCommit = () => (dead ? held.passed : undefined)
  log.afterCommit = (changes) => {
    if (changes.some((change) => change.type === "append")) dead = true
  }
  peer.show(DOC, foreign.entry(erasure, { erases: [] }))
  await settle(60)
  expect(await restingIn(log.disk)).toContain(SECRET)
  const again = await beds.open({ disk: log.disk })
  await settle(60)
  expect(await restingIn(log.disk)).not.toContain(SECRET)
  expect(again.relay.erasuresPending()).toEqual([])
  held.open()
  expect(bed.relay.stats().itemsReceived).toBe(4)
})
