import { ImportProblem } from "../formats/import-item.ts"
import { isObject } from "../formats/json-value.ts"
import { HeldBytes } from "./held-bytes.ts"
import type { ScannedRecord } from "./scanned-record.ts"
import { tooLarge } from "./scan-problems.ts"
import { isSpace } from "./value-cutter.ts"

const NEWLINE = 0x0a
const SAMPLE_LINES = 10

/** Cuts JSONL into its lines; empty ones are counted and passed over. */
export class LineScanner {
  readonly #maxBytes: number
  readonly #held: HeldBytes
  #line = 1

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
    this.#held = new HeldBytes(maxBytes)
  }

  /** The next byte is the first one of `line`, counted from 1. */
  begin(line: number): void {
    this.#line = line
    this.#held.clear()
  }

  /** Takes `chunk` from `start` and gives the lines that end in it. */
  push(chunk: Uint8Array, start: number): ScannedRecord[] {
    const found: ScannedRecord[] = []
    let at = start
    for (let end = chunk.indexOf(NEWLINE, at); end !== -1; end = chunk.indexOf(NEWLINE, at)) {
      this.#held.add(chunk, at, end)
      found.push(...this.end())
      this.#line++
      at = end + 1
    }
    this.#held.add(chunk, at, chunk.length)
    return found
  }

  /** Gives the line that has no end. */
  end(): ScannedRecord[] {
    const position = `line ${this.#line}`
    const { overflown } = this.#held
    const bytes = this.#held.bytes()
    this.#held.clear()
    if (overflown) {
      return [{ position, bytes: tooLarge(this.#maxBytes) }]
    }
    return bytes.every(isSpace) ? [] : [{ position, bytes }]
  }
}

/**
 * Whether a file that begins with `bytes` is JSONL: of its first lines at least half are JSON objects. A JSON document that was cut off also has
 * lines that parse by themselves, but few. `undefined` when more of it has to be seen, unless it is `over`.
 */
export function looksLikeLines(bytes: Uint8Array, over: boolean, parse: (bytes: Uint8Array) => unknown): boolean | undefined {
  const scanner = new LineScanner(Infinity)
  const lines = [...scanner.push(bytes, 0), ...(over ? scanner.end() : [])].slice(0, SAMPLE_LINES)
  if (lines.length < SAMPLE_LINES && !over) return undefined
  const objects = lines.filter((line) => {
    const value = line.bytes instanceof Uint8Array ? parse(line.bytes) : undefined
    return isObject(value) && !(value instanceof ImportProblem)
  })
  return objects.length > 0 && objects.length * 2 >= lines.length
}
