import { type FormatName, FORMATS } from "@polylogue/conversation"
import { useState } from "react"
import { Dialog } from "../frame/dialog.tsx"
import { Icon } from "../frame/icon.tsx"
import { counted } from "../frame/relative-time.ts"
import { ExportProgress } from "./export-progress.tsx"
import { exportFileName } from "./file-name.ts"
import type { ExportRequest } from "./run-export.ts"
import { useExport } from "./use-export.ts"
import "./export.css"

interface ExportDialogProps {
  readonly ids: readonly string[]
  /** Of the conversation, where it is one. */
  readonly title: string
  readonly onClose: () => void
}

const HOLDS = {
  everything: "Everything, to be imported again",
  tree: "All branches, as far as the format knows them",
  line: "The line you read, without other branches",
} as const

/** Writes the conversations given, or all of the workspace, in the format that is chosen, and says what the format leaves out. */
export function ExportDialog({ ids, title, onClose }: ExportDialogProps) {
  const [chosen, setChosen] = useState<FormatName>("markdown")
  const [all, setAll] = useState(false)
  const { state, start, cancel } = useExport()
  const formats = FORMATS.filter((format) => format.exports)
  const format = formats.find(({ name }) => name === chosen) ?? formats[0]!
  const write = (): void => {
    const request = { ids: all ? undefined : ids, format: format.name as ExportRequest["format"] }
    start(request, exportFileName(request, title))
  }
  return (
    <Dialog label="Export" onClose={onClose} className="export-dialog">
      <header className="panel-head">
        <h2>{ids.length === 1 ? "Export" : `Export ${counted(ids.length, "conversation")}`}</h2>
        <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <div className="export-body">
        <fieldset className="export-choices">
          <legend>Format</legend>
          {formats.map(({ name, title: words, holds }) => (
            <label key={name} className="export-choice">
              <input type="radio" name="export-format" checked={name === format.name} onChange={() => setChosen(name)} />
              <span>{words}</span>
              <span className="quiet">{name === "bundle" ? "Everything, attachments too" : HOLDS[holds]}</span>
            </label>
          ))}
        </fieldset>
        <label className="export-all">
          <input type="checkbox" checked={all} onChange={() => setAll(!all)} />
          <span>All conversations of the workspace</span>
        </label>
        <ExportProgress state={state} onCancel={cancel} />
        <footer className="export-foot">
          <button type="button" className="button button-primary" disabled={state.phase === "running"} onClick={write}>
            Export
          </button>
        </footer>
      </div>
    </Dialog>
  )
}
