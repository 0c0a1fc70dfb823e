import type * as Y from "yjs"
import type { ConversationOptions } from "../conversation.ts"
import { ConversationError } from "../conversation-error.ts"
import { SCHEMA_VERSION } from "../conversation-layout.ts"
import { readClock } from "../hybrid-clock.ts"
import { plainJson } from "../new-part.ts"
import { boundedLine, boundedText } from "../prompt/prompt-limits.ts"
import { recordKey } from "../record-key.ts"
import { RegisterWriter } from "../register-writer.ts"
import { canonicalJson } from "../text/canonical-json.ts"
import { seedText, spareCopies, type TextSeed } from "../text/text-seed.ts"
import { wellFormed } from "../well-formed.ts"
import { type Chunk, type PreparedChunking, prepareChunking } from "./chunking.ts"
import { ADDED, TITLE } from "./source-layout.ts"
import {
  atMost,
  MAX_CHUNKING_CHARACTERS,
  MAX_CHUNKS,
  MAX_PAGES,
  MAX_PASSAGE_CHARACTERS,
  MAX_SOURCE_CHARACTERS,
  MAX_SOURCE_CONFIG_LENGTH,
  MAX_SOURCE_FIELD_LENGTH,
  MAX_SOURCE_TITLE_LENGTH,
  PASSAGE_BATCH_CHARACTERS,
} from "./source-limits.ts"
import { type Addition, type PageStart, storedPages } from "./source-meta.ts"
import { SourceView } from "./source-view.ts"

/** What a source begins with. */
export interface NewSource {
  readonly meta: {
    /** What the file calls itself. */
    readonly title?: string
    /** Name of the file; default the empty string. */
    readonly name?: string
    /** Default `text/plain`. */
    readonly mime?: string
    /** Bytes of the file; default 0. */
    readonly size?: number
    readonly uri?: string
    /** SHA-256 of the file's bytes in hexadecimal. */
    readonly sha256?: string
    /** Whether the bytes are a blob of the workspace under that hash. */
    readonly blob?: boolean
    /** BCP 47 tag. */
    readonly language?: string
  }
  readonly text: string
  /** Where its pages begin, ascending. */
  readonly pages?: readonly PageStart[]
  /** What the text was cut into; without them it is cut later, by `writeChunking`. */
  readonly chunks?: readonly Chunk[]
  /** How it was cut. */
  readonly config?: Readonly<Record<string, unknown>>
}

/** A source with the operations on it. Each is one Yjs transaction with a `ConversationOrigin`, passages aside: of those as many as go into one row. */
export class Source extends SourceView {
  readonly #options: ConversationOptions
  readonly #registers: RegisterWriter
  /** The records with which the copies of the text were last looked through. */
  #settled: readonly Addition[] | undefined

  /** Attaches to `ydoc`, which stays the caller's. @throws TypeError when `options.writer` is not the name of a writer. */
  constructor(ydoc: Y.Doc, options: ConversationOptions) {
    // Before the view attaches, so that a wrong name leaves nothing behind.
    const registers = new RegisterWriter(ydoc, options)
    super(ydoc)
    this.#options = options
    this.#registers = registers
  }

