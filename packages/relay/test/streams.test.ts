import { expect, test } from "vitest"
import * as Y from "yjs"
import { openTestBed, seededNumbers, settle, type TestDevice } from "./test-relay.ts"
import { textOf, Writer } from "./writer.ts"

const DOCUMENTS = 14

/** What one device has of each document, checked frame by frame. */
function checkStream(device: TestDevice, log: string, handle: number): void {
  let snapshotVector = 0
  let last = 0
  for (const frame of device.frames) {
    if (frame.type === "snapshot" && frame.handle === handle) snapshotVector = frame.vector.get(log) ?? 0
    const seqs =
      frame.type === "entries" && frame.handle === handle
        ? frame.entries.map(({ stamp }) => stamp.seq)
        : frame.type === "ack" && frame.handle === handle
          ? [frame.seq]
          : []
    for (const seq of seqs) {
      // An ack behind the snapshot that stands for its row is older than what the snapshot brought.
      if (frame.type === "ack" && seq <= snapshotVector) continue
      expect(seq).toBe(Math.max(last, snapshotVector) + 1)
      last = seq
    }
  }
}

async function run(seed: number): Promise<Record<string, number>> {
  const random = seededNumbers(seed)
  const upTo = (end: number): number => Math.floor(random() * end)
  const limits = {
    maxFrameBytes: 1500,
    maxTransfers: 1 + upTo(2),
    maxBufferedBytes: 1 + upTo(6000),
    maxCacheItems: 1 + upTo(8),
    windowItems: 1 + upTo(10),
    compactItems: 5 + upTo(20),
    heartbeatMs: 1e9,
  }
  const bed = await openTestBed({ limits })
  const devices = await Promise.all(
    Array.from({ length: 4 }, () => bed.device("", { maxFrameBytes: limits.maxFrameBytes, maxTransfers: limits.maxTransfers })),
  )
  const writers = devices.map((_, index) => Array.from({ length: DOCUMENTS + 1 }, () => new Writer(index + 1)))
  const open = (device: number): void => {
    for (let handle = 1; handle <= DOCUMENTS; handle++) {
      devices[device]!.send({ type: "open", handle, document: `home/${handle}`, generation: 0, vector: new Map() })
    }
  }
  // The last one comes late, to documents that have grown.
  for (let device = 0; device < 3; device++) open(device)
  await settle()
  for (let step = 0; step < 120; step++) {
    const device = upTo(3)
    const handle = 1 + upTo(random() < 0.5 ? 3 : DOCUMENTS)
    const large = random() < 0.05
    devices[device]!.append(writers[device]![handle]!.type(large ? "x".repeat(4000) : "words "), { handle })
    if (random() < 0.1) devices[upTo(3)]!.socket.taking = false
    if (random() < 0.1) devices[upTo(3)]!.socket.drain()
    if (random() < 0.3) devices[upTo(3)]!.socket.drainOnce()
    if (random() < 0.1) devices[upTo(3)]!.send({ type: "askState", handle })
    if (random() < 0.4) await settle(1 + upTo(3))
  }
  devices[3]!.socket.taking = false
  open(3)
  for (let step = 0; step < 60; step++) {
    for (const device of devices) device.socket.drainOnce()
    await settle(2)
  }
  for (const device of devices) device.socket.drain()
  await settle(400)
  for (let handle = 1; handle <= DOCUMENTS; handle++) {
    const whole = writers.map((documents) => Y.encodeStateAsUpdate(documents[handle]!.doc))
    for (const [index, device] of devices.entries()) {
      checkStream(device, bed.relay.log, handle)
      expect(textOf(...device.updates(handle), Y.encodeStateAsUpdate(writers[index]![handle]!.doc))).toBe(textOf(...whole))
    }
  }
  expect(devices.reduce((sum, device) => sum + device.of("ack").length, 0)).toBe(120)
  const { snapshotsSent, compactions, pagesRead } = bed.relay.stats()
  await bed.relay.close()
  return { snapshotsSent, compactions, pagesRead, states: devices.reduce((sum, device) => sum + device.of("state").length, 0) }
}

test("[RL8, RL9, I4] over slow sockets and tiny limits every document arrives whole, in the order of its log", async () => {
  const reached: Record<string, number> = {}
  for (let seed = 1; seed <= 25; seed++) {
    const counts = await run(seed).catch((error: unknown) => {
      throw new Error(`seed ${seed}`, { cause: error })
    })
    for (const [name, count] of Object.entries(counts)) reached[name] = (reached[name] ?? 0) + count
  }
  for (const count of Object.values(reached)) expect(count).toBeGreaterThan(50)
})
