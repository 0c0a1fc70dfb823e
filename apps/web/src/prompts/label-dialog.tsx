import { type LabelBase, labelBase, type LabelOutcome, promptDocumentId, protectLabel, removeLabel } from "@polylogue/conversation"
import {
  type OpenPrompt,
  type Polylogue,
  type PromptLabel,
  useLabels,
  usePolylogue,
  usePublishing,
  useReplicaStatus,
} from "@polylogue/react"
import { useState } from "react"
import { Dialog } from "../frame/dialog.tsx"
import { Icon } from "../frame/icon.tsx"
import { type ToastMessage, useToast } from "../frame/toast.tsx"
import {
  changeAnswer,
  doneWords,
  type LabelWish,
  type LabelWishKind,
  newAttempt,
  standingWords,
  wishEffect,
  wishTitle,
  wishVerb,
} from "./label-words.ts"
import "../erasing/erasing.css"
import "./publish-dialog.css"

interface LabelDialogProps {
  readonly held: OpenPrompt
  readonly wish: LabelWish
  readonly onClose: () => void
}

/**
 * Takes a label away, or changes who may set it, after saying what that means for whoever asks for it. Labels stand at the relay: nothing of this is noted
 * down for later, and what the relay did not confirm is not said to be done.
 */
export function LabelDialog({ held, wish, onClose }: LabelDialogProps) {
  const { connection } = useReplicaStatus()
  const { run, working, said } = useLabelChange(held, wish, onClose)
  const { numbers } = useLabels(held.promptId)
  const title = wishTitle(wish)
  const online = connection === "online"
  return (
    <Dialog label={title} onClose={onClose}>
      <form
        className="label-change"
        onSubmit={(event) => {
          event.preventDefault()
          void run()
        }}
      >
        <header className="panel-head">
          <h2>{title}</h2>
          <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
            <Icon name="close" />
          </button>
        </header>
        <div className="publish-body">
          <p>{standingWords(wish, numbers)}</p>
          <p>{wishEffect(wish)}</p>
          {!online && (
            <p className="labels-pending">
              No relay is in reach. A label stands at the relay, so this cannot be done now, nor noted down for later: nothing was changed.
            </p>
          )}
        </div>
        <footer className="publish-foot">
          <p role="status">{said}</p>
          <button type="button" className="button" onClick={onClose}>
            Leave it
          </button>
          <button
            type="submit"
            className={wish.kind === "remove" ? "button button-danger" : "button button-primary"}
            disabled={!online || working}
          >
            {wishVerb(wish.kind)}
          </button>
        </footer>
      </form>
    </Dialog>
  )
}

interface LabelChanging {
  readonly run: () => Promise<void>
  readonly working: boolean
  /** What came of the last try, where the dialog stays. */
  readonly said: string
}

function useLabelChange(held: OpenPrompt, wish: LabelWish, onClose: () => void): LabelChanging {
  const polylogue = usePolylogue()
  const toast = useToast()
  const { publishVersion } = usePublishing(held.promptId)
  const [working, setWorking] = useState(false)
  const [said, setSaid] = useState("")
  // One attempt for all tries from one base: a try whose answer was lost takes effect once.
  const [from, setFrom] = useState(() => attemptFrom(polylogue, wish.label.base))
  const run = async (): Promise<void> => {
    setWorking(true)
    setSaid("")
    const outcome = await changeLabel(polylogue, held.promptId, wish, from).catch((): LabelOutcome => ({ outcome: "unavailable" }))
    setWorking(false)
    if (outcome.outcome === "done") {
      const after = labelBase(outcome.register)
      const undo = (versionId: string): ToastMessage["action"] => ({
        label: "Publish again",
        run: () => publishVersion(wish.label.label, versionId, after),
      })
      const was = from.base.versionId
      toast({ text: doneWords(wish), ...(wish.kind === "remove" && was !== null ? { action: undo(was)! } : {}) })
      return onClose()
    }
    if (outcome.outcome === "conflict") setFrom(attemptFrom(polylogue, labelBase(outcome.register)))
    setSaid(changeAnswer(outcome, wish.kind))
  }
  return { run, working, said }
}

interface AttemptFrom {
  readonly base: LabelBase
  readonly attempt: string
}

function attemptFrom(polylogue: Polylogue, base: LabelBase): AttemptFrom {
  return { base, attempt: newAttempt(polylogue) }
}

function changeLabel(polylogue: Polylogue, promptId: string, { kind, label }: LabelWish, from: AttemptFrom): Promise<LabelOutcome> {
  const { registers } = polylogue.replica
  const promptDocument = promptDocumentId(polylogue.workspace, promptId)
  if (kind === "remove") return removeLabel({ registers, promptDocument, label: label.label, ...from })
  return protectLabel(registers, promptDocument, label.label, kind === "protect")
}

/** What can be wished for a label: to take it away unless nothing has it, and to change who may set it. */
export function labelWishes(
  label: PromptLabel,
  { mayWrite, mayErase }: { readonly mayWrite: boolean; readonly mayErase: boolean },
): LabelWishKind[] {
  const mayChange = mayWrite && (!label.protected || mayErase)
  return [
    ...(mayChange && label.versionId !== null ? ["remove" as const] : []),
    ...(mayErase ? [label.protected ? ("open" as const) : ("protect" as const)] : []),
  ]
}
