import { randomBytes } from "node:crypto"
import { AnsweringConversation } from "@polylogue/conversation"
import { MemoryEntryLog } from "@polylogue/storage"
import * as Y from "yjs"
import { countedReplica, until } from "../counted-replica.ts"
import { Sender } from "../sender.ts"
import type { ServerProcess } from "../server-process.ts"
import { snapshotBytes, storedBytes } from "../stored-bytes.ts"
import type { Run, Workload } from "../workload.ts"
import type { Wire } from "../wires/wire.ts"

const DOCUMENT = "bench/conv/answer"
/** Four tokens at a time: 80 ms of a model that writes 50 a second. */
const TOKENS_A_CHUNK = 4
/** How fast a model writes; what is merged on the way depends on it. */
const TOKENS_A_SECOND = 50
const TOKEN = " words"

/** What an answer costs in bytes. */
export const streamedAnswer: Workload = {
  name: "streamed-answer",
  title: "Bytes of a streamed answer",
  how:
    `An answer of N tokens (${TOKEN.length} characters each) is written through \`ReplyWriter\`, ${TOKENS_A_CHUNK} tokens at a time, and read by one other device; all as multiples of the text's bytes. ` +
    `polylogue: two real replicas at ${TOKENS_A_SECOND} tokens a second, who merge what is written within their window; the others get the same updates frame by frame. Wire counts WebSocket messages in both directions from when both devices are connected. ` +
    "Stored counts keys and values of the whole store when the server rests; `later`, after a new start and a load. `snapshot` is what a compaction makes of it, which stands for the document once its window of recent entries has moved on; hocuspocus stores nothing else.",
  servers: ["polylogue", "hocuspocus", "y-websocket"],
  reference: "polylogue",
  sizes: { title: "tokens", all: [2_000], quick: [400] },
  repetitions: 1,
  measures: {
    writer: { title: "writer's wire, × text", digits: 2 },
    reader: { title: "reader's wire, × text", digits: 2 },
    stored: { title: "stored, × text", digits: 2 },
    later: { title: "later, × text", digits: 2 },
    snapshot: { title: "snapshot, × text", digits: 2 },
  },
  run,
}

async function run({ start, wire, size, server: name, data }: Run): Promise<Record<string, number>> {
  const text = TOKEN.length * size
  const first = await start()
  const sent = name === "polylogue" ? await throughReplicas(first, size) : await throughFrames(first, wire, size)
  await first.rest()
  await first.stop()
  const stored = await storedBytes(name, data)
  const second = await first.restart()
  const device = await wire.connect(second.url)
  await device.open(DOCUMENT, {})
  await second.rest()
  await device.close()
  await second.rest()
  await second.stop()
  const later = await storedBytes(name, data)
  const snapshot = name === "polylogue" ? await snapshotBytes(data, DOCUMENT) : name === "hocuspocus" ? later : undefined
  return {
    writer: sent.writer / text,
    reader: sent.reader / text,
    stored: stored / text,
    later: later / text,
    ...(snapshot === undefined ? {} : { snapshot: snapshot / text }),
  }
}

interface WireBytes {
  readonly writer: number
  readonly reader: number
}

async function throughReplicas(server: ServerProcess, tokens: number): Promise<WireBytes> {
  const writer = await countedReplica(server.url, new MemoryEntryLog())
  const reader = await countedReplica(server.url, new MemoryEntryLog())
  const writing = await writer.replica.open(DOCUMENT)
  const reading = await reader.replica.open(DOCUMENT)
  await until(writing, () => writing.status.synced)
  await until(reading, () => reading.status.synced)
  const bytes = ({ received, sent }: typeof writer): number => received() + sent()
  const before = { writer: bytes(writer), reader: bytes(reader) }
  const reply = answer(writing.ydoc)
  for (let index = 0; index < tokens; index += TOKENS_A_CHUNK) {
    reply.append(TOKEN.repeat(TOKENS_A_CHUNK))
    await new Promise((resolve) => setTimeout(resolve, (1_000 * TOKENS_A_CHUNK) / TOKENS_A_SECOND))
  }
  reply.done()
  await writing.whenDurable("stored")
  const whole = Y.encodeStateVector(writing.ydoc).join()
  while (Y.encodeStateVector(reading.ydoc).join() !== whole) await new Promise((resolve) => setTimeout(resolve, 10))
  const sent = { writer: bytes(writer) - before.writer, reader: bytes(reader) - before.reader }
  await Promise.all([writer.replica.close(), reader.replica.close()])
  return sent
}

async function throughFrames(server: ServerProcess, wire: Wire, tokens: number): Promise<WireBytes> {
  const ydoc = new Y.Doc()
  const updates: Uint8Array[] = []
  ydoc.on("update", (update: Uint8Array) => updates.push(update))
  const reply = answer(ydoc)
  for (let index = 0; index < tokens; index += TOKENS_A_CHUNK) reply.append(TOKEN.repeat(TOKENS_A_CHUNK))
  reply.done()
  const [writer, reader] = await Promise.all([wire.connect(server.url), wire.connect(server.url)])
  const sender = new Sender(updates, 1)
  const document = await writer.open(DOCUMENT, { acked: sender.acked })
  await reader.open(DOCUMENT, {})
  const bytes = (device: typeof writer): number => device.bytesReceived + device.bytesSent
  const before = { writer: bytes(writer), reader: bytes(reader) }
  await sender.send(document)
  const sent = { writer: bytes(writer) - before.writer, reader: bytes(reader) - before.reader }
  await Promise.all([writer.close(), reader.close()])
  return sent
}

function answer(ydoc: Y.Doc): ReturnType<AnsweringConversation["startReply"]> {
  const conversation = new AnsweringConversation(ydoc, {
    writer: "bench",
    author: { id: "ana", kind: "person", name: "Ana" },
    now: () => Date.now(),
    randomBytes: (length) => new Uint8Array(randomBytes(length)),
  })
  return conversation.startReply({ parentId: null, author: { id: "model:bench", kind: "model" }, model: "bench-1" })
}
