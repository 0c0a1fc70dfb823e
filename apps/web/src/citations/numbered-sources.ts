import { type Citation, resolveCitation, type StrictPlace } from "@polylogue/conversation"
import type * as Y from "yjs"
import type { TextMark } from "../markdown/text-marks.ts"

/** A citation of a message, and where its words are. */
export interface NumberedCitation {
  readonly citation: Citation
  /** The same for all citations of one source within the message, from 1. */
  readonly number: number
  /** Where the words of the message are that rest on the source; null for a part as a whole, or one whose text is not here. */
  readonly place: StrictPlace | null
}

/** A source of a message with all that is cited from it. */
export interface NumberedSource {
  readonly number: number
  readonly citations: readonly NumberedCitation[]
}

/** The citations of a message with the numbers of their sources, in the order in which they were made: one that is added changes no number before it. */
export function numberCitations(
  citations: readonly Citation[],
  textOf: (partId: string) => Y.Text | string | undefined,
): readonly NumberedCitation[] {
  const numbers = new Map<string, number>()
  return citations.map((citation) => {
    const key = sourceKey(citation)
    const number = numbers.get(key) ?? numbers.size + 1
    numbers.set(key, number)
    return { citation, number, place: resolveCitation(citation, textOf(citation.partId)).answer }
  })
}

/** The sources of a message by number. */
export function numberedSources(numbered: readonly NumberedCitation[]): readonly NumberedSource[] {
  const sources = new Map<number, NumberedCitation[]>()
  for (const each of numbered) sources.set(each.number, [...(sources.get(each.number) ?? []), each])
  return [...sources].map(([number, citations]) => ({ number, citations }))
}

/** What is marked in part `partId`: behind the words of each citation the number of its source, at one place each number once. */
export function citationMarks(numbered: readonly NumberedCitation[], partId: string): readonly TextMark[] {
  const marks: TextMark[] = []
  const seen = new Set<string>()
  for (const { citation, number, place } of numbered) {
    if (citation.partId !== partId || (place?.state !== "exact" && place?.state !== "moved")) continue
    const key = `${place.to} ${number}`
    if (seen.has(key)) continue
    seen.add(key)
    marks.push({ at: place.to, id: citation.id })
  }
  return marks
}

/** Whether the words of the message are gone that rested on the source, or cannot be told from others. */
export function hasLostWords({ place }: NumberedCitation): boolean {
  return place?.state === "orphan" || place?.state === "ambiguous"
}

function sourceKey({ source }: Citation): string {
  return source.kind === "source" ? `source ${source.sourceId}` : `url ${source.url === "" ? (source.title ?? "") : source.url}`
}
