import type * as Y from "yjs"
import { type Activity, compareCards, type ConversationCard, readActivity, readCard, snippetOf } from "./conversation-card.ts"
import { ConversationError } from "./conversation-error.ts"
import { SCHEMA_VERSION, TITLE_USER } from "./conversation-layout.ts"
import { isSegment } from "./document-id.ts"
import { mintId } from "./identifier.ts"
import { type Listener, Listeners } from "./listeners.ts"
import { KeyIndex, recordKey } from "./record-key.ts"
import { RegisterWriter } from "./register-writer.ts"
import { foldTag, normaliseTag, tagDigest } from "./tag.ts"
import { wellFormed } from "./well-formed.ts"
import type { WorkspaceIndex } from "./workspace-index.ts"

/** What a list shows of a thing of the workspace that is no conversation: immutable, and the same object until something of it changes. */
export interface ShelfCard extends Omit<ConversationCard, "title" | "titled" | "folderId"> {
  /** The name as it was last written on a card; the thing's own document has the one that counts. */
  readonly name: string
}

/** What a shelf holds the cards of. */
export interface ShelfKind {
  /** The map of the index in which they stand. */
  readonly map: string
  /** One of the things, as operations and errors call it. */
  readonly noun: string
}

const LIST = "\0list"

const ofIndex = new WeakMap<WorkspaceIndex, Map<string, unknown>>()

/** The shelf `map` of `index`, one object for each index: made by `make` when it is first asked for. A page that shows no such things does without their code. */
export function shelfOf<Shelf>(index: WorkspaceIndex, map: string, make: () => Shelf): Shelf {
  const shelves = ofIndex.get(index) ?? new Map<string, unknown>()
  ofIndex.set(index, shelves)
  const known = shelves.get(map) as Shelf | undefined
  if (known !== undefined) return known
  const made = make()
  shelves.set(map, made)
  return made
}

/** Cards of one kind in a workspace's index: a map of its own with the fields and the rules of conversations' cards. */
export class CardShelf<Card extends ShelfCard = ShelfCard> {
  protected readonly index: WorkspaceIndex
  protected readonly records: KeyIndex
  protected readonly registers: RegisterWriter
  readonly #noun: string
  readonly #listeners = new Listeners()
  readonly #cards = new Map<string, Card>()
  readonly #dirty = new Set<string>()
  #all: readonly Card[] | undefined
  #alive: readonly Card[] | undefined
  #deleted: readonly Card[] | undefined

