import * as Y from "yjs"
import { isSegment } from "./document-id.ts"
import { ConversationError } from "./conversation-error.ts"
import { SCHEMA_VERSION, TITLE_AUTO, TITLE_USER } from "./conversation-layout.ts"
import { nextClock, readClock } from "./hybrid-clock.ts"
import { mintId, type RandomBytes } from "./identifier.ts"
import { type Listener, Listeners } from "./listeners.ts"
import { ConversationOrigin } from "./origin.ts"
import { KeyIndex, recordKey } from "./record-key.ts"
import { checkWriter, readRegister, writeRegister } from "./register.ts"
import { wellFormed } from "./well-formed.ts"

/** What the list shows of a conversation: immutable, and the same object until something of it changes. */
export interface ConversationCard {
  readonly id: string
  /** The title a person gave, else the automatic one, else the empty string. */
  readonly title: string
  /** A person gave the title. */
  readonly titled: boolean
  /** Beginning of the latest message. */
  readonly snippet: string
  /** Clock of the latest activity on any device, else when it was created; 0 when neither is known (an import without times). */
  readonly lastActivity: number
  readonly createdAt: number
  readonly deletedAt: number | null
  readonly pinned: boolean
  readonly archived: boolean
}

/** Who writes in the index, and the environment: clock and randomness. */
export interface WorkspaceIndexOptions {
  /** Name of this device in the keys of what it sets, as for a `Conversation`. */
  readonly writer: string
  /** Wall time in ms since 1970. */
  readonly now: () => number
  /** The relay's time in ms since 1970 as far as known; default `now`. */
  readonly relayNow?: () => number
  readonly randomBytes: RandomBytes
}

/** Longest snippet in UTF-16 units; what is longer is cut. */
export const MAX_SNIPPET_LENGTH = 160

const LIST = "\0list"

/**
 * The document with the cards of a workspace, `<workspace>/index`, and the operations on it.
 *
 * One top-level map `cards`, keys `<conversation id>/<field>[/<writer>]`: no nested types, since two devices may make a card
 * for the same conversation. The latest activity has a key per device, of which readers take the maximum.
 */
export class WorkspaceIndex {
  readonly ydoc: Y.Doc
  readonly #options: WorkspaceIndexOptions
  readonly #index: KeyIndex
  readonly #listeners = new Listeners()
  readonly #cards = new Map<string, ConversationCard>()
  readonly #dirty = new Set<string>()
  readonly #detach: (() => void)[]
  #all: readonly ConversationCard[] | undefined
  #alive: readonly ConversationCard[] | undefined
  #deleted: readonly ConversationCard[] | undefined

