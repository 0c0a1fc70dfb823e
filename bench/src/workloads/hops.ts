import * as Y from "yjs"
import { RedisProcess, redisMissing } from "../redis-process.ts"
import type { ServerProcess } from "../server-process.ts"
import { quantile } from "../statistics.ts"
import { TEXT, tokenOf, tokenUpdates } from "../updates.ts"
import type { Run, Workload } from "../workload.ts"
import { paced } from "./readers.ts"

const DOCUMENT = "bench/hops"
const TOKENS_PER_SECOND = 50
const TOKEN_LENGTH = tokenOf(0).length

/** How long a token is under way from one relay to another, and on. */
export const hops: Workload = {
  name: "hops",
  title: "Streamed tokens, over several servers",
  how:
    `One writer streams ${TOKENS_PER_SECOND} tokens/s for 8 s, after a warm-up of 1 s, at one server; one reader has the document open at another. polylogue: a chain of relays over N links, of which each ` +
    "has a token on disk before it passes it on. hocuspocus: N + 1 servers with `extension-redis`, which all hang on one Redis, so that from 1 on the way is the same whatever N; nothing is on disk. " +
    "Latency is from `send` at the writer to when the reader's Y.Doc shows the token. CPU is that of all servers, without Redis.",
  servers: ["polylogue", "hocuspocus"],
  reference: "polylogue",
  missing: (server, size) => (server === "hocuspocus" && size > 0 ? redisMissing() : undefined),
  sizes: { title: "hops", all: [0, 1, 2, 3], quick: [0, 1, 2] },
  repetitions: 2,
  measures: {
    p50: { title: "p50, ms", digits: 2, ratio: true },
    p99: { title: "p99, ms", digits: 2, ratio: true },
    cpu: { title: "servers' CPU, % of a core", digits: 1, ratio: true },
  },
  run,
}

async function run({ start, wire, server, size, quick, data }: Run): Promise<Record<string, number>> {
  const redis = server === "hocuspocus" && size > 0 ? await RedisProcess.start(data) : undefined
  try {
    const servers: ServerProcess[] = []
    for (let index = 0; index <= size; index++) {
      const before = servers.at(-1)
      const flags = redis === undefined ? (before === undefined ? [] : ["--peer", `${before.url}/sync`]) : [redis.path]
      servers.push(await start({ folder: `server-${index}`, flags }))
    }
    const warmUp = TOKENS_PER_SECOND
    const updates = tokenUpdates(warmUp + (quick ? 2 : 8) * TOKENS_PER_SECOND)
    const sentAt = new Float64Array(updates.length)
    const latencies: number[] = []
    const ydoc = new Y.Doc()
    const text = ydoc.getText(TEXT)
    let shown = 0
    let wanted = warmUp
    let reached: () => void = () => undefined
    const reader = await wire.connect(servers.at(-1)!.url)
    await reader.open(DOCUMENT, {
      // A server may bring several tokens in one update: what the reader shows is counted.
      update(update) {
        Y.applyUpdate(ydoc, update)
        for (const now = performance.now(); shown < text.length / TOKEN_LENGTH; shown++)
          if (shown >= warmUp) latencies.push(now - sentAt[shown]!)
        if (shown >= wanted) reached()
      },
    })
    const writer = await wire.connect(servers[0]!.url)
    const document = await writer.open(DOCUMENT, {})
    const send = (token: number): void => {
      sentAt[token] = performance.now()
      document.send(updates[token]!)
    }
    const shows = async (tokens: number): Promise<void> => {
      wanted = tokens
      if (shown < tokens) await new Promise<void>((resolve) => (reached = resolve))
    }
    await paced(0, warmUp, TOKENS_PER_SECOND, send)
    await shows(warmUp)
    const cpuMs = async (): Promise<number> => (await Promise.all(servers.map((each) => each.cpuMs()))).reduce((sum, ms) => sum + ms, 0)
    const before = await cpuMs()
    const from = performance.now()
    await paced(warmUp, updates.length, TOKENS_PER_SECOND, send)
    await shows(updates.length)
    const cpu = ((await cpuMs()) - before) / (performance.now() - from)
    await Promise.all([reader.close(), writer.close()])
    return { p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99), cpu: cpu * 100 }
  } finally {
    await redis?.stop()
  }
}
