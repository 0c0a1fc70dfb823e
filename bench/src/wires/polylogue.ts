import { randomBytes } from "node:crypto"
import * as decoding from "lib0/decoding"
import {
  advanceVector,
  covers,
  decodeFrame,
  EMPTY_VECTOR,
  type EncodedFrame,
  encodeFrames,
  type Frame,
  type FrameOf,
  FRAMES,
  MIN_PROTOCOL_VERSION,
  PROTOCOL_VERSION,
  splitMessage,
  SUBPROTOCOL,
  unionVectors,
  type VersionVector,
} from "@polylogue/protocol"
import { Link } from "./link.ts"
import type { Device, DocumentHandlers, Known, OpenDocument, Wire } from "./wire.ts"

/** Milliseconds between signs of life. */
const BEAT_MS = 5_000

/** Our own protocol: many documents on one socket; `ack` says that the row is on disk. */
export const polylogueWire: Wire = {
  async connect(url) {
    const device = new PolylogueDevice()
    await device.dial(url)
    return device
  },
}

/** One document. Entries are only counted, unless their contents are asked for or may be the own ones. */
class PolylogueDocument implements OpenDocument {
  vector: VersionVector
  readonly handlers: DocumentHandlers
  /** Rows sent and not acknowledged. */
  readonly pending = new Set<string>()
  /** The relay's vector at `opened`, until it is covered. */
  target: VersionVector | undefined
  readonly #link: () => Link
  readonly #handle: number
  readonly #opened: () => void

  constructor(handle: number, handlers: DocumentHandlers, known: VersionVector, link: () => Link, opened: () => void) {
    this.#handle = handle
    this.handlers = handlers
    this.vector = known
    this.#link = link
    this.#opened = opened
  }

  /** Whether what arrives has to be looked at. */
  get attentive(): boolean {
    return this.pending.size > 0 || this.target !== undefined || this.handlers.update !== undefined
  }

  send(update: Uint8Array): void {
    const row = mintRow()
    this.pending.add(row)
    this.#link().send(encodeFrames({ type: "append", handle: this.#handle, row, handOver: false, update, erases: undefined }))
  }

  close(): void {
    this.#link().send(encodeFrames({ type: "close", handle: this.#handle, code: 1000, reason: "" }))
  }

  opened(vector: VersionVector): void {
    this.target = vector
    this.#checkTarget()
  }

  entries(frame: FrameOf<"entries">): void {
    let own = 0
    for (const { row, stamp, update } of frame.entries) {
      if (this.pending.delete(row)) own++
      this.vector = advanceVector(this.vector, stamp)
      this.handlers.update?.(update)
    }
    this.handlers.received?.(frame.entries.length)
    if (own > 0) this.handlers.acked?.(own)
    this.#checkTarget()
  }

  snapshot({ vector, update }: FrameOf<"snapshot">): void {
    this.vector = unionVectors(this.vector, vector)
    this.handlers.update?.(update)
    this.#checkTarget()
  }

  ack({ row, log, seq }: FrameOf<"ack">): void {
    this.vector = advanceVector(this.vector, { log, seq })
    if (this.pending.delete(row)) this.handlers.acked?.(1)
  }

  #checkTarget(): void {
    if (this.target === undefined || !covers(this.vector, this.target)) return
    this.target = undefined
    this.#opened()
  }
}

class PolylogueDevice implements Device {
  readonly #documents: (PolylogueDocument | undefined)[] = [undefined]
  readonly #transfers = new Map<number, Uint8Array[]>()
  readonly #failures: ((error: Error) => void)[] = []
  #link!: Link
  #beat: NodeJS.Timeout | undefined
  #welcomed: () => void = () => undefined

  async dial(url: string): Promise<void> {
    this.#link = await Link.connect(`${url}/sync`, (message) => this.#read(message), [SUBPROTOCOL])
    const welcomed = new Promise<void>((resolve) => (this.#welcomed = resolve))
    this.#link.onClosed((code, reason) => this.#fail(`the relay closed with ${code} ${reason}`))
    this.#link.send(encodeFrames({ type: "hello", version: PROTOCOL_VERSION, minVersion: MIN_PROTOCOL_VERSION, agent: "bench", token: "" }))
    await welcomed
    this.#beat = setInterval(() => this.#link.send(encodeFrames({ type: "ping", nonce: 0 })), BEAT_MS).unref()
  }

  async open(documentId: string, handlers: DocumentHandlers, known?: Known): Promise<OpenDocument> {
    const handle = this.#documents.length
    const vector = known?.vector ?? EMPTY_VECTOR
    let document: PolylogueDocument | undefined
    await new Promise<void>((resolve, reject) => {
      this.#failures[handle] = reject
      document = new PolylogueDocument(handle, handlers, vector, () => this.#link, resolve)
      this.#documents.push(document)
      this.#link.send(encodeFrames({ type: "open", handle, document: documentId, generation: 0, vector }))
    })
    return document!
  }

  get bytesReceived(): number {
    return this.#link.bytesReceived
  }

  get bytesSent(): number {
    return this.#link.bytesSent
  }

  get lastReceived(): number {
    return this.#link.lastReceived
  }

  pause(): void {
    this.#link.pause()
  }

  async close(): Promise<void> {
    clearInterval(this.#beat)
    await this.#link.close()
  }

  #fail(why: string): void {
    clearInterval(this.#beat)
    for (const failed of this.#failures) failed?.(new Error(why))
  }

  #read(message: Uint8Array): void {
    for (const frame of splitMessage(message)) this.#readFrame(frame)
  }

  #readFrame(frame: EncodedFrame): void {
    if (frame.number === FRAMES.entries.number) {
      const decoder = decoding.createDecoder(frame.payload)
      const document = this.#documents[decoding.readVarUint(decoder)]
      if (document !== undefined && !document.attentive) {
        document.handlers.received?.(decoding.readVarUint(decoder))
        return
      }
    }
    const decoded = decodeFrame(frame)
    if (decoded !== undefined) this.#handle(decoded)
  }

  #handle(frame: Frame): void {
    switch (frame.type) {
      case "welcome":
        return this.#welcomed()
      case "opened":
        return this.#documents[frame.handle]?.opened(frame.vector)
      case "entries":
        return this.#documents[frame.handle]?.entries(frame)
      case "snapshot":
        return this.#documents[frame.handle]?.snapshot(frame)
      case "ack":
        return this.#documents[frame.handle]?.ack(frame)
      case "part":
        return this.#part(frame)
      case "reject":
        throw new Error(`the relay rejected a row with ${frame.code} ${frame.reason}`)
      case "close":
        return this.#failures[frame.handle]?.(new Error(`the relay closed a document with ${frame.code} ${frame.reason}`))
      default:
        return
    }
  }

  #part({ transfer, total, offset, bytes }: FrameOf<"part">): void {
    const parts = this.#transfers.get(transfer) ?? []
    parts.push(bytes)
    this.#transfers.set(transfer, parts)
    if (offset + bytes.length < total) return
    this.#transfers.delete(transfer)
    this.#read(Buffer.concat(parts))
  }
}

const SOURCE = randomBytes(4).toString("hex")
let rows = 0

function mintRow(): string {
  return SOURCE + (rows++).toString(16).padStart(8, "0")
}
