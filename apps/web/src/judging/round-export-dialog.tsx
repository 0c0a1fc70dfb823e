import type { AnnotationFormatName, AnnotationLeft } from "@polylogue/conversation"
import { type OpenJudging, usePolylogue, useRegisters, useReplicaStatus } from "@polylogue/react"
import { useState } from "react"
import { downloadFile } from "../export/download.ts"
import { Dialog } from "../frame/dialog.tsx"
import { Icon } from "../frame/icon.tsx"
import { exportRound, ROUND_FORMATS } from "./round-export.ts"
import { isRevealed } from "./waiting-view.tsx"
import "../export/export.css"

interface RoundExportDialogProps {
  readonly judging: OpenJudging
  readonly onClose: () => void
}

const HOLDS: Readonly<Record<string, string>> = {
  qrels: "The agreed grade of each passage for each question, for trec_eval and ir_measures",
  run: "What the search found for each question, in its order, with scores",
  beir: "Corpus, questions and agreed grades, as an archive",
  ragas: "Each question with its answer and passages, a line each",
  "ragas-turns": "The same with the whole dialogue before each question",
  "judgements-csv": "What everybody judged, with labels and notes, for a table",
}

type Outcome = { readonly words: string; readonly left: readonly AnnotationLeft[] }

/** So many things that a format could not hold are named; the rest are counted. */
const NAMED = 20

/** Writes a round to a file in the format that is chosen, and says what the format leaves out. */
export function RoundExportDialog({ judging, onClose }: RoundExportDialogProps) {
  const polylogue = usePolylogue()
  const { connection } = useReplicaStatus()
  const { round, open } = judging.held
  // What was decided is heard as long as somebody listens.
  useRegisters(open.document.documentId)
  const [format, setFormat] = useState<AnnotationFormatName>("qrels")
  const [outcome, setOutcome] = useState<Outcome | "running">()
  const write = async (): Promise<void> => {
    setOutcome("running")
    try {
      const { file, name, left } = await exportRound(polylogue, round, format)
      downloadFile(file, name)
      setOutcome({ words: `Written to ${name}.`, left })
    } catch {
      setOutcome({ words: "It did not work: something of the round cannot be read from this device. Nothing was written.", left: [] })
    }
  }
  return (
    <Dialog label="Export" onClose={onClose} className="export-dialog">
      <header className="panel-head">
        <h2>Export</h2>
        <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <div className="export-body">
        <fieldset className="export-choices">
          <legend>Format</legend>
          {ROUND_FORMATS.map(({ name, title }) => (
            <label key={name} className="export-choice">
              <input type="radio" name="round-format" checked={name === format} onChange={() => setFormat(name)} />
              <span>{title}</span>
              <span className="quiet export-choice-held">{HOLDS[name]}</span>
            </label>
          ))}
        </fieldset>
        {!isRevealed(judging) && <p className="quiet">Not everybody’s work is shown yet: what is missing is not in the file.</p>}
        {connection !== "online" && <p className="quiet">No relay is in reach: decisions are those that this device heard of last.</p>}
        <p role="status">{outcome === undefined ? "" : outcome === "running" ? "Writing." : outcome.words}</p>
        {typeof outcome === "object" && outcome.left.length > 0 && (
          <>
            <p>Not as people said it, or not in the file:</p>
            <ul className="export-left">
              {outcome.left.slice(0, NAMED).map(({ item, what }, at) => (
                <li key={at}>
                  <bdi>{item}</bdi>: {what}
                </li>
              ))}
              {outcome.left.length > NAMED && <li>{`and ${(outcome.left.length - NAMED).toLocaleString("en")} more`}</li>}
            </ul>
          </>
        )}
        <footer className="export-foot">
          <button type="button" className="button button-primary" disabled={outcome === "running"} onClick={() => void write()}>
            Export
          </button>
        </footer>
      </div>
    </Dialog>
  )
}
