import { promptDocumentId, releaseName, removeLabel } from "@polylogue/conversation"
import { type Polylogue, type PromptLabel, useLabels, usePolylogue, usePublishedNames, useReplicaStatus } from "@polylogue/react"
import { useState } from "react"
import { quoted } from "../conversation-list/card-text.ts"
import { Dialog } from "../frame/dialog.tsx"
import { Icon } from "../frame/icon.tsx"
import { useToast } from "../frame/toast.tsx"
import { changeAnswer, newAttempt } from "./label-words.ts"
import { versionWord } from "./publish-words.ts"
import "../erasing/erasing.css"
import "./publish-dialog.css"

interface UnpublishDialogProps {
  readonly promptId: string
  readonly onClose: () => void
}

/** Gives up the names of a prompt and takes its labels away, one by one; says of each that stays why it does. */
export function UnpublishDialog({ promptId, onClose }: UnpublishDialogProps) {
  const polylogue = usePolylogue()
  const toast = useToast()
  const names = usePublishedNames(promptId)
  const labels = useLabels(promptId).labels.filter(({ versionId }) => versionId !== null)
  const online = useReplicaStatus().connection === "online"
  const [working, setWorking] = useState(false)
  const [problems, setProblems] = useState<readonly string[]>([])
  const run = async (): Promise<void> => {
    setWorking(true)
    setProblems([])
    const found = await unpublish(polylogue, promptId, names, labels)
    setWorking(false)
    setProblems(found)
    if (found.length > 0) return
    toast({ text: "Nobody gets anything of this prompt any more." })
    onClose()
  }
  return (
    <Dialog label="Stop publishing" onClose={onClose}>
      <header className="panel-head">
        <h2>Stop publishing</h2>
        <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <div className="publish-body">
        <p>Nobody gets this prompt then, and another may be published under its name. Its versions keep their words and their numbers.</p>
        <ul className="unpublish-list">
          {names.map((name) => (
            <li key={`name ${name}`} dir="auto">{`The name ${quoted(name)}`}</li>
          ))}
          {labels.map(({ label, number }) => (
            <li key={`label ${label}`}>
              The label <bdi>{label}</bdi>, now {versionWord(number)}
            </li>
          ))}
        </ul>
        {!online && (
          <p className="labels-pending">No relay is in reach. Names and labels stand at the relay, so this cannot be done now.</p>
        )}
      </div>
      <footer className="publish-foot">
        <p role="status">{problems.join(" ")}</p>
        <button type="button" className="button" onClick={onClose}>
          Leave it
        </button>
        <button type="button" className="button button-danger" disabled={!online || working} onClick={() => void run()}>
          Take all away
        </button>
      </footer>
    </Dialog>
  )
}

/** Takes away what it can. Names go first: without one nobody finds the labels. Returns what stays, and why. */
async function unpublish(
  polylogue: Polylogue,
  promptId: string,
  names: readonly string[],
  labels: readonly PromptLabel[],
): Promise<readonly string[]> {
  const { replica, workspace } = polylogue
  const { registers } = replica
  const problems: string[] = []
  for (const name of names) {
    const { outcome } = await releaseName({ registers, workspace, promptId, name })
    if (outcome === "refused") problems.push(`You may not give up the name ${quoted(name)}. Ask an owner.`)
    if (outcome === "unavailable") problems.push(`No relay answered about the name ${quoted(name)}. Try again.`)
  }
  for (const { label, base } of labels) {
    const change = { registers, promptDocument: promptDocumentId(workspace, promptId), label, base, attempt: newAttempt(polylogue) }
    const answer = changeAnswer(await removeLabel(change), "remove")
    if (answer !== "") problems.push(`${label}: ${answer}`)
  }
  return problems
}
