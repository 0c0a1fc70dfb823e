import * as encoding from "lib0/encoding"
import { ProtocolError } from "./errors.ts"
import { type Field, id, readUint, remaining, text } from "./field.ts"
import type { DocumentId } from "./ids.ts"

/** One document of a feed: that it changed, and to what. */
export interface DocumentChange {
  readonly documentId: DocumentId
  /** The `vectorHash` of its version vector: equal to one's own when there is nothing to fetch. */
  readonly hash: string
}

/** Fewest bytes that a change can take: a text of one byte with its length, and the hash. */
const MIN_CHANGE_BYTES = 10

/** Changed documents, in the order in which they last changed; one document stands at most once. */
export const changes: Field<readonly DocumentChange[]> = {
  shape: "varUint n, n * (document varString, hash 8 bytes)",
  write(encoder, list) {
    encoding.writeVarUint(encoder, list.length)
    for (const { documentId, hash } of list) {
      text.write(encoder, documentId)
      id.write(encoder, hash)
    }
  },
  read(decoder) {
    const count = readUint(decoder)
    if (count > remaining(decoder) / MIN_CHANGE_BYTES)
      throw new ProtocolError("truncated", `${count} changes announced, too few bytes there`)
    return Array.from({ length: count }, () => ({ documentId: text.read(decoder), hash: id.read(decoder) }))
  },
}
