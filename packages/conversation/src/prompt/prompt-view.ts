import * as Y from "yjs"
import { type Listener, Listeners } from "../listeners.ts"
import type { KeyIndex } from "../record-key.ts"
import { readEntries, readRegister } from "../register.ts"
import type { PromptContent, PromptKind } from "./prompt-content.ts"
import { type PromptDraft, readDrafts } from "./prompt-drafts.ts"
import {
  type DraftMapName,
  DRAFT_MAPS,
  parseSlotTextName,
  promptIndexes,
  type PromptIndexes,
  readRootText,
  slotTextName,
} from "./prompt-layout.ts"
import { type PlacedSlot, type PromptSlot, readSlots } from "./prompt-slots.ts"
import { type PromptThread, readPromptThreads, type StoredPromptThread } from "./prompt-threads.ts"
import { type PromptVersion, VersionStore } from "./prompt-versions.ts"
import { resolveAnchor } from "../text/text-anchor.ts"
import { findVariables, isVariableName, type PromptVariable, readVariable } from "./variables.ts"

/** What is said about a prompt as a whole. Immutable. */
export interface PromptMeta {
  /** The empty string while it has none. */
  readonly name: string
  readonly kind: PromptKind
  readonly description: string
}

/** What was read of one draft, each part until it changes. */
interface DraftCache {
  slots?: readonly PlacedSlot[]
  /** The slots as they were read before they changed, whose objects are kept. */
  oldSlots?: readonly PlacedSlot[]
  variables?: Readonly<Record<string, PromptVariable>>
  config?: Readonly<Record<string, unknown>>
  used?: readonly string[]
  /** The content that `used` was found in. */
  usedIn?: PromptContent
  content?: PromptContent
  stored?: readonly StoredPromptThread[]
  threads?: readonly PromptThread[]
  /** The threads as they were read before something changed, whose objects are kept. */
  oldThreads?: readonly PromptThread[]
}

const PROMPT = "prompt"
const DRAFT = "draft:"
const KIND = "kind"

/**
 * Reads a prompt and says what changed. What it gives is immutable and the same object until it changes; observers of Yjs only mark what is to be read
 * again, and listeners are called once per transaction, after it. Within a caller's own transaction it shows the state before it.
 */
export class PromptView {
  readonly ydoc: Y.Doc
  protected readonly indexes: PromptIndexes
  readonly #versions: VersionStore
  readonly #listeners = new Listeners()
  readonly #cache = new Map<string, DraftCache>()
  readonly #changed = new Set<string>()
  readonly #detach: (() => void)[] = []
  #meta: PromptMeta | undefined
  #drafts: readonly PromptDraft[] | undefined

  /** Attaches to `ydoc`, which stays the caller's. */
  constructor(ydoc: Y.Doc) {
    this.ydoc = ydoc
    this.indexes = promptIndexes(ydoc)
    const records = ydoc.getMap<unknown>("versions")
    const contents = ydoc.getMap<unknown>("contents")
    this.#versions = new VersionStore(records, contents)
    this.#observe(this.indexes.meta.map, (keys) => this.#metaChanged(keys))
    for (const name of DRAFT_MAPS) this.#observe(this.indexes[name].map, (keys) => this.#recordsChanged(name, keys))
    for (const map of [records, contents]) this.#observe(map, (keys) => this.#versionsChanged(keys))
    const flush = (transaction: Y.Transaction): void => this.#flush(transaction)
    ydoc.on("afterTransaction", flush)
    this.#detach.push(() => ydoc.off("afterTransaction", flush))
  }

