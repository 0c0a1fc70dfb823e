import type { RetrievalRecord, RetrievedPassage } from "@polylogue/conversation"
import { useRetrievals, useSource } from "@polylogue/react"
import type { ConversationScope } from "../conversation/conversation-scope.ts"
import { useNow } from "../frame/now.ts"
import { counted, exactDate, isoDate, relativeDate } from "../frame/relative-time.ts"
import type { BesidePanel } from "./beside.ts"
import { PassageCard } from "./passage-card.tsx"
import { passageHref } from "./passage-href.ts"
import "./beside.css"

interface RetrievalPanelProps {
  readonly scope: ConversationScope
  readonly panel: BesidePanel & { readonly kind: "retrieval" }
}

/** What was looked up for a message, as it was found then: it never changes. */
export function RetrievalPanel({ scope, panel }: RetrievalPanelProps) {
  const record = useRetrievals(scope.held, panel.messageId).find(({ id }) => id === panel.retrievalId)
  if (record === undefined) return <p className="quiet">What was looked up here is not on this device.</p>
  return <Retrieval record={record} />
}

function Retrieval({ record }: { readonly record: RetrievalRecord }) {
  const now = useNow()
  const { query, results, clock, config } = record
  return (
    <div className="look-up">
      <p>
        {counted(results.length, "passage")} found for <q dir="auto">{query}</q>
      </p>
      <p className="quiet">
        {clock > 0 && (
          <time dateTime={isoDate(clock)} title={exactDate(clock)}>
            {relativeDate(clock, Math.max(now, clock))}.
          </time>
        )}{" "}
        It is kept as it was found.
      </p>
      <details className="passage-details">
        <summary>Details</summary>
        <p className="quiet">Ranked by {config.ranker}.</p>
      </details>
      <ol className="passages">
        {results.map((result) => (
          <FoundThen key={`${result.rank} ${result.sourceId} ${result.chunkId}`} result={result} />
        ))}
      </ol>
    </div>
  )
}

/** A passage as it was when it was found: what its source says now may be something else. */
function FoundThen({ result }: { readonly result: RetrievedPassage }) {
  const { sourceId, chunkId, hash, rank, score } = result
  const state = useSource(sourceId)
  const source = state.state === "open" ? state.source : undefined
  const passage = source?.getPassage(chunkId)
  const isSame = passage !== undefined && (hash === "" || passage.hash === hash)
  const text = isSame ? passage.text : state.state === "opening" ? "" : "This passage is not on this device."
  const page = passage?.page === undefined ? {} : { page: passage.page }
  return (
    <PassageCard passage={{ sourceId, text, rank, score, marks: [], ...page }} href={passageHref(sourceId, source?.placeOf(chunkId))} />
  )
}
