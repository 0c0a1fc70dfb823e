import { ConversationView } from "@polylogue/conversation"
import { hasMovedOn, readStoredDocument, type StoredPlace } from "@polylogue/replica"
import type { EntryLog } from "@polylogue/storage"
import type { Doc } from "yjs"
import { conversationOf } from "./conversation-documents.ts"

/** Documents that stay in memory after they were read, and messages in them. */
const MAX_DOCUMENTS = 32
const MAX_MESSAGES = 20_000

/** A document as it stands in the device's store. */
interface HeldDocument {
  readonly place: StoredPlace
  readonly ydoc: Doc
  readonly view: ConversationView
  readonly messages: number
}

/** Reads documents of conversations from the device's store, the last ones kept as long as nothing was written to them. */
export class ConversationReader {
  readonly #store: EntryLog
  readonly #workspace: string
  readonly #held = new Map<string, HeldDocument>()
  #messages = 0

  constructor(store: EntryLog, workspace: string) {
    this.#store = store
    this.#workspace = workspace
  }

  /** The document as it stands now; the view is good until the next call. @throws StorageError */
  async read(documentId: string): Promise<ConversationView> {
    const known = this.#held.get(documentId)
    if (known !== undefined && !(await hasMovedOn(this.#store, documentId, known.place))) {
      this.#held.delete(documentId)
      this.#held.set(documentId, known)
      return known.view
    }
    this.#forget(documentId)
    const { ydoc, place } = await readStoredDocument(this.#store, documentId)
    const view = new ConversationView(ydoc)
    const messages = view.getTree().nodes.size
    this.#held.set(documentId, { place, ydoc, view, messages })
    this.#messages += messages
    for (const other of this.#held.keys()) {
      if (other === documentId || (this.#held.size <= MAX_DOCUMENTS && this.#messages <= MAX_MESSAGES)) break
      this.#forget(other)
    }
    return view
  }

  /** What `read` makes of a whole conversation, read for it alone. @throws StorageError */
  async readWhole<Result>(conversationId: string, read: (view: ConversationView) => Result): Promise<Result> {
    const [documentId = ""] = await this.#documentsOf(conversationId)
    return read(await this.read(documentId))
  }

  /** The ids of the documents with messages of a conversation, its first segment first. @throws StorageError */
  async #documentsOf(conversationId: string): Promise<readonly string[]> {
    const first = `${this.#workspace}/conv/${conversationId}`
    const below = await this.#store.documents(`${first}/`)
    const segments = below.filter((documentId) => conversationOf(this.#workspace, documentId) === conversationId)
    return [first, ...segments.sort((left, right) => segmentNumber(left) - segmentNumber(right))]
  }

  /** Lets go of all documents. */
  clear(): void {
    for (const documentId of this.#held.keys()) this.#forget(documentId)
  }

  #forget(documentId: string): void {
    const held = this.#held.get(documentId)
    if (held === undefined) return
    held.view.destroy()
    held.ydoc.destroy()
    this.#messages -= held.messages
    this.#held.delete(documentId)
  }
}

function segmentNumber(documentId: string): number {
  return Number(/\/s(\d+)$/.exec(documentId)?.[1] ?? 0)
}
