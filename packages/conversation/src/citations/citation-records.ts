import type * as Y from "yjs"
import { readAuthor } from "../author.ts"
import { ownerOf } from "../conversation-view.ts"
import { groupedRecords, ownValue } from "../grouped-records.ts"
import { compareByClock, readClock } from "../hybrid-clock.ts"
import { CITATIONS } from "../message-annotations.ts"
import { KeyIndex, type RecordReader } from "../record-key.ts"
import { readEntries } from "../register.ts"
import type { Author } from "../stored-message.ts"
import { resolveInWords, resolveStrict, type StrictPlace } from "../text/strict-anchor.ts"
import { readAnchor, type TextAnchor } from "../text/text-anchor.ts"
import { fieldsOf } from "../stored-value.ts"

/*
 * The map `citations` in the document of a message's segment. The message is named as it stands, without the `~` of another text of it.
 *
 * | key | value |
 * |---|---|
 * | `<message id>/<citation>/made` | `{ messageId, partId, answer, source, by, clock, createdAt, origin? }`, written once; null once it was erased |
 * | `<message id>/<citation>/removed/<writer>` | register: true, or false once it was brought back |
 * | `<message id>/<citation>/answer/<writer>`, `…/source/<writer>` | registers: the anchor of that end, where a person attached it anew |
 */

/** What an answer rests on: a place in one of the workspace's sources. */
export interface CitedPassage {
  readonly kind: "source"
  readonly sourceId: string
  /** The passage of the source that it stands in, and the hash of that passage's words. */
  readonly chunkId?: string
  readonly hash?: string
  /** Counted from 1. */
  readonly page?: number
  /** The words; null for the passage, or the source, as a whole. */
  readonly anchor: TextAnchor | null
}

/** What an answer rests on: something elsewhere. */
export interface CitedPage {
  readonly kind: "url"
  /** As it was given: it may be of any scheme, so whoever makes a link of it checks that first. The empty string where there was none. */
  readonly url: string
  readonly title?: string
  /** The words as they were quoted; nothing resolves them. Null where none were. */
  readonly anchor: TextAnchor | null
}

/** That a place in an answer rests on a source. Immutable. */
export interface Citation {
  readonly id: string
  readonly messageId: string
  readonly partId: string
  /** The words of the part that rest on it; null for the part as a whole. */
  readonly answer: TextAnchor | null
  readonly source: CitedPassage | CitedPage
  /** Who cited it: a person, or a model. */
  readonly by: Author
  readonly clock: number
  /** Wall time of that device in ms since 1970. */
  readonly createdAt: number
  /** Of one that a model's API or a file gave: its format, and what it gave as JSON text. */
  readonly origin?: { readonly format: string; readonly raw: string }
}

/** Where the two ends of a citation are now; null for a whole part or source, or while its text is not here. */
export interface ResolvedCitation {
  readonly answer: StrictPlace | null
  readonly source: StrictPlace | null
}

/** The citations in message `messageId`, as they stand in the document of its segment: those of its answers in the order in which they were written, removed ones left out. */
export function citationsOf(ydoc: Y.Doc, messageId: string): readonly Citation[] {
  return readCitations(new KeyIndex(ydoc.getMap<unknown>(CITATIONS)), messageId)
}

/** {@link citationsOf} from records that are indexed already. */
export function readCitations(records: RecordReader, messageId: string): readonly Citation[] {
  const citations: Citation[] = []
  for (const [id, found] of groupedRecords(records.records(ownerOf(messageId)))) {
    const fields = groupedRecords(found)
    const register = (field: string): unknown => readEntries(fields.get(field) ?? [])[0]?.value
    const citation = readCitation(id, ownValue(fields.get("made")))
    if (citation?.messageId !== messageId || register("removed") === true) continue
    citations.push(attached(citation, (end) => readAnchor(register(end))))
  }
  return Object.freeze(citations.sort(compareByClock))
}

/**
 * Where a citation's ends are, in the text of its part and in that of its source. Neither is ever on other words than those cited.
 * @param source - of a citation of a source: its text as it is now.
 */
export function resolveCitation(citation: Citation, answer?: Y.Text | string, source?: Y.Text | string): ResolvedCitation {
  const { kind, anchor } = citation.source
  return { answer: placeOf(citation.answer, answer), source: kind === "source" ? placeOf(anchor, source) : null }
}

/** Where `anchor` leads in a living text or in words; null without the one or the other. */
export function placeOf(anchor: TextAnchor | null, text: Y.Text | string | undefined): StrictPlace | null {
  if (anchor === null || text === undefined) return null
  return typeof text === "string" ? resolveInWords(text, anchor) : resolveStrict(text, anchor)
}

function attached(citation: Citation, anchorOf: (end: "answer" | "source") => TextAnchor | undefined): Citation {
  const [answer, anchor] = [anchorOf("answer"), anchorOf("source")]
  return Object.freeze({
    ...citation,
    ...(answer === undefined ? {} : { answer }),
    ...(anchor === undefined ? {} : { source: Object.freeze({ ...citation.source, anchor }) }),
  })
}

/** The citation in a stored value; undefined when it is none. */
function readCitation(id: string, value: unknown): Citation | undefined {
  const { messageId, partId, answer, source, by, clock, createdAt, origin } = fieldsOf(value)
  const cited = readSource(source)
  if (typeof messageId !== "string" || typeof partId !== "string" || cited === undefined) return undefined
  const { format, raw } = fieldsOf(origin)
  return {
    id,
    messageId,
    partId,
    answer: readAnchor(answer) ?? null,
    source: cited,
    by: readAuthor(by),
    clock: readClock(clock),
    createdAt: readClock(createdAt),
    ...(typeof format === "string" && typeof raw === "string" ? { origin: Object.freeze({ format, raw }) } : {}),
  }
}

function readSource(value: unknown): Citation["source"] | undefined {
  const { kind, sourceId, chunkId, hash, page, url, title, anchor } = fieldsOf(value)
  const place = { anchor: readAnchor(anchor) ?? null }
  if (kind === "source" && typeof sourceId === "string") {
    return Object.freeze({
      kind,
      sourceId,
      ...(typeof chunkId === "string" ? { chunkId } : {}),
      ...(typeof hash === "string" ? { hash } : {}),
      ...(typeof page === "number" ? { page } : {}),
      ...place,
    })
  }
  if (kind !== "url" || typeof url !== "string") return undefined
  return Object.freeze({ kind, url, ...(typeof title === "string" ? { title } : {}), ...place })
}
