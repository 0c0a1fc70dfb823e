import * as decoding from "lib0/decoding"
import { EMPTY_VECTOR } from "@polylogue/protocol"
import { Link } from "./link.ts"
import { SocketPerDocument } from "./socket-per-document.ts"
import type { Wire } from "./wire.ts"

/** A batch is a count and that many messages; who sends gets its own back, which stands for an acknowledgement. */
export const broadcasterWire: Wire = {
  connect: async (url) =>
    new SocketPerDocument(async (documentId, handlers) => {
      const link = await Link.connect(`${url}/${documentId}`, (message) => {
        const decoder = decoding.createDecoder(message)
        const count = decoding.readVarUint(decoder)
        if (handlers.update !== undefined) for (let index = 0; index < count; index++) handlers.update(decoding.readVarUint8Array(decoder))
        handlers.received?.(count)
        handlers.acked?.(count)
      })
      return {
        link,
        opened: Promise.resolve(),
        document: { send: (update) => link.send(update), vector: EMPTY_VECTOR, close: () => void link.close() },
      }
    }),
}
