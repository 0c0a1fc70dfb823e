import { canonicalJson, standingVersion } from "@polylogue/conversation"
import { type OpenPrompt, useLabels, usePromptContent, usePromptDrafts } from "@polylogue/react"
import { useState } from "react"
import { quoted } from "../conversation-list/card-text.ts"
import { Dialog } from "../frame/dialog.tsx"
import { Icon } from "../frame/icon.tsx"
import { useToast } from "../frame/toast.tsx"
import { draftName } from "../prompts/draft-words.ts"
import { navigateToPrompt } from "../prompts/prompt-route.ts"
import { savingProblem } from "../prompts/publish-words.ts"
import { ContentDiff } from "./content-diff.tsx"
import { changeDraft } from "./draft-change.ts"
import { versionName } from "./version-words.ts"
import "../prompts/publish-dialog.css"
import "./history-panel.css"

interface PutDialogProps {
  readonly held: OpenPrompt
  readonly draftId: string
  readonly versionId: string
  readonly onClose: () => void
}

/** Makes a draft say what a version says: shows what the draft would say instead, keeps what it says now as a version, and one press takes it back. */
export function PutDialog({ held, draftId, versionId, onClose }: PutDialogProps) {
  const { prompt, promptId } = held
  const content = usePromptContent(held, draftId)
  const labels = useLabels(promptId)
  const draft = usePromptDrafts(held).find(({ id }) => id === draftId)
  const [keeps, setKeeps] = useState(true)
  const [problem, setProblem] = useState("")
  const toast = useToast()
  const version = prompt.getVersion(versionId)
  if (version === undefined || draft === undefined) return null
  const [name, source] = [quoted(draftName(draft)), versionName(version, labels)]
  const same = canonicalJson(content) === canonicalJson(version.content)
  const put = (): void => {
    try {
      if (keeps && standingVersion(prompt, draftId) === undefined)
        prompt.saveVersion(draftId, { message: `Before going back to ${source}` })
      const undo = changeDraft(prompt, draftId, { content: version.content })
      navigateToPrompt(promptId, { draftId })
      toast({ text: `${name} says what ${source} says.`, action: { label: "Undo", run: undo } })
      onClose()
    } catch (error) {
      setProblem(savingProblem(error))
    }
  }
  return (
    <Dialog label={`Put a version into ${name}`} onClose={onClose} className="publish-dialog">
      <header className="panel-head">
        <h2>{`Put ${source} into ${name}`}</h2>
        <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <div className="publish-body">
        {same ? <p>The draft says just that already.</p> : <h3 className="put-changes">What changes in the draft</h3>}
        {!same && <ContentDiff from={content} to={version.content} label={`the draft now and ${source}`} />}
        {!same && standingVersion(prompt, draftId) === undefined && (
          <label className="publish-label">
            <input type="checkbox" checked={keeps} onChange={(event) => setKeeps(event.target.checked)} />
            <span>Save what the draft says now as a version first</span>
          </label>
        )}
      </div>
      <footer className="publish-foot">
        <p className="quiet" role="status">
          {problem}
        </p>
        <button type="button" className="button" onClick={onClose}>
          Cancel
        </button>
        <button type="button" className="button button-primary" disabled={same || draft.closed} onClick={put}>
          Put into the draft
        </button>
      </footer>
    </Dialog>
  )
}
