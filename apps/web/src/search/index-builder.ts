import { ConversationView } from "@polylogue/conversation"
import { hasMovedOn, readStoredDocument, type StoredPlace } from "@polylogue/replica"
import type { EntryLog } from "@polylogue/storage"
import { conversationOf } from "./conversation-documents.ts"
import { EMPTY_INDEX, type IndexedDocument, type IndexState, type IndexStore, type ShardEntry } from "./index-store.ts"
import { type IndexedMessage, indexedMessages } from "./indexed-message.ts"
import type { ShardRecord } from "./shard.ts"
import { ShardWriter } from "./shard-writer.ts"

/*
 * Keeps the index up to date with the device's store.
 *
 *   feed after the cursor ──┐
 *   outboxes with new rows ─┴─▶ documents that moved on ─▶ read ─▶ batch ─▶ shards concerned ─▶ one commit, cursor included
 *
 * A round ends where the feed ends. Whatever cuts it off, the next one goes on behind the last commit.
 */

/** A shard with as many messages takes no further document. */
export const SHARD_MESSAGES = 4_096
/** So many messages, or so much text in UTF-16 units, are read before they are written. */
const BATCH_MESSAGES = 4_096
const BATCH_LENGTH = 8 * 1024 * 1024
const FEED_PAGE = 256

/** What a builder works with. */
export interface IndexBuilderOptions {
  /** The device's store; it is only read. */
  readonly store: EntryLog
  readonly index: IndexStore
  /** First segment of the document ids. */
  readonly workspace: string
  /** Called as a round goes on: how many documents of how many have been looked at. */
  readonly onProgress?: (done: number, total: number) => void
  /** Whether to stop at the next occasion. */
  readonly stopped?: () => boolean
}

/** What was read of a document. */
interface ReadDocument {
  readonly place: StoredPlace
  readonly known: IndexedDocument | undefined
  readonly messages: readonly IndexedMessage[]
}

/** Takes in what is new in the device's store. One at a time for one index: the caller holds a lock. */
export class IndexBuilder {
  readonly #options: IndexBuilderOptions
  #state: IndexState | undefined
  #batch = new Map<string, ReadDocument>()
  #batchMessages = 0
  #batchLength = 0
  /** Documents whose outbox is to be looked at; undefined: all that have one. */
  #outboxes: Set<string> | undefined

  constructor(options: IndexBuilderOptions) {
    this.#options = options
  }

  /** Somebody has written to these documents. Only a hint, but rows that wait stand in no feed. */
  noteWritten(documentIds: readonly string[]): void {
    for (const documentId of documentIds) this.#outboxes?.add(documentId)
  }

  /**
   * Takes in all that is new.
   * @returns whether the index changed.
   * @throws StorageError when the store cannot be read; IndexDamaged when the index cannot; IndexMoved when somebody else writes to it.
   */
  async round(): Promise<boolean> {
    const { index } = this.#options
    this.#state ??= await index.state()
    const before = this.#state.generation
    try {
      await this.#takeOutboxes()
      await this.#takeFeed()
      return this.#state.generation !== before
    } catch (error) {
      this.#forgetBatch()
      this.#state = undefined
      this.#outboxes = undefined
      throw error
    }
  }

