import { Dialog } from "../frame/dialog.tsx"
import { counted } from "../frame/relative-time.ts"
import "./export-question.css"

interface ExportQuestionProps {
  readonly files: readonly File[]
  readonly onImport: () => void
  readonly onAttach: () => void
  readonly onClose: () => void
}

/** Asks what is meant by a file that may hold conversations. */
export default function ExportQuestion({ files, onImport, onAttach, onClose }: ExportQuestionProps) {
  const [first] = files
  const name = files.length === 1 && first !== undefined ? `“${first.name}”` : counted(files.length, "file")
  return (
    <Dialog label="What to do with it" onClose={onClose}>
      <div className="export-question">
        <h2>Import it, or attach it?</h2>
        <p dir="auto">{name} may hold conversations from another app.</p>
        <div className="export-question-choices">
          <button type="button" className="button button-quiet" onClick={onClose}>
            Cancel
          </button>
          <button type="button" className="button" onClick={onAttach}>
            Attach to the message
          </button>
          <button type="button" className="button button-primary" onClick={onImport}>
            Import conversations
          </button>
        </div>
      </div>
    </Dialog>
  )
}
