import { ImportProblem } from "../formats/import-item.ts"
import { isObject, type JsonObject } from "../formats/json-value.ts"
import { RECORD_LISTS } from "../formats/record-finder.ts"
import { isLooseMessage } from "../formats/record-reader.ts"
import { HeldBytes } from "./held-bytes.ts"
import { LineScanner, looksLikeLines } from "./line-scanner.ts"
import { BREAKS_OFF, FOLLOWED, NOT_JSON, NOT_TOLD_APART, tooLarge } from "./scan-problems.ts"
import type { RecordScannerOptions, ScannedRecord } from "./scanned-record.ts"
import { isSpace, ValueCutter } from "./value-cutter.ts"

/*
 * Where the records of a file stand, found without holding the file:
 *
 *   start ─ [ ─▶ list ─ ] ─▶ after                         elements of a list
 *     │             └─ begins with a message ─▶ value ─ ] ─▶ after   the list is one record
 *     ├──── { ─▶ object ─ a known list ─▶ list ─▶ rest ─▶ after     elements of a list in an object
 *     │             └─ } ─▶ after ─ more follows ─▶ lines  the object is the record, or the first of many lines
 *     └─ else, or an object that does not go on as one: ─▶ sample ─▶ lines, or the file is no JSON
 *
 * Once records were given out there is no way back: what breaks then is reported where it stands, and the records before it are kept.
 */

const MAX_KEY_BYTES = 64
const MAX_HEAD_BYTES = 1024 * 1024
/** What may be lines is looked at when there is so much of it, then at each doubling: often enough, and no more work than reading it. */
const FIRST_SAMPLE_BYTES = 64 * 1024
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf]
const NEWLINE = 0x0a
const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

type Place = "mark" | "start" | "list" | "value" | "object" | "rest" | "after" | "sample" | "lines" | "stopped"

/** Cuts a file that comes in chunks of any size into its records. See the picture above. */
export class RecordScanner {
  readonly #options: RecordScannerOptions
  readonly #cutter = new ValueCutter()
  /** All of an object that may be one record, or of what may be lines. */
  readonly #whole: HeldBytes
  readonly #record: HeldBytes
  readonly #key = new HeldBytes(MAX_KEY_BYTES)
  readonly #lines: LineScanner
  #found: ScannedRecord[] = []
  #place: Place = "mark"
  #markBytes = 0
  /** Lines before the byte that is looked at. */
  #line = 1
  /** In an object: what comes next. In a list: whether an element is being read. */
  #step: "key" | "in-key" | "colon" | "value" | "in-value" = "key"
  #inElement = false
  /** Where the key that was read last begins in the whole. */
  #keyStart = 0
  #listName: string | undefined
  #index = 0
  #over = false
  /** Bytes of a sample at which it is looked at again. */
  #nextSample = FIRST_SAMPLE_BYTES
  #head: JsonObject | undefined
  /** The list may be that of the turns of one conversation: its first element decides. */
  #undecided = false
  /** The object that was read, which is a record if nothing follows, and the line it began in. */
  #pending: { readonly line: number; readonly spansLines: boolean; sameLine: boolean } | undefined

  constructor(options: RecordScannerOptions) {
    this.#options = options
    this.#whole = new HeldBytes(options.maxRecordBytes)
    this.#record = new HeldBytes(options.maxRecordBytes)
    this.#lines = new LineScanner(options.maxRecordBytes)
  }

  /** Whether nothing more can be told of the file, so that the rest need not be read. */
  get stopped(): boolean {
    return this.#place === "stopped"
  }

