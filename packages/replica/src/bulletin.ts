import type { DocumentId } from "@polylogue/protocol"

/** Told of documents with something new in the store, of those with news of the relay, and whether the documents wanted from it may be others. */
type Tell = (written: readonly DocumentId[], learned: readonly DocumentId[], wanting: boolean) => void

/** Collects what has changed, and tells it once at the end of the running turn. */
export class Bulletin {
  readonly #tell: Tell
  readonly #written = new Set<DocumentId>()
  readonly #learned = new Set<DocumentId>()
  #wanting = false
  #scheduled = false

  constructor(tell: Tell) {
    this.#tell = tell
  }

  /** The store holds something new of `documentId`. */
  written(documentId: DocumentId): void {
    this.#written.add(documentId)
    this.#schedule()
  }

  /** Something new is known of how `documentId` stands with the relay. */
  learned(documentId: DocumentId): void {
    this.#learned.add(documentId)
    this.#schedule()
  }

  /** The documents that are wanted from a relay may have become others. */
  wanting(): void {
    this.#wanting = true
    this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    void this.#later()
  }

  async #later(): Promise<void> {
    await Promise.resolve()
    this.#scheduled = false
    const written = [...this.#written]
    const learned = [...this.#learned]
    const wanting = this.#wanting
    this.#wanting = false
    this.#written.clear()
    this.#learned.clear()
    this.#tell(written, learned, wanting)
  }
}
