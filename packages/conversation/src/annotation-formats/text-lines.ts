import { type ImportCode, ImportProblem } from "../formats/import-item.ts"
import { decodeUtf8 } from "../formats/utf8.ts"
import { asProblem } from "../formats/record-reader.ts"
import { LineScanner } from "../reading/line-scanner.ts"
import type { ScannedRecord } from "../reading/scanned-record.ts"
import type { ByteSource } from "../reading/zip-directory.ts"

/** A line of a file, without its break. */
export interface TextLine {
  /** Counted from 1, empty lines included. */
  readonly number: number
  readonly text: string
}

/** A line that was read as what it should be, or why it was not. A line that failed is passed over and stops no other. */
export type LineResult<Value> = { readonly line: number; readonly value: Value } | LineFailure

/** Why a line was passed over. */
export interface LineFailure {
  readonly line: number
  readonly problem: { readonly code: ImportCode; readonly message: string }
}

/**
 * Reads the lines of one file in their order; undefined for a line that says nothing, such as a header.
 * @throws ImportProblem for a line that is not what it should be.
 */
export type LineParser<Value> = (line: TextLine) => Value | undefined

/** A file that was read whole. */
export interface ReadLines<Value> {
  readonly values: readonly Value[]
  readonly problems: readonly LineFailure[]
}

/** Most bytes of one line; a longer one fails by itself. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024
/** Most records of one kind that a data set is read with: it is held whole while it is planned. */
export const MAX_SET_RECORDS = 200_000
const BYTE_ORDER_MARK = "\ufeff"

/** Reads a text line by line. Lines end in LF or CR LF and nothing else: texts have other breaks within. Never throws for what is in it. */
export function* parseLines<Value>(text: string, parser: LineParser<Value>): IterableIterator<LineResult<Value>> {
  let number = 0
  for (let start = text.startsWith(BYTE_ORDER_MARK) ? 1 : 0; start < text.length;) {
    const found = text.indexOf("\n", start)
    const end = found === -1 ? text.length : found
    number++
    const result = readLine({ number, text: withoutReturn(text.slice(start, end)) }, parser)
    if (result !== undefined) yield result
    start = end + 1
  }
}

/** Reads a file of any size line by line, one line in memory at a time. Throws what `source` throws when it cannot be read, and nothing for what is in it. */
export async function* parseSource<Value>(source: ByteSource, parser: LineParser<Value>): AsyncIterableIterator<LineResult<Value>> {
  const scanner = new LineScanner(MAX_LINE_BYTES)
  for await (const chunk of source.read(0, source.size)) for (const record of scanner.push(chunk, 0)) yield* readScanned(record, parser)
  for (const record of scanner.end()) yield* readScanned(record, parser)
}

/** All that {@link parseLines} finds. */
export function readLines<Value>(text: string, parser: LineParser<Value>): ReadLines<Value> {
  const values: Value[] = []
  const problems: LineFailure[] = []
  for (const result of parseLines(text, parser)) {
    if ("problem" in result) problems.push(result)
    else values.push(result.value)
  }
  return { values, problems }
}

function* readScanned<Value>({ position, bytes }: ScannedRecord, parser: LineParser<Value>): IterableIterator<LineResult<Value>> {
  const number = Number(position.replace("line ", ""))
  if (bytes instanceof ImportProblem) return yield failure(number, bytes)
  const decoded = decoding(bytes)
  if (decoded instanceof ImportProblem) return yield failure(number, decoded)
  // The decoder takes every text for a file and drops its mark; within a file it is a character like others.
  const text = number > 1 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? BYTE_ORDER_MARK + decoded : decoded
  const result = readLine({ number, text: withoutReturn(text) }, parser)
  if (result !== undefined) yield result
}

function decoding(bytes: Uint8Array): string | ImportProblem {
  try {
    return decodeUtf8(bytes)
  } catch (error) {
    return asProblem(error)
  }
}

function readLine<Value>(line: TextLine, parser: LineParser<Value>): LineResult<Value> | undefined {
  if (line.text.trim() === "") return undefined
  try {
    const value = parser(line)
    return value === undefined ? undefined : { line: line.number, value }
  } catch (error) {
    return failure(line.number, asProblem(error))
  }
}

function failure(line: number, { code, message }: ImportProblem): LineFailure {
  return { line, problem: { code, message } }
}

function withoutReturn(text: string): string {
  return text.endsWith("\r") ? text.slice(0, -1) : text
}