  /** Takes the next bytes and gives the records that end in them. */
  push(chunk: Uint8Array): readonly ScannedRecord[] {
    for (let at = 0; at < chunk.length && this.#place !== "stopped";) at = this.#take(chunk, at)
    return this.#given()
  }

  /** The file is over: gives what is left. */
  end(): readonly ScannedRecord[] {
    this.#over = true
    if (this.#place === "list") this.#endList()
    else if (this.#place === "rest" || this.#place === "value") this.#problem("", BREAKS_OFF)
    else if (this.#place === "object") this.#decideLines(BREAKS_OFF)
    else if (this.#place === "sample") this.#decideLines(NOT_JSON)
    else if (this.#place === "after" && this.#pending !== undefined) this.#give("", this.#whole)
    if (this.#isInLines()) this.#found.push(...this.#lines.end())
    this.#place = "stopped"
    return this.#given()
  }

  #isInLines(): boolean {
    return this.#place === "lines"
  }

  #given(): readonly ScannedRecord[] {
    const found = this.#found
    this.#found = []
    return found
  }

  /** Takes some of `chunk` from `at`; the index of the first byte not taken. */
  #take(chunk: Uint8Array, at: number): number {
    switch (this.#place) {
      case "mark":
        return this.#mark(chunk, at)
      case "start":
        return this.#start(chunk, at)
      case "list":
        return this.#inList(chunk, at)
      case "value":
        return this.#inValue(chunk, at)
      case "object":
      case "rest":
        return this.#inObject(chunk, at)
      case "after":
        return this.#after(chunk, at)
      case "sample":
        return this.#sample(chunk, at)
      case "lines":
        this.#found.push(...this.#lines.push(chunk, at))
        return chunk.length
      case "stopped":
        return chunk.length
      default:
        return this.#place satisfies never
    }
  }

  #mark(chunk: Uint8Array, at: number): number {
    if (chunk[at] === BYTE_ORDER_MARK[this.#markBytes] && this.#markBytes < BYTE_ORDER_MARK.length) {
      this.#markBytes++
      return at + 1
    }
    this.#place = "start"
    return at
  }

  #start(chunk: Uint8Array, at: number): number {
    const byte = chunk[at] ?? 0
    if (byte === NEWLINE) this.#line++
    if (isSpace(byte)) return at + 1
    if (byte === OPEN_LIST) {
      this.#undecided = true
      this.#whole.add(chunk, at, at + 1)
      this.#beginList(undefined)
      return at + 1
    }
    this.#place = byte === OPEN_OBJECT ? "object" : "sample"
    if (byte !== OPEN_OBJECT) return at
    this.#pending = { line: this.#line, spansLines: false, sameLine: true }
    this.#whole.add(chunk, at, at + 1)
    return at + 1
  }

  #beginList(name: string | undefined): void {
    this.#place = "list"
    this.#listName = name
    this.#index = 0
    this.#inElement = false
  }

  #inList(chunk: Uint8Array, at: number): number {
    let start = at
    if (!this.#inElement) {
      while (start < chunk.length && (isSpace(chunk[start] ?? 0) || chunk[start] === COMMA)) start++
      if (start < chunk.length && chunk[start] !== CLOSE_LIST) this.#beginElement()
    }
    const end = this.#inElement ? this.#cutter.feed(chunk, start, true) : Math.min(start + 1, chunk.length)
    if (this.#undecided) this.#whole.add(chunk, at, end)
    if (!this.#inElement) {
      if (start < chunk.length) this.#closeList()
      return end
    }
    this.#record.add(chunk, start, end)
    if (this.#cutter.state === "broken") this.#stop(this.#position(), NOT_TOLD_APART)
    else if (this.#cutter.state === "complete") this.#element()
    return end
  }

  #beginElement(): void {
    this.#inElement = true
    this.#cutter.begin()
    this.#record.clear()
  }

  #element(): void {
    this.#inElement = false
    if (this.#undecided) {
      this.#undecided = false
      if (!this.#record.overflown && isLooseMessage(this.#options.parse(this.#record.bytes()))) return this.#isOneRecord()
      this.#whole.clear()
      this.#pending = undefined
    }
    this.#give(this.#position(), this.#record)
    this.#index++
  }

  /** The list is the turns of one conversation: it is one record, or the object is in which it stands. */
  #isOneRecord(): void {
    this.#head = undefined
    this.#place = this.#listName === undefined ? "value" : "object"
    this.#step = "in-value"
    this.#cutter.begin()
    this.#cutter.feed(Uint8Array.of(OPEN_LIST), 0, true)
  }

  #inValue(chunk: Uint8Array, at: number): number {
    const end = this.#cutter.feed(chunk, at, true)
    this.#whole.add(chunk, at, end)
    if (this.#cutter.state === "broken") this.#stop("", NOT_JSON)
    else if (this.#cutter.state === "complete") {
      const spansLines = this.#whole.overflown || this.#whole.bytes().includes(NEWLINE)
      this.#pending = { line: this.#line, spansLines, sameLine: true }
      this.#place = "after"
    }
    return end
  }

  #closeList(): void {
    this.#undecided = false
    if (this.#listName === undefined) this.#pending = undefined
    this.#place = this.#listName === undefined ? "after" : "rest"
    this.#step = "key"
    if (this.#place === "rest") {
      this.#pending = undefined
      this.#whole.clear()
    }
  }

  #endList(): void {
    if (this.#inElement) {
      const parsed = this.#record.overflown ? undefined : this.#options.parse(this.#record.bytes())
      if (parsed instanceof ImportProblem || this.#record.overflown) return this.#problem(this.#position(), BREAKS_OFF)
      this.#give(this.#position(), this.#record)
    }
    this.#problem("", BREAKS_OFF)
  }

  #inObject(chunk: Uint8Array, at: number): number {
    const rest = this.#place === "rest"
    const begun = this.#step
    let end = at + 1
    if (begun === "in-key" || begun === "in-value") {
      end = this.#cutter.feed(chunk, at, rest)
      if (begun === "in-key") this.#key.add(chunk, at, end)
      if (this.#cutter.state === "complete") this.#step = begun === "in-key" ? "colon" : "key"
    } else this.#separator(chunk[at] ?? 0)
    if (begun === "key" && this.#step === "in-key") {
      this.#keyStart = this.#whole.length
      this.#key.clear()
      this.#cutter.begin()
      end = at
    } else if (begun === "value" && this.#step === "in-value") {
      this.#cutter.begin()
      end = at
    } else if (!rest) {
      this.#whole.add(chunk, at, end)
      if (this.#pending !== undefined && !this.#pending.spansLines && chunk.subarray(at, end).includes(NEWLINE)) {
        this.#pending = { ...this.#pending, spansLines: true }
      }
    }
    if (this.#cutter.state === "broken" && (begun === "in-key" || begun === "in-value")) this.#breakObject()
    return end
  }

  /** One byte of an object outside of its keys and values. */
  #separator(byte: number): void {
    if (isSpace(byte)) return
    if (this.#step === "key") {
      if (byte === QUOTE) this.#step = "in-key"
      else if (byte === CLOSE_OBJECT) this.#place = "after"
      else if (byte !== COMMA) this.#breakObject()
    } else if (this.#step === "colon") {
      if (byte === COLON) this.#step = "value"
      else this.#breakObject()
    } else if (byte === OPEN_LIST && this.#place === "object" && this.#isList()) this.#enterList()
    else if (byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_LIST) this.#breakObject()
    else this.#step = "in-value"
  }

  #isList(): boolean {
    if (this.#key.overflown) return false
    const key = this.#options.parse(this.#key.bytes())
    return typeof key === "string" && RECORD_LISTS.includes(key)
  }

  #enterList(): void {
    const name = this.#options.parse(this.#key.bytes()) as string
    this.#head = this.#readHead()
    this.#undecided = this.#head === undefined || !("format" in this.#head)
    this.#beginList(name)
  }

  /** The fields before the list. Without them when they are too many to be a heading. */
  #readHead(): JsonObject | undefined {
    if (this.#whole.overflown || this.#keyStart > MAX_HEAD_BYTES) return undefined
    const text = this.#whole.bytes().subarray(0, this.#keyStart)
    let end = text.length
    while (end > 0 && (isSpace(text[end - 1] ?? 0) || text[end - 1] === COMMA)) end--
    const closed = new Uint8Array(end + 1)
    closed.set(text.subarray(0, end))
    closed[end] = CLOSE_OBJECT
    const head = this.#options.parse(closed)
    return isObject(head) && !(head instanceof ImportProblem) ? head : undefined
  }

  /** What seemed to be an object is none. It may be a line that is damaged. */
  #breakObject(): void {
    if (this.#place === "rest") return this.#stop("", NOT_JSON)
    this.#pending = undefined
    this.#place = "sample"
  }

  #after(chunk: Uint8Array, at: number): number {
    const byte = chunk[at] ?? 0
    const pending = this.#pending
    if (byte === NEWLINE) {
      this.#line++
      if (pending !== undefined) pending.sameLine = false
    }
    if (isSpace(byte)) return at + 1
    if (pending === undefined || pending.spansLines) {
      this.#stop("", pending === undefined ? FOLLOWED : NOT_JSON)
      return chunk.length
    }
    this.#pending = undefined
    this.#place = "lines"
    if (pending.sameLine && !this.#whole.overflown) {
      this.#lines.begin(pending.line)
      this.#lines.push(this.#whole.bytes(), 0)
    } else {
      this.#give(`line ${pending.line}`, this.#whole)
      this.#lines.begin(this.#line)
    }
    this.#whole.clear()
    return at
  }

  #sample(chunk: Uint8Array, at: number): number {
    this.#whole.add(chunk, at, chunk.length)
    if (this.#whole.length >= this.#nextSample) this.#decideLines(NOT_JSON)
    return chunk.length
  }

  /** Goes on line by line, if that is what the file is; else it is `otherwise`. */
  #decideLines(otherwise: ImportProblem): void {
    if (this.#whole.overflown) return this.#stop("", tooLarge(this.#options.maxRecordBytes))
    const bytes = this.#whole.bytes()
    const lines = looksLikeLines(bytes, this.#over, this.#options.parse)
    if (lines === undefined) {
      this.#nextSample = 2 * bytes.length
      return
    }
    if (!lines) {
      const whole = this.#options.parse(bytes)
      if (!(whole instanceof ImportProblem)) return this.#give("", this.#whole)
      return this.#stop("", whole.code === "not-json" ? otherwise : whole)
    }
    this.#whole.clear()
    this.#place = "lines"
    this.#lines.begin(this.#line)
    this.#found.push(...this.#lines.push(bytes, 0))
  }

  #position(): string {
    return `${this.#listName ?? ""}[${this.#index}]`
  }

  #give(position: string, held: HeldBytes): void {
    const bytes = held.overflown ? tooLarge(this.#options.maxRecordBytes) : held.bytes()
    this.#found.push({ position, bytes, ...(this.#head !== undefined && { head: this.#head }) })
    held.clear()
  }

  #problem(position: string, problem: ImportProblem): void {
    this.#found.push({ position, bytes: problem })
  }

  #stop(position: string, problem: ImportProblem): void {
    this.#problem(position, problem)
    this.#place = "stopped"
  }
}
