import { type OpenJudging, useRoundJudgements, useRoundSettings } from "@polylogue/react"
import { useDeferredValue, useMemo } from "react"
import { AgreementNumbers } from "./agreement-numbers.tsx"
import { DisagreementList } from "./disagreement-list.tsx"
import { roundAgreement } from "./round-agreement.ts"
import { annotatorName } from "./round-words.ts"
import { isRevealed, Standing, waitingWords } from "./waiting-view.tsx"
import "./agreement-view.css"
import "./judge-view.css"

/** How those who judged agree, and where they do not. In a blind round nothing of what anybody judged before everybody is done. */
export function AgreementView({ judging }: { readonly judging: OpenJudging }) {
  if (!isRevealed(judging)) {
    return (
      <div className="judge-scroller">
        <div className="agreement-column">
          <section className="agreement-part">
            <h3>Not all are done</h3>
            <p role="status">{waitingWords(judging.standing)}</p>
            <Standing standing={judging.standing} own={judging.annotator} closedAt={judging.closedAt} />
          </section>
        </div>
      </div>
    )
  }
  return <Agreement judging={judging} />
}

function Agreement({ judging }: { readonly judging: OpenJudging }) {
  const { held, kind, standing, closedAt } = judging
  const settings = useRoundSettings(held)
  // Numbers over thousands of grades may come a moment after a grade: judging does not wait for them.
  const judgements = useDeferredValue(useRoundJudgements(held))
  const agreement = useMemo(() => roundAgreement(judgements, settings), [judgements, settings])
  const names = useMemo(
    () => new Map(settings.annotators.map((annotator) => [annotator.id, annotatorName(annotator, settings.annotators)])),
    [settings],
  )
  // A relay that lets everyone in knows nobody by a name.
  const nameOf = (annotator: string): string => names.get(annotator) ?? (judging.enforced ? annotator : "somebody")
  const odd = standing.some(({ state }) => state === "changed" || state === "late")
  return (
    <div className="judge-scroller">
      <div className="agreement-column">
        {agreement.graded === 0 ? (
          <section className="agreement-part">
            <h3>Nothing is judged yet</h3>
            <p>As soon as two people have graded the same things, it is shown here how far they agree.</p>
          </section>
        ) : (
          <>
            <AgreementNumbers agreement={agreement} settings={settings} nameOf={nameOf} />
            {kind === "blind" && (odd || closedAt !== null) && (
              <section className="agreement-part">
                <h3>Who judged</h3>
                <Standing standing={standing} own={judging.annotator} closedAt={closedAt} />
              </section>
            )}
            <DisagreementList {...{ held, judgements, settings, nameOf }} disagreements={agreement.disagreements} />
          </>
        )}
      </div>
    </div>
  )
}
