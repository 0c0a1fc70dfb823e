import * as decoding from "lib0/decoding"
import * as encoding from "lib0/encoding"
import { RelayError } from "./errors.ts"
import { checkStateVector } from "./yjs/state-vector.ts"

/*
 * Messages of y-websocket, of which each is one WebSocket message:
 *   varUint 0 • varUint step • varUint8Array bytes     sync: 0 a state vector asks, 1 an update answers, 2 an update
 *   varUint 1 • varUint8Array update                    awareness
 *   varUint 2 • …                                       auth, which only a server sends
 *   varUint 3                                           asks for awareness
 */

/** One message of y-websocket; `other` is one that a relay has nothing to do with. */
export type SyncMessage =
  | { readonly kind: "step1"; readonly stateVector: Uint8Array }
  | { readonly kind: "step2"; readonly update: Uint8Array }
  | { readonly kind: "update"; readonly update: Uint8Array }
  | { readonly kind: "awareness"; readonly update: Uint8Array }
  | { readonly kind: "query-awareness" }
  | { readonly kind: "other" }

const SYNC = 0
const AWARENESS = 1
const QUERY_AWARENESS = 3
const STEPS = ["step1", "step2", "update"] as const

/** Reads a message. Byte arrays are copies. @throws RelayError `bad-frame` */
export function decodeSyncMessage(message: Uint8Array): SyncMessage {
  try {
    const decoder = decoding.createDecoder(message)
    const type = decoding.readVarUint(decoder)
    if (type === QUERY_AWARENESS) return { kind: "query-awareness" }
    if (type === AWARENESS) return { kind: "awareness", update: readBytes(decoder) }
    if (type !== SYNC) return { kind: "other" }
    const step = STEPS[decoding.readVarUint(decoder)]
    if (step === undefined) return { kind: "other" }
    const bytes = readBytes(decoder)
    if (step !== "step1") return { kind: step, update: bytes }
    checkStateVector(bytes)
    return { kind: step, stateVector: bytes }
  } catch (cause) {
    throw new RelayError("bad-frame", "the bytes are no y-websocket message", { cause })
  }
}

/** A sync message. */
export function encodeSync(kind: (typeof STEPS)[number], bytes: Uint8Array): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, SYNC)
  encoding.writeVarUint(encoder, STEPS.indexOf(kind))
  encoding.writeVarUint8Array(encoder, bytes)
  return encoding.toUint8Array(encoder)
}

/** An awareness message. */
export function encodeAwarenessMessage(update: Uint8Array): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, AWARENESS)
  encoding.writeVarUint8Array(encoder, update)
  return encoding.toUint8Array(encoder)
}

function readBytes(decoder: decoding.Decoder): Uint8Array {
  const length = decoding.readVarUint(decoder)
  // lib0 would read on into the buffer behind the message.
  if (length > decoder.arr.length - decoder.pos) throw new RangeError(`${length} bytes announced`)
  return decoding.readUint8Array(decoder, length).slice()
}
