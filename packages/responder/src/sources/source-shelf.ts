import { passageHash, sourceCards, sourceDocumentId, SourceView } from "@polylogue/conversation"
import type { StoredDocument } from "@polylogue/replica"
import type * as Y from "yjs"
import { broughtUp, haveMoved, type ShelfClock, ShelfIndex, type ShelfPlaces, type ShelfReplica } from "./shelf-documents.ts"
import { PassageShelf, type ShelfHit, type ShelfItem, type ShelfLimits } from "./passage-shelf.ts"
import { type SourcePassage, sourcePassages } from "./source-passages.ts"

/** A passage of a source that answers a question. */
export interface FoundPassage {
  readonly sourceId: string
  /** What the source is called; the empty string for a text without a title that was no file. */
  readonly title: string
  readonly chunkId: string
  /** As `Passage.hash`. */
  readonly hash: string
  readonly page?: number
  /** In UTF-16 units of the source's text. */
  readonly start: number
  readonly end: number
  readonly text: string
  /** From 1: the best. */
  readonly rank: number
  readonly score: number
  /** The words of the question that it shares, in the forms in which they are compared. */
  readonly terms: readonly string[]
  /** The source's text as it was when the passage was found, for anchors; nobody writes into it. */
  readonly words: Y.Text
}

/** What a search in sources found. */
export interface FoundPassages {
  /** Best first. */
  readonly passages: readonly FoundPassage[]
  /** Sources that were searched. */
  readonly searched: number
  /** Sources of the workspace that were not, for they could not be read now or there was no room for them. */
  readonly unsearched: number
}

/** How a shelf is opened. */
export interface SourceShelfOptions {
  readonly replica: ShelfReplica
  readonly clock: ShelfClock
  readonly workspace: string
  readonly limits?: Partial<ShelfLimits>
}

interface SourceInfo {
  readonly title: string
  readonly words: Y.Text
}

interface SourceItem extends ShelfItem<SourceInfo> {
  readonly passages: readonly SourcePassage[]
  readonly place: ShelfPlaces
}

/** The sources of a workspace, searchable. It follows what is added, changed and erased, and holds a bounded part of it. Nothing is read before the first search. */
export class SourceShelf {
  readonly #replica: ShelfReplica
  readonly #clock: ShelfClock
  readonly #workspace: string
  readonly #index: ShelfIndex
  readonly #shelf: PassageShelf<SourceInfo, SourceItem>
  #ends: readonly (() => void)[] | undefined

  constructor({ replica, clock, workspace, limits }: SourceShelfOptions) {
    this.#replica = replica
    this.#clock = clock
    this.#workspace = workspace
    this.#index = new ShelfIndex(replica, clock, workspace)
    const stock = {
      list: (): Promise<readonly string[]> => this.#list(),
      read: (id: string): Promise<SourceItem | undefined> => this.#read(id),
      hasMoved: ({ place }: SourceItem): Promise<boolean> => haveMoved(replica, place),
    }
    this.#shelf = new PassageShelf(stock, limits)
  }

  /**
   * The passages that answer `question` best, at most `limit` of them: of the words that the sources have now.
   * @throws ReplicaError, StorageError when the device cannot be read.
   */
  async search(question: string, limit: number): Promise<FoundPassages> {
    this.#follow()
    const { hits, searched, unread, left } = await this.#shelf.search(question, { limit })
    return { passages: hits.flatMap((hit) => foundPassage(hit)), searched, unsearched: unread + left }
  }

  /** Follows nothing any more. Idempotent. */
  async close(): Promise<void> {
    for (const end of this.#ends ?? []) end()
    this.#ends = []
    await this.#index.close()
  }

  /** Keeps the sources fresh on the device from now on. */
  #follow(): void {
    if (this.#ends !== undefined) return
    const prefix = `${this.#workspace}/source`
    const told = this.#replica.onDisk.subscribe((documentId) => {
      if (documentId.startsWith(`${prefix}/`)) this.#shelf.changed(documentId.slice(prefix.length + 1))
    })
    this.#ends = [told, this.#replica.watch(prefix)]
  }

  async #list(): Promise<readonly string[]> {
    return sourceCards(await this.#index.read())
      .getCards()
      .map(({ id }) => id)
  }

  async #read(id: string): Promise<SourceItem | undefined> {
    const documentId = sourceDocumentId(this.#workspace, id)
    let stored = await this.#replica.onDisk.read(documentId)
    if (isAbsent(stored)) {
      await this.#fetch(documentId)
      stored = await this.#replica.onDisk.read(documentId)
    }
    return itemOf(documentId, stored)
  }

  /** Brings a source that is on the list and not on the device yet. One that this device may not read stays away. */
  async #fetch(documentId: string): Promise<void> {
    const document = await this.#replica.open(documentId)
    try {
      await broughtUp(this.#replica, this.#clock, document)
    } finally {
      await document.close()
    }
  }
}

function isAbsent({ ydoc }: StoredDocument): boolean {
  const view = new SourceView(ydoc)
  const state = view.getState()
  view.destroy()
  return state === "absent"
}

/** What a source says; undefined when nothing of it is here. Its Y.Doc lives as long as somebody has a passage of it: nothing listens to it, so there is nothing to end. */
function itemOf(documentId: string, { ydoc, place }: StoredDocument): SourceItem | undefined {
  const view = new SourceView(ydoc)
  try {
    const state = view.getState()
    if (state === "absent") return undefined
    const { title } = view.getMeta()
    const passages = state === "here" ? sourcePassages(view) : []
    return { info: { title, words: view.text }, passages, place: new Map([[documentId, place]]) }
  } finally {
    view.destroy()
  }
}

function foundPassage({ item, sourceId, chunkId, text, rank, score, terms }: ShelfHit<SourceItem>): readonly FoundPassage[] {
  const passage = item.passages.find((known) => known.chunkId === chunkId)
  if (passage === undefined) return []
  const { start, end, page } = passage
  const place = { start, end, ...(page === undefined ? {} : { page }) }
  return [{ sourceId, ...item.info, chunkId, hash: passageHash(text), ...place, text, rank, score, terms }]
}
