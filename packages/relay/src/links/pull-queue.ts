import type { DocumentId } from "@polylogue/protocol"

/** Why a document waits, and what the other end's vector was said to be. */
export interface Wanted {
  readonly used: boolean
  readonly hash: string | undefined
}

/**
 * Documents that wait to be read over a link: those in use before the others, each in the order in which they came. Whoever asks for the next pays for what they
 * look at, not for all that waits: after a cut that is every document that changed.
 */
export class PullQueue {
  readonly #used = new Map<DocumentId, Wanted>()
  readonly #others = new Map<DocumentId, Wanted>()

  get size(): number {
    return this.#used.size + this.#others.size
  }

  get(documentId: DocumentId): Wanted | undefined {
    return this.#used.get(documentId) ?? this.#others.get(documentId)
  }

  /** Adds to what is wanted of a document: use lasts until it is deleted, and a hash until there is a later one. */
  want(documentId: DocumentId, { used, hash }: Wanted): void {
    const known = this.get(documentId)
    const wanted = { used: used || known?.used === true, hash: hash ?? known?.hash }
    if (wanted.used) this.#others.delete(documentId)
    ;(wanted.used ? this.#used : this.#others).set(documentId, wanted)
  }

  delete(documentId: DocumentId): void {
    this.#used.delete(documentId)
    this.#others.delete(documentId)
  }

  clear(): void {
    this.#used.clear()
    this.#others.clear()
  }

  /** Those that wait, the next one first; what is deleted meanwhile is left out. */
  *[Symbol.iterator](): Generator<readonly [DocumentId, Wanted]> {
    yield* this.#used
    yield* this.#others
  }
}
