import * as Y from "yjs"
import { ConversationError } from "../conversation-error.ts"
import { SCHEMA_VERSION } from "../conversation-layout.ts"
import { type Listener, Listeners } from "../listeners.ts"
import { KeyIndex, recordKey } from "../record-key.ts"
import { readRegister } from "../register.ts"
import { RegisterWriter, type RegisterWriterOptions } from "../register-writer.ts"
import { wellFormed } from "../well-formed.ts"
import type { JudgedTarget, Judgement, JudgementChange } from "./judgement.ts"
import { JudgementSheet } from "./judgement-sheet.ts"
import { Reveals } from "./reveals.ts"
import { itemRecord, MAX_ROUND_ITEMS, type NewRoundItem, readItem, readItems, type RoundItem } from "./round-items.ts"
import { progressOf, type RoundProgress } from "./round-progress.ts"
import {
  type Annotator,
  checkAnnotator,
  checkedSettings,
  MAX_ANNOTATORS,
  readSettings,
  type RoundChange,
  type RoundSettings,
} from "./round-settings.ts"

/** Who works in a round, and the environment. */
export interface RoundOptions extends RegisterWriterOptions {
  /** By which name this person judges: the relay's for them, without authentication the author's id. */
  readonly annotator: string
  readonly roundId: string
}

const ANY = "\0any"
const ITEM = "\0item/"

/**
 * A judging round: what is asked, of whom, about which items, and in an open round what everybody judged. Of a blind round it holds the judgements that were
 * revealed; before that they stand in `BlindJudgements` of each annotator.
 *
 * Everything is written at once and offline too. What needs one winner (who is done, who has which item, what was decided) stands in the authority's registers.
 */
export class Round {
  readonly ydoc: Y.Doc
  readonly annotator: string
  readonly roundId: string
  /** What was revealed of a blind round. */
  readonly reveals: Reveals
  readonly #writer: RegisterWriter
  readonly #meta: KeyIndex
  readonly #items: KeyIndex
  readonly #sheet: JudgementSheet
  readonly #listeners = new Listeners()
  readonly #detach: (() => void)[]
  readonly #read = new Map<string, RoundItem | null>()
  readonly #changedItems = new Set<string>()
  #settings: RoundSettings | undefined
  #list: readonly RoundItem[] | undefined
  #ofAnnotators: { readonly of: readonly Judgement[]; readonly lists: Map<string, readonly Judgement[]> } = { of: [], lists: new Map() }
  #dirty = false

