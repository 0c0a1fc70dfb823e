import type { DocumentId } from "@polylogue/protocol"
import type { RestingHead } from "../head.ts"

/** Heads of the documents written last, so that an append to a document in use reads nothing. The least recently written goes first. */
export class HeadCache {
  readonly #heads = new Map<DocumentId, RestingHead>()
  readonly #maxHeads: number

  /** @param maxHeads - most heads that are held; 0 holds none. */
  constructor(maxHeads: number) {
    this.#maxHeads = maxHeads
  }

  get(documentId: DocumentId): RestingHead | undefined {
    return this.#heads.get(documentId)
  }

  set(documentId: DocumentId, head: RestingHead): void {
    this.#heads.delete(documentId)
    this.#heads.set(documentId, head)
    if (this.#heads.size <= this.#maxHeads) return
    for (const oldest of this.#heads.keys()) {
      this.#heads.delete(oldest)
      break
    }
  }
}
