import type { ReactNode } from "react"
import { Dialog } from "../frame/dialog.tsx"
import { Icon } from "../frame/icon.tsx"
import "../erasing/erasing.css"
import "../prompts/publish-dialog.css"

interface QuestionDialogProps {
  readonly title: string
  /** What the button that does it says. */
  readonly verb: string
  readonly danger?: boolean
  readonly disabled?: boolean
  /** What came of it, where the dialog stays. */
  readonly said?: string
  readonly onYes: () => void
  readonly onClose: () => void
  readonly children: ReactNode
}

/** Asks before something that has consequences, after saying which. */
export function QuestionDialog(props: QuestionDialogProps) {
  const { title, verb, danger = false, disabled = false, said = "", onYes, onClose, children } = props
  return (
    <Dialog label={title} onClose={onClose}>
      <header className="panel-head">
        <h2>{title}</h2>
        <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <div className="publish-body">{children}</div>
      <footer className="publish-foot">
        <p role="status">{said}</p>
        <button type="button" className="button" onClick={onClose}>
          Cancel
        </button>
        <button type="button" className={danger ? "button button-danger" : "button button-primary"} disabled={disabled} onClick={onYes}>
          {verb}
        </button>
      </footer>
    </Dialog>
  )
}
