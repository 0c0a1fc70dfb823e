import type { Clock, DocumentId } from "@polylogue/protocol"

/** Most pairs of document and principal remembered; beyond, the oldest is forgotten. */
const MAX_REMEMBERED = 10_000

/**
 * Documents whose y-websocket endpoint is refused to a principal for a while after an update of theirs was: such a client knows no reject, and would
 * connect and send the same again at once. Others go on: who may only read must not keep those out who may write.
 */
export class YjsCoolDown {
  readonly #clock: Clock
  readonly #coolDownMs: number
  readonly #until = new Map<string, number>()

  constructor(clock: Clock, coolDownMs: number) {
    this.#clock = clock
    this.#coolDownMs = coolDownMs
  }

  /** An update of `documentId` by `principal` was refused. */
  begin(documentId: DocumentId, principal: string): void {
    const key = keyOf(documentId, principal)
    this.#until.delete(key)
    this.#until.set(key, this.#clock.monotonic() + this.#coolDownMs)
    const [oldest] = this.#until.keys()
    if (this.#until.size > MAX_REMEMBERED && oldest !== undefined) this.#until.delete(oldest)
  }

  /** Whether `documentId` is to be refused to `principal`. */
  has(documentId: DocumentId, principal: string): boolean {
    const key = keyOf(documentId, principal)
    const until = this.#until.get(key)
    if (until === undefined) return false
    if (this.#clock.monotonic() < until) return true
    this.#until.delete(key)
    return false
  }
}

/** No document id has a space in it. */
function keyOf(documentId: DocumentId, principal: string): string {
  return `${documentId} ${principal}`
}
