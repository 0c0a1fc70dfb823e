import * as Y from "yjs"
import { type ConversationMaps, conversationMaps, MAP_NAMES } from "../conversation-layout.ts"
import { ANNOTATION_MAPS, RETRIEVALS } from "../message-annotations.ts"
import { EXACT } from "../formats/native.ts"
import { ConversationOrigin } from "../origin.ts"
import { KeyIndex, parseRecordKey } from "../record-key.ts"
import { readEntry } from "../register.ts"
import { type MessageCore, readStoredCore, readStoredMessage, type StoredMessage } from "../stored-message.ts"
import { blobsIn } from "./blob-references.ts"
import { type Erasing, Sweep } from "./id-ranges.ts"

/** Fields of a part that hold no words and by which readers know it. */
const PART_SHELL: ReadonlySet<string> = new Set(["pid", "type", "streams"])

/** Collects what is to be erased in a conversation document, and what is written in its place. Writes nothing itself. */
export class MessageEraser {
  readonly #ydoc: Y.Doc
  readonly #maps: ConversationMaps
  readonly #imported: KeyIndex
  readonly #feedback: KeyIndex
  readonly #state: KeyIndex
  readonly #annotations: readonly KeyIndex[]
  readonly #retrievals: KeyIndex
  #replies: Map<string, readonly string[]> | undefined
  readonly #sweep = new Sweep()
  readonly #writes: (() => void)[] = []
  readonly #erased = new Set<string>()
  readonly #blobs = new Set<string>()
  readonly #texts: string[] = []

  constructor(ydoc: Y.Doc) {
    this.#ydoc = ydoc
    this.#maps = conversationMaps(ydoc)
    this.#imported = new KeyIndex(this.#maps.imported)
    this.#feedback = new KeyIndex(this.#maps.feedback)
    this.#state = new KeyIndex(this.#maps.state)
    this.#annotations = ANNOTATION_MAPS.map((name) => new KeyIndex(ydoc.getMap(name)))
    this.#retrievals = new KeyIndex(ydoc.getMap(RETRIEVALS))
  }

  /** Whether a message stands under `owner`. */
  has(owner: string): boolean {
    return this.#maps.messages.has(owner) || [...this.#imported.keysOf(owner)].length > 0
  }

