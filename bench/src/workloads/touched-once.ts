import { tokenUpdates } from "../updates.ts"
import type { Run, Workload } from "../workload.ts"
import { inTurns, touch } from "./readers.ts"

/** Documents that somebody had open for a moment. */
export const touchedOnce: Workload = {
  name: "touched-once",
  title: "Documents touched once",
  how: "N documents are opened one after the other by one device (20 at a time), get one token each, and are closed. Memory that the server has more than before when it rests: what its main thread holds after a garbage collection, and its whole process.",
  servers: ["polylogue", "hocuspocus", "y-websocket"],
  reference: "polylogue",
  sizes: { title: "documents", all: [10_000], quick: [1_000] },
  repetitions: 1,
  measures: {
    held: { title: "held, MB", digits: 1, ratio: true },
    process: { title: "process, MB", digits: 0 },
    cpu: { title: "CPU, ms a document", digits: 2, ratio: true },
  },
  run,
}

async function run({ start, wire, size, server: name }: Run): Promise<Record<string, number>> {
  const server = await start({ inspected: true })
  const [update] = tokenUpdates(1)
  const single = name === "y-websocket" ? undefined : await wire.connect(server.url)
  const heldBefore = await server.heldBytes()
  const residentBefore = await server.residentBytes()
  const cpuBefore = await server.cpuMs()
  await inTurns(
    size,
    async (index) => {
      const device = single ?? (await wire.connect(server.url))
      const document = await touch(device, `bench/touched/${index}`, update!)
      if (single === undefined) await device.close()
      else document.close()
    },
    20,
  )
  await server.rest()
  const cpuMs = (await server.cpuMs()) - cpuBefore
  return {
    process: ((await server.residentBytes()) - residentBefore) / 1e6,
    held: ((await server.heldBytes()) - heldBefore) / 1e6,
    cpu: cpuMs / size,
  }
}
