import { isObject } from "../formats/json-value.ts"
import { canonicalJson, textHash } from "../text/canonical-json.ts"
import { textDigest } from "../text/text-digest.ts"
import { wellFormed } from "../well-formed.ts"

/** A piece of a text as whoever cut it gives it. */
export interface Chunk {
  /** In UTF-16 units of the text it was cut from: `text.slice(start, end)` is its text. */
  readonly start: number
  readonly end: number
  readonly page?: number
  readonly text: string
  /** What the corpus that it comes from calls it. */
  readonly externalId?: string
}

/** Where a passage stood in the text that was cut. */
export interface ChunkPlace {
  readonly chunkId: string
  readonly start: number
  readonly end: number
  readonly page?: number
}

/** Which passages a text was cut into. Immutable. */
export interface Chunking {
  /** Hash of all the rest. */
  readonly id: string
  /** How it was cut, as plain JSON. */
  readonly config: Readonly<Record<string, unknown>>
  /** Of the text that was cut. */
  readonly textDigest: string
  readonly textLength: number
  readonly places: readonly ChunkPlace[]
}

/** What a source said at some place at some time, for ever. */
export interface Passage {
  /** `<hash>.<n>`: the n-th passage with this text, from 1. */
  readonly id: string
  readonly text: string
  /** The first 16 characters of the base64url of the SHA-256 of the text. */
  readonly hash: string
  /** Where it stood, and on which page, when it was first cut. */
  readonly start: number
  readonly page?: number
  readonly externalId?: string
}

const CHUNK_ID = /^[A-Za-z0-9_-]{16}\.[1-9][0-9]{0,5}$/u
const NO_PAGE = -1

/** What a passage with this text is known by. */
export function passageHash(text: string): string {
  return textHash(text).slice(0, 16)
}

/** Whether `value` has the form of a passage's id. */
export function isChunkId(value: unknown): value is string {
  return typeof value === "string" && CHUNK_ID.test(value)
}

/** The hash in a passage's id. */
export function hashOfChunk(chunkId: string): string {
  return chunkId.slice(0, chunkId.indexOf("."))
}

/** A chunking ready to be stored: its record, and its passages by their ids. */
export interface PreparedChunking {
  readonly id: string
  readonly record: Readonly<Record<string, unknown>>
  readonly passages: ReadonlyMap<string, Readonly<Record<string, unknown>>>
}

/** What `chunks` of a text are stored as. They are taken as checked. */
export function prepareChunking(words: string, chunks: readonly Chunk[], config: unknown): PreparedChunking {
  const passages = new Map<string, Readonly<Record<string, unknown>>>()
  const seen = new Map<string, number>()
  const ids: string[] = []
  for (const { start, text, page, externalId } of chunks) {
    const said = wellFormed(text)
    const hash = passageHash(said)
    const count = (seen.get(hash) ?? 0) + 1
    seen.set(hash, count)
    const id = `${hash}.${count}`
    ids.push(id)
    const more = { ...(page === undefined ? {} : { page }), ...(externalId === undefined ? {} : { externalId: wellFormed(externalId) }) }
    passages.set(id, { text: said, start, ...more })
  }
  const paged = chunks.some(({ page }) => page !== undefined)
  const record = {
    config,
    textDigest: textDigest(words),
    textLength: words.length,
    ids,
    starts: chunks.map(({ start }) => start),
    ends: chunks.map(({ end }) => end),
    ...(paged ? { pages: chunks.map(({ page = NO_PAGE }) => page) } : {}),
  }
  return { id: chunkingId(record), record, passages }
}

/** The chunking in a stored value under its id; undefined when it is none, or another one. */
export function readChunking(id: string, value: unknown): Chunking | undefined {
  if (!isObject(value)) return undefined
  const { config, textDigest, textLength, ids, starts, ends, pages } = value
  if (
    typeof textDigest !== "string" ||
    typeof textLength !== "number" ||
    !Array.isArray(ids) ||
    !Array.isArray(starts) ||
    !Array.isArray(ends)
  )
    return undefined
  if (chunkingId(value) !== id) return undefined
  const places: ChunkPlace[] = []
  for (const [at, chunkId] of (ids as unknown[]).entries()) {
    const [start, end, page]: unknown[] = [starts[at], ends[at], Array.isArray(pages) ? pages[at] : undefined]
    if (!isChunkId(chunkId) || !isIndex(start) || !isIndex(end) || end > textLength || start >= end) return undefined
    places.push(Object.freeze({ chunkId, start, end, ...(isIndex(page) ? { page } : {}) }))
  }
  return Object.freeze({ id, config: isObject(config) ? config : {}, textDigest, textLength, places: Object.freeze(places) })
}

/** The passage in a stored value under its id; undefined when its text is not what the id says. */
export function readPassage(id: string, value: unknown): Passage | undefined {
  if (!isChunkId(id) || !isObject(value)) return undefined
  const { text, start, page, externalId } = value
  const hash = hashOfChunk(id)
  if (typeof text !== "string" || passageHash(text) !== hash) return undefined
  return Object.freeze({
    id,
    text,
    hash,
    start: isIndex(start) ? start : 0,
    ...(isIndex(page) ? { page } : {}),
    ...(typeof externalId === "string" ? { externalId } : {}),
  })
}

function chunkingId(record: unknown): string {
  return textHash(canonicalJson(record)).slice(0, 22)
}

function isIndex(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0
}
