import { resolveCitation, suggestPlace, type TextRange } from "@polylogue/conversation"
import { type OpenSource, useCiting, useMessage, useSource, useSourceText } from "@polylogue/react"
import { useEffect } from "react"
import type { ConversationScope } from "../conversation/conversation-scope.ts"
import { Icon } from "../frame/icon.tsx"
import { useToast } from "../frame/toast.tsx"
import { type BesidePanel, besideOf } from "./beside.ts"
import { shownWords } from "../markdown/source-runs.ts"
import { CitedSource } from "./cited-source.tsx"
import { MarkedWords } from "./marked-words.tsx"
import { useNumbered } from "./message-citations.tsx"
import { hasLostWords, type NumberedCitation } from "./numbered-sources.ts"
import { showWords } from "./show-words.ts"
import { useAttach } from "./use-attach.ts"
import "./citations.css"

/** UTF-16 units around what is cited that the margin shows. */
const PANEL_CONTEXT = 700

interface CitationPanelProps {
  readonly scope: ConversationScope
  readonly mayWrite: boolean
  readonly panel: BesidePanel & { readonly kind: "citation" }
}

/** What a citation of a message cites, with what stands around it, and the way to the next one. */
export function CitationPanel({ scope, mayWrite, panel }: CitationPanelProps) {
  const message = useMessage(scope.held.conversation, panel.messageId)
  if (message === undefined || message.deletedAt !== null) return <p className="quiet">The message is not here any more.</p>
  return <OfMessage key={message.id} {...{ scope, mayWrite, panel, message }} />
}

function OfMessage({ scope, mayWrite, panel, message }: CitationPanelProps & { readonly message: Parameters<typeof useNumbered>[1] }) {
  const numbered = useNumbered(scope.held, message)
  const at = numbered.findIndex(({ citation }) => citation.id === panel.citationId)
  const shown = numbered[at]
  const { conversation } = scope.held
  const go = (step: number): void => {
    const next = numbered[(at + step + numbered.length) % numbered.length]
    if (next !== undefined) besideOf(conversation).show({ kind: "citation", messageId: message.id, citationId: next.citation.id })
  }
  const partId = shown?.citation.partId
  const place = shown?.place ?? null
  const [from, to] = place !== null && "from" in place ? [place.from, place.to] : [-1, -1]
  useEffect(() => {
    if (partId === undefined || from === -1) return undefined
    return showWords(conversation, { messageId: message.id, partId, range: { from, to } })
  }, [conversation, message.id, partId, from, to])
  if (shown === undefined) return <p className="quiet">This citation was removed.</p>
  return (
    <div className="citation-panel">
      {numbered.length > 1 && (
        <div className="citation-steps" role="group" aria-label="Citations of this message">
          <button type="button" className="icon-button" aria-label="Citation before" title="Citation before" onClick={() => go(-1)}>
            <Icon name="previous" />
          </button>
          <span role="status">
            {(at + 1).toLocaleString("en")} of {numbered.length.toLocaleString("en")}
          </span>
          <button type="button" className="icon-button" aria-label="Next citation" title="Next citation" onClick={() => go(1)}>
            <Icon name="next" />
          </button>
        </div>
      )}
      <CitingWords shown={shown} />
      <CitedSource key={shown.citation.id} citation={shown.citation} context={PANEL_CONTEXT} leads />
      {mayWrite && <Mending {...{ scope, shown }} />}
    </div>
  )
}

/** The words of the message that rest on the source. */
function CitingWords({ shown }: { readonly shown: NumberedCitation }) {
  const { citation, place } = shown
  if (citation.answer === null) return <p className="quiet">The whole message rests on this.</p>
  return (
    <div>
      <blockquote className="citing-words" dir="auto">
        {shownWords(citation.answer.quote.exact)}
      </blockquote>
      {hasLostWords(shown) && (
        <p className="cited-note">
          {place?.state === "ambiguous"
            ? `It cannot be told which of ${place.candidates.length} places in the message is meant.`
            : "These words are no longer in the message."}
        </p>
      )}
    </div>
  )
}

/** What a person does with a citation: attach an end that has lost its words, or take it away. */
function Mending({ scope, shown }: { readonly scope: ConversationScope; readonly shown: NumberedCitation }) {
  const { citation } = shown
  const { conversation } = scope.held
  const citing = useCiting(scope.held)
  const toast = useToast()
  const attach = useAttach(scope)
  const reattach = (): void =>
    attach({
      ...citation,
      attach: ({ range }) => {
        citing.reattach(citation, "answer", range)
        toast({ text: "Attached to the words that you chose." })
      },
    })
  const remove = (): void => {
    if (!scope.mayWrite()) return
    citing.remove(citation)
    besideOf(conversation).close()
    toast({ text: "Citation removed. The source and the message are as they were." })
  }
  return (
    <div className="citation-actions">
      {citation.source.kind === "source" && <SourceMending {...{ scope, shown }} sourceId={citation.source.sourceId} />}
      {citation.answer !== null && (
        // The choice would be gone before the press is over.
        <button type="button" className="button" onMouseDown={(event) => event.preventDefault()} onClick={reattach}>
          Attach to other words
        </button>
      )}
      <button type="button" className="button button-quiet" onClick={remove}>
        Remove this citation
      </button>
    </div>
  )
}

interface SourceMendingProps {
  readonly scope: ConversationScope
  readonly shown: NumberedCitation
  readonly sourceId: string
}

/** Offers the places in the source that may be meant where the words that were cited are not found. A person decides: nothing is taken by itself. */
function SourceMending({ scope, shown, sourceId }: SourceMendingProps) {
  const state = useSource(sourceId)
  return state.state === "open" ? <Candidates {...{ scope, shown }} held={state} /> : null
}

function Candidates({ scope, shown: { citation }, held }: Omit<SourceMendingProps, "sourceId"> & { readonly held: OpenSource }) {
  const text = useSourceText(held.source)
  const citing = useCiting(scope.held)
  const { anchor } = citation.source
  if (anchor === null || text === "") return null
  const { source: place } = resolveCitation(citation, undefined, held.source.text)
  if (place === null || place.state === "exact" || place.state === "moved") return null
  const suggested = place.state === "orphan" ? suggestPlace(held.source.text, anchor) : undefined
  const candidates = place.state === "ambiguous" ? place.candidates : suggested === undefined ? [] : [suggested]
  if (candidates.length === 0) return null
  const take = (range: TextRange): void => {
    if (scope.mayWrite()) citing.reattach(citation, "source", range, held.source.text)
  }
  return (
    <section aria-label="Places that may be meant">
      <p>{place.state === "ambiguous" ? "Which of these is it?" : "Probably here, in other words:"}</p>
      <ul className="citation-candidates">
        {candidates.map((range) => (
          <li key={range.from}>
            <p className="cited-context" dir="auto">
              <Nearby text={text} range={range} />
            </p>
            <button type="button" className="button" onClick={() => take(range)}>
              It is here
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** UTF-16 units on either side of a place by which a person tells it from others. */
const NEARBY = 80

function Nearby({ text, range: { from, to } }: { readonly text: string; readonly range: TextRange }) {
  // Never half a character at the edges.
  const before = text.slice(Math.max(0, from - NEARBY), from).replace(/^[\udc00-\udfff]/u, "")
  const after = text.slice(to, to + NEARBY).replace(/[\ud800-\udbff]$/u, "")
  const shown = before + text.slice(from, to) + after
  return <MarkedWords text={shown} marks={[{ start: before.length, end: before.length + to - from }]} />
}