  async #takeOutboxes(): Promise<void> {
    const { store, workspace } = this.#options
    const noted = this.#outboxes ?? new Set(await store.pendingDocuments())
    this.#outboxes = new Set()
    for (const documentId of noted) {
      if (conversationOf(workspace, documentId) !== undefined) await this.#takeDocument(documentId)
    }
    await this.#flush({})
  }

  async #takeFeed(): Promise<void> {
    const { store, index, workspace, onProgress, stopped } = this.#options
    const total = this.#stateNow.complete ? 0 : (await store.documents(`${workspace}/conv/`)).length
    let done = total === 0 ? 0 : await index.documentCount()
    for (;;) {
      const { cursor } = this.#stateNow
      // The place at the cursor is asked for once more: who stands last in the feed stands there still, unless the store was put back or is another one,
      // and what is known of it void.
      const page = await store.changes({ prefix: workspace, after: Math.max(0, cursor - 1), limit: FEED_PAGE })
      if (page.last < cursor) return this.#begin()
      let reached = cursor
      for (const { documentId, position } of page.changes) {
        if (stopped?.() === true) return
        if (conversationOf(workspace, documentId) !== undefined) {
          await this.#takeDocument(documentId)
          done++
          if (total > 0) onProgress?.(Math.min(done, total), total)
        }
        reached = position
        if (this.#batchMessages >= BATCH_MESSAGES || this.#batchLength >= BATCH_LENGTH) await this.#flush({ cursor: reached })
      }
      const ended = page.changes.length < FEED_PAGE
      await this.#flush({ cursor: page.last, ...(ended ? { complete: true } : {}) })
      if (ended) return
    }
  }

  async #begin(): Promise<void> {
    await this.#options.index.clear()
    this.#state = await this.#options.index.state()
    this.#outboxes = undefined
    await this.#takeOutboxes()
    await this.#takeFeed()
  }

  get #stateNow(): IndexState {
    return this.#state ?? EMPTY_INDEX
  }

  async #takeDocument(documentId: string): Promise<void> {
    const { store, index } = this.#options
    const known = this.#batch.get(documentId)?.known ?? (await index.document(documentId))
    const place = this.#batch.get(documentId)?.place ?? known?.place
    if (place !== undefined && !(await hasMovedOn(store, documentId, place))) return
    const read = await readStoredDocument(store, documentId)
    try {
      const view = new ConversationView(read.ydoc)
      const messages = [...indexedMessages(view)]
      view.destroy()
      this.#batch.set(documentId, { place: read.place, known, messages })
      this.#batchMessages += messages.length
      for (const { length } of messages) this.#batchLength += length
    } finally {
      read.ydoc.destroy()
    }
  }

  /** Writes what was read, and how far the feed was. */
  async #flush(reached: Partial<Pick<IndexState, "cursor" | "complete">>): Promise<void> {
    const state = this.#stateNow
    const nothing = this.#batch.size === 0 && (reached.cursor ?? state.cursor) === state.cursor
    if (nothing && (reached.complete ?? state.complete) === state.complete) return
    const generation = state.generation + 1
    const plan = new ShardPlan(state)
    const documents = new Map<string, IndexedDocument>()
    for (const [documentId, { place, known, messages }] of this.#batch) {
      documents.set(documentId, { place, shard: plan.add(documentId, known?.shard ?? null, messages) })
    }
    const { shards, removed, entries } = await plan.write(this.#options.index, generation)
    const next = { ...state, ...reached, generation, nextShard: plan.nextShard, shards: entries }
    await this.#options.index.commit({ from: state.generation, state: next, shards, removedShards: removed, documents })
    this.#state = next
    this.#forgetBatch()
  }

  #forgetBatch(): void {
    this.#batch = new Map()
    this.#batchMessages = 0
    this.#batchLength = 0
  }
}

interface ShardWork {
  /** Documents whose old messages go. */
  readonly replaced: Set<string>
  readonly added: (readonly [documentId: string, messages: readonly IndexedMessage[]])[]
}

/** Which documents go into which shards: one that is in a shard stays there, a new one goes to the last shard as long as that has room. */
class ShardPlan {
  nextShard: number
  readonly #entries: Map<number, ShardEntry>
  readonly #sizes: Map<number, number>
  readonly #works = new Map<number, ShardWork>()
  #open: number | undefined

  constructor({ shards, nextShard }: IndexState) {
    this.nextShard = nextShard
    this.#entries = new Map(shards.map((entry) => [entry.id, entry]))
    this.#sizes = new Map(shards.map(({ id, messages }) => [id, messages]))
    this.#open = shards.at(-1)?.id
  }

  /** Plans to hold `messages`, and nothing else, of a document that is in shard `from`. @returns the shard that it is in then. */
  add(documentId: string, from: number | null, messages: readonly IndexedMessage[]): number | null {
    if (from !== null) this.#work(from).replaced.add(documentId)
    if (messages.length === 0) return null
    const target = from !== null && this.#hasRoom(from, messages.length) ? from : this.#openFor(messages.length)
    this.#work(target).added.push([documentId, messages])
    this.#sizes.set(target, (this.#sizes.get(target) ?? 0) + messages.length)
    return target
  }

  async write(
    index: IndexStore,
    generation: number,
  ): Promise<{ readonly shards: ShardRecord[]; readonly removed: number[]; readonly entries: ShardEntry[] }> {
    const shards: ShardRecord[] = []
    const removed: number[] = []
    for (const [id, { replaced, added }] of this.#works) {
      const writer = new ShardWriter()
      if (this.#entries.has(id)) writer.take(await index.shard(id), replaced)
      for (const [documentId, messages] of added) for (const message of messages) writer.add(documentId, message)
      if (writer.size === 0) {
        this.#entries.delete(id)
        removed.push(id)
      } else {
        shards.push(writer.record(id, generation))
        this.#entries.set(id, { id, generation, messages: writer.size })
      }
    }
    return { shards, removed, entries: [...this.#entries.values()].sort((left, right) => left.id - right.id) }
  }

  #work(id: number): ShardWork {
    const known = this.#works.get(id)
    if (known !== undefined) return known
    const work: ShardWork = { replaced: new Set(), added: [] }
    this.#works.set(id, work)
    return work
  }

  /** A document that grows stays where it is until its shard is twice as large as it should be: the messages replaced are counted as well. */
  #hasRoom(id: number, messages: number): boolean {
    return (this.#sizes.get(id) ?? 0) + messages <= SHARD_MESSAGES * 2
  }

  #openFor(messages: number): number {
    const size = this.#open === undefined ? Infinity : (this.#sizes.get(this.#open) ?? 0)
    if (this.#open === undefined || (size > 0 && size + messages > SHARD_MESSAGES)) {
      this.#open = this.nextShard++
      this.#sizes.set(this.#open, 0)
    }
    return this.#open
  }
}
