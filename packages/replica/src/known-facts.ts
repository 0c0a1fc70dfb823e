import type { DocumentId } from "@polylogue/protocol"
import { NO_FACTS, type SyncFacts } from "./document.ts"

/** What the tab that holds the socket has said of documents, open here or not. */
export class KnownFacts {
  readonly #facts = new Map<DocumentId, SyncFacts>()

  get(documentId: DocumentId): SyncFacts {
    return this.#facts.get(documentId) ?? NO_FACTS
  }

  set(documentId: DocumentId, facts: SyncFacts): void {
    this.#facts.set(documentId, facts)
  }

  /** The connection is gone: nothing is in step with the relay any more. */
  cutOff(): void {
    for (const [documentId, known] of this.#facts) this.#facts.set(documentId, { ...known, synced: false })
  }

  of(documents: readonly DocumentId[]): readonly (readonly [DocumentId, SyncFacts])[] {
    return documents.map((documentId) => [documentId, this.get(documentId)] as const)
  }
}
