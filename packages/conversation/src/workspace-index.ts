import * as Y from "yjs"
import { compareCards, type Activity, type ConversationCard, readActivity, readCard, snippetOf } from "./conversation-card.ts"
import { ConversationError } from "./conversation-error.ts"
import { SCHEMA_VERSION, TITLE_AUTO, TITLE_USER } from "./conversation-layout.ts"
import { isSegment } from "./document-id.ts"
import { mintId, type RandomBytes } from "./identifier.ts"
import { type Listener, Listeners } from "./listeners.ts"
import { KeyIndex, recordKey } from "./record-key.ts"
import { writeRegister } from "./register.ts"
import { RegisterWriter, type RegisterWriterOptions } from "./register-writer.ts"
import { countTags, foldTag, normaliseTag, type Tag, tagDigest } from "./tag.ts"
import { wellFormed } from "./well-formed.ts"

/** Who writes in the index, and the environment: clock and randomness. */
export interface WorkspaceIndexOptions extends RegisterWriterOptions {
  readonly randomBytes: RandomBytes
}

const LIST = "\0list"

/**
 * The document with the cards of a workspace, `<workspace>/index`, and the operations on it.
 *
 * One top-level map `cards`, keys `<conversation id>/<field>[/<writer>]`: no nested types, since two devices may make a card
 * for the same conversation. The latest activity has a key per device, of which readers take the maximum.
 */
export class WorkspaceIndex {
  readonly ydoc: Y.Doc
  /** Who writes here, and the environment. */
  readonly options: WorkspaceIndexOptions
  readonly #registers: RegisterWriter
  readonly #index: KeyIndex
  readonly #listeners = new Listeners()
  readonly #cards = new Map<string, ConversationCard>()
  readonly #dirty = new Set<string>()
  readonly #detach: (() => void)[]
  #all: readonly ConversationCard[] | undefined
  #alive: readonly ConversationCard[] | undefined
  #deleted: readonly ConversationCard[] | undefined
  #tags: readonly Tag[] | undefined

  /** Attaches to `ydoc`, which stays the caller's. @throws TypeError when `options.writer` is not the name of a writer. */
  constructor(ydoc: Y.Doc, options: WorkspaceIndexOptions) {
    this.ydoc = ydoc
    this.options = options
    this.#registers = new RegisterWriter(ydoc, options)
    const cards = ydoc.getMap<unknown>("cards")
    this.#index = new KeyIndex(cards)
    const observer = (event: Y.YMapEvent<unknown>): void => this.#mark(event.keysChanged)
    const flush = (): void => this.#flush()
    cards.observe(observer)
    ydoc.on("afterTransaction", flush)
    this.#detach = [(): void => cards.unobserve(observer), (): void => ydoc.off("afterTransaction", flush)]
  }

  /** All cards that are not deleted: pinned ones first, then by latest activity, newest first. The same array until one changes. */
  getCards(): readonly ConversationCard[] {
    this.#alive ??= this.#sorted().filter((card) => card.deletedAt === null)
    return this.#alive
  }

  /** The deleted cards, by latest activity, newest first. */
  getDeletedCards(): readonly ConversationCard[] {
    this.#deleted ??= this.#sorted().filter((card) => card.deletedAt !== null)
    return this.#deleted
  }

