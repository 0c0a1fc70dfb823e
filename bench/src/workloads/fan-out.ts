import { GeneratorLoad } from "../generator-load.ts"
import { tokenUpdates } from "../updates.ts"
import { type Run, SERVERS, type Workload } from "../workload.ts"
import { joinReaders } from "./readers.ts"

/** Tokens on their way to the slowest reader. */
const WINDOW = 256
const DELIVERIES = 500_000

/** Tokens of one writer to many readers, as fast as the slowest reader takes them. */
export const fanOut: Workload = {
  name: "fan-out",
  title: "Streamed tokens, as many as go",
  how:
    `One writer streams tokens (one update each, some 25 bytes) to N readers, a socket each, with ${WINDOW} tokens on their way to the slowest reader; ` +
    "500,000 deliveries, but 1,000 to 20,000 tokens, after a warm-up with half as many (2,000 at most). Delivered counts token times reader.",
  servers: SERVERS,
  reference: "bare ws",
  sizes: { title: "readers", all: [1, 10, 100, 500], quick: [10, 100] },
  repetitions: 3,
  measures: {
    delivered: { title: "delivered/s", digits: 0, ratio: true },
    cpu: { title: "server CPU, µs per delivered", digits: 2 },
    generator: { title: "generator busy, %", digits: 0 },
  },
  run,
}

async function run({ start, wire, size, quick }: Run): Promise<Record<string, number>> {
  const server = await start()
  const tokens = Math.min(20_000, Math.max(1_000, DELIVERIES / size)) / (quick ? 5 : 1)
  const warmUp = Math.min(2_000, tokens / 2)
  const updates = tokenUpdates(warmUp + tokens)
  const stream = await streamTo(server.url, wire, size, updates)
  await stream.to(warmUp)
  const before = await server.cpuMs()
  const load = new GeneratorLoad()
  const from = performance.now()
  await stream.to(warmUp + tokens)
  const seconds = (performance.now() - from) / 1000
  const generator = load.share()
  const cpuMs = (await server.cpuMs()) - before
  await stream.close()
  return { delivered: (tokens * size) / seconds, cpu: (cpuMs * 1000) / (tokens * size), generator: generator * 100 }
}

/** Moves tokens to all readers, with a window that the slowest reader moves. */
async function streamTo(
  url: string,
  wire: Run["wire"],
  readers: number,
  updates: readonly Uint8Array[],
): Promise<{ to(count: number): Promise<void>; close(): Promise<void> }> {
  const counts = new Uint32Array(readers)
  const step = WINDOW / 2
  let floor = 0
  let below = readers
  let sent = 0
  let target = 0
  let done: () => void = () => undefined
  const fill = (): void => {
    while (sent < target && sent - floor < WINDOW) writing.send(updates[sent++]!)
  }
  const received = (reader: number, count: number): void => {
    const before = counts[reader]!
    counts[reader] = before + count
    // The floor is the step that all have passed; only who passes it looks at the others.
    const next = Math.min(floor + step, target)
    if (before >= next || before + count < next || --below > 0) return
    floor = next
    below = counts.reduce((sum, each) => sum + (each < Math.min(floor + step, target) ? 1 : 0), 0)
    while (below === 0 && floor < target) {
      floor = Math.min(floor + step, target)
      below = counts.reduce((sum, each) => sum + (each < Math.min(floor + step, target) ? 1 : 0), 0)
    }
    if (floor >= target) done()
    else fill()
  }
  const devices = await joinReaders({ url, wire, readers, documentId: "bench/fan-out", received })
  const writer = await wire.connect(url)
  const writing = await writer.open("bench/fan-out", {})
  return {
    async to(count) {
      target = count
      below = readers
      const finished = new Promise<void>((resolve) => (done = resolve))
      fill()
      await finished
    },
    async close() {
      await Promise.all([...devices, writer].map((device) => device.close()))
    },
  }
}