  getMeta(): PromptMeta {
    this.#meta ??= Object.freeze({
      name: this.#text("name"),
      kind: this.#text(KIND) === "text" ? "text" : "chat",
      description: this.#text("description"),
    })
    return this.#meta
  }

  /** All drafts, `main` first, closed ones included. The same array until one changes. */
  getDrafts(): readonly PromptDraft[] {
    this.#drafts ??= readDrafts(this.indexes.drafts, this)
    return this.#drafts
  }

  /** Draft `id`; undefined while it is not here. */
  getDraft(id: string): PromptDraft | undefined {
    return this.getDrafts().find((draft) => draft.id === id)
  }

  /** The slots of a draft in their order, removed ones included; none for a draft that is not here. The same array until one changes. */
  getSlots(draftId: string): readonly PromptSlot[] {
    return this.placedSlots(draftId)
  }

  /**
   * What a slot says, for an editor to bind to. The same text on every device, whoever asks first; asking writes nothing. For the words alone ask
   * `getText`.
   */
  slotText(draftId: string, slotId: string): Y.Text {
    return this.ydoc.getText(slotTextName(draftId, slotId))
  }

  /** What a slot says; the empty string for one that is not here. */
  getText(draftId: string, slotId: string): string {
    return readRootText(this.ydoc, slotTextName(draftId, slotId))
  }

  /** The variables that somebody described, by name in order of names. The texts may use others: see `usedVariables`. */
  getVariables(draftId: string): Readonly<Record<string, PromptVariable>> {
    const cache = this.#cached(draftId)
    cache.variables ??= byKey(this.indexes.variables, draftId, (name, value) => (isVariableName(name) ? readVariable(value) : undefined))
    return cache.variables
  }

  /** The names of the variables that the slots use, removed slots left out, each once, in their order. The same array until that changes. */
  usedVariables(draftId: string): readonly string[] {
    const cache = this.#cached(draftId)
    const content = this.getContent(draftId)
    const known = cache.used
    if (known !== undefined && cache.usedIn === content) return known
    const names = [...new Set(content.slots.flatMap(({ text }) => findVariables(text).map(({ name }) => name)))]
    const used = known !== undefined && known.join(" ") === names.join(" ") ? known : Object.freeze(names)
    cache.used = used
    cache.usedIn = content
    return used
  }

  /** Model configuration by key, in order of keys. The same object until one changes. */
  getConfig(draftId: string): Readonly<Record<string, unknown>> {
    const cache = this.#cached(draftId)
    cache.config ??= byKey(this.indexes.config, draftId, (_key, value) => (value === null ? undefined : value))
    return cache.config
  }

  /** All that a draft says at this moment, removed slots left out. The same object until it changes. */
  getContent(draftId: string): PromptContent {
    const cache = this.#cached(draftId)
    cache.content ??= Object.freeze({
      kind: this.getMeta().kind,
      slots: Object.freeze(
        this.placedSlots(draftId)
          .filter((slot) => !slot.removed)
          .map(({ id, role, name }) =>
            Object.freeze({ id, role, ...(name === undefined ? {} : { name }), text: this.getText(draftId, id) }),
          ),
      ),
      variables: this.getVariables(draftId),
      config: this.getConfig(draftId),
    })
    return cache.content
  }

  /** The threads of a draft, oldest first, resolved ones included, and where what they are about is now. The same array until one changes or moves. */
  getThreads(draftId: string): readonly PromptThread[] {
    const cache = this.#cached(draftId)
    if (cache.threads !== undefined) return cache.threads
    const old = new Map(cache.oldThreads?.map((thread) => [thread.id, thread]))
    // Read once a slot: a long text that many remarks are about is not put together for each of them at every keystroke.
    const texts = new Map<string, string>()
    const read = this.storedThreads(draftId).map((stored) => sameThread(old.get(stored.id), this.#placed(draftId, stored, texts)))
    const isSame = read.length === cache.oldThreads?.length && read.every((thread, at) => thread === cache.oldThreads?.[at])
    cache.threads = isSame ? (cache.oldThreads ?? read) : Object.freeze(read)
    cache.oldThreads = cache.threads
    return cache.threads
  }

  /** All versions, each before those it was made from, else newest first. The same array until one comes; of none the content is read before it is asked for. */
  getVersions(): readonly PromptVersion[] {
    return this.#versions.list()
  }

  /** Version `id`; undefined while it is not here, or when what is here is not what its id is the hash of. */
  getVersion(id: string): PromptVersion | undefined {
    return this.#versions.get(id)
  }

  /** What version `id` was made from; nothing when it is not here. */
  parentsOf(id: string): readonly string[] {
    return this.#versions.header(id)?.parents ?? []
  }

  /** Calls `listener` after each transaction that changed name, kind or description, a draft as such, or the versions. Returns the unsubscription. */
  subscribe(listener: Listener): () => void {
    return this.#listeners.add(PROMPT, listener)
  }

  /** Calls `listener` after each transaction that changed slots, texts, variables, configuration or comments of a draft. Returns the unsubscription. */
  subscribeDraft(draftId: string, listener: Listener): () => void {
    return this.#listeners.add(DRAFT + draftId, listener)
  }

  /** Detaches from the Y.Doc and forgets all listeners; what was read stays readable. Idempotent. */
  destroy(): void {
    for (const detach of this.#detach.splice(0)) detach()
    this.#listeners.clear()
  }

  /** The slots of a draft with their places. */
  protected placedSlots(draftId: string): readonly PlacedSlot[] {
    const cache = this.#cached(draftId)
    if (cache.slots !== undefined) return cache.slots
    const old = cache.oldSlots ?? []
    const read = readSlots(this.indexes.slots, draftId, (slotId) => this.getText(draftId, slotId), old)
    cache.slots = read.length === old.length && read.every((slot, at) => slot === old[at]) ? old : Object.freeze(read)
    cache.oldSlots = cache.slots
    return cache.slots
  }

  /** The threads of a draft as they are stored. */
  protected storedThreads(draftId: string): readonly StoredPromptThread[] {
    const cache = this.#cached(draftId)
    cache.stored ??= readPromptThreads(this.indexes.threads, draftId)
    return cache.stored
  }

  #placed(draftId: string, { anchor, clocks: _clocks, ...thread }: StoredPromptThread, texts: Map<string, string>): PromptThread {
    const text = this.slotText(draftId, thread.slotId)
    const words = texts.get(thread.slotId) ?? text.toJSON()
    texts.set(thread.slotId, words)
    const place = anchor === null ? null : Object.freeze(resolveAnchor(text, anchor, words))
    return Object.freeze({ ...thread, quote: anchor?.quote.exact ?? null, place })
  }

  #observe(map: Y.Map<unknown>, changed: (keys: ReadonlySet<string>) => void): void {
    const observer = (event: Y.YMapEvent<unknown>): void => changed(event.keysChanged)
    map.observe(observer)
    this.#detach.push(() => map.unobserve(observer))
  }

  #metaChanged(keys: ReadonlySet<string>): void {
    for (const key of keys) this.indexes.meta.add(key)
    this.#meta = undefined
    this.#changed.add(PROMPT)
    if (![...keys].some((key) => key.startsWith(KIND))) return
    for (const [draftId, cache] of this.#cache) {
      delete cache.content
      this.#changed.add(DRAFT + draftId)
    }
  }

  #recordsChanged(name: DraftMapName, keys: ReadonlySet<string>): void {
    for (const key of keys) {
      const draftId = this.indexes[name].add(key)
      this.#changed.add(name === "drafts" ? PROMPT : DRAFT + draftId)
      if (name === "drafts") continue
      const cache = this.#cached(draftId)
      if (name === "threads") {
        delete cache.stored
        delete cache.threads
        continue
      }
      delete cache[name]
      delete cache.content
    }
    if (name === "drafts") this.#drafts = undefined
  }

  #versionsChanged(keys: ReadonlySet<string>): void {
    this.#versions.changed(keys)
    // What a draft stands on depends on how the versions hang together.
    this.#drafts = undefined
    this.#changed.add(PROMPT)
  }

  #flush(transaction: Y.Transaction): void {
    for (const type of transaction.changed.keys()) {
      const text = type instanceof Y.Map ? undefined : parseSlotTextName(this.#rootName(type) ?? "")
      if (text !== undefined) this.#textChanged(text.draftId, text.slotId)
    }
    const changed = [...this.#changed]
    this.#changed.clear()
    for (const key of changed) this.#listeners.notify(key)
  }

  #textChanged(draftId: string, slotId: string): void {
    const cache = this.#cached(draftId)
    delete cache.content
    delete cache.threads
    if (cache.slots?.find(({ id }) => id === slotId)?.removed === true) delete cache.slots
    this.#changed.add(DRAFT + draftId)
  }

  #rootName(type: unknown): string | undefined {
    for (const [name, root] of this.ydoc.share) if (root === type) return name
    return undefined
  }

  #text(field: string): string {
    const value = readRegister(this.indexes.meta, field)[0]?.value
    return typeof value === "string" ? value : ""
  }

  #cached(draftId: string): DraftCache {
    const known = this.#cache.get(draftId)
    if (known !== undefined) return known
    const fresh: DraftCache = {}
    this.#cache.set(draftId, fresh)
    return fresh
  }
}

function sameThread(known: PromptThread | undefined, thread: PromptThread): PromptThread {
  return known !== undefined && JSON.stringify(known) === JSON.stringify(thread) ? known : thread
}

/** The registers `<draft>/<key>/<writer>` by their key. */
function byKey<Value>(
  index: KeyIndex,
  draftId: string,
  read: (key: string, value: unknown) => Value | undefined,
): Readonly<Record<string, Value>> {
  const entries = new Map<string, (readonly [rest: string[], value: unknown])[]>()
  for (const [[key = "", ...rest], value] of index.records(draftId)) {
    const known = entries.get(key) ?? []
    entries.set(key, known)
    known.push([rest, value])
  }
  const found: [string, Value][] = []
  for (const key of [...entries.keys()].sort()) {
    const value = read(key, readEntries(entries.get(key) ?? [])[0]?.value)
    if (value !== undefined) found.push([key, value])
  }
  return Object.freeze(Object.fromEntries(found))
}
