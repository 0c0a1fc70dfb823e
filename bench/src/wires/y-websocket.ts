import * as decoding from "lib0/decoding"
import * as encoding from "lib0/encoding"
import { EMPTY_VECTOR } from "@polylogue/protocol"
import { Link } from "./link.ts"
import { SocketPerDocument } from "./socket-per-document.ts"
import type { DocumentHandlers, Wire } from "./wire.ts"
import { EMPTY_STATE_VECTOR, MESSAGE_SYNC, STEP_1, STEP_2, UPDATE } from "./y-protocols.ts"

/**
 * y-protocols over one socket a document. There is no acknowledgement: the server sends an update back to who sent it too, which is the
 * most that a client can take for one.
 */
export const yWebsocketWire: Wire = {
  connect: async (url) =>
    new SocketPerDocument(async (documentId, handlers, known) => {
      let answered: () => void = () => undefined
      const opened = new Promise<void>((resolve) => (answered = resolve))
      const link = await Link.connect(`${url}/${documentId}`, (message) => read(message, handlers, answered))
      link.send(syncMessage(STEP_1, known?.stateVector ?? EMPTY_STATE_VECTOR))
      const document = {
        send: (update: Uint8Array) => link.send(syncMessage(UPDATE, update)),
        vector: EMPTY_VECTOR,
        close: () => void link.close(),
      }
      return { link, opened, document }
    }),
}

function read(message: Uint8Array, handlers: DocumentHandlers, answered: () => void): void {
  if (message[0] !== MESSAGE_SYNC) return
  if (message[1] === UPDATE) {
    handlers.received?.(1)
    handlers.acked?.(1)
  } else if (message[1] === STEP_2) {
    answered()
  }
  if (message[1] !== STEP_1 && handlers.update !== undefined) {
    const decoder = decoding.createDecoder(message)
    decoder.pos = 2
    handlers.update(decoding.readVarUint8Array(decoder))
  }
}

function syncMessage(step: number, bytes: Uint8Array): Uint8Array {
  return encoding.encode((encoder) => {
    encoding.writeVarUint(encoder, MESSAGE_SYNC)
    encoding.writeVarUint(encoder, step)
    encoding.writeVarUint8Array(encoder, bytes)
  })
}
