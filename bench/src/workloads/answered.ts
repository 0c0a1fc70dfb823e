import { randomBytes } from "node:crypto"
import { join } from "node:path"
import { addAsk, askState, Conversation, conversationDocumentId } from "@polylogue/conversation"
import { MemoryEntryLog } from "@polylogue/storage"
import * as Y from "yjs"
import { type CountedReplica, countedReplica, until } from "../counted-replica.ts"
import { Pipe } from "../pipe.ts"
import { ResponderProcess } from "../responder-process.ts"
import { quantile } from "../statistics.ts"
import { snapshotBytes, storedBytes } from "../stored-bytes.ts"
import { StreamingProvider } from "../streaming-provider.ts"
import { TEXT, tokenOf, tokenUpdates } from "../updates.ts"
import type { Run, Workload } from "../workload.ts"
import type { Wire } from "../wires/wire.ts"

/** In the workspace in which a responder answers by itself. */
const DOCUMENT = conversationDocumentId("home", "answered")
const BARE_DOCUMENT = "bench/answered"
/** How fast a model writes. */
const TOKENS_A_SECOND = 50
/** Each another one, so that a reader who lacks one or has one twice is found out. */
const wordOf = (index: number): string => `${tokenOf(index)},`
const WORD_LENGTH = wordOf(0).length

/** What an answer costs that comes from a model by way of a responder, in bytes and in time. */
export const answered: Workload = {
  name: "answered",
  title: "An answer through a responder",
  how:
    `A real replica asks; \`polylogue respond\` answers at the relay with what a provider streams to it over HTTP, N tokens of ${WORD_LENGTH} characters at ${TOKENS_A_SECOND} a second; the replica that asked reads. ` +
    "Bytes as multiples of the text's, from before the question until the answer has ended and the relay rests. What the responder sends and receives is all that passes over its TCP connection: heads of frames, its lease, what it says of itself, and what it is told of its workspace included; " +
    "reader's wire the WebSocket messages in both directions. Stored counts keys and values of the whole store, `snapshot` is what a compaction makes of the conversation. Both include the question and the ask, of which " +
    "`asked` says how large they are in the document. Latency is from when the provider writes a token until the reader's Y.Doc shows it; `bare` is that of the same tokens in the same moments, sent one update each to a second relay and read there without a replica.",
  servers: ["polylogue"],
  reference: "polylogue",
  sizes: { title: "tokens", all: [2_000], quick: [400] },
  repetitions: 1,
  measures: {
    sends: { title: "responder sends, × text", digits: 2 },
    receives: { title: "responder receives, × text", digits: 2 },
    reader: { title: "reader's wire, × text", digits: 2 },
    stored: { title: "stored, × text", digits: 2 },
    snapshot: { title: "snapshot, × text", digits: 2 },
    asked: { title: "asked, bytes", digits: 0 },
    p50: { title: "p50, ms", digits: 0 },
    p99: { title: "p99, ms", digits: 0 },
    bareP50: { title: "bare p50, ms", digits: 1 },
    bareP99: { title: "bare p99, ms", digits: 1 },
  },
  run,
}

async function run({ start, wire, size, server: name, data }: Run): Promise<Record<string, number>> {
  const words = Array.from({ length: size }, (_, index) => wordOf(index))
  const text = words.join("")
  const sentAt = new Float64Array(size)
  const server = await start({ folder: "answered" })
  const { url } = await start({ folder: "bare" })
  const bare = await bareTokens(url, wire, sentAt)
  const provider = await StreamingProvider.start({
    tokens: words,
    perSecond: TOKENS_A_SECOND,
    sends(token) {
      sentAt[token] = performance.now()
      bare.send(token)
    },
  })
  const pipe = await Pipe.open()
  pipe.target = Number(new URL(server.url).port)
  const responder = await ResponderProcess.start({ relay: pipe.url, provider: provider.url })
  const reader = await countedReplica(server.url, new MemoryEntryLog())
  const reading = await reader.replica.open(DOCUMENT)
  await until(reading, () => reading.status.synced)
  await server.rest()
  const before = bytesOf(pipe, reader)
  const { asked, shown, latencies } = await answer(reading.ydoc, sentAt)
  if (shown !== text) throw new Error(`the reader shows ${shown.length} characters that are not the ${text.length} of the provider`)
  if (provider.asked !== 1) throw new Error(`the provider was asked ${provider.asked} times`)
  await bare.all
  await server.rest()
  const after = bytesOf(pipe, reader)
  await responder.stop()
  await Promise.all([reader.replica.close(), bare.close(), server.stop()])
  pipe.close()
  provider.close()
  const place = join(data, "answered")
  return {
    sends: (after.sends - before.sends) / text.length,
    receives: (after.receives - before.receives) / text.length,
    reader: (after.reader - before.reader) / text.length,
    stored: (await storedBytes(name, place)) / text.length,
    snapshot: (await snapshotBytes(place, DOCUMENT)) / text.length,
    asked,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    bareP50: quantile(bare.latencies, 0.5),
    bareP99: quantile(bare.latencies, 0.99),
  }
}

