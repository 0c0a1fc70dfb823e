import { MAX_VERSION_MESSAGE_LENGTH, type Prompt } from "@polylogue/conversation"
import { type FormEvent, useState } from "react"
import { Dialog } from "../frame/dialog.tsx"
import { Icon } from "../frame/icon.tsx"
import { useToast } from "../frame/toast.tsx"
import { savingProblem } from "./publish-words.ts"
import "./publish-dialog.css"

interface SaveVersionDialogProps {
  readonly prompt: Prompt
  readonly draftId: string
  readonly onClose: () => void
}

/** Saves what a draft says as a version, with a reason. Nobody gets it: that takes publishing. */
export function SaveVersionDialog({ prompt, draftId, onClose }: SaveVersionDialogProps) {
  const [message, setMessage] = useState("")
  const [problem, setProblem] = useState("")
  const toast = useToast()
  const save = (event: FormEvent): void => {
    event.preventDefault()
    try {
      prompt.saveVersion(draftId, { message: message.trim() })
    } catch (error) {
      setProblem(savingProblem(error))
      return
    }
    toast({ text: "Saved as a version." })
    onClose()
  }
  return (
    <Dialog label="Save a version" onClose={onClose}>
      <form className="save-version" onSubmit={save}>
        <header className="panel-head">
          <h2>Save a version</h2>
          <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
            <Icon name="close" />
          </button>
        </header>
        <div className="publish-body">
          <p className="quiet">A version stays as it is for ever and can be compared, gone back to and published.</p>
          <label className="publish-field">
            <span>Why, for the history</span>
            <input
              className="field"
              dir="auto"
              maxLength={MAX_VERSION_MESSAGE_LENGTH}
              value={message}
              onChange={(event) => setMessage(event.target.value)}
            />
          </label>
        </div>
        <footer className="publish-foot">
          <p role="status">{problem}</p>
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button button-primary">
            Save
          </button>
        </footer>
      </form>
    </Dialog>
  )
}
