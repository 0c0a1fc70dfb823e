import { type DocumentId, isDocumentId } from "@polylogue/protocol"
import { loadDocument } from "./document-loading.ts"
import { ReplicaError } from "./errors.ts"
import { type DocumentHost, OpenDocument } from "./replica-document.ts"

/** The documents that this tab has open, each once however often it was asked for. */
export class OpenDocuments {
  readonly #host: DocumentHost
  readonly #opened: (document: OpenDocument) => void
  readonly #loading = new Map<DocumentId, Promise<OpenDocument>>()
  readonly #open = new Map<DocumentId, OpenDocument>()
  #closed = false

  /** @param opened - told of each document that has just been loaded, before its caller is. */
  constructor(host: DocumentHost, opened: (document: OpenDocument) => void) {
    this.#host = host
    this.#opened = opened
  }

  get(documentId: DocumentId): OpenDocument | undefined {
    return this.#open.get(documentId)
  }

  ids(): readonly DocumentId[] {
    return [...this.#open.keys()]
  }

  all(): Iterable<OpenDocument> {
    return this.#open.values()
  }

  /** @throws ReplicaError `bad-document-id`, `closed`, `storage`. */
  async open(documentId: DocumentId): Promise<OpenDocument> {
    if (!isDocumentId(documentId)) throw new ReplicaError("bad-document-id", `${JSON.stringify(documentId)} is no document id`)
    this.checkOpen()
    const open = this.#open.get(documentId)
    if (open !== undefined) return open.use()
    const loading = this.#loading.get(documentId)
    if (loading !== undefined) return (await loading).use()
    const load = this.#load(documentId)
    this.#loading.set(documentId, load)
    try {
      return await load
    } finally {
      this.#loading.delete(documentId)
    }
  }

  /** Ends `document` if nobody uses it; false when somebody does again. */
  release(document: OpenDocument): boolean {
    if (!document.unused || this.#open.get(document.documentId) !== document) return false
    this.#open.delete(document.documentId)
    document.destroy()
    // Nobody follows the document's log any more, so nobody could say truly what became of its rows.
    this.#host.index.fail(document.documentId, new ReplicaError("closed", `${document.documentId} was closed`))
    return true
  }

  /** Ends all documents; none opens any more. */
  close(): void {
    this.#closed = true
    for (const document of this.#open.values()) document.destroy()
    this.#open.clear()
  }

  /** @throws ReplicaError `closed`. */
  checkOpen(): void {
    if (this.#closed) throw new ReplicaError("closed", "the replica is closed")
  }

  async #load(documentId: DocumentId): Promise<OpenDocument> {
    let document: OpenDocument
    try {
      const { environment, index } = this.#host
      const readRows = () => index.refresh(documentId)
      const loaded = await loadDocument(environment, documentId, readRows, (error) => this.#host.diverged(documentId, error))
      document = new OpenDocument(this.#host, documentId, loaded)
    } catch (error) {
      this.checkOpen()
      throw new ReplicaError("storage", `${documentId} cannot be read from the device's store`, { cause: error })
    }
    this.checkOpen()
    this.#open.set(documentId, document)
    this.#opened(document)
    return document
  }
}