  /** The card of a conversation, deleted or not; undefined when there is none. */
  getCard(id: string): ConversationCard | undefined {
    const known = this.#cards.get(id)
    if (known !== undefined) return known
    const card = readCard(this.#index, id)
    if (card !== undefined) this.#cards.set(id, card)
    return card
  }

  /** The tags of all cards that are not deleted, sorted, each in the spelling that most have. The same array until a card changes. */
  getTags(): readonly Tag[] {
    this.#tags ??= countTags(this.getCards())
    return this.#tags
  }

  /** Calls `listener` after each transaction that changed a card. Returns the unsubscription. */
  subscribe(listener: Listener): () => void {
    return this.#listeners.add(LIST, listener)
  }

  /** Calls `listener` after each transaction that changed the card of conversation `id`. Returns the unsubscription. */
  subscribeCard(id: string, listener: Listener): () => void {
    return this.#listeners.add(id, listener)
  }

  /** Does all that `change` does in one transaction, so that it is one entry in the log and listeners are called once. Reads in it show the state before. */
  together(operation: string, change: () => void): void {
    this.#registers.transact(operation, change)
  }

  /**
   * Adds a card and returns its conversation's id: `id`, or a fresh one. For an id that has a card, adds what is missing.
   * @throws ConversationError `bad-id` when `id` cannot be a segment of a document id.
   */
  create(fields: { readonly id?: string; readonly title?: string } = {}): string {
    const { id = mintId(this.options.now(), this.options.randomBytes), title } = fields
    if (!isSegment(id))
      throw new ConversationError("bad-id", `${JSON.stringify(String(id).slice(0, 80))} cannot be the id of a conversation`)
    const clock = this.#registers.clock()
    this.#registers.transact("create", () => {
      const meta = this.ydoc.getMap<unknown>("meta")
      if (meta.get("schema") === undefined) meta.set("schema", SCHEMA_VERSION)
      if (this.#index.map.get(recordKey(id, "createdAt")) === undefined) this.#index.map.set(recordKey(id, "createdAt"), clock)
      if (title !== undefined) writeRegister(this.#index, [id, TITLE_USER], this.options.writer, clock, wellFormed(title))
    })
    return id
  }

  /** Sets the title a person gave; the empty string gives way to the automatic one. */
  rename(id: string, title: string): void {
    this.#set("rename", id, TITLE_USER, wellFormed(title))
  }

  /** Sets the automatic title; a person's title goes before it, whenever either was set. */
  setAutoTitle(id: string, title: string): void {
    this.#set("set-auto-title", id, TITLE_AUTO, wellFormed(title))
  }

  /** Marks the card as deleted; the conversation's document is untouched and `restore` brings it back. */
  delete(id: string): void {
    this.#set("delete", id, "deleted", true)
  }

  /** Takes the mark back. An erased card comes back only by new activity: of its words nothing is left. */
  restore(id: string): void {
    this.#set("restore", id, "deleted", false)
  }

  setPinned(id: string, pinned: boolean): void {
    this.#set("pin", id, "pinned", pinned)
  }

  setArchived(id: string, archived: boolean): void {
    this.#set("archive", id, "archived", archived)
  }

  /**
   * Puts the card into a folder, or with null into none. The folder need not have arrived here.
   * @throws ConversationError `bad-id` when `folderId` cannot be the id of a folder.
   */
  setFolder(id: string, folderId: string | null): void {
    if (folderId !== null && !isSegment(folderId))
      throw new ConversationError("bad-id", `${JSON.stringify(String(folderId).slice(0, 80))} cannot be the id of a folder`)
    this.#set("set-folder", id, "folder", folderId)
  }

  /** Gives the card a tag, spelled as other cards have it. Writes nothing when it has it in any spelling. @throws RangeError as `normaliseTag`. */
  addTag(id: string, tag: string): void {
    const name = normaliseTag(tag)
    const fold = foldTag(name)
    if (this.getCard(id)?.tags.some((known) => foldTag(known) === fold) === true) return
    const spelled = this.getTags().find((known) => foldTag(known.name) === fold)?.name ?? name
    this.#set("tag", id, ["tag", tagDigest(name)], spelled)
  }

  /** Takes a tag from the card, whatever its spelling. Writes nothing when it has not got it. */
  removeTag(id: string, tag: string): void {
    const fold = foldTag(tag)
    if (this.getCard(id)?.tags.some((known) => foldTag(known) === fold) === true) this.#set("untag", id, ["tag", tagDigest(tag)], null)
  }

  /**
   * Renames a tag on all cards that have it here, deleted ones included, and returns their ids. Where the new one is there as well, they become one.
   * A card that gets the old tag elsewhere at the same time keeps that.
   * @throws RangeError as `normaliseTag`.
   */
  renameTag(from: string, to: string): readonly string[] {
    const name = normaliseTag(to)
    const ids = this.#tagged(from)
    this.together("rename-tag", () => {
      for (const id of ids) {
        if (tagDigest(from) !== tagDigest(name)) this.#set("untag", id, ["tag", tagDigest(from)], null)
        this.#set("tag", id, ["tag", tagDigest(name)], name)
      }
    })
    return ids
  }

  /** Takes a tag from all cards that have it here, deleted ones included, and returns their ids. */
  deleteTag(tag: string): readonly string[] {
    const ids = this.#tagged(tag)
    this.together("delete-tag", () => {
      for (const id of ids) this.#set("untag", id, ["tag", tagDigest(tag)], null)
    })
    return ids
  }

  /**
   * Notes activity in a conversation: the clock of its latest message, how that begins, and who wrote it. Writes nothing when this
   * device noted the same or later before. Call it per message, not per token.
   */
  touch(id: string, activity: Activity): void {
    const key = recordKey(id, "activity", this.options.writer)
    const { clock, authorId } = activity
    const snippet = snippetOf(activity.snippet)
    const old = readActivity(this.#index.map.get(key))
    if (old !== undefined && (old.clock > clock || (old.clock === clock && old.snippet === snippet))) return
    const noted = { clock, snippet, ...(authorId === undefined ? {} : { authorId: wellFormed(authorId) }) }
    this.#registers.transact("touch", () => this.#index.map.set(key, noted))
  }

  /** Calls `detach` at {@link destroy}: for what reads other parts of the document along with the cards. */
  whenDestroyed(detach: () => void): void {
    this.#detach.push(detach)
  }

  /** Detaches from the Y.Doc and forgets all listeners. Idempotent. */
  destroy(): void {
    for (const detach of this.#detach.splice(0)) detach()
    this.#listeners.clear()
  }

  #tagged(tag: string): readonly string[] {
    const fold = foldTag(tag)
    return this.#sorted()
      .filter(({ tags }) => tags.some((known) => foldTag(known) === fold))
      .map(({ id }) => id)
  }

  #sorted(): readonly ConversationCard[] {
    this.#all ??= [...this.#index.owners()]
      .map((id) => this.getCard(id))
      .filter((card) => card !== undefined)
      .sort(compareCards)
    return this.#all
  }

  #mark(keys: ReadonlySet<string>): void {
    for (const key of keys) {
      const id = this.#index.add(key)
      this.#cards.delete(id)
      this.#dirty.add(id)
    }
    this.#all = undefined
    this.#alive = undefined
    this.#deleted = undefined
    this.#tags = undefined
  }

  #flush(): void {
    const changed = [...this.#dirty]
    this.#dirty.clear()
    for (const id of changed) this.#listeners.notify(id)
    if (changed.length > 0) this.#listeners.notify(LIST)
  }

  #set(operation: string, id: string, field: string | readonly string[], value: unknown): void {
    this.#registers.set(operation, this.#index, [id, ...(typeof field === "string" ? [field] : field)], value)
  }
}