  /**
   * Makes a new source of an empty document; returns whether it was one. A source that is here stays as it is, and gets the chunking that it lacks. Text and
   * meta are one transaction, so no other device ever sees half a text; passages come behind it, and the chunking that names them last.
   *
   * Two devices that begin the same source of the same file have, once they know of each other, one copy of its text, and each copy in which somebody wrote: see `text-seed.ts`.
   * @throws ConversationError `erased` for a source that was erased; `too-large` above a limit of `source-limits.ts`. RangeError for chunks or pages that are not of the text.
   *   Nothing is written then.
   */
  begin(source: NewSource): boolean {
    const { meta, pages = [], chunks, config = {} } = source
    if (this.getState() === "erased") throw new ConversationError("erased", "this source was erased for good, and is not added again")
    atMost(source.text.length, MAX_SOURCE_CHARACTERS, "characters of a source")
    const text = wellFormed(source.text)
    checkPages(text, pages)
    const prepared = chunks === undefined ? undefined : prepare(text, chunks, config)
    const noted = storedMeta(meta)
    const isNew = this.getState() === "absent"
    this.#transact("begin-source", () => {
      if (!isNew) return
      const { id, kind, name } = this.#options.author
      const seed = seedText(this.text, text)
      const record = {
        ...noted,
        addedAt: this.#options.now(),
        addedBy: { id: wellFormed(id), kind: wellFormed(kind), ...(name === undefined ? {} : { name: wellFormed(name) }) },
        ...(pages.length === 0 ? {} : { pages: storedPages(pages) }),
        ...(seed === undefined ? {} : { seed }),
      }
      // Tabs of one device have one writer, and two of them may begin the same source: the client id tells their copies apart.
      this.meta.map.set(recordKey(ADDED, this.#registers.writer, String(this.ydoc.clientID)), record)
    })
    if (prepared !== undefined && this.getChunking() === undefined && this.getText() === text) this.#store(prepared)
    return isNew
  }

  /** Gives the source a title, on one line; the empty string gives way to that of its file. @throws ConversationError `too-large` above {@link MAX_SOURCE_TITLE_LENGTH}. */
  setTitle(title: string): void {
    const line = boundedLine(title, MAX_SOURCE_TITLE_LENGTH, "the title of a source")
    if (line === this.getMeta().title) return
    this.#transact("set-title", () => this.#registers.set("set-title", this.meta, [TITLE], line))
  }

  /**
   * Notes what the text is cut into now. Passages that are here already cost nothing, and none is ever taken away. Returns the id of the chunking; undefined, with
   * no chunking written, when the text is not the one that was cut any more: cut it again. Call it when the writing pauses, not per key.
   * @throws ConversationError `too-large` above a limit of `source-limits.ts`. RangeError for chunks that are not in order.
   */
  writeChunking(chunks: readonly Chunk[], config: Readonly<Record<string, unknown>> = {}): string | undefined {
    this.settle()
    const words = this.getText()
    if (chunks.some((chunk) => !isOf(words, chunk))) return undefined
    const prepared = prepare(words, chunks, config)
    if (this.getChunking()?.id !== prepared.id) this.#store(prepared)
    return prepared.id
  }

  /** Sees to it that the text does not stand here twice where two devices began it. Every operation does so with what it writes; nothing to do writes nothing. */
  settle(): void {
    const spare = this.#spareCopies()
    if (spare.length > 0) this.#registers.transact("settle", () => this.#drop(spare))
  }

