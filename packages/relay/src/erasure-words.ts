import type { DocumentId, Frame, VersionVector } from "@polylogue/protocol"
import type { ErasureReport } from "./links/erasure-reports.ts"

/**
 * What a session has still to be told of a document's erasures: which relays have carried them out, and then that its own has. However much is said meanwhile, what
 * waits is one list, shared by the sessions of the document.
 */
export class ErasureWords {
  #reports: readonly ErasureReport[] = []
  #next = 0
  #carriedOut: VersionVector | undefined

  /** Takes the place of the list that waits, unless it is empty. */
  take(reports: readonly ErasureReport[], carriedOut: VersionVector | undefined): void {
    if (reports.length > 0) {
      this.#reports = reports
      this.#next = 0
    }
    this.#carriedOut = carriedOut ?? this.#carriedOut
  }

  get waiting(): boolean {
    return this.#next < this.#reports.length || this.#carriedOut !== undefined
  }

  /** The next frame; `undefined` when nothing waits. */
  next(handle: number, document: DocumentId): Frame | undefined {
    const report = this.#reports[this.#next]
    if (report !== undefined) {
      this.#next++
      return { type: "erasedBy", document, ...report }
    }
    const vector = this.#carriedOut
    this.#carriedOut = undefined
    this.#reports = []
    this.#next = 0
    return vector && { type: "erased", handle, vector }
  }
}
