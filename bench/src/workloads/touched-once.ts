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
    later: { title: "held a minute later, MB", digits: 1 },
    cpu: { title: "CPU, ms a document", digits: 2, ratio: true },
  },
  run,
}

async function run({ start, wire, size, quick, server: name }: Run): Promise<Record<string, number>> {
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
  const resident = (await server.residentBytes()) - residentBefore
  const held = (await server.heldBytes()) - heldBefore
  const figures = { process: resident / 1e6, held: held / 1e6, cpu: cpuMs / size }
  // Only polylogue lets go later: of rooms that nobody has used for half a minute.
  if (quick || name !== "polylogue") return figures
  await new Promise((resolve) => setTimeout(resolve, 65_000))
  return { ...figures, later: ((await server.heldBytes()) - heldBefore) / 1e6 }
}
