import type { Message } from "@polylogue/conversation"
import { type OpenConversation, useCitations, useRetrievals } from "@polylogue/react"
import { useEffect, useMemo, useRef } from "react"
import { webAddress } from "../conversation/parts/file-fields.ts"
import { counted } from "../frame/relative-time.ts"
import { Icon } from "../frame/icon.tsx"
import { markedTextsOf } from "../markdown/marked-texts.ts"
import type { TextMark } from "../markdown/text-marks.ts"
import { besideOf } from "./beside.ts"
import { textOfPart } from "./chosen-place.ts"
import { CitationMarker } from "./citation-marker.tsx"
import { useCitedTitle } from "./cited-source.tsx"
import {
  citationMarks,
  hasLostWords,
  numberCitations,
  type NumberedCitation,
  type NumberedSource,
  numberedSources,
} from "./numbered-sources.ts"
import "./citations.css"

interface MessageCitationsProps {
  readonly held: OpenConversation
  readonly message: Message
}

/** What a message rests on: numbers in its text, its sources below, and what was looked up for it. Nothing where there is nothing. */
export function MessageCitations({ held, message }: MessageCitationsProps) {
  const numbered = useNumbered(held, message)
  const retrievals = useRetrievals(held, message.id)
  useMarks(held, message, numbered)
  if (message.deletedAt !== null || (numbered.length === 0 && retrievals.length === 0)) return null
  const beside = besideOf(held.conversation)
  const sources = numberedSources(numbered)
  return (
    <div className="message-sources" role="group" aria-label="What it rests on">
      {sources.length > 0 && (
        <ol>
          {sources.map((source) => (
            <li key={source.number}>
              <SourceItem
                source={source}
                onShow={({ citation }) => beside.show({ kind: "citation", messageId: message.id, citationId: citation.id })}
              />
            </li>
          ))}
        </ol>
      )}
      {retrievals.map(({ id, results }) => (
        <button
          key={id}
          type="button"
          className="button button-quiet message-retrieval"
          onClick={() => beside.show({ kind: "retrieval", messageId: message.id, retrievalId: id })}
        >
          <Icon name="search" size={14} />
          Looked up {counted(results.length, "passage")}
        </button>
      ))}
    </div>
  )
}

/** The citations of a message with their numbers and places; the same array until one of them, or the message, changes. */
export function useNumbered(held: OpenConversation, message: Message): readonly NumberedCitation[] {
  const { conversation } = held
  const citations = useCitations(held, message.id)
  return useMemo(
    () => numberCitations(citations, (partId) => textOfPart(conversation, message.id, partId)),
    // reason: the text of a message is read from its document; the message is another object whenever it changes.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
    [citations, conversation, message],
  )
}

/** Sets numbers into the texts of a message as long as it is on the page. */
function useMarks({ conversation }: OpenConversation, message: Message, numbered: readonly NumberedCitation[]): void {
  // Made anew for each word that somebody writes; as long as no place moves and no number changes, the marks are the same and nothing renders.
  const written = JSON.stringify([
    numbered.map(({ citation, number }) => [citation.id, number]),
    message.parts.map(({ pid }) => [pid, citationMarks(numbered, pid)] as const).filter(([, marks]) => marks.length > 0),
  ])
  const latest = useRef(numbered)
  useEffect(() => {
    latest.current = numbered
  }, [numbered])
  useEffect(() => {
    const texts = markedTextsOf(conversation)
    const [, marked] = JSON.parse(written) as readonly [unknown, readonly (readonly [partId: string, marks: readonly TextMark[]])[]]
    const face = (id: string) => {
      const each = latest.current.find(({ citation }) => citation.id === id)
      return each === undefined ? null : <CitationMarker key={id} conversation={conversation} {...each} />
    }
    for (const [partId, marks] of marked) texts.set(message.id, partId, { marks, face })
    return () => {
      for (const [partId] of marked) texts.set(message.id, partId, undefined)
    }
  }, [conversation, message.id, written])
}

interface SourceItemProps {
  readonly source: NumberedSource
  readonly onShow: (citation: NumberedCitation) => void
}

/** A source with its number; of a page of strangers the host always stands beside what it calls itself. */
function SourceItem({ source: { number, citations }, onShow }: SourceItemProps) {
  const [first] = citations
  const lost = citations.filter(hasLostWords)
  if (first === undefined) return null
  return (
    <>
      <span className="message-source-number" aria-hidden="true">
        {number}
      </span>
      <SourceButton shown={first} number={number} onShow={onShow} />
      {lost[0] !== undefined && (
        <button type="button" className="message-source-lost" onClick={() => lost[0] !== undefined && onShow(lost[0])}>
          {lost.length === 1 ? "The words that rested on it are gone" : `${lost.length} places that rested on it are gone`}
        </button>
      )}
    </>
  )
}

function SourceButton({
  shown,
  number,
  onShow,
}: { readonly shown: NumberedCitation; readonly number: number } & Pick<SourceItemProps, "onShow">) {
  const { citation } = shown
  const title = useCitedTitle(citation)
  const { source } = citation
  const host = source.kind === "url" ? webAddress(source.url)?.host : undefined
  return (
    <button type="button" className="message-source" onClick={() => onShow(shown)}>
      <span className="visually-hidden">{`Source ${number}: `}</span>
      <bdi>{title}</bdi>
      {source.kind === "source" && source.page !== undefined && <span className="quiet">page {source.page.toLocaleString("en")}</span>}
      {host !== undefined && host !== title && <span className="quiet">{host}</span>}
    </button>
  )
}
