import { setTimeout as delay } from "node:timers/promises"
import { equal, FeedWatch } from "../feed-watch.ts"
import { tokenUpdates } from "../updates.ts"
import type { Run, Workload } from "../workload.ts"
import { linkedPair } from "./linked-pair.ts"
import { inTurns, touch } from "./readers.ts"

const PREFIX = "bench/idle"
const TOUCHED_AT_ONCE = 100

/** What a link costs that has nothing to say. */
export const linkIdle: Workload = {
  name: "link-idle",
  title: "An idle link",
  how:
    "Two relays that are linked and hold the same N documents, which nobody has open. Bytes of TCP payload in both directions, and processor time of both, over a minute (ten seconds in a quick run) after " +
    "they have come to rest.",
  servers: ["polylogue"],
  reference: "polylogue",
  sizes: { title: "documents", all: [1, 10_000], quick: [1, 200] },
  repetitions: 1,
  measures: {
    bytes: { title: "bytes a minute", digits: 0 },
    cpu: { title: "CPU of both, ms a minute", digits: 0 },
  },
  run,
}

async function run({ start, wire, size, quick }: Run): Promise<Record<string, number>> {
  const { hub, edge, pipe } = await linkedPair(start)
  const [update] = tokenUpdates(1)
  const writer = await wire.connect(hub.url)
  await inTurns(size, async (index) => (await touch(writer, `${PREFIX}/${index}`, update!)).close(), TOUCHED_AT_ONCE)
  await writer.close()
  const watches = [await FeedWatch.open(hub.url, PREFIX), await FeedWatch.open(edge.url, PREFIX)] as const
  await equal(...watches, size)
  await Promise.all(watches.map((watch) => watch.close()))
  // Rooms that leave memory, what is told of them, records of how far feeds were taken in: all of that has its own time.
  await delay(5_000)
  await Promise.all([hub.rest(), edge.rest()])
  const cpuBefore = (await hub.cpuMs()) + (await edge.cpuMs())
  const bytesBefore = pipe.bytes
  const seconds = quick ? 10 : 60
  await delay(seconds * 1000)
  const figures = {
    bytes: ((pipe.bytes - bytesBefore) * 60) / seconds,
    cpu: (((await hub.cpuMs()) + (await edge.cpuMs()) - cpuBefore) * 60) / seconds,
  }
  pipe.close()
  return figures
}
