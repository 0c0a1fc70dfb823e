import { recordRetrieval, type RetrievedPassage, type TextRange } from "@polylogue/conversation"
import { useSourceList, useWorkspace } from "@polylogue/react"
import { useEffect, useRef, useState } from "react"
import type { ConversationScope } from "../conversation/conversation-scope.ts"
import { excerptOf } from "../conversation/quoting.ts"
import { counted } from "../frame/relative-time.ts"
import { useToast } from "../frame/toast.tsx"
import { shownWords } from "../markdown/source-runs.ts"
import { type FoundPassage, type PassagesFound, usePassages } from "../sources/passage-search.ts"
import { sourceHref } from "../sources/source-route.ts"
import { type BesidePanel, besideOf, useBeside } from "./beside.ts"
import { PassageCard, useSourceTitle } from "./passage-card.tsx"
import { useSegmentWriting } from "./segment-writing.ts"
import { useCitePassage } from "./use-cite-passage.ts"
import "./beside.css"

/** Passages that are shown, and kept, of one search. */
const MAX_PASSAGES = 12

interface LookUpPanelProps {
  readonly scope: ConversationScope
  readonly mayWrite: boolean
  readonly panel: BesidePanel & { readonly kind: "look-up" }
}

/** Looks words up in the sources of the workspace, and does something with what is found: keep it with a message, cite it, quote it. */
export function LookUpPanel({ scope, mayWrite, panel }: LookUpPanelProps) {
  const [words, setWords] = useState(panel.words)
  const [asked, setAsked] = useState(panel)
  const field = useRef<HTMLInputElement>(null)
  if (asked !== panel) {
    setAsked(panel)
    if (asked.words !== panel.words) setWords(panel.words)
  }
  useEffect(() => {
    field.current?.focus()
    field.current?.select()
  }, [])
  const workspace = useWorkspace()
  const sources = useSourceList(workspace)
  const found = usePassages(workspace, words, MAX_PASSAGES)
  const isNone = workspace.state === "open" && sources.length === 0
  return (
    <search className="look-up">
      <input
        ref={field}
        type="search"
        className="field"
        dir="auto"
        aria-label="Words to look up"
        placeholder="Words to look up"
        value={words}
        onChange={({ target }) => setWords(target.value)}
      />
      {isNone ? <NoSources /> : <Found {...{ scope, mayWrite, panel, found }} />}
    </search>
  )
}

function NoSources() {
  return (
    <div className="beside-none">
      <p>There are no sources here yet.</p>
      <p className="quiet">A source is a text that answers can rest on: a file, a page, something you paste.</p>
      <a className="button" href={sourceHref()}>
        Add sources
      </a>
    </div>
  )
}

interface FoundProps extends LookUpPanelProps {
  readonly found: PassagesFound
}

function Found({ scope, mayWrite, panel, found: { query, found, done, total } }: FoundProps) {
  const { conversation } = scope.held
  const { citing } = useBeside(conversation)
  const cite = useCitePassage(scope)
  const reading = done < total ? `Reading sources: ${done.toLocaleString("en")} of ${total.toLocaleString("en")}.` : ""
  if (query === "") return <p className="quiet">Write what you want to know, or words that the source has.</p>
  return (
    <>
      <div className="look-up-state">
        <p className="quiet" role="status">
          {[found === undefined ? "" : found.length === 0 ? "Nothing found. Try other words." : counted(found.length, "passage"), reading]
            .filter((words) => words !== "")
            .join(" ")}
        </p>
        {mayWrite && panel.messageId !== undefined && found !== undefined && found.length > 0 && (
          <Keep key={`${panel.messageId} ${query}`} {...{ scope, query, found }} messageId={panel.messageId} />
        )}
      </div>
      {citing !== undefined && mayWrite && (
        <div className="citing">
          <p>
            Press Cite at the passage for <q dir="auto">{excerptOf(shownWords(citing.words))}</q>. Choose words in it to cite only those.
          </p>
          <button type="button" className="button button-quiet" onClick={() => besideOf(conversation).letGo()}>
            Cancel
          </button>
        </div>
      )}
      <ol className="passages">
        {found?.map((passage) => (
          <PassageCard key={`${passage.sourceId} ${passage.chunkId}`} passage={passage}>
            {mayWrite && citing !== undefined && (
              // The choice would be gone before the press is over.
              <button
                type="button"
                className="button"
                onMouseDown={(event) => event.preventDefault()}
                onClick={({ currentTarget }) => void cite(citing, passage, chosenWithin(currentTarget.closest(".passage")))}
              >
                Cite
              </button>
            )}
            {mayWrite && <QuoteButton scope={scope} passage={passage} />}
          </PassageCard>
        ))}
      </ol>
    </>
  )
}

function QuoteButton({ scope, passage }: { readonly scope: ConversationScope; readonly passage: FoundPassage }) {
  const { sourceId, chunkId, text } = passage
  const authorName = useSourceTitle(sourceId)
  return (
    <button type="button" className="button" onClick={() => scope.quote({ sourceId, chunkId, authorName, text: excerptOf(text) })}>
      Quote
    </button>
  )
}

/** The words that are chosen within the text of a passage; undefined where none are. */
function chosenWithin(passage: Element | null): TextRange | undefined {
  const text = passage?.querySelector(".passage-text")
  const selection = document.getSelection()
  if (text == null || selection === null || selection.isCollapsed || selection.rangeCount === 0) return undefined
  const range = selection.getRangeAt(0)
  if (!text.contains(range.startContainer) || !text.contains(range.endContainer)) return undefined
  const before = document.createRange()
  before.setStart(text, 0)
  before.setEnd(range.startContainer, range.startOffset)
  const from = before.toString().length
  return { from, to: from + range.toString().length }
}

interface KeepProps {
  readonly scope: ConversationScope
  readonly messageId: string
  readonly query: string
  readonly found: readonly FoundPassage[]
}

/** Keeps what was found with the message that it was looked up for, as it is now and for ever. */
function Keep({ scope, messageId, query, found }: KeepProps) {
  const [kept, setKept] = useState(false)
  const { options, documentOf } = useSegmentWriting(scope.held)
  const toast = useToast()
  const keep = (): void => {
    if (!scope.mayWrite()) return
    try {
      recordRetrieval(documentOf(messageId), options, { messageId, query, config: CONFIG, results: found.map(resultOf) })
      setKept(true)
      toast({ text: `${counted(found.length, "passage")} kept with the message.` })
    } catch (error) {
      if ((error as { readonly code?: unknown }).code !== "too-large") throw error
      toast({ text: "The conversation is full: it takes no more of these. Nothing was changed." })
    }
  }
  return (
    <button type="button" className="button look-up-keep" disabled={kept} onClick={keep}>
      {kept ? "Kept with the message" : "Keep with this message"}
    </button>
  )
}

const CONFIG = { ranker: "bm25", limit: MAX_PASSAGES } as const

function resultOf({ sourceId, chunkId, rank, score, hash }: FoundPassage): RetrievedPassage {
  return { sourceId, chunkId, rank, score, hash }
}
