import type * as Y from "yjs"
import type { ConversationOptions } from "../conversation.ts"
import { ConversationError } from "../conversation-error.ts"
import { SCHEMA_VERSION } from "../conversation-layout.ts"
import { ownerOf } from "../conversation-view.ts"
import { mintId } from "../identifier.ts"
import { notHere } from "../not-here.ts"
import { boundedText } from "../prompt/prompt-limits.ts"
import { CITATIONS } from "../message-annotations.ts"
import { KeyIndex, recordKey } from "../record-key.ts"
import { RegisterWriter } from "../register-writer.ts"
import type { Author } from "../stored-message.ts"
import { anchorText, anchorWords, MAX_QUOTE_LENGTH, type TextAnchor, type TextRange } from "../text/text-anchor.ts"
import { type Citation, type CitedPage, type CitedPassage, readCitations } from "./citation-records.ts"
import { partText } from "./part-text.ts"

/** Most citations of a message, removed ones included. */
export const MAX_CITATIONS = 1000
/** Longest address and title of what is cited, in UTF-16 units. */
export const MAX_CITED_FIELD_LENGTH = 4096
/** Longest JSON text of what a model's API gave, in UTF-16 units. */
export const MAX_CITATION_ORIGIN_LENGTH = 32 * 1024

/** What is cited, as whoever cites it gives it. */
export type NewCitedSource =
  | (Omit<CitedPassage, "kind" | "anchor"> & {
      /** The words in the source's text; without it the passage or the source as a whole. */
      readonly range?: TextRange
      /** What `range` is a range of: the source's living text, or its words. Without it the words are `quote`, as they are said to stand there. */
      readonly text?: Y.Text | string
    })
  | Omit<CitedPage, "kind" | "anchor">

/** A citation as it is given; id, clock and time are added when it is written. */
export interface NewCitation {
  readonly messageId: string
  readonly partId: string
  /** Of the part's text; null for all of it. */
  readonly answer: TextRange | null
  readonly source: NewCitedSource
  /** The words of the source, where its text is not at hand. */
  readonly quote?: string
  /** Default the author of the options. */
  readonly by?: Author
  readonly origin?: Citation["origin"]
  /** The same for one citation on every device that takes it in: see `citationId`. Default a fresh one. */
  readonly id?: string
}

/**
 * Cites sources in answers: all in one transaction, in the document of the segment in which their messages stand. Returns their ids, in their order. One whose id is there already is
 * left alone, removed or not.
 * @throws ConversationError `unknown-message` for a range in a message or part that is not here, or has no text; `too-large` above 8192 quoted characters, 4096 of an address or title, 32 Ki of an
 *   origin, or 1000 citations of a message. RangeError for a range that is not in its text, or is empty. Nothing is written then.
 */
export function addCitations(ydoc: Y.Doc, options: ConversationOptions, citations: readonly NewCitation[]): readonly string[] {
  const registers = new RegisterWriter(ydoc, options)
  const index = new KeyIndex(ydoc.getMap<unknown>(CITATIONS))
  const made = citations.map((citation) => ({ ...storedCitation(ydoc, options, citation), given: citation }))
  checkCount(index, made)
  registers.transact("cite", () => {
    const meta = ydoc.getMap<unknown>("meta")
    if (meta.get("schema") === undefined) meta.set("schema", SCHEMA_VERSION)
    const clocks = new Map<string, number>()
    for (const { id, owner, value } of made) {
      const key = recordKey(owner, id, "made")
      if (index.map.has(key)) continue
      const last = clocks.get(owner)
      const clock = registers.clock(last === undefined ? clocksOf(index, owner) : [last])
      clocks.set(owner, clock)
      index.map.set(key, { ...value, clock, createdAt: options.now() })
    }
  })
  return made.map(({ id }) => id)
}

/** {@link addCitations} of one. */
export function addCitation(ydoc: Y.Doc, options: ConversationOptions, citation: NewCitation): string {
  return addCitations(ydoc, options, [citation])[0] ?? ""
}

/** Takes a citation away, whoever made it; what it said stays in the document. @throws ConversationError `unknown-citation`. */
export function removeCitation(ydoc: Y.Doc, options: ConversationOptions, { messageId, id }: Pick<Citation, "messageId" | "id">): void {
  set(ydoc, options, messageId, [id, "removed"], true)
}

/**
 * Attaches an end of a citation anew, as a person does with an orphan.
 * @param text - what `range` is a range of: for `answer` its part's text, if nothing else is given; for `source` the source's.
 * @throws ConversationError `unknown-citation`; `unknown-message` for a part without text; `too-large` above 8192 characters. RangeError for a range that is not in the text, or is empty.
 */
