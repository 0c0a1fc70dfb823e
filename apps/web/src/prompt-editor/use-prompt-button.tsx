import { parseDocumentId, type RenderedMessage } from "@polylogue/conversation"
import { usePolylogue, useWorkspace } from "@polylogue/react"
import { useId, useState } from "react"
import { navigate } from "../frame/route.ts"
import { useToast } from "../frame/toast.tsx"
import { beginFromPrompt, recordOf, versionOf } from "./begin-from-prompt.ts"
import { useDraftScope } from "./draft-scope.ts"

interface UsePromptButtonProps {
  readonly messages: readonly RenderedMessage[]
  /** Something is still to be filled in. */
  readonly incomplete: boolean
}

/** Makes a conversation of the filled-in prompt and goes there. */
export function UsePromptButton({ messages, incomplete }: UsePromptButtonProps) {
  const { prompt, open, draftId, mayWrite } = useDraftScope()
  const polylogue = usePolylogue()
  const workspace = useWorkspace()
  const toast = useToast()
  const [busy, setBusy] = useState(false)
  const id = useId()
  const said = messages.filter(({ content }) => content !== "")
  const unsaved = versionOf(prompt, draftId) === undefined
  const hint = hintFor({ empty: said.length === 0, incomplete, unsaved, mayWrite })
  const use = async (): Promise<void> => {
    const name = parseDocumentId(open.document.documentId)
    if (name.kind !== "prompt" || workspace.state !== "open") return
    setBusy(true)
    try {
      navigate(await beginFromPrompt(polylogue, workspace, said, recordOf(prompt, name.promptId, draftId)))
    } catch {
      toast({ text: "The conversation could not be made. The prompt is as it was." })
    } finally {
      setBusy(false)
    }
  }
  return (
    <div className="use-prompt">
      <button
        type="button"
        className="button button-primary"
        disabled={busy || said.length === 0 || incomplete || (unsaved && !mayWrite) || workspace.state !== "open"}
        aria-describedby={id}
        onClick={() => void use()}
      >
        Use in a conversation
      </button>
      <span id={id} className="prompt-field-hint">
        {hint}
      </span>
    </div>
  )
}

interface Situation {
  readonly empty: boolean
  readonly incomplete: boolean
  readonly unsaved: boolean
  readonly mayWrite: boolean
}

function hintFor({ empty, incomplete, unsaved, mayWrite }: Situation): string {
  if (empty) return "There is nothing in it to be sent yet."
  if (incomplete) return "Possible once everything is filled in."
  if (unsaved && !mayWrite) return "This draft is no version yet: somebody who may write has to save one first."
  const saved = unsaved ? " What is no version yet is saved as one." : ""
  return `Sends these messages in a new conversation; each names the version it came from.${saved}`
}
