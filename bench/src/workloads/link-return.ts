import { equal, FeedWatch } from "../feed-watch.ts"
import { Sender } from "../sender.ts"
import { conversationUpdates } from "../updates.ts"
import type { ServerProcess } from "../server-process.ts"
import type { Run, Workload } from "../workload.ts"
import { linkedPair } from "./linked-pair.ts"
import { inTurns } from "./readers.ts"

const MESSAGES = 3
const PREFIX = "bench/conv"
const AT_ONCE = 200
/** One conversation in so many goes on by so many messages: more than the 1,000 entries that a relay keeps beside a snapshot, so that the other one is sent the snapshot. */
const LONG_EVERY = 500
const LONG_MESSAGES = 1_500
/** Messages of it on their way at once. */
const LONG_WINDOW = 100

/** Two relays meet again. */
export const linkReturn: Workload = {
  name: "link-return",
  title: "Two relays meet again",
  how:
    `Two linked relays hold the same N conversations of ${MESSAGES} messages. The link is cut; every conversation gets one message more at the one, one in ${LONG_EVERY} ${LONG_MESSAGES.toLocaleString("en")} more, ` +
    "and every tenth one at the other too. What an hour's cut leaves is there: the link is given up, no document is in memory or open over the link, long conversations are compacted and beyond the window. " +
    "The hour itself does not pass: relays are told to forget after one second what they forget after thirty, and tokens do not expire. " +
    "Then the link is healed: time from when it stands until both have the same of all; the wait until it is dialled again, at most 30 s, is not in it. " +
    "`change` is the bytes of the new messages' updates, the least that has to move but for what a snapshot saves; memory is what the process has more than before the heal, at most.",
  servers: ["polylogue"],
  reference: "polylogue",
  sizes: { title: "conversations", all: [10_000], quick: [300] },
  repetitions: 2,
  measures: {
    ms: { title: "ms", digits: 0 },
    cpu: { title: "CPU of both, ms", digits: 0 },
    bytes: { title: "link, KB", digits: 0 },
    change: { title: "change, KB", digits: 0 },
    ratio: { title: "link / change", digits: 2 },
    dialled: { title: "memory dialled, MB", digits: 0 },
    dials: { title: "memory dials, MB", digits: 0 },
  },
  run,
}

async function run({ start, wire, size }: Run): Promise<Record<string, number>> {
  const { hub, edge, pipe } = await linkedPair(start)
  const updates = conversationUpdates(MESSAGES + LONG_MESSAGES)
  const others = conversationUpdates(1)
  const hubWriter = await wire.connect(hub.url)
  const conversations = await inTurns(
    size,
    async (index) => {
      const sender = new Sender(updates, LONG_WINDOW)
      const document = await hubWriter.open(`${PREFIX}/${index}`, { acked: sender.acked })
      await sender.send(document, MESSAGES)
      return { document, sender }
    },
    AT_ONCE,
  )
  const watches = [await FeedWatch.open(hub.url, PREFIX), await FeedWatch.open(edge.url, PREFIX)] as const
  await equal(...watches, size)
  pipe.cut()
  await inTurns(size, (index) => conversations[index]!.sender.send(conversations[index]!.document, MESSAGES + addedTo(index)), AT_ONCE)
  await hubWriter.close()
  const edgeWriter = await wire.connect(edge.url)
  await inTurns(Math.floor(size / 10), async (index) => {
    const sender = new Sender(others, 1)
    await sender.send(await edgeWriter.open(`${PREFIX}/${index * 10}`, { acked: sender.acked }), 1)
  })
  await edgeWriter.close()
  await Promise.all([hub.rest(), edge.rest()])
  const peaks = [await Peak.watch(hub), await Peak.watch(edge)] as const
  const cpuBefore = (await hub.cpuMs()) + (await edge.cpuMs())
  const bytesBefore = pipe.bytes
  await pipe.heal()
  const from = performance.now()
  await equal(...watches, size)
  const ms = performance.now() - from
  await Promise.all([hub.rest(), edge.rest()])
  const bytes = pipe.bytes - bytesBefore
  const change = changeOf(updates, size) + Math.floor(size / 10) * others[0]!.length
  const [dialled, dials] = await Promise.all(peaks.map((peak) => peak.end()))
  const cpu = (await hub.cpuMs()) + (await edge.cpuMs()) - cpuBefore
  await Promise.all(watches.map((watch) => watch.close()))
  pipe.close()
  return { ms, cpu, bytes: bytes / 1e3, change: change / 1e3, ratio: bytes / change, dialled: dialled!, dials: dials! }
}

/** Messages that the conversation with this index gets during the cut. */
function addedTo(index: number): number {
  return index % LONG_EVERY === 0 ? LONG_MESSAGES : 1
}

/** Bytes of `updates` that `size` conversations get during the cut. */
function changeOf(updates: readonly Uint8Array[], size: number): number {
  let bytes = 0
  const upTo = updates.slice(MESSAGES).map((update) => (bytes += update.length))
  return Array.from({ length: size }, (_, index) => upTo[addedTo(index) - 1]!).reduce((sum, each) => sum + each, 0)
}

/** Milliseconds between two looks at the memory of a process. */
const LOOK_MS = 50

/** The most memory that a process has, beyond what it had. */
class Peak {
  readonly #server: ServerProcess
  readonly #before: number
  readonly #timer: NodeJS.Timeout
  #most: number

  private constructor(server: ServerProcess, before: number) {
    this.#server = server
    this.#before = before
    this.#most = before
    this.#timer = setInterval(() => void this.#look(), LOOK_MS)
  }

  static async watch(server: ServerProcess): Promise<Peak> {
    return new Peak(server, await server.residentBytes())
  }

  /** In MB. */
  async end(): Promise<number> {
    clearInterval(this.#timer)
    await this.#look()
    return (this.#most - this.#before) / 1e6
  }

  async #look(): Promise<void> {
    this.#most = Math.max(this.#most, await this.#server.residentBytes())
  }
}
