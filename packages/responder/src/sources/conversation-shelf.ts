import {
  conversationDocumentId,
  ConversationView,
  documentsOf,
  holdsMessages,
  openSegments,
  parseDocumentId,
} from "@polylogue/conversation"
import type { StoredDocument, StoredPlace } from "@polylogue/replica"
import type { IndexedPassage } from "@polylogue/retrieval"
import { leftOutBecause } from "../context/said-pieces.ts"
import { excerptOf } from "../passages/quoted-passage.ts"
import { PassageShelf, type ShelfHit, type ShelfItem } from "./passage-shelf.ts"
import { broughtUp, haveMoved, type ShelfClock, ShelfIndex, type ShelfPlaces, type ShelfReplica } from "./shelf-documents.ts"
import type { SourceShelfOptions } from "./source-shelf.ts"

/** A message that says what was sought. */
export interface FoundMessage {
  readonly conversationId: string
  /** Of the conversation; the empty string while it has none. */
  readonly title: string
  readonly messageId: string
  readonly role: string
  /** What people call its author; null where nobody said. */
  readonly author: string | null
  /** In ms since 1970 by its author's clock; null where an import does not say. */
  readonly createdAt: number | null
  /** The sentences of it that answer best. */
  readonly excerpt: string
  /** From 1: the best. */
  readonly rank: number
}

/** What a search in conversations found. */
export interface FoundMessages {
  /** Best first. */
  readonly messages: readonly FoundMessage[]
  /** Conversations that were searched, the newest of the workspace. */
  readonly searched: number
  /** Conversations of the workspace that were not. */
  readonly unsearched: number
}

/** Most conversations that are searched: those with the newest activity. */
export const MAX_SEARCHED_CONVERSATIONS = 500
/** So much of a message is searched, in UTF-16 units. */
export const MAX_SEARCHED_LENGTH = 16_000

type SaidBy = Pick<FoundMessage, "role" | "author" | "createdAt">

interface TalkInfo {
  readonly title: string
  readonly said: ReadonlyMap<string, SaidBy>
}

interface TalkItem extends ShelfItem<TalkInfo> {
  readonly place: ShelfPlaces
}

/** The conversations of a workspace, searchable: what people and models said, and is not deleted, erased or hidden. As `SourceShelf` follows sources, this follows them; nothing is read before the first search. */
export class ConversationShelf {
  readonly #replica: ShelfReplica
  readonly #clock: ShelfClock
  readonly #workspace: string
  readonly #index: ShelfIndex
  readonly #shelf: PassageShelf<TalkInfo, TalkItem>
  #ends: readonly (() => void)[] | undefined
  #beyond = 0

  constructor({ replica, clock, workspace, limits }: SourceShelfOptions) {
    this.#replica = replica
    this.#clock = clock
    this.#workspace = workspace
    this.#index = new ShelfIndex(replica, clock, workspace)
    const stock = {
      list: (): Promise<readonly string[]> => this.#list(),
      read: (id: string): Promise<TalkItem> => this.#read(id),
      hasMoved: ({ place }: TalkItem): Promise<boolean> => haveMoved(replica, place),
    }
    this.#shelf = new PassageShelf(stock, limits)
  }

  /**
   * The messages that fit `query` best, at most `limit` of them, of all conversations but `without`.
   * @throws ReplicaError, StorageError when the device cannot be read.
   */
  async search(query: string, limit: number, without?: string): Promise<FoundMessages> {
    this.#follow()
    const found = await this.#shelf.search(query, { limit, ...(without === undefined ? {} : { without }) })
    return { messages: found.hits.map(foundMessage), searched: found.searched, unsearched: found.unread + found.left + this.#beyond }
  }

  /** Follows nothing any more. Idempotent. */
  async close(): Promise<void> {
    for (const end of this.#ends ?? []) end()
    this.#ends = []
    await this.#index.close()
  }

  #follow(): void {
    if (this.#ends !== undefined) return
    const told = this.#replica.onDisk.subscribe((documentId) => {
      const name = parseDocumentId(documentId)
      if (name.kind === "conversation" && name.workspace === this.#workspace) this.#shelf.changed(name.conversationId)
    })
    this.#ends = [told, this.#replica.watch(`${this.#workspace}/conv`)]
  }

  async #list(): Promise<readonly string[]> {
    const cards = (await this.#index.read()).getCards().toSorted((left, right) => right.lastActivity - left.lastActivity)
    this.#beyond = Math.max(0, cards.length - MAX_SEARCHED_CONVERSATIONS)
    return cards.slice(0, MAX_SEARCHED_CONVERSATIONS).map(({ id }) => id)
  }

  async #read(id: string): Promise<TalkItem> {
    const places = new Map<string, StoredPlace>()
    const open = async (segment: number): Promise<StoredDocument> => {
      const documentId = conversationDocumentId(this.#workspace, id, segment)
      const stored = await this.#stored(documentId, segment === 0)
      places.set(documentId, stored.place)
      return stored
    }
    const opened = await openSegments(open)
    const view = new ConversationView(documentsOf(opened))
    try {
      return itemOf(view, places)
    } finally {
      view.destroy()
      for (const { ydoc } of opened.values()) ydoc.destroy()
    }
  }

  /** What the device has of a document; one of which it has nothing is asked for once, if it is the first of its conversation. */
  async #stored(documentId: string, isFirst: boolean): Promise<StoredDocument> {
    const stored = await this.#replica.onDisk.read(documentId)
    if (!isFirst || stored.place.head > 0 || holdsMessages(stored.ydoc)) return stored
    stored.ydoc.destroy()
    const document = await this.#replica.open(documentId)
    try {
      await broughtUp(this.#replica, this.#clock, document)
    } finally {
      await document.close()
    }
    return await this.#replica.onDisk.read(documentId)
  }
}

function itemOf(view: ConversationView, place: ShelfPlaces): TalkItem {
  const passages: IndexedPassage[] = []
  const said = new Map<string, SaidBy>()
  for (const { id, deleted } of view.getTree().nodes.values()) {
    const message = deleted ? undefined : view.getMessage(id)
    // An id from outside may be anything; the index puts line ends between names.
    if (message === undefined || leftOutBecause(message) !== null || message.text === "" || id.includes("\n")) continue
    passages.push({ chunkId: id, text: beginning(message.text) })
    said.set(id, { role: message.role, author: message.authorName, createdAt: message.createdAt })
  }
  return { info: { title: view.getTitle(), said }, passages, place }
}

function foundMessage({ item, sourceId, chunkId, rank, text, terms }: ShelfHit<TalkItem>): FoundMessage {
  const { from, to } = excerptOf(text, terms)
  const { role, author, createdAt } = item.info.said.get(chunkId) ?? { role: "unknown", author: null, createdAt: null }
  const about = { title: item.info.title, role, author, createdAt }
  return { conversationId: sourceId, messageId: chunkId, ...about, excerpt: text.slice(from, to), rank }
}

function beginning(text: string): string {
  return text.length <= MAX_SEARCHED_LENGTH ? text : text.slice(0, MAX_SEARCHED_LENGTH).replace(/[\uD800-\uDBFF]$/u, "")
}
