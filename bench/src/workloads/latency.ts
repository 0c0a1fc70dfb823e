import { GeneratorLoad } from "../generator-load.ts"
import { quantile } from "../statistics.ts"
import { tokenUpdates } from "../updates.ts"
import { type Run, SERVERS, type Workload } from "../workload.ts"
import { joinReaders, paced } from "./readers.ts"

const READERS = 100

/** Tokens at the pace of people's models, and how long each is under way. */
export const latency: Workload = {
  name: "latency",
  title: "Streamed tokens, at a given pace",
  how:
    `One writer streams 50 tokens/s (one model) or 1,000 tokens/s (twenty at once) for 6 s, after a warm-up of 1 s, to ${READERS} readers, a socket each. ` +
    "Latency is from `send` at the writer to the message at each reader, over all tokens and readers. CPU is that of the whole server process.",
  servers: SERVERS,
  reference: "bare ws",
  sizes: { title: "tokens/s", all: [50, 1_000], quick: [50, 1_000] },
  repetitions: 2,
  measures: {
    p50: { title: "p50, ms", digits: 2 },
    p99: { title: "p99, ms", digits: 2, ratio: true },
    acked: { title: "acknowledged p50, ms", digits: 2 },
    cpu: { title: "server CPU, % of a core", digits: 1, ratio: true },
    generator: { title: "generator busy, %", digits: 0 },
  },
  run,
}

async function run({ start, wire, size, quick }: Run): Promise<Record<string, number>> {
  const server = await start()
  const warmUp = size
  const tokens = (quick ? 2 : 6) * size
  const updates = tokenUpdates(warmUp + tokens)
  const sentAt = new Float64Array(updates.length)
  const latencies: number[] = []
  const ackLatencies: number[] = []
  const counts = new Uint32Array(READERS)
  let missing = updates.length * READERS
  let acked = 0
  let done: () => void = () => undefined
  const finished = new Promise<void>((resolve) => (done = resolve))
  const devices = await joinReaders({
    url: server.url,
    wire,
    readers: READERS,
    documentId: "bench/latency",
    received(reader, count) {
      const now = performance.now()
      for (let index = 0; index < count; index++) {
        const token = counts[reader]!++
        if (token >= warmUp) latencies.push(now - sentAt[token]!)
      }
      if ((missing -= count) === 0) done()
    },
  })
  const writer = await wire.connect(server.url)
  const document = await writer.open("bench/latency", {
    acked(count) {
      for (const now = performance.now(); count > 0; count--, acked++) if (acked >= warmUp) ackLatencies.push(now - sentAt[acked]!)
    },
  })
  const send = (token: number): void => {
    sentAt[token] = performance.now()
    document.send(updates[token]!)
  }
  await paced(0, warmUp, size, send)
  const before = await server.cpuMs()
  const load = new GeneratorLoad()
  await paced(warmUp, updates.length, size, send)
  await finished
  const cpuMs = (await server.cpuMs()) - before
  const generator = load.share()
  await Promise.all([...devices, writer].map((device) => device.close()))
  return {
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    ...(ackLatencies.length > 0 ? { acked: quantile(ackLatencies, 0.5) } : {}),
    cpu: cpuMs / ((tokens / size) * 10),
    generator: generator * 100,
  }
}
