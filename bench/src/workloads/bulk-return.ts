import { conversationUpdates, stateOf } from "../updates.ts"
import { Sender } from "../sender.ts"
import type { Run, Workload } from "../workload.ts"
import type { Known } from "../wires/wire.ts"
import { inTurns } from "./readers.ts"

const MESSAGES = 10

/** A device comes back after a day, with all of its conversations a little behind. */
export const bulkReturn: Workload = {
  name: "bulk-return",
  title: "A device returns with many conversations",
  how: `N conversations of ${MESSAGES} messages, which a device has; then one message more in each. The server ends and starts again, and the device asks for all of them at once, on one socket where the protocol can (polylogue, hocuspocus), else 50 sockets at a time. Time from opening the socket to the last byte. \`change\` is the bytes of the new messages' updates, the least that has to move.`,
  servers: ["polylogue", "hocuspocus", "y-websocket"],
  reference: "polylogue",
  sizes: { title: "conversations", all: [2_000], quick: [200] },
  repetitions: 2,
  measures: {
    ms: { title: "ms", digits: 0, ratio: true },
    cpu: { title: "server CPU, ms", digits: 0, ratio: true },
    received: { title: "received, KB", digits: 0 },
    sent: { title: "sent, KB", digits: 0 },
    change: { title: "change, KB", digits: 0 },
    resident: { title: "memory, MB", digits: 0 },
  },
  run,
}

async function run({ start, wire, size, server: name }: Run): Promise<Record<string, number>> {
  const updates = conversationUpdates(MESSAGES + 1)
  const { stateVector } = stateOf(updates.slice(0, MESSAGES))
  const first = await start()
  const oneSocket = name !== "y-websocket"
  const single = oneSocket ? await wire.connect(first.url) : undefined
  const known = await inTurns(size, async (index): Promise<Known> => {
    const device = single ?? (await wire.connect(first.url))
    const sender = new Sender(updates, MESSAGES)
    const document = await device.open(`bench/conv/${index}`, { acked: sender.acked })
    await sender.send(document, MESSAGES)
    const { vector } = document
    await sender.send(document, MESSAGES + 1)
    if (single === undefined) await device.close()
    return { stateVector, vector }
  })
  await single?.close()
  await first.rest()
  await first.stop()
  const server = await first.restart()
  await server.rest()
  const before = await server.cpuMs()
  const from = performance.now()
  const device = await wire.connect(server.url)
  await inTurns(size, (index) => device.open(`bench/conv/${index}`, {}, known[index]), oneSocket ? size : 50)
  await server.rest()
  const figures = {
    ms: device.lastReceived - from,
    cpu: (await server.cpuMs()) - before,
    received: device.bytesReceived / 1e3,
    sent: device.bytesSent / 1e3,
    change: (updates[MESSAGES]!.length * size) / 1e3,
    resident: (await server.residentBytes()) / 1e6,
  }
  await server.kill()
  return figures
}