  #store({ id, record, passages }: PreparedChunking): void {
    const missing = [...passages].filter(([chunkId]) => this.getPassage(chunkId) === undefined)
    for (let start = 0; start < missing.length;) {
      let end = start
      for (let length = 0; end < missing.length && (end === start || length < PASSAGE_BATCH_CHARACTERS); end++)
        length += String(missing[end]?.[1]["text"]).length
      const batch = missing.slice(start, end)
      this.#transact("add-passages", () => {
        for (const [chunkId, passage] of batch) this.passages.set(chunkId, passage)
      })
      start = end
    }
    const clocks = [...this.chunked.map.values()].map((value) => readClock((value as { clock?: unknown } | null)?.clock))
    this.#transact("write-chunking", () => {
      const { writer } = this.#registers
      this.#dropUnused(id)
      if (this.chunkings.get(id) == null) this.chunkings.set(id, record)
      this.chunked.map.set(recordKey(writer), { clock: this.#registers.clock(clocks), id })
    })
  }

  /** Takes the values of chunkings that no device has made last: what they named stays, where that stood nobody asks. */
  #dropUnused(next: string): void {
    const used = new Set([next])
    for (const [key, value] of this.chunked.map.entries()) {
      const { id } = (value ?? {}) as { id?: unknown }
      if (key !== recordKey(this.#registers.writer) && typeof id === "string") used.add(id)
    }
    for (const [id, value] of this.chunkings.entries()) if (value !== null && !used.has(id)) this.chunkings.set(id, null)
  }

  #transact(operation: string, write: () => void): void {
    const spare = this.#spareCopies()
    this.#registers.transact(operation, () => {
      if (this.meta.map.get("schema") === undefined) this.meta.map.set("schema", SCHEMA_VERSION)
      this.#drop(spare)
      write()
    })
  }

  /** The copies of the text that can go. A further one comes with a record of its own, so without another record there is nothing to look for. */
  #spareCopies(): ReturnType<typeof spareCopies> {
    const additions = this.additions()
    if (additions === this.#settled) return []
    this.#settled = additions
    const seeds = new Map<string, TextSeed>()
    for (const { key, seed } of additions) if (seed !== undefined) seeds.set(key, seed)
    return seeds.size < 2 ? [] : spareCopies(this.text, seeds)
  }

  #drop(spare: ReturnType<typeof spareCopies>): void {
    for (const { from, to } of spare) this.text.delete(from, to - from)
  }
}

function storedMeta(meta: NewSource["meta"]): Readonly<Record<string, unknown>> {
  const { title, name = "", mime = "text/plain", size = 0, uri, sha256, blob = false, language } = meta
  if (!Number.isSafeInteger(size) || size < 0) throw new RangeError(`${size} is no number of bytes`)
  const field = (text: string, what: string): string => boundedText(text, MAX_SOURCE_FIELD_LENGTH, what)
  return {
    ...(title === undefined ? {} : { title: boundedLine(title.slice(0, MAX_SOURCE_TITLE_LENGTH), MAX_SOURCE_TITLE_LENGTH, "a title") }),
    name: field(name, "the name of a file"),
    mime: field(mime, "the kind of a file"),
    size,
    ...(uri === undefined ? {} : { uri: field(uri, "a URI") }),
    ...(sha256 === undefined ? {} : { sha256: field(sha256, "a hash") }),
    blob: blob && sha256 !== undefined,
    ...(language === undefined ? {} : { language: field(language, "a language") }),
  }
}

function checkPages(text: string, pages: readonly PageStart[]): void {
  atMost(pages.length, MAX_PAGES, "pages of a source")
  let last = 0
  for (const { page, start } of pages) {
    if (!Number.isSafeInteger(page) || page < 0 || !Number.isSafeInteger(start) || start < last || start > text.length)
      throw new RangeError(`page ${page} cannot begin at ${start}: pages ascend within the text`)
    last = start
  }
}

function isOf(words: string, { start, end, text }: Chunk): boolean {
  return (
    Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && start < end && words.slice(start, end) === wellFormed(text)
  )
}

function prepare(words: string, chunks: readonly Chunk[], config: Readonly<Record<string, unknown>>): PreparedChunking {
  atMost(chunks.length, MAX_CHUNKS, "passages of a source")
  let total = 0
  let last = 0
  for (const chunk of chunks) {
    atMost(chunk.text.length, MAX_PASSAGE_CHARACTERS, "characters of a passage")
    atMost(chunk.externalId?.length ?? 0, MAX_SOURCE_FIELD_LENGTH, "characters of a passage's name")
    if (!isOf(words, chunk) || chunk.start < last)
      throw new RangeError(`${chunk.start} to ${chunk.end} is not in its place in the text of the source`)
    last = chunk.start
    total += chunk.text.length
  }
  atMost(total, MAX_CHUNKING_CHARACTERS, "characters of all passages")
  const plain = plainJson(config, "the configuration of a chunking")
  atMost(canonicalJson(plain).length, MAX_SOURCE_CONFIG_LENGTH, "characters of a configuration")
  return prepareChunking(words, chunks, plain)
}
