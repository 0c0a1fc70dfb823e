import {
  advanceVector,
  type DocumentId,
  EMPTY_VECTOR,
  encodeFrames,
  type Frame,
  FrameReader,
  type LogId,
  MIN_PROTOCOL_VERSION,
  PROTOCOL_VERSION,
  SUBPROTOCOL,
  unionVectors,
  type VersionVector,
} from "@polylogue/protocol"
import { WebSocket } from "ws"

/** Milliseconds until a probe that lost its relay dials again. */
const AGAIN_MS = 50
/** Relays cut what they send smaller than this. */
const READER_LIMITS = { maxFrameBytes: 1024 * 1024, maxTransferBytes: 256 * 1024 * 1024, maxTransfers: 64 }

/** Bytes of the update under each stamp (`log:seq`) of each document: what probes of one fleet find out together. */
export type EntrySizes = Map<DocumentId, Map<string, number>>

/** Somebody who only listens at one relay, frame by frame: what it shows, and when. Dials again whenever the relay is gone. */
export class RelayProbe {
  readonly #url: string
  readonly #documents: readonly DocumentId[]
  readonly #sizes: EntrySizes
  readonly #vectors = new Map<DocumentId, VersionVector>()
  #socket: WebSocket | undefined
  #timer: NodeJS.Timeout | undefined
  #log: LogId | undefined
  #connected = false
  #over = false

  /** @param url - dialled once {@link open} is called */
  constructor(url: string, documents: readonly DocumentId[], sizes: EntrySizes) {
    this.#url = url
    this.#documents = documents
    this.#sizes = sizes
  }

  open(): void {
    const reader = new FrameReader(READER_LIMITS)
    const socket = new WebSocket(this.#url, [SUBPROTOCOL], { perMessageDeflate: false })
    let beat: NodeJS.Timeout | undefined
    const send = (frame: Frame): void => socket.send(encodeFrames(frame))
    this.#socket = socket
    const opened = new Set<number>()
    socket.on("open", () => send({ type: "hello", version: PROTOCOL_VERSION, minVersion: MIN_PROTOCOL_VERSION, agent: "probe", token: "" }))
    socket.on("message", (data: Buffer) => {
      for (const frame of reader.read(new Uint8Array(data))) {
        if (frame.type === "welcome") {
          this.#log = frame.log
          beat = setInterval(() => send({ type: "ping", nonce: 0 }), frame.heartbeatMs / 2)
          for (const [index, document] of this.#documents.entries())
            send({ type: "open", handle: index + 1, document, generation: 0, vector: EMPTY_VECTOR, resume: undefined })
        } else if (frame.type === "opened") {
          opened.add(frame.handle)
          this.#connected = opened.size === this.#documents.length
        }
        this.#read(frame)
      }
    })
    socket.on("error", () => undefined)
    socket.on("close", () => {
      clearInterval(beat)
      this.#connected = false
      if (!this.#over) this.#timer = setTimeout(() => this.open(), AGAIN_MS)
    })
  }

  /** Whether the relay answers and has said what it has. */
  get connected(): boolean {
    return this.#connected
  }

  /** The log of the relay's present start, or of the one before when it does not answer. */
  get log(): LogId | undefined {
    return this.#log
  }

  /** What the relay has of a document as far as it has shown; of one that does not answer, what it had when it last did. */
  vector(documentId: DocumentId): VersionVector {
    return this.#vectors.get(documentId) ?? EMPTY_VECTOR
  }

  /** The disk of the relay is gone. */
  forget(): void {
    this.#vectors.clear()
  }

  close(): void {
    this.#over = true
    clearTimeout(this.#timer)
    this.#socket?.terminate()
  }

  #read(frame: Frame): void {
    if (frame.type !== "opened" && frame.type !== "entries" && frame.type !== "snapshot") return
    const documentId = this.#documents[frame.handle - 1]!
    let vector = this.vector(documentId)
    if (frame.type === "entries") {
      const sizes = this.#sizes.get(documentId) ?? new Map<string, number>()
      this.#sizes.set(documentId, sizes)
      for (const { stamp, update } of frame.entries) {
        sizes.set(`${stamp.log}:${stamp.seq}`, update.length)
        vector = advanceVector(vector, stamp)
      }
    } else if (frame.type === "opened") {
      vector = frame.vector
    } else {
      vector = unionVectors(vector, frame.vector)
    }
    this.#vectors.set(documentId, vector)
  }
}
