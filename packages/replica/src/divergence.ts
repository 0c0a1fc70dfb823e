import type { DocumentId } from "@polylogue/protocol"
import type { Environment } from "./environment.ts"
import type { Session } from "./session.ts"

/** Has copies replaced that cannot be right: their text is kept aside, and the relay's is shown. */
export class Divergence {
  readonly #environment: Environment
  readonly #session: () => Session | undefined
  readonly #replaced = new Set<DocumentId>()

  constructor(environment: Environment, session: () => Session | undefined) {
    this.#environment = environment
    this.#session = session
  }

  /** A part of the copy of `documentId` does not apply (`bad-entry`), or it is not what the relay has (`diverged`). */
  found(documentId: DocumentId, error: unknown, kind: "bad-entry" | "diverged" = "bad-entry"): void {
    this.#environment.report({ kind, documentId, error })
    const session = this.#session()
    // Once: what the relay sends again would not apply better the second time, and the first copy is kept.
    if (this.#replaced.has(documentId) || session === undefined) return
    this.#replaced.add(documentId)
    void session.replace(documentId, undefined)
  }
}
