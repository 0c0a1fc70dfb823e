import type * as Y from "yjs"
import type { ConversationOptions } from "../conversation.ts"
import { ConversationError } from "../conversation-error.ts"
import { isSegment } from "../document-id.ts"
import { compareByClock } from "../hybrid-clock.ts"
import { importedId, mintId } from "../identifier.ts"
import { type Listener, Listeners } from "../listeners.ts"
import { RETRIEVALS } from "../message-annotations.ts"
import { ownerOf } from "../conversation-view.ts"
import { plainJson } from "../new-part.ts"
import { boundedText } from "../prompt/prompt-limits.ts"
import { KeyIndex, recordKey } from "../record-key.ts"
import { RegisterWriter } from "../register-writer.ts"
import { ConversationOrigin } from "../origin.ts"
import { canonicalJson } from "../text/canonical-json.ts"
import {
  MAX_QUERY_LENGTH,
  MAX_RESULTS,
  readRetrieval,
  type RetrievalConfig,
  type RetrievalRecord,
  type RetrievedPassage,
} from "./retrieval-record.ts"
import { atMost, MAX_SOURCE_CONFIG_LENGTH, MAX_SOURCE_FIELD_LENGTH } from "./source-limits.ts"

/** A retrieval that is about to be recorded. */
export interface NewRetrieval {
  /** The message that it serves: an answer, or the question that is to be answered. All texts of an imported message have the same. */
  readonly messageId: string
  readonly query: string
  readonly config: RetrievalConfig
  readonly results: readonly RetrievedPassage[]
}

const NONE: readonly RetrievalRecord[] = Object.freeze([])

/**
 * Notes in the segment of a message what was found for it, for ever, in one transaction; returns the id of the record.
 * @param ydoc - the document of the segment in which the message stands.
 * @throws ConversationError `too-large` above {@link MAX_RESULTS}, {@link MAX_QUERY_LENGTH} or another limit; `bad-id` for a source's id that is none. RangeError for ranks
 *   that are not 1, 2, 3 …, or a score that is no number. Nothing is written then.
 */
export function recordRetrieval(ydoc: Y.Doc, options: ConversationOptions, retrieval: NewRetrieval): string {
  const record = storedRetrieval(retrieval)
  const registers = new RegisterWriter(ydoc, options)
  const id = mintId(options.now(), options.randomBytes)
  const whole = { ...record, clock: registers.clock(), authorId: options.author.id }
  registers.transact("record-retrieval", () => ydoc.getMap(RETRIEVALS).set(recordKey(ownerOf(retrieval.messageId), id), whole))
  return id
}

/**
 * Notes a retrieval of an imported conversation: as {@link recordRetrieval}, with an id made of its content, so that importing again, or on two devices, notes it once.
 * @param clock - when it was, in ms since 1970; default 0, not known.
 */
export function importRetrieval(ydoc: Y.Doc, retrieval: NewRetrieval, clock = 0): string {
  const record = { ...storedRetrieval(retrieval), clock }
  const id = idOfImported(retrieval.messageId, record)
  const map = ydoc.getMap(RETRIEVALS)
  const key = recordKey(ownerOf(retrieval.messageId), id)
  // Null is what an erasure left there: no import brings that back.
  if (!map.has(key)) ydoc.transact(() => map.set(key, record), new ConversationOrigin("import-retrieval"))
  return id
}

/** The id under which {@link importRetrieval} notes a retrieval. @throws as that. */
export function importedRetrievalId(retrieval: NewRetrieval, clock = 0): string {
  return idOfImported(retrieval.messageId, { ...storedRetrieval(retrieval), clock })
}

function idOfImported(messageId: string, record: unknown): string {
  return importedId("retrieval", ownerOf(messageId), canonicalJson(record))
}

/** What was found for a message, oldest first, as one segment has it. The same array until one comes. */
export function retrievalsOf(ydoc: Y.Doc, messageId: string): readonly RetrievalRecord[] {
  return indexOf(ydoc).get(ownerOf(messageId))
}

/** Calls `listener` after each transaction in which a retrieval for the message came to this segment, or was erased. Returns the unsubscription. */
export function subscribeRetrievals(ydoc: Y.Doc, messageId: string, listener: Listener): () => void {
  return indexOf(ydoc).subscribe(ownerOf(messageId), listener)
}

const ofDocument = new WeakMap<Y.Doc, RetrievalIndex>()

function indexOf(ydoc: Y.Doc): RetrievalIndex {
  const known = ofDocument.get(ydoc) ?? new RetrievalIndex(ydoc)
  ofDocument.set(ydoc, known)
  return known
}

/** The retrievals of a segment by message; attached for as long as its Y.Doc lives. */
class RetrievalIndex {
  readonly #records: KeyIndex
  readonly #listeners = new Listeners()
  readonly #read = new Map<string, readonly RetrievalRecord[]>()
  readonly #changed = new Set<string>()

  constructor(ydoc: Y.Doc) {
    const map = ydoc.getMap<unknown>(RETRIEVALS)
    this.#records = new KeyIndex(map)
    map.observe((event) => {
      for (const key of event.keysChanged) {
        const messageId = this.#records.add(key)
        this.#read.delete(messageId)
        this.#changed.add(messageId)
      }
    })
    ydoc.on("afterTransaction", () => {
      const changed = [...this.#changed]
      this.#changed.clear()
      for (const messageId of changed) this.#listeners.notify(messageId)
    })
  }

  get(messageId: string): readonly RetrievalRecord[] {
    const known = this.#read.get(messageId)
    if (known !== undefined) return known
    const found: RetrievalRecord[] = []
    for (const [[id = "", ...rest], value] of this.#records.records(messageId)) {
      const record = rest.length === 0 ? readRetrieval(messageId, id, value) : undefined
      if (record !== undefined) found.push(record)
    }
    const read = found.length === 0 ? NONE : Object.freeze(found.sort(compareByClock))
    this.#read.set(messageId, read)
    return read
  }

  subscribe(messageId: string, listener: Listener): () => void {
    return this.#listeners.add(messageId, listener)
  }
}

function storedRetrieval({ query, config, results }: NewRetrieval): Readonly<Record<string, unknown>> {
  atMost(results.length, MAX_RESULTS, "passages of a retrieval")
  const plain = plainJson(config, "the configuration of a retrieval")
  atMost(canonicalJson(plain).length, MAX_SOURCE_CONFIG_LENGTH, "characters of a configuration")
  return {
    query: boundedText(query, MAX_QUERY_LENGTH, "a question"),
    config: plain,
    results: results.map((result, index) => storedResult(result, index + 1)),
  }
}

function storedResult(
  { sourceId, chunkId, rank, score, hash, externalId }: RetrievedPassage,
  expected: number,
): Readonly<Record<string, unknown>> {
  if (!isSegment(sourceId))
    throw new ConversationError("bad-id", `${JSON.stringify(String(sourceId).slice(0, 80))} cannot be the id of a source`)
  if (rank !== expected) throw new RangeError(`results stand in the order of their ranks, 1, 2, 3 …: ${rank} cannot be number ${expected}`)
  if (!Number.isFinite(score)) throw new RangeError(`${score} is no score`)
  const field = (text: string, what: string): string => boundedText(text, MAX_SOURCE_FIELD_LENGTH, what)
  return {
    sourceId,
    chunkId: field(chunkId, "the id of a passage"),
    rank,
    score,
    hash: field(hash, "a hash"),
    ...(externalId === undefined ? {} : { externalId: field(externalId, "the name of a passage") }),
  }
}
