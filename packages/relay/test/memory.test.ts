import { runInNewContext } from "node:vm"
import { setFlagsFromString } from "node:v8"
import { encodeFrames, type Frame, PROTOCOL_VERSION } from "@polylogue/protocol"
import { MemoryDisk, MemoryEntryLog } from "@polylogue/storage"
import { expect, test } from "vitest"
import { openTestBed, seededNumbers, settle, TestDevice } from "./test-relay.ts"
import { textOf, Writer } from "./writer.ts"

const DOCUMENTS = 10_000

function heapCollector(): () => number {
  setFlagsFromString("--expose-gc")
  const collect = runInNewContext("gc") as () => void
  return () => {
    collect()
    collect()
    return process.memoryUsage().heapUsed
  }
}

/** A disk with so many documents of one entry, whose row every device can send again. */
async function filled(count: number, row: string, update: Uint8Array): Promise<MemoryDisk> {
  const disk = new MemoryDisk()
  const log = new MemoryEntryLog({ disk })
  await log.open()
  const entry = { stamp: { log: "00000000000000aa", seq: 1 }, receivedAt: 1, principal: "anonymous", row, handOver: false, update }
  for (let index = 0; index < count; index++)
    await log.commit([{ type: "append", documentId: `home/d${index}`, items: [{ kind: "entry", entry }] }])
  await log.close()
  return disk
}

test("[RL35, RL23] after 10,000 documents were opened, written to and closed the heap is back where it was", async () => {
  const heap = heapCollector()
  const [row, update] = ["0123456789abcdef", new Writer(1).type("a word")]
  const limits = { roomIdleMs: 1_000, heartbeatMs: 1e9, maxFramesPerSecond: Infinity, maxDocumentRowsPerSecond: Infinity }
  const bed = await openTestBed({ disk: await filled(DOCUMENTS, row, update), limits })
  const device = await bed.device()
  let handle = 0
  const round = async (documents: number): Promise<number> => {
    const first = handle + 1
    for (let index = 0; index < documents; index++) {
      const frames: Frame[] = [
        { type: "open", handle: ++handle, document: `home/d${index}`, generation: 0, vector: new Map() },
        { type: "append", handle, row, handOver: false, update },
        { type: "awareness", handle, update: Uint8Array.of(1, 5, 1, 2, 123, 125) },
      ]
      device.socket.give(encodeFrames(...frames))
      if (index % 100 === 99) await settle(2)
    }
    for (let turn = 0; turn < documents && device.of("ack").length < documents; turn++) await settle(2)
    const [opened, acked] = [device.of("opened").length, device.of("ack").length]
    expect([opened, acked, bed.relay.stats().rooms]).toEqual([documents, documents, documents])
    for (let open = first; open <= handle; open++) device.send({ type: "close", handle: open, code: 1000, reason: "" })
    await settle()
    await bed.clock.advance(5_000)
    expect(bed.relay.stats().rooms).toBe(0)
    device.frames.length = 0
    device.socket.received.length = 0
    return heap()
  }
  const before = await round(500)
  const after = await round(DOCUMENTS)
  // Kept, a room with its door would be some kilobytes each.
  expect((after - before) / DOCUMENTS).toBeLessThan(200)
})

test("[RL18, RL30, I5] whatever bytes come before it is known who sends them, the relay goes on, and keeps none of them", async () => {
  const bed = await openTestBed({ limits: { maxInboundBytes: 20_000, maxHandshakes: 10, heartbeatMs: 1e9 } })
  const random = seededNumbers(31)
  const upTo = (end: number): number => Math.floor(random() * end)
  const hello = encodeFrames({ type: "hello", version: PROTOCOL_VERSION, minVersion: PROTOCOL_VERSION, agent: "test", token: "t" })
  const codes = new Set<string>()
  let welcomed = 0
  for (let attempt = 0; attempt < 600; attempt++) {
    const device = new TestDevice(bed.relay)
    for (let message = 1 + upTo(6); message > 0; message--) {
      const bytes = random() < 0.4 ? Uint8Array.from({ length: upTo(3_000) }, () => upTo(256)) : hello.slice()
      for (let fault = upTo(3); fault > 0; fault--) bytes[upTo(bytes.length)] = upTo(256)
      device.socket.give(bytes)
    }
    await settle(2)
    if (device.closedCode !== undefined) codes.add(device.closedCode)
    welcomed += device.of("welcome").length
    device.break()
    await settle(1)
  }
  expect([...codes].toSorted()).toEqual(expect.arrayContaining(["bad-frame", "frame-too-large", "unsupported-version"]))
  expect(codes.has("internal")).toBe(false)
  expect(welcomed).toBeGreaterThan(20)
  expect(bed.eventsOf("failed")).toEqual([])
  expect(bed.relay.stats()).toMatchObject({ sessions: 0, handshakes: 0 })
  // What was counted was given back: more would not fit otherwise.
  const device = await bed.device()
  await device.open("home/a")
  const writer = new Writer()
  device.append(writer.type("x".repeat(15_000)))
  await settle()
  expect(device.of("ack")).toHaveLength(1)
  const reader = await bed.device()
  await reader.open("home/a")
  expect(textOf(...reader.updates())).toBe(writer.text)
})
