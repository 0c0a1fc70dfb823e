import type { DocumentId } from "@polylogue/protocol"
import type { Environment } from "./environment.ts"
import { Listeners } from "./listeners.ts"
import { hasMovedOn, readStoredDocument, type StoredDocument, type StoredPlace } from "./stored-document.ts"

/** What the device's store holds of documents, opened or not, without opening them. */
export interface StoredDocuments {
  /** See `readStoredDocument`. @throws StorageError */
  read(documentId: DocumentId): Promise<StoredDocument>
  /** See `hasMovedOn`. @throws StorageError */
  hasMovedOn(documentId: DocumentId, place: StoredPlace): Promise<boolean>
  /**
   * What an application noted of a document on this device, with `setNote`; `undefined` for nothing. It is sent to nobody, and stays when the document is
   * emptied. @throws StorageError
   */
  note(documentId: DocumentId): Promise<Uint8Array | undefined>
  /** Notes something small of a document; the last one stays. @throws StorageError */
  setNote(documentId: DocumentId, note: Uint8Array): Promise<void>
  /** Calls `listener` soon after something was written to a document here, also by another tab or in the background. Only a hint: one may be missed. */
  subscribe(listener: (documentId: DocumentId) => void): () => void
}

const PREFIX = "note/"

/** {@link StoredDocuments} over a replica's store. */
export class DocumentsOnDisk implements StoredDocuments {
  readonly #environment: Environment
  readonly #listeners: Listeners<[DocumentId]>

  constructor(environment: Environment) {
    this.#environment = environment
    this.#listeners = new Listeners((error) => environment.report({ kind: "listener-failed", documentId: undefined, error }))
  }

  read(documentId: DocumentId): Promise<StoredDocument> {
    return readStoredDocument(this.#environment.store, documentId)
  }

  hasMovedOn(documentId: DocumentId, place: StoredPlace): Promise<boolean> {
    return hasMovedOn(this.#environment.store, documentId, place)
  }

  note(documentId: DocumentId): Promise<Uint8Array | undefined> {
    return this.#environment.store.record(PREFIX + documentId)
  }

  async setNote(documentId: DocumentId, note: Uint8Array): Promise<void> {
    await this.#environment.store.commit([{ type: "record", key: PREFIX + documentId, value: note }])
  }

  subscribe(listener: (documentId: DocumentId) => void): () => void {
    return this.#listeners.add(listener)
  }

  /** Something was written to these documents. */
  written(documents: readonly DocumentId[]): void {
    for (const documentId of documents) this.#listeners.emit(documentId)
  }
}