  /** Attaches to `ydoc`, which stays the caller's. @throws TypeError when `options.writer` is not the name of a writer. */
  constructor(ydoc: Y.Doc, options: WorkspaceIndexOptions) {
    checkWriter(options.writer)
    this.ydoc = ydoc
    this.#options = options
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

  /** Calls `listener` after each transaction that changed a card. Returns the unsubscription. */
  subscribe(listener: Listener): () => void {
    return this.#listeners.add(LIST, listener)
  }

  /** Calls `listener` after each transaction that changed the card of conversation `id`. Returns the unsubscription. */
  subscribeCard(id: string, listener: Listener): () => void {
    return this.#listeners.add(id, listener)
  }

  /**
   * Adds a card and returns its conversation's id: `id`, or a fresh one. For an id that has a card, adds what is missing.
   * @throws ConversationError `bad-id` when `id` cannot be a segment of a document id.
   */
  create(fields: { readonly id?: string; readonly title?: string } = {}): string {
    const { id = mintId(this.#options.now(), this.#options.randomBytes), title } = fields
    if (!isSegment(id))
      throw new ConversationError("bad-id", `${JSON.stringify(String(id).slice(0, 80))} cannot be the id of a conversation`)
    const clock = this.#clock([])
    this.#transact("create", () => {
      const meta = this.ydoc.getMap<unknown>("meta")
      if (meta.get("schema") === undefined) meta.set("schema", SCHEMA_VERSION)
      if (this.#index.map.get(recordKey(id, "createdAt")) === undefined) this.#index.map.set(recordKey(id, "createdAt"), clock)
      if (title !== undefined) writeRegister(this.#index, [id, TITLE_USER], this.#options.writer, clock, wellFormed(title))
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
   * Notes activity in a conversation: the clock of its latest message and how that begins. Writes nothing when this device
   * noted the same or later before. Call it per message, not per token.
   */
  touch(id: string, activity: { readonly clock: number; readonly snippet: string }): void {
    const key = recordKey(id, "activity", this.#options.writer)
    const known = this.#index.map.get(key)
    const snippet = snippetOf(activity.snippet)
    const old = readActivity(known)
    if (old !== undefined && (old.clock > activity.clock || (old.clock === activity.clock && old.snippet === snippet))) return
    this.#transact("touch", () => this.#index.map.set(key, { clock: activity.clock, snippet }))
  }

  /** Detaches from the Y.Doc and forgets all listeners. Idempotent. */
  destroy(): void {
    for (const detach of this.#detach.splice(0)) detach()
    this.#listeners.clear()
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
  }

  #flush(): void {
    const changed = [...this.#dirty]
    this.#dirty.clear()
    for (const id of changed) this.#listeners.notify(id)
    if (changed.length > 0) this.#listeners.notify(LIST)
  }

  #set(operation: string, id: string, field: string, value: unknown): void {
    const clock = this.#clock(readRegister(this.#index, id, field).map((entry) => entry.clock))
    this.#transact(operation, () => writeRegister(this.#index, [id, field], this.#options.writer, clock, value))
  }

  #clock(seen: Iterable<number>): number {
    const { now, relayNow = now } = this.#options
    return nextClock(now(), relayNow(), seen)
  }

  #transact(operation: string, write: () => void): void {
    this.ydoc.transact(write, new ConversationOrigin(operation))
  }
}

/** The beginning of a text on one line: at most `maxLength` UTF-16 units, never half a character. */
export function snippetOf(text: string, maxLength = MAX_SNIPPET_LENGTH): string {
  const line = text
    .slice(0, maxLength * 4)
    .replaceAll(/\s+/gu, " ")
    .trim()
  return wellFormed(line.length > maxLength ? `${line.slice(0, maxLength - 1).replace(/\p{Surrogate}$/u, "")}…` : line)
}

function readCard(index: KeyIndex, id: string): ConversationCard | undefined {
  const created = index.map.get(recordKey(id, "createdAt"))
  const activities = [...index.records(id, "activity")].map(([, value]) => readActivity(value)).filter((value) => value !== undefined)
  const userTitle = readTitle(index, id, TITLE_USER)
  const autoTitle = readTitle(index, id, TITLE_AUTO)
  // A flag alone makes no card: it may arrive before what it is about.
  if (created === undefined && activities.length === 0 && userTitle === "" && autoTitle === "") return undefined
  const createdAt = readClock(created)
  const latest = activities.sort((left, right) => right.clock - left.clock || (left.snippet < right.snippet ? 1 : -1))[0]
  const deleted = readRegister(index, id, "deleted")[0]
  return Object.freeze({
    id,
    title: userTitle === "" ? autoTitle : userTitle,
    titled: userTitle !== "",
    snippet: latest?.snippet ?? "",
    lastActivity: Math.max(latest?.clock ?? 0, createdAt),
    createdAt,
    deletedAt: deleted?.value === true ? deleted.clock : null,
    pinned: readRegister(index, id, "pinned")[0]?.value === true,
    archived: readRegister(index, id, "archived")[0]?.value === true,
  })
}

function readTitle(index: KeyIndex, id: string, field: string): string {
  const title = readRegister(index, id, field)[0]?.value
  return typeof title === "string" ? title : ""
}

function readActivity(value: unknown): { readonly clock: number; readonly snippet: string } | undefined {
  if (typeof value !== "object" || value === null) return undefined
  const { clock, snippet } = value as { clock?: unknown; snippet?: unknown }
  return { clock: readClock(clock), snippet: typeof snippet === "string" ? snippet : "" }
}

function compareCards(left: ConversationCard, right: ConversationCard): number {
  if (left.pinned !== right.pinned) return left.pinned ? -1 : 1
  return right.lastActivity - left.lastActivity || (left.id < right.id ? -1 : 1)
}
