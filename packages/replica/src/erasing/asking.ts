import type { DocumentId, RowId } from "@polylogue/protocol"
import type * as Y from "yjs"
import type { Flush } from "../flush.ts"
import { erasingUpdate } from "./erased-ranges.ts"
import type { Erasing } from "./erasing.ts"
import { checkErasure, type ErasureRequest, type ErasureStatus } from "./erasures.ts"

/** A document in which something is to be erased, as it is shown. */
export interface ErasableDocument {
  readonly documentId: DocumentId
  readonly ydoc: Y.Doc
  readonly resets: number
  /** Shows an update that is on its way to the disk. */
  readonly apply: (update: Uint8Array) => void
}

/** Asks for an erasure: in the Y.Doc at once, and in a row of its own behind all that was written. @throws as `ReplicaDocument.erase`. */
export async function askToErase(
  host: { readonly flush: Flush; readonly erasing: Erasing },
  { documentId, ydoc, resets, apply }: ErasableDocument,
  request: ErasureRequest,
): Promise<ErasureStatus> {
  // oxlint-disable-next-line no-underscore-dangle -- reason: Yjs has no other way to ask.
  if (ydoc._transaction !== null) throw new TypeError("an erasure stands behind all that was written: end the transaction first")
  checkErasure(ydoc, request)
  const { flush, erasing } = host
  const update = erasingUpdate(request.ranges)
  let row: RowId | undefined
  const written = (id: RowId): void => {
    row = id
    erasing.written(documentId)
  }
  flush.add(documentId, update, resets, { blobs: request.blobs ?? [], written })
  const durable = flush.written(documentId)
  try {
    apply(update)
    request.after?.()
  } finally {
    await durable
  }
  const mine = (await erasing.of(documentId)).find((erasure) => erasure.row === row)
  return mine ?? { row: row!, state: "pending", done: [], missing: [], confirmed: [] }
}
