import type { DocumentId } from "@polylogue/protocol"

/** Collects what has changed, and tells it once at the end of the running turn. */
export class Bulletin {
  readonly #tell: (written: readonly DocumentId[], learned: readonly DocumentId[]) => void
  readonly #written = new Set<DocumentId>()
  readonly #learned = new Set<DocumentId>()
  #scheduled = false

  constructor(tell: (written: readonly DocumentId[], learned: readonly DocumentId[]) => void) {
    this.#tell = tell
  }

  /** The store holds something new of `documentId`. */
  written(documentId: DocumentId): void {
    this.#written.add(documentId)
    this.schedule()
  }

  /** Something new is known of how `documentId` stands with the relay. */
  learned(documentId: DocumentId): void {
    this.#learned.add(documentId)
    this.schedule()
  }

  /** Tells at the end of the turn, even if no document has changed. */
  schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    void this.#later()
  }

  async #later(): Promise<void> {
    await Promise.resolve()
    this.#scheduled = false
    const written = [...this.#written]
    const learned = [...this.#learned]
    this.#written.clear()
    this.#learned.clear()
    this.#tell(written, learned)
  }
}