  /** Attaches to the document of `index` for as long as that lives. */
  constructor(index: WorkspaceIndex, { map, noun }: ShelfKind) {
    this.index = index
    this.#noun = noun
    this.registers = new RegisterWriter(index.ydoc, index.options)
    const cards = index.ydoc.getMap<unknown>(map)
    this.records = new KeyIndex(cards)
    cards.observe((event: Y.YMapEvent<unknown>) => this.#mark(event.keysChanged))
    index.ydoc.on("afterTransaction", () => this.#flush())
  }

  /** All cards that are not deleted: pinned ones first, then by latest activity, newest first. The same array until one changes. */
  getCards(): readonly Card[] {
    this.#alive ??= this.#sorted().filter((card) => card.deletedAt === null)
    return this.#alive
  }

  /** The deleted cards, by latest activity, newest first. The same array until one changes. */
  getDeletedCards(): readonly Card[] {
    this.#deleted ??= this.#sorted().filter((card) => card.deletedAt !== null)
    return this.#deleted
  }

  /** The card of a thing, deleted or not; undefined when there is none. */
  getCard(id: string): Card | undefined {
    const known = this.#cards.get(id)
    if (known !== undefined) return known
    const found = readCard(this.records, id)
    if (found === undefined) return undefined
    const { title: name, titled: _titled, folderId: _folderId, ...rest } = found
    const card = Object.freeze(this.shape({ ...rest, name }))
    this.#cards.set(id, card)
    return card
  }

  /** Calls `listener` after each transaction that changed a card. Returns the unsubscription. */
  subscribe(listener: Listener): () => void {
    return this.#listeners.add(LIST, listener)
  }

  /** Calls `listener` after each transaction that changed the card of thing `id`. Returns the unsubscription. */
  subscribeCard(id: string, listener: Listener): () => void {
    return this.#listeners.add(id, listener)
  }

  /**
   * Adds a card and returns its thing's id: `id`, or a fresh one. For an id that has a card, adds what is missing.
   * @throws ConversationError `bad-id` when `id` cannot be a segment of a document id.
   */
  create(fields: { readonly id?: string; readonly name?: string } = {}): string {
    const { now, randomBytes } = this.index.options
    const { id = mintId(now(), randomBytes), name } = fields
    if (!isSegment(id))
      throw new ConversationError("bad-id", `${JSON.stringify(String(id).slice(0, 80))} cannot be the id of a ${this.#noun}`)
    const created = recordKey(id, "createdAt")
    const map = this.records.map
    this.transact("create", () => {
      const meta = this.index.ydoc.getMap<unknown>("meta")
      if (meta.get("schema") === undefined) meta.set("schema", SCHEMA_VERSION)
      if (map.get(created) === undefined) map.set(created, this.registers.clock())
      if (name !== undefined) this.rename(id, name)
    })
    return id
  }

  /** Writes the name on the card. Whoever names a thing does both: in its own document, and this. */
  rename(id: string, name: string): void {
    if (this.getCard(id)?.name !== name) this.set("rename", id, [TITLE_USER], wellFormed(name))
  }

  setPinned(id: string, pinned: boolean): void {
    this.set("pin", id, ["pinned"], pinned)
  }

  setArchived(id: string, archived: boolean): void {
    this.set("archive", id, ["archived"], archived)
  }

  /** Marks the card as deleted; the thing's document is untouched and `restore` brings it back. */
  delete(id: string): void {
    this.set("delete", id, ["deleted"], true)
  }

  restore(id: string): void {
    this.set("restore", id, ["deleted"], false)
  }

  /** Gives the card a tag, spelled as others of its kind have it. Writes nothing when it has it in any spelling. @throws RangeError as `normaliseTag`. */
  addTag(id: string, tag: string): void {
    const name = normaliseTag(tag)
    if (this.#hasTag(id, name)) return
    const fold = foldTag(name)
    const spelled = this.#sorted()
      .flatMap(({ tags }) => tags)
      .find((known) => foldTag(known) === fold)
    this.set("tag", id, ["tag", tagDigest(name)], spelled ?? name)
  }

  /** Takes a tag from the card, whatever its spelling. Writes nothing when it has not got it. */
  removeTag(id: string, tag: string): void {
    if (this.#hasTag(id, tag)) this.set("untag", id, ["tag", tagDigest(tag)], null)
  }

  /**
   * Notes activity on a thing: when it was, how its text begins, and who was at work. Writes nothing when this device noted the same or later before.
   * Call it once in a while, not per key.
   */
  touch(id: string, activity: Activity): void {
    const key = recordKey(id, "activity", this.registers.writer)
    const { clock, authorId } = activity
    const snippet = snippetOf(activity.snippet)
    const old = readActivity(this.records.map.get(key))
    if (old !== undefined && (old.clock > clock || (old.clock === clock && old.snippet === snippet))) return
    const noted = { clock, snippet, ...(authorId === undefined ? {} : { authorId: wellFormed(authorId) }) }
    this.transact("touch", () => this.records.map.set(key, noted))
  }

  /** What a card of this kind shows beside what all show. */
  protected shape(card: ShelfCard): Card {
    return card as Card
  }

  /** Does `write` in one transaction, or in the one that is open. */
  protected transact(operation: string, write: () => void): void {
    this.registers.transact(`${operation}-${this.#noun}`, write)
  }

  /** Sets a register of card `id`. */
  protected set(operation: string, id: string, field: readonly string[], value: unknown): void {
    this.registers.set(`${operation}-${this.#noun}`, this.records, [id, ...field], value)
  }

  #hasTag(id: string, tag: string): boolean {
    const fold = foldTag(tag)
    return this.getCard(id)?.tags.some((known) => foldTag(known) === fold) === true
  }

  #sorted(): readonly Card[] {
    this.#all ??= [...this.records.owners()]
      .map((id) => this.getCard(id))
      .filter((card) => card !== undefined)
      .sort(compareCards)
    return this.#all
  }

  #mark(keys: ReadonlySet<string>): void {
    for (const key of keys) {
      const id = this.records.add(key)
      this.#cards.delete(id)
      this.#dirty.add(id)
    }
    this.#all = undefined
    this.#alive = undefined
    this.#deleted = undefined
  }

  #flush(): void {
    const changed = [...this.#dirty]
    this.#dirty.clear()
    for (const id of changed) this.#listeners.notify(id)
    if (changed.length > 0) this.#listeners.notify(LIST)
  }
}
