import type { ServerProcess } from "../server-process.ts"
import { tokenUpdates } from "../updates.ts"
import { type Run, SERVERS, type Workload } from "../workload.ts"
import { inTurns, touch } from "./readers.ts"

const DOCUMENTS_AT_ONCE = 100

/** What stands around costs memory. */
export const idle: Workload = {
  name: "idle",
  title: "Memory of what is idle",
  how:
    "N sockets on one document; then, after a new start, N documents with one token each, opened by who only reads, on one socket where the protocol can (polylogue, hocuspocus), else on a socket each, whose cost is taken off. " +
    "What the main thread holds after a garbage collection, divided by N. `process` is the resident memory with N documents open.",
  servers: SERVERS,
  reference: "polylogue",
  sizes: { title: "N", all: [2_000], quick: [300] },
  repetitions: 1,
  measures: {
    socket: { title: "KB a socket", digits: 1, ratio: true },
    document: { title: "KB an open document", digits: 2, ratio: true },
    process: { title: "process, MB", digits: 0 },
  },
  run,
}

async function run({ start, wire, size, server: name }: Run): Promise<Record<string, number>> {
  const first = await start({ inspected: true })
  const sockets = await held(first, async () => {
    await inTurns(size, async () => (await wire.connect(first.url)).open("bench/idle", {}))
  })
  await first.kill()
  if (name === "bare ws") return { socket: sockets / size / 1e3 }
  const [update] = tokenUpdates(1)
  const second = await start()
  const writer = await wire.connect(second.url)
  await inTurns(size, (index) => touch(writer, `bench/idle/${index}`, update!), DOCUMENTS_AT_ONCE)
  await writer.close()
  await second.rest()
  await second.stop()
  const third = await second.restart({ inspected: true })
  const reader = await wire.connect(third.url)
  const documents = await held(third, async () => {
    await inTurns(size, (index) => reader.open(`bench/idle/${index}`, {}), DOCUMENTS_AT_ONCE)
  })
  const onSockets = name === "y-websocket" ? sockets : 0
  const figures = {
    socket: sockets / size / 1e3,
    document: (documents - onSockets) / size / 1e3,
    process: (await third.residentBytes()) / 1e6,
  }
  await third.kill()
  return figures
}

async function held(server: ServerProcess, load: () => Promise<void>): Promise<number> {
  const before = await server.heldBytes()
  await load()
  await server.rest()
  return (await server.heldBytes()) - before
}
