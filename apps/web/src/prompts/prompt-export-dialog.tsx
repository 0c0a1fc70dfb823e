import { type PromptCard, PROMPT_FORMATS, type PromptFormatName, type PromptLeft } from "@polylogue/conversation"
import { usePolylogue } from "@polylogue/react"
import { useState } from "react"
import { downloadFile } from "../export/download.ts"
import { Dialog } from "../frame/dialog.tsx"
import { Icon } from "../frame/icon.tsx"
import { counted } from "../frame/relative-time.ts"
import { type PromptExport, exportPrompts } from "./export-prompts.ts"
import "../export/export.css"

interface PromptExportDialogProps {
  readonly cards: readonly PromptCard[]
  readonly onClose: () => void
}

const HOLDS = {
  versions: "All versions, with labels and configuration",
  whole: "One version, with roles, variables and configuration",
  text: "The text alone",
} as const

type Outcome = { readonly words: string; readonly left: readonly PromptLeft[] }

/** Writes prompts to a file in the format that is chosen, and says what the format leaves out. */
export function PromptExportDialog({ cards, onClose }: PromptExportDialogProps) {
  const polylogue = usePolylogue()
  const [format, setFormat] = useState<PromptFormatName>("langfuse")
  const [outcome, setOutcome] = useState<Outcome | "running">()
  const write = (): void => {
    setOutcome("running")
    const written = ({ file, name, left }: PromptExport): void => {
      downloadFile(file, name)
      setOutcome({ words: `${counted(cards.length, "prompt")} written to ${name}.`, left })
    }
    const unreadable = (): void =>
      setOutcome({ words: "It did not work: a prompt cannot be read from this device. Nothing was written.", left: [] })
    exportPrompts(polylogue, cards, format).then(written, unreadable)
  }
  return (
    <Dialog label="Export" onClose={onClose} className="export-dialog">
      <header className="panel-head">
        <h2>{cards.length === 1 ? "Export" : `Export ${counted(cards.length, "prompt")}`}</h2>
        <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <div className="export-body">
        <fieldset className="export-choices">
          <legend>Format</legend>
          {PROMPT_FORMATS.map(({ name, title, holds }) => (
            <label key={name} className="export-choice">
              <input type="radio" name="prompt-format" checked={name === format} onChange={() => setFormat(name)} />
              <span>{title}</span>
              <span className="quiet">{HOLDS[holds]}</span>
            </label>
          ))}
        </fieldset>
        <p role="status">{outcome === undefined ? "" : outcome === "running" ? "Writing." : outcome.words}</p>
        {typeof outcome === "object" && outcome.left.length > 0 && (
          <>
            <p>Not in the file:</p>
            <ul className="export-left">
              {outcome.left.map(({ prompt, what }, at) => (
                <li key={at}>
                  <bdi>{prompt}</bdi>: {what}
                </li>
              ))}
            </ul>
          </>
        )}
        <footer className="export-foot">
          <button type="button" className="button button-primary" disabled={outcome === "running"} onClick={write}>
            Export
          </button>
        </footer>
      </div>
    </Dialog>
  )
}
