import * as decoding from "lib0/decoding"
import * as encoding from "lib0/encoding"
import { EMPTY_VECTOR } from "@polylogue/protocol"
import { Link } from "./link.ts"
import type { Device, DocumentHandlers, Known, OpenDocument, Wire } from "./wire.ts"
import { EMPTY_STATE_VECTOR, STEP_1, STEP_2, UPDATE } from "./y-protocols.ts"

/** Message types of hocuspocus 3. */
const SYNC = 0
const AUTH = 2
const SYNC_REPLY = 4
const CLOSE = 7
const SYNC_STATUS = 8
const AUTH_TOKEN = 0
const AUTH_DENIED = 1

/** The protocol of hocuspocus: many documents on one socket; `SyncStatus` is its acknowledgement. */
export const hocuspocusWire: Wire = {
  async connect(url) {
    const device = new HocuspocusDevice()
    await device.dial(url)
    return device
  },
}

interface Opened {
  readonly handlers: DocumentHandlers
  readonly answered: () => void
  readonly failed: (error: Error) => void
}

class HocuspocusDevice implements Device {
  readonly #documents = new Map<string, Opened>()
  #link!: Link

  async dial(url: string): Promise<void> {
    this.#link = await Link.connect(url, (message) => this.#read(message))
  }

  async open(documentId: string, handlers: DocumentHandlers, known?: Known): Promise<OpenDocument> {
    const opened = new Promise<void>((resolve, reject) => {
      this.#documents.set(documentId, { handlers, answered: resolve, failed: reject })
    })
    this.#link.send(
      messageOf(documentId, AUTH, (encoder) => {
        encoding.writeVarUint(encoder, AUTH_TOKEN)
        encoding.writeVarString(encoder, "")
      }),
    )
    this.#link.send(syncMessage(documentId, STEP_1, known?.stateVector ?? EMPTY_STATE_VECTOR))
    await opened
    return {
      send: (update) => this.#link.send(syncMessage(documentId, UPDATE, update)),
      vector: EMPTY_VECTOR,
      close: () => this.#link.send(messageOf(documentId, CLOSE, () => undefined)),
    }
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

  close(): Promise<void> {
    return this.#link.close()
  }

  #read(message: Uint8Array): void {
    const decoder = decoding.createDecoder(message)
    const document = this.#documentOf(decoder)
    const type = decoding.readVarUint(decoder)
    if (document === undefined) return
    if (type === SYNC || type === SYNC_REPLY) {
      const step = decoding.readVarUint(decoder)
      if (step === UPDATE) document.handlers.received?.(1)
      else if (step === STEP_2) document.answered()
      if (step !== STEP_1) document.handlers.update?.(decoding.readVarUint8Array(decoder))
    } else if (type === SYNC_STATUS) {
      document.handlers.acked?.(1)
    } else if (type === AUTH && decoding.readVarUint(decoder) === AUTH_DENIED) {
      document.failed(new Error("hocuspocus refused a document"))
    }
  }

  /** The name is not decoded where there is only one document. */
  #documentOf(decoder: decoding.Decoder): Opened | undefined {
    if (this.#documents.size > 1) return this.#documents.get(decoding.readVarString(decoder))
    const length = decoding.readVarUint(decoder)
    decoder.pos += length
    for (const document of this.#documents.values()) return document
    return undefined
  }
}

function messageOf(documentId: string, type: number, write: (encoder: encoding.Encoder) => void): Uint8Array {
  return encoding.encode((encoder) => {
    encoding.writeVarString(encoder, documentId)
    encoding.writeVarUint(encoder, type)
    write(encoder)
  })
}

function syncMessage(documentId: string, step: number, bytes: Uint8Array): Uint8Array {
  return messageOf(documentId, SYNC, (encoder) => {
    encoding.writeVarUint(encoder, step)
    encoding.writeVarUint8Array(encoder, bytes)
  })
}
