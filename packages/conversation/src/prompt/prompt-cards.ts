import type * as Y from "yjs"
import { type Activity, compareCards, type ConversationCard, readActivity, readCard, snippetOf } from "../conversation-card.ts"
import { ConversationError } from "../conversation-error.ts"
import { SCHEMA_VERSION, TITLE_USER } from "../conversation-layout.ts"
import { isSegment } from "../document-id.ts"
import { mintId } from "../identifier.ts"
import { type Listener, Listeners } from "../listeners.ts"
import { KeyIndex, recordKey } from "../record-key.ts"
import { RegisterWriter } from "../register-writer.ts"
import { foldTag, normaliseTag, tagDigest } from "../tag.ts"
import { wellFormed } from "../well-formed.ts"
import type { WorkspaceIndex } from "../workspace-index.ts"

/** What the list shows of a prompt: immutable, and the same object until something of it changes. */
export interface PromptCard extends Omit<ConversationCard, "title" | "titled" | "folderId"> {
  /** The name as it was last written on a card; the prompt's own document has the one that counts. */
  readonly name: string
}

const LIST = "\0list"

const ofIndex = new WeakMap<WorkspaceIndex, PromptCards>()

/** The prompts' cards in `index`, one object for each index. Apart from it, so that a page that shows no prompts does without their code. */
export function promptCards(index: WorkspaceIndex): PromptCards {
  const known = ofIndex.get(index) ?? new PromptCards(index)
  ofIndex.set(index, known)
  return known
}

/**
 * The cards of a workspace's prompts: the map `prompts` of its index, with the fields and the rules of conversations' cards.
 */
export class PromptCards {
  readonly #index: WorkspaceIndex
  readonly #registers: RegisterWriter
  readonly #records: KeyIndex
  readonly #listeners = new Listeners()
  readonly #cards = new Map<string, PromptCard>()
  readonly #dirty = new Set<string>()
  #all: readonly PromptCard[] | undefined
  #alive: readonly PromptCard[] | undefined
  #deleted: readonly PromptCard[] | undefined