export function reattachCitation(
  ydoc: Y.Doc,
  options: ConversationOptions,
  { messageId, id, partId }: Pick<Citation, "messageId" | "id" | "partId">,
  end: "answer" | "source",
  range: TextRange,
  text?: Y.Text | string,
): void {
  if (end === "source" && text === undefined) throw new TypeError("a place in a source is given with the source's text")
  set(ydoc, options, messageId, [id, end], anchorIn(text ?? knownText(ydoc, messageId, partId), range))
}

/** Anchors a range of a living text, or of words. @throws as `anchorText`. */
export function anchorIn(text: Y.Text | string, range: TextRange): TextAnchor {
  return typeof text === "string" ? anchorWords(text, range) : anchorText(text, range)
}

/** Words that are said to stand somewhere, by somebody who does not give the text. */
function quoteOf(exact: string, position: TextRange | undefined): TextAnchor {
  const said = boundedText(exact, MAX_QUOTE_LENGTH, "a quote")
  return { start: "", end: "", quote: { exact: said, prefix: "", suffix: "" }, position: position ?? NOWHERE }
}

/** Of words of which nobody said where they stand. */
const NOWHERE: TextRange = Object.freeze({ from: -1, to: -1 })

function set(ydoc: Y.Doc, options: ConversationOptions, messageId: string, field: readonly string[], value: unknown): void {
  const index = new KeyIndex(ydoc.getMap<unknown>(CITATIONS))
  const [id = ""] = field
  if (!readCitations(index, messageId).some((citation) => citation.id === id))
    throw notHere("unknown-citation", "citation", id, "this message")
  new RegisterWriter(ydoc, options).set(`set-${field.at(-1) ?? ""}`, index, [ownerOf(messageId), ...field], value)
}

function storedCitation(
  ydoc: Y.Doc,
  options: ConversationOptions,
  { messageId, partId, answer, source, quote, by = options.author, origin, id }: NewCitation,
): { readonly id: string; readonly owner: string; readonly value: Readonly<Record<string, unknown>> } {
  if (origin !== undefined) boundedText(origin.raw, MAX_CITATION_ORIGIN_LENGTH, "what a citation came from")
  const value = {
    messageId,
    partId,
    answer: answer === null ? null : anchorIn(knownText(ydoc, messageId, partId), answer),
    source: "sourceId" in source ? storedPassage(source, quote) : storedPage(source, quote),
    by: { ...by },
    ...(origin === undefined ? {} : { origin: { ...origin } }),
  }
  return { id: id ?? mintId(options.now(), options.randomBytes), owner: ownerOf(messageId), value }
}

function storedPassage(source: Extract<NewCitedSource, { sourceId: string }>, quote: string | undefined): CitedPassage {
  const { text, range, ...passage } = source
  const words = quote === undefined || quote === "" ? null : quoteOf(quote, range)
  return { kind: "source", ...passage, anchor: range !== undefined && text !== undefined ? anchorIn(text, range) : words }
}

function storedPage({ url, title }: Omit<CitedPage, "kind" | "anchor">, quote: string | undefined): CitedPage {
  return {
    kind: "url",
    url: boundedText(url, MAX_CITED_FIELD_LENGTH, "an address"),
    ...(title === undefined ? {} : { title: boundedText(title, MAX_CITED_FIELD_LENGTH, "a title") }),
    anchor: quote === undefined || quote === "" ? null : quoteOf(quote, undefined),
  }
}

function knownText(ydoc: Y.Doc, messageId: string, partId: string): Y.Text | string {
  const text = partText(ydoc, messageId, partId)
  if (text === undefined) throw notHere("unknown-message", "a text of message", messageId, "this document")
  return text
}

function checkCount(index: KeyIndex, made: readonly { readonly owner: string; readonly id: string }[]): void {
  for (const owner of new Set(made.map((citation) => citation.owner))) {
    const ids = new Set(made.filter((citation) => citation.owner === owner).map(({ id }) => id))
    for (const [[id = ""]] of index.records(owner)) ids.add(id)
    if (ids.size > MAX_CITATIONS) throw new ConversationError("too-large", `a message has at most ${MAX_CITATIONS} citations`)
  }
}

function* clocksOf(index: KeyIndex, owner: string): IterableIterator<number> {
  for (const [, value] of index.records(owner)) {
    const clock = (value as { readonly clock?: unknown } | null)?.clock
    if (typeof clock === "number") yield clock
  }
}
