import type { DocumentHead } from "@polylogue/storage"

/** Bytes of a document as it is stored. */
export function bytesOfDocument({ itemBytes, snapshotBytes }: DocumentHead): number {
  return itemBytes + snapshotBytes
}
