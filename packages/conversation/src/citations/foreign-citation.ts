import type * as Y from "yjs"
import { importedId } from "../identifier.ts"
import { MAX_QUOTE_LENGTH, type TextRange } from "../text/text-anchor.ts"
import { type OffsetUnit, utf16Offsets } from "../text/utf16-offsets.ts"
import { MAX_CITATION_ORIGIN_LENGTH, MAX_CITED_FIELD_LENGTH, type NewCitation, type NewCitedSource } from "./citation-writer.ts"

/** What a model's API says of the words that a text of it rests on, in one form for all of them. */
export interface ForeignCitation {
  /** Of which of the `texts`. */
  readonly text: number
  /** Words of that text, in UTF-16 units; null for all of it. */
  readonly answer: TextRange | null
  readonly source: ForeignSource
  /** The words of the source, as the API quotes them. */
  readonly quote?: string
  /** What the API gave, as JSON text. */
  readonly origin: { readonly format: string; readonly raw: string }
}

/** What is cited, as an API names it. Of a kind that is not known here a `document` with what it says in the usual places, all of it being in `origin`. */
export type ForeignSource = { readonly kind: "url"; readonly url: string; readonly title?: string } | ForeignDocument

/** A document that was given to the model, or found by it. */
export interface ForeignDocument {
  readonly kind: "document"
  /** Its place among the documents, or search results, of the request; from 0. */
  readonly index?: number
  /** Its file, or whatever else it was named by. */
  readonly id?: string
  readonly title?: string
  /** Counted from 1. */
  readonly page?: number
  /** Where the quote stands in its text, in a unit that nobody says: never to be used without comparing the words. */
  readonly characters?: TextRange
  /** Of its content blocks the first, and the one after the last. */
  readonly blocks?: TextRange
}

/** What was found in the content of one answer. */
export interface ForeignCitations {
  /** The texts of the answer, in their order. */
  readonly texts: readonly string[]
  readonly citations: readonly ForeignCitation[]
}

/** Where a cited document is in the workspace. */
export type KnownSource = Omit<Extract<NewCitedSource, { sourceId: string }>, "range" | "page">

/** Where foreign citations belong. */
export interface CitationPlace {
  readonly messageId: string
  /** The part that the texts became: one for all of them, joined, or one for each. */
  readonly partId: string | ((text: number) => string)
  /** The source that a document is; its `text` lets the quote be found in it. Undefined for one that is not in the workspace: it is cited by its title. */
  readonly sourceOf?: (document: ForeignDocument) => KnownSource | undefined
}

/**
 * Foreign citations as `addCitations` takes them. Where a source's text is at hand, its range is where the quoted words stand: where the API says, in whatever unit it counts, or the one
 * place that has them; else only the words are kept. Of the same answer the same ids come out, so taking it in twice adds nothing.
 */
export function newCitations(
  { texts, citations }: ForeignCitations,
  { messageId, partId, sourceOf }: CitationPlace,
): readonly NewCitation[] {
  const starts: number[] = []
  let length = 0
  for (const text of texts) {
    starts.push(length)
    length += text.length
  }
  const seen = new Map<string, number>()
  return citations.map(({ text, answer, source, quote, origin }) => {
    const shift = typeof partId === "string" ? (starts[text] ?? 0) : 0
    const count = (seen.get(origin.raw) ?? 0) + 1
    seen.set(origin.raw, count)
    const whole = answer === null && typeof partId === "string" && texts.length > 1 ? { from: 0, to: texts[text]?.length ?? 0 } : answer
    const range = whole === null || whole.to - whole.from > MAX_QUOTE_LENGTH || whole.from >= whole.to ? null : whole
    return {
      id: importedId("citation", messageId, origin.format, String(text), origin.raw, String(count)),
      messageId,
      partId: typeof partId === "string" ? partId : partId(text),
      answer: range === null ? null : { from: range.from + shift, to: range.to + shift },
      source: citedSource(source, quote, sourceOf),
      ...(quote === undefined ? {} : { quote: quote.slice(0, MAX_QUOTE_LENGTH) }),
      ...(origin.raw.length > MAX_CITATION_ORIGIN_LENGTH ? {} : { origin }),
    }
  })
}

/**
 * Where `words` have `claimed` by somebody's count, in whichever unit the words there are those expected; undefined when they are in none.
 * @param isExpected - whether words are those that were meant.
 */
export function verifiedRange(words: string, claimed: TextRange, isExpected: (found: string) => boolean): TextRange | undefined {
  for (const unit of UNITS) {
    const [from, to] = utf16Offsets(words, unit, [claimed.from, claimed.to])
    if (from !== undefined && to !== undefined && from < to && isExpected(words.slice(from, to))) return { from, to }
  }
  return undefined
}

const UNITS: readonly OffsetUnit[] = ["utf-16", "code-points", "utf-8"]

function citedSource(source: ForeignSource, quote: string | undefined, sourceOf: CitationPlace["sourceOf"]): NewCitedSource {
  if (source.kind === "url") return { url: cut(source.url), ...(source.title === undefined ? {} : { title: cut(source.title) }) }
  const known = sourceOf?.(source)
  const page = source.page === undefined ? {} : { page: source.page }
  // Without a source there is nothing to lead to but its name.
  if (known === undefined) return { url: "", title: cut(source.title ?? source.id ?? "") }
  const { text, ...named } = known
  const range = text === undefined || quote === undefined ? undefined : quotedRange(text, quote, source.characters)
  return { ...named, ...page, ...(range === undefined || text === undefined ? {} : { range, text }) }
}

function quotedRange(text: Y.Text | string, quote: string, claimed: TextRange | undefined): TextRange | undefined {
  const words = typeof text === "string" ? text : text.toJSON()
  if (quote === "" || quote.length > MAX_QUOTE_LENGTH) return undefined
  const found = claimed === undefined ? undefined : verifiedRange(words, claimed, (there) => there === quote)
  if (found !== undefined) return found
  const from = words.indexOf(quote)
  return from === -1 || words.indexOf(quote, from + 1) !== -1 ? undefined : { from, to: from + quote.length }
}

function cut(field: string): string {
  return field.slice(0, MAX_CITED_FIELD_LENGTH)
}
