import type * as Y from "yjs"
import { MAX_SEGMENT, MAX_SEGMENT_LENGTH, MAX_SEGMENT_MESSAGES, notedSegment, SEGMENTS } from "../segment.ts"
import { SegmentStore } from "../segment-store.ts"
import type { StoredMessage } from "../stored-message.ts"
import type { ImportedConversation } from "./import-item.ts"

/**
 * How many segments of a conversation `applyImport` needs: those that the import fills and those that are here already. Give it the documents of
 * the segments 0 to this number less one, all loaded.
 * @param firstDoc - the document of segment 0, loaded.
 */
export function importSegments(conversation: ImportedConversation, firstDoc: Y.Doc): number {
  const own = cutSegments(conversation.messages).reduce((last, segment) => Math.max(last, segment), 0)
  return Math.max(own, notedSegment(firstDoc)) + 1
}

/**
 * The segment of each message as its place in the list alone decides: so two devices that import the same put it into the same
 * documents, however much of it they have.
 */
function cutSegments(messages: readonly StoredMessage[]): number[] {
  let segment = 0
  let count = 0
  let length = 0
  return messages.map((message) => {
    const size = lengthOf(message)
    const full = count >= MAX_SEGMENT_MESSAGES || (count > 0 && length + size > MAX_SEGMENT_LENGTH)
    if (full && segment < MAX_SEGMENT) {
      segment++
      count = 0
      length = 0
    }
    count++
    length += size
    return segment
  })
}

/** Roughly the characters of a message as JSON: its parts, with what went into tools and came out of them, and whatever an export had beside them. */
function lengthOf({ parts, origin }: StoredMessage): number {
  return parts.reduce((length, part) => length + valueLength(part), origin?.raw?.length ?? 0)
}

/** Roughly the characters of a value as JSON. What is nested too deep for a document was refused before. */
function valueLength(value: unknown): number {
  if (typeof value === "string") return value.length
  if (typeof value !== "object" || value === null) return 1
  let length = 0
  for (const [key, item] of Object.entries(value)) length += key.length + valueLength(item)
  return length
}

/** Finds the segment in which each message of an import stands or is to stand. */
export class ImportPlaces {
  readonly stores: readonly SegmentStore[]
  readonly #cuts: readonly number[]
  readonly #holders = new Map<string, SegmentStore[]>()

  /** @throws RangeError when documents are missing, see `importSegments`. */
  constructor(conversation: ImportedConversation, docs: readonly Y.Doc[]) {
    const [first] = docs
    const needed = first === undefined ? 1 : importSegments(conversation, first)
    if (docs.length < needed) throw new RangeError(`the import needs the documents of ${needed} segments, not ${docs.length}`)
    this.stores = docs.map((ydoc, segment) => new SegmentStore(segment, ydoc))
    this.#cuts = cutSegments(conversation.messages)
    for (const store of this.stores) for (const owner of store.owners()) this.#note(owner, store)
  }

  /** The segments in which messages stand under `owner`, in their order. */
  holdersOf(owner: string): readonly SegmentStore[] {
    return this.#holders.get(owner) ?? []
  }

  /** The segment for the message at `index`: where it stands, else by its place, but never before the message it follows. */
  place(index: number, { core }: StoredMessage): SegmentStore {
    const [here] = this.holdersOf(core.id)
    if (here !== undefined) return here
    const parent = core.parentId === null ? 0 : (this.holdersOf(core.parentId)[0]?.segment ?? 0)
    const store = this.stores[Math.max(this.#cuts[index] ?? 0, parent)] ?? this.first
    this.#note(core.id, store)
    return store
  }

  /** The segment for a record of map `map`: that of its message. */
  placeRecord(map: string, owner: string): SegmentStore {
    return map === "meta" ? this.first : (this.holdersOf(owner)[0] ?? this.first)
  }

  /** Segment 0. */
  get first(): SegmentStore {
    const [first] = this.stores
    if (first === undefined) throw new RangeError("an import is written into the documents of a conversation, of which there are none")
    return first
  }

  #note(owner: string, store: SegmentStore): void {
    const holders = this.#holders.get(owner)
    if (holders === undefined) this.#holders.set(owner, [store])
    else holders.push(store)
  }
}

/** The key under which an import notes `segment` in segment 0, the same for all devices that import it; undefined when that is noted. */
export function noteKey(firstDoc: Y.Doc, segment: number): string | undefined {
  return notedSegment(firstDoc) >= segment ? undefined : `${SEGMENTS}/import~${segment}`
}
