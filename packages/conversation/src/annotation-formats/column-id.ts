import { encodeUtf8 } from "../content-hash.ts"
import { decodeUtf8 } from "../formats/utf8.ts"
import { asProblem } from "../formats/record-reader.ts"
import { wellFormed } from "../well-formed.ts"
import type { AnnotationLeft } from "./annotation-left.ts"

/** Forms of qrels and runs: columns of TREC are separated by any white space, those of BEIR by tabs alone. */
export type ColumnForm = "trec" | "beir"

// What separates columns, or lines, for one of the programs that read such files; those that read BEIR take blanks off the ends.
const SEPARATING = { trec: /[\s\p{Cc}]/u, beir: /[\p{Cc}\u2028\u2029]|^\s|\s$/u } as const
/** How an escaped name begins, so that the names of others, which may have `%20` in them, stay as they are. */
const MARK = "%:"

/**
 * `id` as a column can hold it: as it is, or behind `%:` with white space, control characters and `%` as `%20` and so on, in UTF-8.
 * No two ids have one form, and {@link unescapeId} gives each back.
 */
export function escapeId(id: string, form: ColumnForm = "trec"): string {
  const text = wellFormed(id)
  if (!SEPARATING[form].test(text) && !text.startsWith(MARK)) return text
  return (
    MARK +
    text.replaceAll(/[\s\p{Cc}%]/gu, (character) =>
      [...encodeUtf8(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
    )
  )
}

/** The id that has this form; the text itself when it was not escaped here. */
export function unescapeId(text: string, form: ColumnForm = "trec"): string {
  if (!text.startsWith(MARK)) return text
  const bytes: number[] = []
  for (let at = MARK.length; at < text.length;) {
    const hex = /^%([0-9A-F]{2})/u.exec(text.slice(at, at + 3))?.[1]
    const character = hex === undefined ? String.fromCodePoint(text.codePointAt(at) ?? 0) : ""
    bytes.push(...(hex === undefined ? encodeUtf8(character) : [Number.parseInt(hex, 16)]))
    at += hex === undefined ? character.length : 3
  }
  try {
    const id = decodeUtf8(Uint8Array.from(bytes))
    return escapeId(id, form) === text ? id : text
  } catch (error) {
    asProblem(error)
    return text
  }
}

/** Writes ids, and tells each that is written in another form once. */
export class ColumnIds {
  readonly #left: AnnotationLeft[]
  readonly #form: ColumnForm
  readonly #told = new Set<string>()

  constructor(left: AnnotationLeft[], form: ColumnForm) {
    this.#left = left
    this.#form = form
  }

  /** The form of `id` in a column; undefined for one that has none, which is told. */
  write(id: string): string | undefined {
    const written = escapeId(id, this.#form)
    if (written === id && id !== "") return written
    if (!this.#told.has(id)) {
      const what =
        id === "" ? "it has no name: its lines are left out" : `its name has characters that separate columns: it is written as ${written}`
      this.#left.push({ item: id, code: "id", what })
      this.#told.add(id)
    }
    return id === "" ? undefined : written
  }
}