  /** Attaches to `ydoc`, which stays the caller's. @throws TypeError for a writer that is none; ConversationError `bad-id` for an annotator that is none. */
  constructor(ydoc: Y.Doc, options: RoundOptions) {
    this.ydoc = ydoc
    this.annotator = checkAnnotator(options.annotator)
    this.roundId = options.roundId
    this.#writer = new RegisterWriter(ydoc, options)
    const map = (name: string): Y.Map<unknown> => ydoc.getMap<unknown>(name)
    this.#meta = new KeyIndex(map("meta"))
    this.#items = new KeyIndex(map("items"))
    this.#sheet = new JudgementSheet(map("judgements"))
    this.reveals = new Reveals(map("reveals"), this.#writer, this.roundId)
    const observed: readonly (readonly [string, (keys: ReadonlySet<string>) => void])[] = [
      ["meta", (keys): void => this.#metaChanged(keys)],
      ["items", (keys): void => this.#itemsChanged(keys)],
      ["judgements", (keys): void => this.#sheet.changed(keys).forEach((id) => this.#changedItems.add(id))],
      ["reveals", (keys): void => this.reveals.changed(keys)],
    ]
    const flush = (): void => this.#flush()
    this.#detach = observed.map(([name, changed]) => {
      const observe = (event: Y.YMapEvent<unknown>): void => {
        changed(event.keysChanged)
        this.#dirty = true
      }
      map(name).observe(observe)
      return (): void => map(name).unobserve(observe)
    })
    ydoc.on("afterTransaction", flush)
    this.#detach.push(() => ydoc.off("afterTransaction", flush))
  }

  /** The settings. The same object until one changes. */
  getSettings(): RoundSettings {
    this.#settings ??= readSettings(this.#meta, this.roundId)
    return this.#settings
  }

  /** Whether the beginning of the round has arrived here. */
  isBegun(): boolean {
    return this.#meta.map.get("made") !== undefined
  }

  /** What is to be judged, in the order in which it was added; at most {@link MAX_ROUND_ITEMS}. The same array until that changes. */
  getItems(): readonly RoundItem[] {
    this.#list ??= Object.freeze(
      readItems(
        this.#items,
        (id) => this.#item(id),
        (id) => readRegister(this.#items, id, "removed")[0]?.value === true,
      ),
    )
    return this.#list
  }

  /** An item, also one that was taken out of the round; undefined when it is not here. */
  getItem(id: string): RoundItem | undefined {
    return this.#item(id)
  }

  /** Whether item `id` was here and was erased for good. */
  isErased(id: string): boolean {
    return this.#items.map.get(recordKey(id, "record")) === null
  }

  /**
   * What was judged, by item, chunk and annotator: in an open round all that is here, in a blind one what was revealed of those whom the authority has as done. The same array until it changes.
   * @param annotator - whose. Default: everybody's.
   */
  getJudgements(annotator?: string): readonly Judgement[] {
    const all = this.getSettings().kind === "open" ? this.#sheet.all() : this.reveals.getJudgements()
    if (annotator === undefined) return all
    // Of what has changed since, nobody asks any more.
    if (this.#ofAnnotators.of !== all) this.#ofAnnotators = { of: all, lists: new Map() }
    const { lists } = this.#ofAnnotators
    const found = lists.get(annotator) ?? Object.freeze(all.filter((judgement) => judgement.annotator === annotator))
    lists.set(annotator, found)
    return found
  }

  /** What was judged of one item. The same array until it changes. */
  judgementsOf(itemId: string): readonly Judgement[] {
    return this.getSettings().kind === "open" ? this.#sheet.ofItem(itemId) : this.reveals.judgementsOf(itemId)
  }

  /** How far an annotator is, as far as their judgements can be seen here. Default: whoever works here. */
  getProgress(annotator: string = this.annotator): RoundProgress {
    return progressOf(this.getItems(), this.getJudgements(annotator))
  }

  /** Takes what the authority says who is done with which commitment; what was revealed counts by that. Writes nothing. */
  setClaims(claims: ReadonlyMap<string, string>): void {
    if (this.reveals.setClaims(claims)) this.#listeners.notify(ANY)
  }

  /** Calls `listener` after each transaction that changed something of the round. Returns the unsubscription. */
  subscribe(listener: Listener): () => void {
    return this.#listeners.add(ANY, listener)
  }

  /** Calls `listener` after each transaction that changed what is judged of an item in an open round. Returns the unsubscription. */
  subscribeItem(itemId: string, listener: Listener): () => void {
    return this.#listeners.add(ITEM + itemId, listener)
  }

  /** Begins the round; one that is begun only takes the settings. @throws as {@link change}, {@link setAnnotator}. */
  begin(fields: RoundChange & { readonly annotators?: readonly Annotator[] }): void {
    const { annotators = [], ...rest } = fields
    const values = checkedSettings(rest)
    for (const { id } of annotators) checkAnnotator(id)
    this.#write("begin-round", () => {
      const meta = this.#meta.map
      if (meta.get("made") === undefined) meta.set("made", { by: this.annotator, at: this.#writer.clock() })
      for (const [field, value] of values) this.#writer.set("begin-round", this.#meta, [field], value)
      for (const { id, name } of annotators) this.setAnnotator(id, name)
    })
  }

  /** Changes settings; what they say already is not written again. @throws RangeError for a scale or number that is none. ConversationError `too-large`. */
  change(fields: RoundChange): void {
    const values = checkedSettings(fields).filter(
      ([field, value]) => JSON.stringify(readRegister(this.#meta, field)[0]?.value) !== JSON.stringify(value),
    )
    if (values.length === 0) return
    this.#write("change-round", () => {
      for (const [field, value] of values) this.#writer.set("change-round", this.#meta, [field], value)
    })
  }

  /**
   * Takes somebody into the round under a name to show, or with null out of it; what they judged stays.
   * @throws ConversationError `bad-id`; `too-large` for more than {@link MAX_ANNOTATORS}.
   */
  setAnnotator(id: string, name: string | null): void {
    checkAnnotator(id)
    const { annotators } = readSettings(this.#meta, this.roundId)
    const known = annotators.find((annotator) => annotator.id === id)
    if ((known?.name ?? null) === name) return
    if (known === undefined && annotators.length >= MAX_ANNOTATORS)
      throw new ConversationError("too-large", `a round has at most ${MAX_ANNOTATORS} annotators`)
    this.#write("set-annotator", () =>
      this.#writer.set("set-annotator", this.#meta, ["annotator", id], name === null ? null : wellFormed(name)),
    )
  }

  /**
   * Adds items behind those that are there and returns their ids, in their order. An item that is there already, whoever added it, is left as it is; one that
   * was taken out comes back; one that was erased does not.
   * @throws ConversationError `too-large`, `bad-id`; RangeError for an item with nothing to judge. Nothing is written then.
   */
  addItems(items: readonly NewRoundItem[]): readonly string[] {
    const records = items.map(itemRecord)
    const fresh = new Set(records.filter(({ id }) => this.#item(id) === undefined && !this.isErased(id)).map(({ id }) => id))
    const gone = records.filter(({ id }) => this.#item(id) !== undefined && this.#isRemoved(id))
    if (this.getItems().length + fresh.size + gone.length > MAX_ROUND_ITEMS)
      throw new ConversationError("too-large", `a round has at most ${MAX_ROUND_ITEMS} items`)
    if (fresh.size + gone.length === 0) return records.map(({ id }) => id)
    this.#write("add-items", () => {
      const clock = this.#writer.clock()
      for (const [n, { id, record }] of records.entries()) {
        if (!fresh.has(id)) continue
        this.#setItem(recordKey(id, "record"), record)
        this.#setItem(recordKey(id, "added", this.#writer.writer), { clock, n })
      }
      for (const { id } of gone) this.#writer.set("add-items", this.#items, [id, "removed"], false)
    })
    return records.map(({ id }) => id)
  }

  /** Takes an item out of the round; what was judged of it stays, and adding it again brings it back. */
  removeItem(id: string): void {
    if (this.#item(id) !== undefined && !this.#isRemoved(id))
      this.#write("remove-item", () => this.#writer.set("remove-item", this.#items, [id, "removed"], true))
  }

  /**
   * Sets what `change` names of one's own judgement about a passage, or with `chunkId: null` about the item's answer.
   * @throws ConversationError `not-writable` in a blind round, which is judged in `BlindJudgements`; `too-large`. RangeError for a grade or confidence that is none.
   */
  judge(target: JudgedTarget, change: JudgementChange): void {
    const { kind, guidelineVersion } = this.getSettings()
    if (kind === "blind") throw new ConversationError("not-writable", "a blind round is judged in a document of each annotator's own")
    this.#write("judge", () => this.#sheet.judge(this.#writer, target, this.annotator, change, guidelineVersion))
  }

  /** Detaches from the Y.Doc and forgets all listeners. Idempotent. */
  destroy(): void {
    for (const detach of this.#detach.splice(0)) detach()
    this.#listeners.clear()
  }

  #item(id: string): RoundItem | undefined {
    const known = this.#read.get(id)
    if (known !== undefined) return known ?? undefined
    const item = readItem(id, this.#items.map.get(recordKey(id, "record")))
    this.#read.set(id, item ?? null)
    return item
  }

  #isRemoved(id: string): boolean {
    return readRegister(this.#items, id, "removed")[0]?.value === true
  }

  #setItem(key: string, value: unknown): void {
    this.#items.map.set(key, value)
    this.#read.delete(this.#items.add(key))
  }

  #write(operation: string, write: () => unknown): void {
    this.#writer.transact(operation, () => {
      if (write() !== false && this.#meta.map.get("schema") === undefined) this.#meta.map.set("schema", SCHEMA_VERSION)
    })
  }

  #metaChanged(keys: ReadonlySet<string>): void {
    for (const key of keys) this.#meta.add(key)
    this.#settings = undefined
  }

  #itemsChanged(keys: ReadonlySet<string>): void {
    for (const key of keys) this.#read.delete(this.#items.add(key))
    this.#list = undefined
  }

  #flush(): void {
    if (!this.#dirty) return
    this.#dirty = false
    const items = [...this.#changedItems]
    this.#changedItems.clear()
    for (const id of items) this.#listeners.notify(ITEM + id)
    this.#listeners.notify(ANY)
  }
}
