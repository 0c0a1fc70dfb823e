import * as Y from "yjs"
import type { ServerProcess } from "../server-process.ts"
import { conversationUpdates } from "../updates.ts"
import type { Run, Workload } from "../workload.ts"
import type { Known, Wire } from "../wires/wire.ts"
import { seed } from "./seed.ts"

const DOCUMENT = "bench/conv/long"

/** A long conversation, loaded by who has nothing and by who lacks ten messages. */
export const firstLoad: Workload = {
  name: "first-load",
  title: "A long conversation: first load, and return",
  how:
    "A conversation of N messages is written message by message; the server rests, ends and starts again. Then a device that has nothing opens it, and on " +
    "another fresh start one that lacks the last ten messages. Times are from opening the socket to the last byte; CPU is the server's from before the socket until it rests, on its first request since it started; memory is what its main thread holds more, and its process at most, than before.",
  servers: ["polylogue", "hocuspocus", "y-websocket"],
  reference: "polylogue",
  sizes: { title: "messages", all: [10_000], quick: [1_000] },
  repetitions: 2,
  measures: {
    firstMs: { title: "first load, ms", digits: 0, ratio: true },
    firstCpu: { title: "CPU, ms", digits: 0, ratio: true },
    firstBytes: { title: "KB", digits: 0 },
    firstHeld: { title: "held, MB", digits: 1 },
    firstResident: { title: "process, MB", digits: 0 },
    returnMs: { title: "return, ms", digits: 0, ratio: true },
    returnCpu: { title: "return CPU, ms", digits: 0, ratio: true },
    returnBytes: { title: "return, KB", digits: 1 },
  },
  run,
}

const LACKING = 10

async function run({ start, wire, size }: Run): Promise<Record<string, number>> {
  const updates = conversationUpdates(size)
  const first = await start()
  const known = await seed(first, wire, DOCUMENT, updates, LACKING)
  await first.rest()
  await first.stop()
  const fresh = await measured(await first.restart({ inspected: true }), wire, undefined)
  if (fresh.messages !== size) throw new Error(`the device got ${fresh.messages} of ${size} messages`)
  const back = await measured(await first.restart({ inspected: true }), wire, known)
  return {
    firstMs: fresh.ms,
    firstCpu: fresh.cpuMs,
    firstBytes: fresh.bytes / 1e3,
    firstHeld: fresh.heldBytes / 1e6,
    firstResident: fresh.residentBytes / 1e6,
    returnMs: back.ms,
    returnCpu: back.cpuMs,
    returnBytes: back.bytes / 1e3,
  }
}

interface Loaded {
  readonly ms: number
  readonly cpuMs: number
  readonly bytes: number
  readonly heldBytes: number
  readonly residentBytes: number
  readonly messages: number
}

async function measured(server: ServerProcess, wire: Wire, known: Known | undefined): Promise<Loaded> {
  try {
    await server.rest()
    const heldBefore = await server.heldBytes()
    await server.rest()
    const residentBefore = await server.residentBytes()
    const cpuBefore = await server.cpuMs()
    const from = performance.now()
    const device = await wire.connect(server.url)
    const updates: Uint8Array[] = []
    await device.open(DOCUMENT, { update: (update) => updates.push(update) }, known)
    await server.rest()
    const cpuMs = (await server.cpuMs()) - cpuBefore
    const residentBytes = (await server.residentBytes()) - residentBefore
    const heldBytes = (await server.heldBytes()) - heldBefore
    const loaded = { ms: device.lastReceived - from, cpuMs, bytes: device.bytesReceived, heldBytes, residentBytes }
    await device.close()
    return { ...loaded, messages: messagesOf(updates) }
  } finally {
    await server.kill()
  }
}

function messagesOf(updates: readonly Uint8Array[]): number {
  const ydoc = new Y.Doc()
  ydoc.transact(() => {
    for (const update of updates) Y.applyUpdate(ydoc, update)
  })
  return ydoc.getMap("messages").size
}
