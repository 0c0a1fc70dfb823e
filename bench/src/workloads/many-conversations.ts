import { GeneratorLoad } from "../generator-load.ts"
import { quantile } from "../statistics.ts"
import { tokenUpdates } from "../updates.ts"
import { type Run, SERVERS, type Workload } from "../workload.ts"
import { inTurns } from "./readers.ts"

const SECONDS = 4
/** More than anybody gets acknowledged in the time. */
const MOST_TOKENS = 4_000

/** A thousand people at once, each in a conversation of their own. */
export const manyConversations: Workload = {
  name: "many-conversations",
  title: "Many conversations at once",
  how:
    `N writers, a socket and a document each, every one sending its next token when the last was acknowledged, for ${SECONDS} s after a warm-up of 1 s. ` +
    "polylogue acknowledges what is on disk, hocuspocus what is in memory; y-websocket and bare ws have no acknowledgement, their writers wait for their own token to come back.",
  servers: SERVERS,
  reference: "bare ws",
  sizes: { title: "writers", all: [1_000], quick: [200] },
  repetitions: 3,
  measures: {
    acked: { title: "acknowledged/s", digits: 0, ratio: true },
    p50: { title: "p50, ms", digits: 1 },
    p99: { title: "p99, ms", digits: 1 },
    cpu: { title: "server CPU, µs each", digits: 1 },
    resident: { title: "memory, MB", digits: 0 },
    generator: { title: "generator busy, %", digits: 0 },
  },
  run,
}

async function run({ start, wire, size, quick }: Run): Promise<Record<string, number>> {
  const server = await start()
  const updates = tokenUpdates(MOST_TOKENS)
  const seconds = quick ? 1 : SECONDS
  const latencies: number[] = []
  let measuring = false
  let stopped = false
  const devices = await inTurns(size, async (writer) => {
    const device = await wire.connect(server.url)
    let sentAt = 0
    let next = 0
    const send = (): void => {
      sentAt = performance.now()
      document.send(updates[next++]!)
    }
    const acked = (): void => {
      if (measuring) latencies.push(performance.now() - sentAt)
      if (!stopped && next < updates.length) send()
    }
    const document = await device.open(`bench/conv/${writer}`, { acked })
    return { device, send }
  })
  for (const { send } of devices) send()
  await pause(1)
  const before = await server.cpuMs()
  const load = new GeneratorLoad()
  measuring = true
  await pause(seconds)
  measuring = false
  const generator = load.share()
  const cpuMs = (await server.cpuMs()) - before
  const resident = await server.residentBytes()
  stopped = true
  await Promise.all(devices.map(({ device }) => device.close()))
  return {
    acked: latencies.length / seconds,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    cpu: (cpuMs * 1000) / latencies.length,
    resident: resident / 1e6,
    generator: generator * 100,
  }
}

async function pause(seconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
}