  /** Attaches to the document of `index` for as long as that lives. */
  constructor(index: WorkspaceIndex) {
    this.#index = index
    this.#registers = new RegisterWriter(index.ydoc, index.options)
    const cards = index.ydoc.getMap<unknown>("prompts")
    this.#records = new KeyIndex(cards)
    cards.observe((event: Y.YMapEvent<unknown>) => this.#mark(event.keysChanged))
    index.ydoc.on("afterTransaction", () => this.#flush())
  }

  /** All cards that are not deleted: pinned ones first, then by latest activity, newest first. The same array until one changes. */
  getCards(): readonly PromptCard[] {
    this.#alive ??= this.#sorted().filter((card) => card.deletedAt === null)
    return this.#alive
  }

  /** The deleted cards, by latest activity, newest first. The same array until one changes. */
  getDeletedCards(): readonly PromptCard[] {
    this.#deleted ??= this.#sorted().filter((card) => card.deletedAt !== null)
    return this.#deleted
  }

  /** The card of a prompt, deleted or not; undefined when there is none. */
  getCard(id: string): PromptCard | undefined {
    const known = this.#cards.get(id)
    if (known !== undefined) return known
    const found = readCard(this.#records, id)
    if (found === undefined) return undefined
    const { title: name, titled: _titled, folderId: _folderId, ...rest } = found
    const card = Object.freeze({ ...rest, name })
    this.#cards.set(id, card)
    return card
  }

  /** Calls `listener` after each transaction that changed a card. Returns the unsubscription. */
  subscribe(listener: Listener): () => void {
    return this.#listeners.add(LIST, listener)
  }

  /** Calls `listener` after each transaction that changed the card of prompt `id`. Returns the unsubscription. */
  subscribeCard(id: string, listener: Listener): () => void {
    return this.#listeners.add(id, listener)
  }

  /**
   * Adds a card and returns its prompt's id: `id`, or a fresh one. For an id that has a card, adds what is missing.
   * @throws ConversationError `bad-id` when `id` cannot be a segment of a document id.
   */
  create(fields: { readonly id?: string; readonly name?: string } = {}): string {
    const { now, randomBytes } = this.#index.options
    const { id = mintId(now(), randomBytes), name } = fields
    if (!isSegment(id)) throw new ConversationError("bad-id", `${JSON.stringify(String(id).slice(0, 80))} cannot be the id of a prompt`)
    const created = recordKey(id, "createdAt")
    const map = this.#records.map
    this.#registers.transact("create-prompt", () => {
      const meta = this.#index.ydoc.getMap<unknown>("meta")
      if (meta.get("schema") === undefined) meta.set("schema", SCHEMA_VERSION)
      if (map.get(created) === undefined) map.set(created, this.#registers.clock())
      if (name !== undefined) this.rename(id, name)
    })
    return id
  }

  /** Writes the name on the card. Whoever names a prompt does both: `Prompt.setName` and this. */
  rename(id: string, name: string): void {
    if (this.getCard(id)?.name !== name) this.#set("rename-prompt", id, [TITLE_USER], wellFormed(name))
  }

  setPinned(id: string, pinned: boolean): void {
    this.#set("pin-prompt", id, ["pinned"], pinned)
  }

  setArchived(id: string, archived: boolean): void {
    this.#set("archive-prompt", id, ["archived"], archived)
  }

  /** Marks the card as deleted; the prompt's document is untouched and `restore` brings it back. */
  delete(id: string): void {
    this.#set("delete-prompt", id, ["deleted"], true)
  }

  restore(id: string): void {
    this.#set("restore-prompt", id, ["deleted"], false)
  }

  /** Gives the card a tag, spelled as other prompts have it. Writes nothing when it has it in any spelling. @throws RangeError as `normaliseTag`. */
  addTag(id: string, tag: string): void {
    const name = normaliseTag(tag)
    if (this.#hasTag(id, name)) return
    const fold = foldTag(name)
    const spelled = this.#sorted()
      .flatMap(({ tags }) => tags)
      .find((known) => foldTag(known) === fold)
    this.#set("tag-prompt", id, ["tag", tagDigest(name)], spelled ?? name)
  }

  /** Takes a tag from the card, whatever its spelling. Writes nothing when it has not got it. */
  removeTag(id: string, tag: string): void {
    if (this.#hasTag(id, tag)) this.#set("untag-prompt", id, ["tag", tagDigest(tag)], null)
  }

  /**
   * Notes activity on a prompt: when it was, how its text begins, and who was at work. Writes nothing when this device noted the same or later before.
   * Call it once in a while, not per key.
   */
  touch(id: string, activity: Activity): void {
    const key = recordKey(id, "activity", this.#registers.writer)
    const { clock, authorId } = activity
    const snippet = snippetOf(activity.snippet)
    const old = readActivity(this.#records.map.get(key))
    if (old !== undefined && (old.clock > clock || (old.clock === clock && old.snippet === snippet))) return
    const noted = { clock, snippet, ...(authorId === undefined ? {} : { authorId: wellFormed(authorId) }) }
    this.#registers.transact("touch-prompt", () => this.#records.map.set(key, noted))
  }

  #hasTag(id: string, tag: string): boolean {
    const fold = foldTag(tag)
    return this.getCard(id)?.tags.some((known) => foldTag(known) === fold) === true
  }

  #sorted(): readonly PromptCard[] {
    this.#all ??= [...this.#records.owners()]
      .map((id) => this.getCard(id))
      .filter((card) => card !== undefined)
      .sort(compareCards)
    return this.#all
  }

  #mark(keys: ReadonlySet<string>): void {
    for (const key of keys) {
      const id = this.#records.add(key)
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

  #set(operation: string, id: string, field: readonly string[], value: unknown): void {
    this.#registers.set(operation, this.#records, [id, ...field], value)
  }
}
