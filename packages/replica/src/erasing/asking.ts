import type { BlobHash, DocumentId, RowId } from "@polylogue/protocol"
import * as Y from "yjs"
import type { Flush } from "../flush.ts"
import { erasingUpdate, type IdRange } from "./erased-ranges.ts"
import type { Erasing } from "./erasing.ts"
import type { ErasureStatus } from "./erasures.ts"

/** What is to be erased for good: what `eraseMessage` and its like of the package conversation give. */
export interface ErasureRequest {
  /** Yjs ids that the document knows; content under them goes, for everybody. Never ids of containers in which others write. */
  readonly ranges: readonly IdRange[]
  /** Blobs whose bytes go as well; they can never be uploaded again to this workspace. Default none. */
  readonly blobs?: readonly BlobHash[]
  /** Called once the ranges are deleted in `ydoc`, in the same turn: what it writes is sent behind the erasure, and refused with it. */
  readonly after?: () => void
}

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

/** @throws RangeError when `request` names nothing, or ids that `ydoc` does not know. */
function checkErasure(ydoc: Y.Doc, { ranges, blobs = [] }: ErasureRequest): void {
  if (ranges.length === 0 && blobs.length === 0) throw new RangeError("there is nothing to be erased")
  for (const { client, clock, length } of ranges) {
    const known = Y.getState(ydoc.store, client)
    const valid = Number.isSafeInteger(clock) && Number.isSafeInteger(length) && clock >= 0 && length >= 0 && clock + length <= known
    if (!valid) throw new RangeError(`ids ${clock} to ${clock + length} of ${client} are not in the document, which knows ${known}`)
  }
}
