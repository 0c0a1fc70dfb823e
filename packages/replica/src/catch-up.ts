import type { DocumentId } from "@polylogue/protocol"
import type { Environment } from "./environment.ts"
import type { OpenDocuments } from "./open-documents.ts"
import type { OutboxIndex } from "./outbox-index.ts"

/** Reads from the store what others have written to it: other tabs, or a commit of this one that was believed to have failed. */
export class CatchUp {
  readonly #environment: Environment
  readonly #open: OpenDocuments
  readonly #index: OutboxIndex
  readonly #found: (documentId: DocumentId) => void
  #stopped = false

  /** @param found - called for each document whose outbox may hold rows that nobody here has seen. */
  constructor(environment: Environment, open: OpenDocuments, index: OutboxIndex, found: (documentId: DocumentId) => void) {
    this.#environment = environment
    this.#open = open
    this.#index = index
    this.#found = found
  }

  /** Reads `documents`. Never rejects: what cannot be read now is read at the next occasion. */
  async read(documents: readonly DocumentId[]): Promise<void> {
    for (const documentId of documents) {
      if (this.#stopped) return
      const document = this.#open.get(documentId)
      if (document !== undefined) document.readOn()
      else await this.#attempt(() => this.#index.refresh(documentId), documentId)
      this.#found(documentId)
    }
  }

  /** Reads every document that is open here or has rows that wait. */
  async readAll(): Promise<void> {
    const pending = (await this.#attempt(() => this.#environment.store.pendingDocuments(), undefined)) ?? []
    await this.read([...new Set([...this.#open.ids(), ...this.#index.documents(), ...pending])])
  }

  stop(): void {
    this.#stopped = true
  }

  async #attempt<T>(action: () => Promise<T>, documentId: DocumentId | undefined): Promise<T | undefined> {
    try {
      return await action()
    } catch (error) {
      if (!this.#stopped) this.#environment.report({ kind: "store-failed", documentId, error })
      return undefined
    }
  }
}
