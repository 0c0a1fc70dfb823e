import { conversationDocumentId, ConversationView, documentsOf, openSegments } from "@polylogue/conversation"
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

/** A whole conversation as it stands there. */
interface HeldConversation {
  readonly conversationId: string
  readonly places: ReadonlyMap<string, StoredPlace>
  readonly documents: ReadonlyMap<number, Doc>
  readonly view: ConversationView
}

/** Reads documents of conversations from the device's store, the last ones kept as long as nothing was written to them. */
export class ConversationReader {
  readonly #store: EntryLog
  readonly #workspace: string
  readonly #held = new Map<string, HeldDocument>()
  #messages = 0
  #whole: HeldConversation | undefined
  #last: Promise<unknown> = Promise.resolve()

  constructor(store: EntryLog, workspace: string) {
    this.#store = store
    this.#workspace = workspace
  }

  /** The document as it stands now; the view is good until the next call. @throws StorageError */
  read(documentId: string): Promise<ConversationView> {
    return this.#inTurn(() => this.#read(documentId))
  }

  async #read(documentId: string): Promise<ConversationView> {
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

  /**
   * What `read` makes of a whole conversation, all its segments together. The last one stays in memory as long as nothing was written to it.
   * @throws StorageError
   */
  readWhole<Result>(conversationId: string, read: (view: ConversationView) => Result): Promise<Result> {
    return this.#inTurn(async () => {
      const held = this.#whole
      if (held?.conversationId === conversationId && !(await this.#hasMovedOn(held))) return read(held.view)
      this.#forgetWhole()
      this.#whole = await this.#openWhole(conversationId)
      return read(this.#whole.view)
    })
  }

  /** One after the other: who types asks again at every key, and what the first of them reads is there for all of them. */
  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(work)
    this.#last = turn.catch(() => undefined)
    return turn
  }

  /** How many documents the conversation has beside its first. @throws StorageError */
  async furtherSegments(conversationId: string): Promise<number> {
    const documentIds = await this.#store.documents(`${conversationDocumentId(this.#workspace, conversationId)}/`)
    return documentIds.filter((documentId) => conversationOf(this.#workspace, documentId) === conversationId).length
  }

  async #openWhole(conversationId: string): Promise<HeldConversation> {
    const places = new Map<string, StoredPlace>()
    const opened = await openSegments(async (segment) => {
      const documentId = conversationDocumentId(this.#workspace, conversationId, segment)
      const { ydoc, place } = await readStoredDocument(this.#store, documentId)
      places.set(documentId, place)
      return { ydoc }
    })
    const documents = documentsOf(opened)
    return { conversationId, places, documents, view: new ConversationView(documents) }
  }

  async #hasMovedOn({ places }: HeldConversation): Promise<boolean> {
    for (const [documentId, place] of places) if (await hasMovedOn(this.#store, documentId, place)) return true
    return false
  }

  #forgetWhole(): void {
    this.#whole?.view.destroy()
    for (const ydoc of this.#whole?.documents.values() ?? []) ydoc.destroy()
    this.#whole = undefined
  }

  /** Lets go of all documents. */
  clear(): void {
    for (const documentId of this.#held.keys()) this.#forget(documentId)
    this.#forgetWhole()
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
