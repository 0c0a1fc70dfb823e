import type { DocumentId } from "@polylogue/protocol"
import type { DocumentHead } from "@polylogue/storage"
import { loadDocument } from "./document-loading.ts"
import type { Environment } from "./environment.ts"

/** Between two documents, in milliseconds: a page that is being used has its turns in between. */
const PAUSE_MS = 1_000

/**
 * Compacts in the store the logs of documents that nobody opens, one at a time with a pause in between: a document is compacted when it is loaded,
 * and these never are. Large documents are loaded in pages of their log, but encoded in one go.
 */
export class Tidying {
  readonly #environment: Environment
  readonly #wanted: (documentId: DocumentId) => boolean
  readonly #queue = new Set<DocumentId>()
  /** Where the log ended when it was last tried: what cannot be compacted is not tried again at every entry. */
  readonly #tried = new Map<DocumentId, number>()
  #cancel: (() => void) | undefined
  #running = false
  #ended = false

  /** @param wanted - whether somebody has the document open; its log is read then. */
  constructor(environment: Environment, wanted: (documentId: DocumentId) => boolean) {
    this.#environment = environment
    this.#wanted = wanted
  }

  /** The log of a document has grown to `head`. */
  grown(documentId: DocumentId, head: DocumentHead): void {
    const { maxItems, maxItemBytes } = this.#environment.limits
    if (head.head - head.base <= maxItems && head.itemBytes <= maxItemBytes) return
    const tried = this.#tried.get(documentId)
    if (this.#wanted(documentId) || (tried !== undefined && head.head - tried <= maxItems)) return
    this.#tried.set(documentId, head.head)
    this.#queue.add(documentId)
    this.#schedule()
  }

  end(): void {
    this.#ended = true
    this.#cancel?.()
  }

  #schedule(): void {
    if (this.#ended || this.#running || this.#cancel !== undefined || this.#queue.size === 0) return
    this.#cancel = this.#environment.clock.setTimer(() => {
      this.#cancel = undefined
      void this.#next()
    }, PAUSE_MS)
  }

  async #next(): Promise<void> {
    const [documentId] = this.#queue
    if (documentId === undefined) return
    this.#queue.delete(documentId)
    this.#running = true
    try {
      if (!this.#wanted(documentId)) await this.#compact(documentId)
    } catch (error) {
      if (!this.#ended) this.#environment.report({ kind: "store-failed", documentId, error })
    } finally {
      this.#running = false
    }
    this.#schedule()
  }

  async #compact(documentId: DocumentId): Promise<void> {
    const bad = (error: unknown): void => this.#environment.report({ kind: "bad-entry", documentId, error })
    const { ydoc } = await loadDocument(this.#environment, documentId, () => Promise.resolve([]), bad)
    ydoc.destroy()
    const { head, base } = await this.#environment.store.head(documentId)
    if (head === base) this.#tried.delete(documentId)
  }
}
