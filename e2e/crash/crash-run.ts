import process from "node:process"
import type { ReplicaDocument } from "@polylogue/replica"
import type { RelayProcess } from "../relay-process.ts"
import { connectTo, until } from "./connecting.ts"

/*
 * Writers write as fast as they are acknowledged, readers watch, the relay's process is killed at a random instant and started again on its folder. Then a
 * fresh replica, which only knows what the relay has, must show every word that was acknowledged, and every word that a reader had seen.
 */

const DOCUMENTS = ["crash/a", "crash/b", "crash/c"]
const WRITERS = 3

/** What one round did, in counts. */
export interface CrashRound {
  readonly acknowledged: number
  readonly seen: number
  readonly lostAcknowledged: readonly string[]
  readonly lostSeen: readonly string[]
}

/** One kill: `delayMs` after the load began. `round` makes the words unique. The relay runs before and after. */
export async function crashOnce(relay: RelayProcess, round: number, delayMs: number): Promise<CrashRound> {
  const acknowledged = new Set<string>()
  const seen = new Set<string>()
  const replicas = await Promise.all(Array.from({ length: WRITERS + 1 }, () => connectTo(relay, "crash-run")))
  const [reader, ...writers] = replicas
  for (const documentId of DOCUMENTS) watch(await reader!.open(documentId), seen)
  const load = { stopped: false }
  let stop: () => void = () => undefined
  const end = new Promise<void>((resolve) => (stop = resolve))
  const writing = writers.map(async (writer, index) => {
    const documents = await Promise.all(DOCUMENTS.map((documentId) => writer.open(documentId)))
    for (let count = 0; !load.stopped; count++) {
      const document = documents[count % documents.length]!
      const word = `${round}-${index}-${count}`
      document.ydoc.getArray<string>("words").push([word])
      await Promise.race([document.whenDurable("stored").then(() => acknowledged.add(word)), end])
    }
  })
  await new Promise((resolve) => setTimeout(resolve, delayMs))
  await relay.kill()
  load.stopped = true
  stop()
  await Promise.all(writing)
  await Promise.all(replicas.map((replica) => replica.close()))
  await relay.start()
  const stored = await readAll(relay)
  return {
    acknowledged: acknowledged.size,
    seen: seen.size,
    lostAcknowledged: [...acknowledged].filter((word) => !stored.has(word)),
    lostSeen: [...seen].filter((word) => !stored.has(word)),
  }
}

function watch(document: ReplicaDocument, seen: Set<string>): void {
  const words = document.ydoc.getArray<string>("words")
  words.observe((event) => {
    for (const { insert } of event.changes.delta) for (const word of (insert as string[] | undefined) ?? []) seen.add(word)
  })
}

async function readAll(relay: RelayProcess): Promise<Set<string>> {
  const replica = await connectTo(relay, "crash-run")
  const stored = new Set<string>()
  for (const documentId of DOCUMENTS) {
    const document = await replica.open(documentId)
    await until(document, () => document.status.synced)
    for (const word of document.ydoc.getArray<string>("words").toArray()) stored.add(word)
  }
  await replica.close()
  return stored
}

/** How many kills a run makes: POLYLOGUE_KILLS, else 5, which is what the test suite affords. */
export function killsWanted(): number {
  const wanted = Number(process.env["POLYLOGUE_KILLS"] ?? 5)
  if (!Number.isInteger(wanted) || wanted < 1) throw new RangeError("POLYLOGUE_KILLS is a whole number from 1")
  return wanted
}
