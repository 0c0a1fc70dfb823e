import * as Y from "yjs"
import { Sender } from "../sender.ts"
import type { ServerProcess } from "../server-process.ts"
import { TEXT, tokenOf, tokenUpdates } from "../updates.ts"
import type { Run, Workload } from "../workload.ts"
import type { Wire } from "../wires/wire.ts"

const WRITERS = 10
const TOKENS = 20_000

/** What a server said it had, and what it has after it was killed. */
export const kill: Workload = {
  name: "kill",
  title: "Killed while writing",
  how:
    `${WRITERS} writers on a document each, ten tokens on their way each, the server killed with SIGKILL after 0.3 to 1.5 s and started again on its folder, N times. ` +
    "Acknowledged: polylogue's ack, hocuspocus' SyncStatus; y-websocket has none, counted is what it had sent back. Lost is what of it the server no longer has.",
  servers: ["polylogue", "hocuspocus", "y-websocket"],
  reference: "polylogue",
  sizes: { title: "kills", all: [10], quick: [2] },
  repetitions: 1,
  measures: {
    acked: { title: "acknowledged", digits: 0 },
    lost: { title: "lost", digits: 0 },
    share: { title: "lost, %", digits: 1 },
  },
  run,
}

async function run({ start, wire, size }: Run): Promise<Record<string, number>> {
  const updates = tokenUpdates(TOKENS)
  let server = await start()
  let acked = 0
  let lost = 0
  for (let round = 0; round < size; round++) {
    // Spread over the time that a debounced store takes, the same for each server.
    const afterMs = 300 + ((round * 7) % 10) * 120
    const counts = await writeUntilKilled(server, wire, round, updates, afterMs)
    server = await server.restart()
    for (const [writer, count] of counts.entries()) {
      const has = await storedTokens(server, wire, documentOf(round, writer))
      acked += count
      lost += Math.max(0, count - has)
    }
  }
  await server.kill()
  return { acked, lost, share: (lost / acked) * 100 }
}

function documentOf(round: number, writer: number): string {
  return `bench/kill/${round}-${writer}`
}

/** How many tokens of each writer were acknowledged when the server was gone. */
async function writeUntilKilled(
  server: ServerProcess,
  wire: Wire,
  round: number,
  updates: readonly Uint8Array[],
  afterMs: number,
): Promise<number[]> {
  const senders = await Promise.all(
    Array.from({ length: WRITERS }, async (_, writer) => {
      const device = await wire.connect(server.url)
      const sender = new Sender(updates, 10)
      const document = await device.open(documentOf(round, writer), { acked: sender.acked })
      void sender.send(document)
      return sender
    }),
  )
  await new Promise((resolve) => setTimeout(resolve, afterMs))
  await server.kill()
  // What had left the server before it ended still arrives.
  await new Promise((resolve) => setTimeout(resolve, 100))
  return senders.map(({ ackedCount }) => ackedCount)
}

/** How many tokens, from the first without a gap, the server has. */
async function storedTokens(server: ServerProcess, wire: Wire, documentId: string): Promise<number> {
  const ydoc = new Y.Doc()
  const device = await wire.connect(server.url)
  await device.open(documentId, { update: (update) => Y.applyUpdate(ydoc, update) })
  // y-websocket answers before it has read its store, and sends the rest when it has.
  await new Promise((resolve) => setTimeout(resolve, 50))
  await device.close()
  const text = ydoc.getText(TEXT).toJSON()
  let count = 0
  for (let at = 0; text.startsWith(tokenOf(count), at); count++) at += tokenOf(count).length
  return count
}
