import { type DocumentId, equalVectors, type LogId, type VersionVector } from "@polylogue/protocol"
import type { Divergence } from "../divergence.ts"
import type { Environment } from "../environment.ts"
import type { AuditCounts } from "../status.ts"
import { type AuditedSession, type AuditorHost, type AuditorPart, NO_AUDITS } from "./auditor-part.ts"
import { digestLog } from "./digest.ts"

/*
 * Equal vectors do not prove equal texts: state vector and delete set can agree while the words differ. So each document that is open in a session and
 * has been quiet for a while is compared once, after each change again:
 *
 *   touched ─ quiet for `auditQuietMs` ─▶ digest of the log ─ audit ─▶ the relay's digest at its vector ─┬─ vectors differ ─▶ when more came
 *                                                                                                     ├─ equal ─▶ counted
 *                                                                                                     └─ different ─▶ replaced, text kept aside
 *
 * One at a time, on the main thread; what is larger than `auditMaxBytes` is counted and left to the relay's own audits.
 */

/** Milliseconds between two audits: what is quiet has time, and the relay has others. */
const BETWEEN_MS = 1_000

/** See {@link AuditorPart}. */
export class Auditor implements AuditorPart {
  readonly #environment: Environment
  readonly #host: AuditorHost
  readonly #divergence: Divergence
  readonly #counted: () => void
  #session: AuditedSession | undefined
  /** When each document that is to be compared was last changed, by `clock.monotonic()`, the oldest first. */
  readonly #due = new Map<DocumentId, number>()
  /** Compared since its last change, with the relay start `#log`. */
  readonly #compared = new Set<DocumentId>()
  #log: LogId | undefined
  #asked: { readonly documentId: DocumentId; readonly vector: VersionVector; readonly digest: Uint8Array } | undefined
  #cancel: (() => void) | undefined
  #counts: AuditCounts = NO_AUDITS

  /** @param counted - called when `counts` has changed. */
  constructor(host: AuditorHost, divergence: Divergence, counted: () => void) {
    this.#environment = host.environment
    this.#host = host
    this.#divergence = divergence
    this.#counted = counted
  }

  get counts(): AuditCounts {
    return this.#counts
  }

  begin(session: AuditedSession): void {
    if (this.#log !== session.log) this.#compared.clear()
    this.#log = session.log
    this.#session = session
  }

  end(): void {
    this.#session = undefined
    this.#asked = undefined
    this.#due.clear()
    this.#cancel?.()
    this.#cancel = undefined
  }

  synced(documentId: DocumentId): void {
    if (!this.#compared.has(documentId)) this.changed(documentId)
  }

  changed(documentId: DocumentId): void {
    if (this.#session === undefined) return
    this.#compared.delete(documentId)
    this.#due.delete(documentId)
    this.#due.set(documentId, this.#environment.clock.monotonic())
    this.#schedule()
  }

  answered(documentId: DocumentId, vector: VersionVector, digest: Uint8Array): void {
    if (this.#asked?.documentId !== documentId) return
    const asked = this.#asked
    // Without a digest it answers an earlier question, at another vector; the answer to this one follows.
    if (digest.length === 0 && equalVectors(asked.vector, vector)) return
    // Where vectors differ something is under way, and what arrives makes the document due again.
    if (!equalVectors(asked.vector, vector)) this.#compared.delete(documentId)
    else if (asked.digest.every((byte, index) => byte === digest[index])) this.#count("equal")
    else {
      this.#count("different")
      this.#divergence.found(documentId, new Error("the relay has something else at the same vector"), "diverged")
    }
    this.#finished()
  }

  #schedule(): void {
    const [oldest] = this.#due.values()
    if (oldest === undefined || this.#cancel !== undefined) return
    const { clock, limits } = this.#environment
    const delayMs = Math.max(BETWEEN_MS, oldest + limits.auditQuietMs - clock.monotonic())
    this.#cancel = clock.setTimer(() => void this.#next(), delayMs)
  }

  async #next(): Promise<void> {
    const { clock, limits } = this.#environment
    const [oldest] = this.#due
    if (oldest === undefined || clock.monotonic() - oldest[1] < limits.auditQuietMs) return this.#finished()
    const [documentId] = oldest
    this.#due.delete(documentId)
    try {
      if (await this.#ask(documentId)) return
    } catch (error) {
      this.#environment.report({ kind: "store-failed", documentId, error })
    }
    this.#finished()
  }

  /** Whether an answer is waited for. */
  async #ask(documentId: DocumentId): Promise<boolean> {
    const session = this.#session
    if (session?.settled(documentId) !== true) return false
    const { flush, index } = this.#host
    if (flush.countOf(documentId) + index.countOf(documentId) > 0) {
      this.changed(documentId)
      return false
    }
    const { clock, limits, store } = this.#environment
    const own = await digestLog(store, documentId, limits.auditMaxBytes)
    if (own === undefined || this.#session !== session || !session.settled(documentId)) return false
    this.#compared.add(documentId)
    if (own === "large") {
      this.#count("skipped")
      return false
    }
    const vector = session.audit(documentId, own)
    if (vector === undefined) return false
    this.#asked = { documentId, vector, digest: own.digest }
    // A relay that does not answer is asked again at the next change.
    this.#cancel = clock.setTimer(() => this.#finished(), limits.auditQuietMs)
    return true
  }

  #finished(): void {
    this.#asked = undefined
    this.#cancel?.()
    this.#cancel = undefined
    this.#schedule()
  }

  #count(what: keyof AuditCounts): void {
    this.#counts = Object.freeze({ ...this.#counts, [what]: this.#counts[what] + 1 })
    this.#counted()
  }
}
