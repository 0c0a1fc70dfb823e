import type { DocumentId } from "@polylogue/protocol"
import { Backoff } from "./backoff.ts"
import type { OpenDocuments } from "./open-documents.ts"
import type { OpenDocument } from "./replica-document.ts"
import { followReset, keepUnwritten, type ReplacingHost } from "./replacing.ts"

/** Follows resets by other tabs, until each is done: what is in memory of such a document cannot be written before. */
export class ResetFollower {
  readonly #host: ReplacingHost
  readonly #open: OpenDocuments
  readonly #following = new Map<DocumentId, Backoff>()
  #stopped = false

  constructor(host: ReplacingHost, open: OpenDocuments) {
    this.#host = host
    this.#open = open
  }

  /** Another tab has emptied the document. */
  follow(documentId: DocumentId): void {
    if (!this.#stopped && !this.#following.has(documentId)) void this.#follow(documentId)
  }

  /** Begins nothing more, and gives up what has failed and waits to be tried again. */
  stop(): void {
    this.#stopped = true
    for (const backoff of this.#following.values()) backoff.wake()
  }

  /**
   * The last act, after the flush has stopped: what it could not write, because another tab has emptied the documents meanwhile, is kept aside.
   * `open` are those that were open. Never rejects.
   */
  async keepUnwritten(open: ReadonlyMap<DocumentId, OpenDocument>): Promise<void> {
    for (const documentId of this.#host.flush.outdated()) {
      try {
        await keepUnwritten(this.#host, documentId, open.get(documentId))
      } catch (error) {
        this.#host.environment.report({ kind: "store-failed", documentId, error })
      }
    }
  }

  async #follow(documentId: DocumentId): Promise<void> {
    const { environment } = this.#host
    const backoff = new Backoff({ ...environment, ...environment.limits })
    this.#following.set(documentId, backoff)
    while (!this.#stopped) {
      try {
        await followReset(this.#host, documentId, this.#open.get(documentId))
        break
      } catch (error) {
        environment.report({ kind: "store-failed", documentId, error })
        if (!this.#stopped) await backoff.wait()
      }
    }
    this.#following.delete(documentId)
  }
}
