import { join } from "node:path"
import type { EntryLog } from "@polylogue/storage"
import { LevelEntryLog } from "@polylogue/storage/level"
import { countedReplica } from "../counted-replica.ts"
import { Sender } from "../sender.ts"
import { conversationUpdates } from "../updates.ts"
import type { Run, Workload } from "../workload.ts"
import { inTurns } from "./readers.ts"

const MESSAGES = 10
const PREFIX = "bench/conv"

/** The same as `bulk-return`, as a device of ours does it. */
export const deviceReturn: Workload = {
  name: "device-return",
  title: "A device of ours returns with many conversations",
  how:
    `A real replica, its store in LevelDB, watches 2,000 conversations (200 in a quick run) of ${MESSAGES} messages, is closed, and comes back when the first M of them have one message more; the relay ran on. ` +
    "Time from opening the replica until the last of the new messages is durable on the device. `change` is the bytes of the new messages' updates.",
  servers: ["polylogue"],
  reference: "polylogue",
  sizes: { title: "M changed", all: [0, 20, 2_000], quick: [20, 200] },
  repetitions: 2,
  measures: {
    ms: { title: "ms", digits: 0 },
    cpu: { title: "server CPU, ms", digits: 0 },
    received: { title: "received, KB", digits: 1 },
    sent: { title: "sent, KB", digits: 1 },
    change: { title: "change, KB", digits: 1 },
  },
  run,
}

async function run({ start, wire, size, quick, data }: Run): Promise<Record<string, number>> {
  const conversations = quick ? 200 : 2_000
  const changed = Math.min(size, conversations)
  const updates = conversationUpdates(MESSAGES + 1)
  const server = await start()
  const writer = await wire.connect(server.url)
  const documents = await inTurns(
    conversations,
    async (index) => {
      const sender = new Sender(updates, MESSAGES)
      const document = await writer.open(`${PREFIX}/${index}`, { acked: sender.acked })
      await sender.send(document, MESSAGES)
      return { document, sender }
    },
    200,
  )
  const location = join(data, "device")
  const before = countingStore(location)
  const device = await countedReplica(server.url, before.store)
  device.replica.watch(PREFIX)
  await before.reached(conversations * MESSAGES)
  // How far it came is recorded when nothing is on its way any more.
  await server.rest()
  await device.replica.close()
  await Promise.all(documents.slice(0, changed).map(({ document, sender }) => sender.send(document, MESSAGES + 1)))
  await server.rest()
  const cpuBefore = await server.cpuMs()
  const from = performance.now()
  const after = countingStore(location)
  const back = await countedReplica(server.url, after.store)
  back.replica.watch(PREFIX)
  await (changed > 0 ? after.reached(changed) : back.caughtUp)
  const ms = performance.now() - from
  await server.rest()
  const figures = {
    ms,
    cpu: (await server.cpuMs()) - cpuBefore,
    received: back.received() / 1e3,
    sent: back.sent() / 1e3,
    change: (changed * updates[MESSAGES]!.length) / 1e3,
  }
  await back.replica.close()
  return figures
}

/** A store on disk that tells when so many entries have come to rest in it. */
function countingStore(location: string): { readonly store: EntryLog; reached(entries: number): Promise<void> } {
  const store = new LevelEntryLog({ location })
  const commit = store.commit.bind(store)
  let entries = 0
  let wanted = Infinity
  let done: () => void = () => undefined
  store.commit = async (changes) => {
    const applied = await commit(changes)
    for (const { items } of applied) entries += items.length
    if (entries >= wanted) done()
    return applied
  }
  return {
    store,
    async reached(count) {
      if (entries >= count) return
      wanted = count
      await new Promise<void>((resolve) => (done = resolve))
    },
  }
}
