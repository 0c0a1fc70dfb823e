import { chatLogRecord, looksLikeChatLog } from "../formats/chat-log.ts"
import { MANIFEST_FILE } from "../formats/bundle.ts"
import { type ImportItem, type ImportPlace, ImportProblem, problemReport } from "../formats/import-item.ts"
import type { JsonObject } from "../formats/json-value.ts"
import { isNativeFile, NATIVE_VERSION } from "../formats/native.ts"
import { asProblem, type ReadOptions, readRecord } from "../formats/record-reader.ts"
import { decodeUtf8 } from "../formats/utf8.ts"
import { type BundleMembers, bundledConversations, isManifest, readBundled } from "./bundle-reader.ts"
import { crc32 } from "./crc32.ts"
import { HeldBytes } from "./held-bytes.ts"
import { inflate as inflateHere, type Inflating } from "./inflate.ts"
import { NOT_JSON, tooLarge } from "./scan-problems.ts"
import { RecordScanner } from "./record-scanner.ts"
import type { ScannedRecord } from "./scanned-record.ts"
import { type ByteSource, packedBytes, readZipDirectory, type ZipEntry } from "./zip-directory.ts"

/** How an import is read; what exceeds its bounds becomes a report, never an exception. */
export interface ReadImportOptions extends ReadOptions {
  /** Bytes of one conversation in a file; a larger one fails and the next is read. Default 256 MiB: the text has to fit a string. */
  readonly maxRecordBytes?: number
  /** Bytes of attachments that one conversation of a bundle brings; those past it are named and not taken. Default 512 MiB. */
  readonly maxBlobBytes?: number
  /** So many items at the beginning were dealt with before: they are found, and neither parsed nor given. Default 0. */
  readonly skipItems?: number
  /** Decodes UTF-8, keeping a byte order mark, and throws for anything else. Default: one that runs everywhere; the environment's is faster. */
  readonly decode?: (bytes: Uint8Array) => string
  /** Default: one that runs everywhere; the environment's is faster. */
  readonly inflate?: Inflating
}

/** {@link ReadImportOptions.maxRecordBytes} unless it is given. */
export const MAX_RECORD_BYTES = 256 * 1024 * 1024
/** {@link ReadImportOptions.maxBlobBytes} unless it is given: they are held until the conversation is written. */
const MAX_BLOB_BYTES = 512 * 1024 * 1024
/** A file in an archive that unpacks to so many times its size is a trap, not text. The first bytes are let through: short files pack well. */
const MAX_PACKING = 200
const FREE_UNPACKED_BYTES = 64 * 1024 * 1024
/** A chat log shows in so many bytes that it is one. */
const LOG_SAMPLE_BYTES = 4096
/** How JSON begins, and a line of a log does not: that has a time in its brackets. */
const JSON_START = /^\s*(?:\u00ef\u00bb\u00bf)?\s*(?:[{"]|\[\s*[[{"\]tfn-])/u
const READABLE = /\.(?:json|jsonl|ndjson)$/i

/**
 * Finds the conversations in a file of any size as {@link parseImport} does, reading on only when the next item is asked for, and never holding
 * more than one conversation: a JSON or JSONL file, that packed with gzip, or an archive with such files, as exports are delivered.
 *
 * Items come in the order of the file, the same ones at every reading, and an item that is asked for means that those before it are done with.
 * What is in the file never makes it throw; when `source` cannot be read, what it threw is thrown on.
 */
export async function* readImport(source: ByteSource, options: ReadImportOptions = {}): AsyncIterableIterator<ImportItem> {
  const reading = new Reading(source, options)
  for await (const found of reading.records()) {
    if (++reading.count <= (options.skipItems ?? 0)) continue
    yield await found.read()
  }
}

interface Found {
  /** Parses it. */
  read(): ImportItem | Promise<ImportItem>
}

class Reading {
  readonly #source: ByteSource
  readonly #options: ReadImportOptions
  readonly #decode: (bytes: Uint8Array) => string
  count = 0
  /** The source, of which is remembered what it threw, to be told from what an unpacker throws. */
  readonly #guarded: ByteSource
  #failure: { readonly error: unknown } | undefined

  constructor(source: ByteSource, options: ReadImportOptions) {
    this.#source = source
    this.#options = options
    this.#decode = options.decode ?? decodeUtf8
    this.#guarded = { name: source.name, size: source.size, read: (start, end) => this.#read(start, end) }
  }

  async *records(): AsyncIterable<Found> {
    const { name, size } = this.#source
    const [first, second] = await this.#start()
    if (first === 0x50 && second === 0x4b) yield* this.#archive()
    else if (first === 0x1f && second === 0x8b) yield* this.#file(name, this.#unpacked(this.#read(0, size), "gzip", size))
    else yield* this.#file(name, this.#read(0, size))
  }

