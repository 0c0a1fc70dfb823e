import type { ExportState } from "./export-job.ts"
import { exportWords, leftWords } from "./export-words.ts"

/** How far an export is, how it ended, and what the file does not hold. */
export function ExportProgress({ state, onCancel }: { readonly state: ExportState; readonly onCancel: () => void }) {
  const left = leftWords(state.left)
  return (
    <>
      {state.phase === "running" && <progress aria-label="Conversations written" max={Math.max(1, state.total)} value={state.done} />}
      <p role="status">{exportWords(state)}</p>
      {state.phase === "running" && (
        <button type="button" className="button" onClick={onCancel}>
          Cancel
        </button>
      )}
      {left.length > 0 && (
        <details>
          <summary>What is not in it: {left.join(", ")}</summary>
          <ul className="export-left">
            {state.left.slice(0, MAX_LISTED).flatMap(({ conversationId, title, left: things }) =>
              things.slice(0, MAX_LISTED).map(({ messageId, what }, at) => (
                <li key={`${conversationId} ${messageId} ${at}`} dir="auto">
                  {title === "" ? what : `${title}: ${what}`}
                </li>
              )),
            )}
          </ul>
        </details>
      )}
    </>
  )
}

/** Of a file that leaves out very much the rest is counted only. */
const MAX_LISTED = 50