interface WireBytes {
  readonly sends: number
  readonly receives: number
  readonly reader: number
}

function bytesOf(pipe: Pipe, { received, sent }: CountedReplica): WireBytes {
  return { sends: pipe.bytesThere, receives: pipe.bytes - pipe.bytesThere, reader: received() + sent() }
}

interface Answered {
  /** Bytes of the document with the question and the ask alone. */
  readonly asked: number
  /** The text of the reply. */
  readonly shown: string
  /** Of each token, in milliseconds. */
  readonly latencies: readonly number[]
}

/** Asks in the document, and resolves when the answer to it has ended. */
async function answer(ydoc: Y.Doc, sentAt: Float64Array): Promise<Answered> {
  const options = {
    writer: "ana",
    author: { id: "ana", kind: "human", name: "Ana" },
    now: () => Date.now(),
    randomBytes: (length: number) => new Uint8Array(randomBytes(length)),
  } as const
  const conversation = new Conversation(ydoc, options)
  const messageId = conversation.send({ text: "Count.", parentId: null })
  const ask = addAsk(ydoc, options, { messageId })
  const asked = Y.encodeStateAsUpdate(ydoc).length
  const latencies: number[] = []
  return await new Promise((resolve, reject) => {
    ydoc.on("afterTransaction", () => {
      const now = performance.now()
      const { phase, replyId } = askState(ask, conversation)
      const shown = replyId === null ? "" : conversation.getMessage(replyId)!.text
      const tokens = Math.min(Math.floor(shown.length / WORD_LENGTH), sentAt.length)
      for (let token = latencies.length; token < tokens; token++) latencies.push(now - sentAt[token]!)
      if (phase === "done") resolve({ asked, shown, latencies })
      else if (phase === "failed" || phase === "stopped") reject(new Error(`the answer ended as ${phase}`))
    })
  })
}

/** The tokens of the answer as one update each, from one socket at a relay to another. */
interface BareTokens {
  /** Of each token that arrived, in milliseconds. */
  readonly latencies: readonly number[]
  /** Resolves when all have arrived. */
  readonly all: Promise<void>
  send(token: number): void
  close(): Promise<void>
}

async function bareTokens(url: string, wire: Wire, sentAt: Float64Array): Promise<BareTokens> {
  const updates = tokenUpdates(sentAt.length, wordOf)
  const latencies: number[] = []
  let done: () => void = () => undefined
  const all = new Promise<void>((resolve) => (done = resolve))
  const ydoc = new Y.Doc()
  const text = ydoc.getText(TEXT)
  const [writer, reader] = await Promise.all([wire.connect(url), wire.connect(url)])
  const document = await writer.open(BARE_DOCUMENT, {})
  await reader.open(BARE_DOCUMENT, {
    update(update) {
      Y.applyUpdate(ydoc, update)
      const now = performance.now()
      for (let token = latencies.length; token < text.length / WORD_LENGTH; token++) latencies.push(now - sentAt[token]!)
      if (latencies.length === sentAt.length) done()
    },
  })
  return {
    latencies,
    all,
    send: (token) => document.send(updates[token]!),
    async close() {
      await Promise.all([writer.close(), reader.close()])
    },
  }
}
