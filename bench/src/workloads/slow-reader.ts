import { Sender } from "../sender.ts"
import { largeUpdates } from "../updates.ts"
import { type Run, SERVERS, type Workload } from "../workload.ts"

const UPDATE_BYTES = 64 * 1024

/** Somebody whose network has stopped. */
export const slowReader: Workload = {
  name: "slow-reader",
  title: "A reader that does not read",
  how:
    "One writer sends N MB in updates of 64 KB, each replacing the one before, with four on their way; one reader takes them, another has stopped reading its socket. " +
    "Memory more than before the traffic: the most that the process had, what it has at the end, and what its main thread holds after a garbage collection. `without` is the process' most in the same traffic without the stopped reader.",
  servers: SERVERS,
  reference: "polylogue",
  sizes: { title: "MB", all: [100], quick: [20] },
  repetitions: 1,
  measures: {
    held: { title: "held, MB", digits: 1, ratio: true },
    most: { title: "process at most, MB", digits: 0 },
    without: { title: "without, MB", digits: 0 },
    seconds: { title: "seconds", digits: 1 },
  },
  run,
}

async function run({ start, wire, size }: Run): Promise<Record<string, number>> {
  const updates = largeUpdates(Math.ceil((size * 1e6) / UPDATE_BYTES), UPDATE_BYTES)
  const without = await traffic({ start, wire }, updates, false)
  const { held, most, seconds } = await traffic({ start, wire }, updates, true)
  return { held: held / 1e6, most: most / 1e6, without: without.most / 1e6, seconds }
}

async function traffic(
  { start, wire }: Pick<Run, "start" | "wire">,
  updates: readonly Uint8Array[],
  stopped: boolean,
): Promise<{ readonly held: number; readonly most: number; readonly seconds: number }> {
  const documentId = `bench/slow/${stopped ? "stopped" : "reading"}`
  const server = await start({ inspected: true })
  const [writer, reader, sleeper] = await Promise.all(Array.from({ length: 3 }, () => wire.connect(server.url)))
  const sender = new Sender(updates, 4)
  await reader!.open(documentId, {})
  if (stopped) await sleeper!.open(documentId, {})
  if (stopped) sleeper!.pause()
  const document = await writer!.open(documentId, { acked: sender.acked })
  const heldBefore = await server.heldBytes()
  const before = await server.residentBytes()
  let most = before
  const looking = setInterval(() => void server.residentBytes().then((bytes) => (most = Math.max(most, bytes))), 20)
  const from = performance.now()
  await sender.send(document)
  const seconds = (performance.now() - from) / 1000
  clearInterval(looking)
  await server.rest()
  const held = (await server.heldBytes()) - heldBefore
  await server.kill()
  return { held, most: most - before, seconds }
}