  async #start(): Promise<Uint8Array> {
    const start = new Uint8Array(2)
    let at = 0
    for await (const chunk of this.#read(0, Math.min(start.length, this.#source.size))) {
      start.set(chunk.subarray(0, start.length - at), at)
      at += chunk.length
    }
    return start.subarray(0, at)
  }

  async *#archive(): AsyncIterable<Found> {
    const { name } = this.#source
    let entries: readonly ZipEntry[]
    try {
      const all = await readZipDirectory(this.#guarded)
      const bundle = await this.#bundle(all)
      if (bundle !== undefined) return yield* bundle
      entries = all.filter((entry) => READABLE.test(entry.name))
      if (entries.length === 0) throw new ImportProblem("empty", "there are no JSON files in this archive", "skipped")
    } catch (error) {
      yield this.#problem({ file: name, position: "" }, error)
      return
    }
    for (const entry of entries) yield* this.#file(`${name}/${entry.name}`, this.#member(entry))
  }

  /** The conversations of a bundle of ours, with the bytes that they name; undefined for any other archive. */
  async #bundle(entries: readonly ZipEntry[]): Promise<readonly Found[] | undefined> {
    const byName = new Map(entries.map((entry) => [entry.name, entry]))
    const members: BundleMembers = {
      archive: this.#source.name,
      maxBlobBytes: this.#options.maxBlobBytes ?? MAX_BLOB_BYTES,
      read: async (name) => {
        const entry = byName.get(name)
        return entry === undefined ? undefined : this.#whole(entry)
      },
      parse: (bytes) => this.#parse(bytes),
    }
    // An archive of another kind may have whatever it likes in a file of that name.
    const manifest = await members.read(MANIFEST_FILE).catch((error: unknown) => {
      if (this.#failure !== undefined || !(error instanceof ImportProblem)) throw error
    })
    const value = manifest === undefined ? undefined : this.#parse(manifest)
    if (!isManifest(value)) return undefined
    const listed = bundledConversations(value).map((entry): Found => ({ read: () => readBundled(members, entry, this.#options) }))
    if (listed.length === 0) throw new ImportProblem("empty", "the archive holds no conversations", "skipped")
    return listed
  }

  /** A member that is held as a whole. @throws ImportProblem `too-large`, `bad-encoding`. */
  async #whole(entry: ZipEntry): Promise<Uint8Array> {
    const { maxRecordBytes = MAX_RECORD_BYTES } = this.#options
    const held = new HeldBytes(maxRecordBytes)
    for await (const chunk of this.#member(entry)) {
      held.add(chunk, 0, chunk.length)
      if (held.overflown) throw new ImportProblem("too-large", `it has more than ${maxRecordBytes} bytes`)
    }
    return held.bytes()
  }

  async *#member(entry: ZipEntry): AsyncIterable<Uint8Array> {
    const packed = packedBytes(this.#guarded, entry)
    let sum = 0
    for await (const chunk of entry.deflated ? this.#unpacked(packed, "deflate-raw", entry.packedSize) : packed) {
      sum = crc32(sum, chunk)
      yield chunk
    }
    if (sum !== entry.crc) throw new ImportProblem("bad-encoding", "this was damaged on its way: its check sum is wrong")
  }

  /** The records of one file. Those before damage are given, then the damage. */
  async *#file(name: string, bytes: AsyncIterable<Uint8Array>): AsyncIterable<Found> {
    const chunks = bytes[Symbol.asyncIterator]()
    const { maxRecordBytes = MAX_RECORD_BYTES } = this.#options
    const scanner = new RecordScanner({ maxRecordBytes, parse: (bytes) => this.#parse(bytes) })
    const before = this.count
    try {
      const { start, isLog } = await this.#beginning(chunks)
      if (isLog) {
        yield await this.#log(name, start, chunks, maxRecordBytes)
        return
      }
      for await (const chunk of joined(start, chunks)) {
        for (const record of scanner.push(chunk)) yield this.#found(name, record)
        if (scanner.stopped) break
      }
      for (const record of scanner.end()) yield this.#found(name, record)
      if (this.count === before) throw new ImportProblem("empty", "the file is empty", "skipped")
    } catch (error) {
      yield this.#problem({ file: name, position: "" }, error)
    }
  }

  /** The first chunks of a file, and whether it is a chat log, which is no JSON and is told from its first lines. */
  async #beginning(chunks: AsyncIterator<Uint8Array>): Promise<{ readonly start: readonly Uint8Array[]; readonly isLog: boolean }> {
    const start: Uint8Array[] = []
    let sample = ""
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
      start.push(next.value)
      // Byte by byte: a sample may end in the middle of a character, and the marks of a log are ASCII.
      sample += String.fromCharCode(...next.value.subarray(0, LOG_SAMPLE_BYTES - sample.length))
      // No more is read ahead of a file that begins as JSON does than tells so.
      if (sample.length >= LOG_SAMPLE_BYTES || JSON_START.test(sample)) break
    }
    return { start, isLog: looksLikeChatLog(sample) }
  }

  /** A chat log is one record, however long; above the bound it is none. */
  async #log(file: string, start: readonly Uint8Array[], rest: AsyncIterator<Uint8Array>, maxBytes: number): Promise<Found> {
    const where = { file, position: "" }
    const held: Uint8Array[] = []
    let length = 0
    for await (const chunk of joined(start, rest)) {
      held.push(chunk)
      length += chunk.length
      if (length > maxBytes) return { read: () => ({ kind: "report", report: problemReport(where, tooLarge(maxBytes)) }) }
    }
    return { read: () => readRecord(where, this.#text(concatenated(held)), this.#options) }
  }

  #text(bytes: Uint8Array): unknown {
    try {
      const text = this.#decode(bytes)
      return chatLogRecord(text.startsWith("\ufeff") ? text.slice(1) : text)
    } catch {
      return this.#wrongBytes(bytes)
    }
  }

  #found(file: string, { position, bytes, head }: ScannedRecord): Found {
    const where = { file, position }
    const read = (): ImportItem => {
      const value = bytes instanceof ImportProblem ? bytes : this.#parse(bytes)
      const native = { ...this.#options, format: "polylogue" } as const
      if (head !== undefined && isNativeFile(head)) return readRecord(where, wrongVersion(head) ?? value, native)
      if (position === "" && isNativeFile(value))
        return readRecord(where, wrongVersion(value) ?? new ImportProblem("bad-record", "`conversations` is not a list"), native)
      return readRecord(where, value, this.#options)
    }
    return { read }
  }

  /** @throws what the source threw, and mistakes of ours. */
  #problem(where: ImportPlace, error: unknown): Found {
    if (this.#failure !== undefined) throw this.#failure.error
    const problem = asProblem(error)
    return { read: () => ({ kind: "report", report: problemReport(where, problem) }) }
  }

  async *#read(start: number, end: number): AsyncIterable<Uint8Array> {
    try {
      yield* this.#source.read(start, end)
    } catch (error) {
      this.#failure = { error }
      throw error
    }
  }

  async *#unpacked(packed: AsyncIterable<Uint8Array>, format: "gzip" | "deflate-raw", size: number): AsyncIterable<Uint8Array> {
    const { inflate = inflateHere } = this.#options
    let bytes = 0
    try {
      for await (const chunk of inflate(packed, format)) {
        bytes += chunk.length
        if (bytes > FREE_UNPACKED_BYTES && bytes > size * MAX_PACKING) {
          throw new ImportProblem("too-large", `this unpacks to more than ${MAX_PACKING} times its size, which no text does`)
        }
        yield chunk
      }
    } catch (error) {
      if (error instanceof ImportProblem || this.#failure !== undefined) throw error
      throw new ImportProblem("bad-encoding", "this cannot be unpacked: it is damaged or cut off")
    }
  }

  #parse(bytes: Uint8Array): unknown {
    let text: string
    try {
      text = this.#decode(bytes)
    } catch {
      return this.#wrongBytes(bytes)
    }
    try {
      return JSON.parse(text)
    } catch {
      // What the engine says is neither for people nor the same everywhere.
      return NOT_JSON
    }
  }

  /** The decoder that runs everywhere says where the wrong byte is, or that there are too many. */
  #wrongBytes(bytes: Uint8Array): unknown {
    try {
      return JSON.parse(decodeUtf8(bytes))
    } catch (error) {
      return error instanceof SyntaxError ? NOT_JSON : asProblem(error)
    }
  }
}

async function* joined(start: readonly Uint8Array[], rest: AsyncIterator<Uint8Array>): AsyncIterable<Uint8Array> {
  yield* start
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value
}

function concatenated(chunks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0))
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}

function wrongVersion(head: JsonObject): ImportProblem | undefined {
  const { version } = head
  if (version === NATIVE_VERSION) return undefined
  const named = JSON.stringify(version) ?? "none"
  return new ImportProblem("unsupported-version", `version ${named.slice(0, 20)} of the format is not known here, only ${NATIVE_VERSION}`)
}
