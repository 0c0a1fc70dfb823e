import { MAX_GUIDELINE_LENGTH } from "@polylogue/conversation"
import { type OpenRound, useRoundSettings } from "@polylogue/react"
import { lazy, Suspense, useState } from "react"
import { KeptArea } from "../frame/kept-area.tsx"

const Markdown = lazy(() => import("../markdown/markdown.tsx"))

interface GuidelinePanelProps {
  readonly held: OpenRound
  readonly mayWrite: boolean
}

/** What those who judge go by: the guideline and the grades. Who may change the round can write it here. */
export function GuidelinePanel({ held, mayWrite }: GuidelinePanelProps) {
  const { round } = held
  const { guideline, scale } = useRoundSettings(held)
  const [writing, setWriting] = useState(false)
  return (
    <>
      {writing ? (
        <KeptArea
          className="field"
          rows={12}
          aria-label="What to go by"
          maxLength={MAX_GUIDELINE_LENGTH}
          value={guideline}
          onKeep={(text) => round.change({ guideline: text })}
        />
      ) : guideline.trim() === "" ? (
        <p className="quiet">Nobody has said yet what to go by.</p>
      ) : (
        <div className="markdown" dir="auto">
          <Suspense fallback={guideline}>
            <Markdown text={guideline} />
          </Suspense>
        </div>
      )}
      {mayWrite && (
        <p className="round-buttons">
          <button type="button" className="button" aria-pressed={writing} onClick={() => setWriting(!writing)}>
            {writing ? "Show it as it reads" : "Change it"}
          </button>
        </p>
      )}
      {writing && <p className="quiet">What was judged by the words before stays, with a note by which words it was judged.</p>}
      <section className="margin-section">
        <h3>Grades</h3>
        <dl className="guideline-scale">
          {scale.map(({ grade, name }) => (
            <div key={grade}>
              <dt>{grade}</dt>
              <dd dir="auto">{name}</dd>
            </div>
          ))}
        </dl>
      </section>
    </>
  )
}
