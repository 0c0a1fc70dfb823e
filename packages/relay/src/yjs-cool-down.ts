import type { Clock, DocumentId } from "@polylogue/protocol"

/** Most documents remembered; beyond, the oldest is forgotten. */
const MAX_DOCUMENTS = 10_000

/**
 * Documents whose y-websocket endpoint is refused for a while after an update was: such a client knows no reject, and would connect and
 * send the same again at once.
 */
export class YjsCoolDown {
  readonly #clock: Clock
  readonly #coolDownMs: number
  readonly #until = new Map<DocumentId, number>()

  constructor(clock: Clock, coolDownMs: number) {
    this.#clock = clock
    this.#coolDownMs = coolDownMs
  }

  /** An update of `documentId` was refused. */
  begin(documentId: DocumentId): void {
    this.#until.delete(documentId)
    this.#until.set(documentId, this.#clock.monotonic() + this.#coolDownMs)
    const [oldest] = this.#until.keys()
    if (this.#until.size > MAX_DOCUMENTS && oldest !== undefined) this.#until.delete(oldest)
  }

  /** Whether `documentId` is to be refused. */
  has(documentId: DocumentId): boolean {
    const until = this.#until.get(documentId)
    if (until === undefined) return false
    if (this.#clock.monotonic() < until) return true
    this.#until.delete(documentId)
    return false
  }
}