  /** All that has records, with or without a message. */
  owners(): Iterable<string> {
    const indexes = [this.#imported, this.#feedback, this.#state, ...this.#annotations]
    return new Set([...this.#maps.messages.keys(), ...indexes.flatMap((index) => [...index.owners()])])
  }

  /** Erases the message under `owner`: all of its texts, imported ones included, and what was noted about it. */
  message(owner: string): void {
    this.#erased.add(owner)
    if (this.#maps.messages.has(owner)) this.#live(owner)
    for (const key of this.#imported.keysOf(owner)) this.#value(owner, this.#maps.imported, key)
    for (const key of this.#feedback.keysOf(owner)) this.#register(this.#maps.feedback, key)
    for (const key of this.#state.keysOf(owner)) this.#replace(this.#maps.state, key, null, this.#maps.state.get(key) === null)
    for (const index of this.#annotations) for (const key of index.keysOf(owner)) this.#annotation(index.map, key)
    // What was looked up for a reply says what was asked.
    for (const reply of this.#repliesTo(owner))
      for (const key of this.#retrievals.keysOf(reply)) this.#annotation(this.#retrievals.map, key)
    for (const key of this.#maps.meta.keys()) {
      const [first, map, record] = parseRecordKey(key)
      if (first === EXACT && map !== "meta" && record !== undefined && parseRecordKey(record)[0] === owner) {
        this.#sweep.value(this.#maps.meta, key)
      }
    }
  }

  /** Erases the titles of `field` that stand in the erased texts, or all of them. */
  titles(field: string, which: "quotes" | "all"): void {
    for (const key of this.#maps.meta.keys()) {
      if (parseRecordKey(key)[0] !== field) continue
      const entry = readEntry("", this.#maps.meta.get(key))
      const quoted = typeof entry?.value === "string" && this.#texts.some((text) => quotes(text, entry.value as string))
      if (which === "quotes" && !quoted) continue
      this.#replace(this.#maps.meta, key, entry && { turn: entry.turn, clock: entry.clock, value: "" }, entry?.value === "")
    }
  }

  /** Erases everything that belongs to no message: what imports left in `meta`, and top-level types of other writers. */
  rest(keepMeta: ReadonlySet<string>): void {
    for (const key of this.#maps.meta.keys()) {
      // A value stays where it was: an import of the same file would fill an empty place again.
      if (!keepMeta.has(parseRecordKey(key)[0] ?? "")) this.#replace(this.#maps.meta, key, null, this.#maps.meta.get(key) === null)
    }
    const known: ReadonlySet<string> = new Set([...MAP_NAMES, ...ANNOTATION_MAPS])
    for (const [name, type] of this.#ydoc.share) if (!known.has(name)) this.#sweep.inside(type)
  }

  /** All that was collected. */
  erasing(): Erasing {
    const others = this.#blobs.size === 0 ? this.#blobs : this.#blobsOfOthers()
    const blobs = [...this.#blobs].filter((hash) => !others.has(hash)).sort()
    const writes = this.#writes
    const after = (): void => this.#ydoc.transact(() => writes.forEach((write) => write()), new ConversationOrigin("erase"))
    return { ranges: this.#sweep.ranges(), blobs, after }
  }

  /** The replies to a message for which something was looked up. */
  #repliesTo(owner: string): readonly string[] {
    if (this.#replies === undefined) {
      this.#replies = new Map()
      for (const id of this.#retrievals.owners()) {
        const asked = this.#askedBy(id)
        if (asked !== null) this.#replies.set(asked, [...(this.#replies.get(asked) ?? []), id])
      }
    }
    return this.#replies.get(owner) ?? []
  }

  /** The message that reply `id` answers. */
  #askedBy(id: string): string | null {
    const value = this.#maps.messages.get(id) ?? [...this.#imported.records(id)][0]?.[1]
    const core = value === undefined ? undefined : readStoredCore(id, value)
    return core?.role === "assistant" ? core.parentId : null
  }

  #live(owner: string): void {
    const { messages } = this.#maps
    const message = messages.get(owner)
    if (!(message instanceof Y.Map)) {
      if (message instanceof Y.AbstractType) this.#sweep.value(messages, owner)
      else this.#value(owner, messages, owner)
      return
    }
    this.#note(readStoredMessage(owner, message))
    this.#sweep.history(messages, owner)
    for (const key of [...message.keys(), "core"]) {
      const value: unknown = message.get(key)
      if (key === "parts" && value instanceof Y.Array) {
        this.#sweep.inside(value, new Set(), PART_SHELL)
        this.#sweep.history(message, key)
      } else if (key !== "core") this.#sweep.value(message, key)
    }
    // Without a core there is nothing to keep: one that is still to come is not ours to forestall.
    if (!message.has("core")) return
    const core = readStoredCore(owner, message)
    this.#replace(message, "core", shellOf(core), core.erased === true)
  }

  /** A message that is one JSON value. */
  #value(owner: string, map: Y.Map<unknown>, key: string): void {
    const value = map.get(key)
    this.#note(readStoredMessage(owner, value))
    const core = readStoredCore(owner, value)
    this.#replace(map, key, { core: shellOf(core), parts: [] }, core.erased === true)
  }

  /** A register, or whatever else stands in its place: the entry stays, without its value. */
  #register(map: Y.Map<unknown>, key: string): void {
    const entry = readEntry("", map.get(key))
    this.#replace(map, key, entry && { turn: entry.turn, clock: entry.clock, value: null }, entry !== undefined && entry.value === null)
  }

  /** What is said about a message. A value stays where it was: an import would fill an empty place again. */
  #annotation(map: Y.Map<unknown>, key: string): void {
    if (readEntry("", map.get(key)) === undefined) this.#replace(map, key, null, map.get(key) === null)
    else this.#register(map, key)
  }

  /** Erases what stands and stood under `key`, and writes `rest` there; nothing present is touched when that is there `already`. */
  #replace(map: Y.Map<unknown>, key: string, rest: unknown, already: boolean): void {
    if (already) return this.#sweep.history(map, key)
    this.#sweep.value(map, key)
    if (rest !== undefined) this.#writes.push(() => map.set(key, rest))
  }

  #note({ parts }: StoredMessage): void {
    for (const part of parts) if (part.text !== undefined) this.#texts.push(part.text)
    for (const hash of blobsIn(parts)) this.#blobs.add(hash)
  }

  #blobsOfOthers(): Set<string> {
    const { messages } = this.#maps
    const others = new Set<string>()
    const note = (owner: string, value: unknown): void => {
      if (!this.#erased.has(owner)) for (const hash of blobsIn(readStoredMessage(owner, value).parts)) others.add(hash)
    }
    for (const [owner, value] of messages.entries()) note(owner, value)
    for (const owner of this.#imported.owners()) for (const [, value] of this.#imported.records(owner)) note(owner, value)
    return others
  }
}

/** What stays of a core: its place among the others. */
function shellOf({ id, parentId, alternativeOf, role, clock, generationId }: MessageCore): Partial<MessageCore> {
  const links = {
    ...(alternativeOf === undefined ? {} : { alternativeOf }),
    // An answer that was erased was given: nobody writes it again.
    ...(typeof generationId === "string" ? { generationId } : {}),
  }
  return { id, parentId, ...links, role, clock, erased: true }
}

/** Whether `title` is words of `text`, as a title that was made of it is, whatever was cut off. */
function quotes(text: string, title: string): boolean {
  const plain = (value: string): string => value.replaceAll(/\s+/gu, " ").trim()
  const words = plain(title.replace(/(?:…|\.\.\.)\s*$/u, ""))
  return words !== "" && plain(text).includes(words)
}
