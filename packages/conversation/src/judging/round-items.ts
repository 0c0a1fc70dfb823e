import { ConversationError } from "../conversation-error.ts"
import { readClock } from "../hybrid-clock.ts"
import type { KeyIndex } from "../record-key.ts"
import { canonicalJson, textHash } from "../text/canonical-json.ts"
import { fieldsOf, parsedJson } from "../stored-value.ts"

/*
 * The map `items` of a round: `<item>/record` holds canonical JSON text whose hash is the item's id, so the same item added on two devices is one and a
 * record under another id is none; `<item>/added/<writer>` holds `{ clock, n }`, its place, of which readers take the first; `<item>/removed/<writer>` is a register.
 */

/** A passage that was found for a question, as it is shown to annotators. */
export interface ItemChunk {
  readonly sourceId: string
  readonly chunkId: string
  /** Place in what was found, from 1. */
  readonly rank: number
  readonly score: number
  /** What the corpus that it comes from calls it. */
  readonly externalId?: string
}

/** One question of a round with what is to be judged: passages, an answer, or both. Never changes: its id is the hash of the rest. */
export interface RoundItem {
  readonly id: string
  readonly conversationId: string
  /** The message that asks. */
  readonly messageId: string
  /** The retrieval that found the passages; the empty string where none is recorded. */
  readonly retrievalId: string
  readonly query: string
  readonly chunks: readonly ItemChunk[]
  /** The message that answers, where that is to be judged. */
  readonly answer?: { readonly messageId: string }
}

/** An item as it is added. */
export type NewRoundItem = Omit<RoundItem, "id">

/** Most items of a round. */
export const MAX_ROUND_ITEMS = 5_000
/** Most passages of an item. */
export const MAX_ITEM_CHUNKS = 200
/** Longest question in UTF-16 units. */
export const MAX_ITEM_QUERY_LENGTH = 20_000
const MAX_ID_LENGTH = 200
const MAX_RECORD_LENGTH = 256 * 1024

/** The id of an item and the record that is stored of it. @throws ConversationError `too-large`, `bad-id`. RangeError for an item with nothing to judge. */
export function itemRecord(item: NewRoundItem): { readonly id: string; readonly record: string } {
  if (item.chunks.length > MAX_ITEM_CHUNKS)
    throw new ConversationError("too-large", `an item has at most ${MAX_ITEM_CHUNKS} passages, not ${item.chunks.length}`)
  if (item.query.length > MAX_ITEM_QUERY_LENGTH)
    throw new ConversationError("too-large", `a question has at most ${MAX_ITEM_QUERY_LENGTH} characters, not ${item.query.length}`)
  if (item.chunks.length === 0 && item.answer === undefined) throw new RangeError("an item has a passage or an answer to judge")
  const record = canonicalJson(fieldsOfItem(item))
  const id = itemIdOf(record)
  if (readItem(id, record) === undefined || readItem(id, record)?.chunks.length !== item.chunks.length)
    throw new ConversationError("bad-id", `the ids in an item have 1 to ${MAX_ID_LENGTH} characters`)
  return { id, record }
}

/** The item in a stored record; undefined when it is none, or not the one that its id says. */
export function readItem(id: string, value: unknown): RoundItem | undefined {
  if (typeof value !== "string" || value.length > MAX_RECORD_LENGTH || itemIdOf(value) !== id) return undefined
  const { conversationId, messageId, retrievalId, query, chunks, answer } = fieldsOf(parsedJson(value))
  if (!isId(conversationId) || !isId(messageId) || typeof query !== "string" || !Array.isArray(chunks)) return undefined
  const answerId = fieldsOf(answer)["messageId"]
  return Object.freeze({
    id,
    conversationId,
    messageId,
    retrievalId: isId(retrievalId) ? retrievalId : "",
    query,
    chunks: Object.freeze(
      chunks
        .slice(0, MAX_ITEM_CHUNKS)
        .map(readChunk)
        .filter((chunk) => chunk !== undefined),
    ),
    ...(isId(answerId) ? { answer: Object.freeze({ messageId: answerId }) } : {}),
  })
}

/** The items of a round in the order in which they were added. */
export function readItems(index: KeyIndex, read: (id: string) => RoundItem | undefined, isRemoved: (id: string) => boolean): RoundItem[] {
  const found: { readonly item: RoundItem; readonly clock: number; readonly n: number }[] = []
  for (const id of index.owners()) {
    const item = isRemoved(id) ? undefined : read(id)
    if (item === undefined) continue
    const places = [...index.records(id, "added")]
      .map(([, value]) => fieldsOf(value))
      .map(({ clock, n }) => ({ clock: readClock(clock), n: readClock(n) }))
    places.sort((left, right) => left.clock - right.clock || left.n - right.n)
    found.push({ item, clock: places[0]?.clock ?? 0, n: places[0]?.n ?? 0 })
  }
  found.sort((left, right) => left.clock - right.clock || left.n - right.n || (left.item.id < right.item.id ? -1 : 1))
  return found.slice(0, MAX_ROUND_ITEMS).map(({ item }) => item)
}

function fieldsOfItem({ conversationId, messageId, retrievalId, query, chunks, answer }: NewRoundItem): unknown {
  return {
    conversationId,
    messageId,
    retrievalId,
    query,
    chunks: chunks.map(({ sourceId, chunkId, rank, score, externalId }) => ({ sourceId, chunkId, rank, score, externalId })),
    answer: answer === undefined ? undefined : { messageId: answer.messageId },
  }
}

function itemIdOf(record: string): string {
  return textHash(record).slice(0, 22)
}

function readChunk(value: unknown): ItemChunk | undefined {
  const { sourceId, chunkId, rank, score, externalId } = fieldsOf(value)
  if (!isId(sourceId) || !isId(chunkId)) return undefined
  return Object.freeze({
    sourceId,
    chunkId,
    rank: typeof rank === "number" ? rank : 0,
    score: typeof score === "number" ? score : 0,
    ...(typeof externalId === "string" ? { externalId } : {}),
  })
}

function isId(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= MAX_ID_LENGTH
}
