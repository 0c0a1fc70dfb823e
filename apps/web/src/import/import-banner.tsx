import { useState } from "react"
import { counted } from "../frame/relative-time.ts"
import { Names, useImportState } from "./import-panel.tsx"
import type { ImportSession } from "./import-session.ts"
import { pace } from "./import-summary.ts"
import "../sync/banner.css"

/** Says that an import runs while one does other things, and offers to go on with one that was cut off. */
export function ImportBanner({ session, onShow }: { readonly session: ImportSession; readonly onShow: () => void }) {
  const state = useImportState(session)
  const [hidden, setHidden] = useState(false)
  if (hidden || (state.phase !== "left" && state.phase !== "running")) return null
  return (
    <div className="banner" data-testid="import-banner">
      {state.phase === "running" ? (
        <span>
          Importing: {counted(state.counts.imported, "conversation")}. {pace(state)}.
        </span>
      ) : (
        <span role="status">
          The import of <Names names={state.names} /> was cut off after {counted(state.counts.imported, "conversation")}.
        </span>
      )}
      {state.phase === "left" && (
        <button type="button" className="button button-quiet" onClick={() => setHidden(true)}>
          Later
        </button>
      )}
      <button type="button" className="button" onClick={onShow}>
        {state.phase === "left" ? "Go on" : "Show"}
      </button>
    </div>
  )
}
