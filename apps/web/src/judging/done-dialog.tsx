import { type OpenJudging, useReplicaStatus } from "@polylogue/react"
import { counted } from "../frame/relative-time.ts"
import { NOT_ENFORCED } from "./kind-field.tsx"
import { QuestionDialog } from "./question-dialog.tsx"

interface DoneDialogProps {
  readonly judging: OpenJudging
  readonly onClose: () => void
}

/** Being done with a blind round: what that means, before one says it. */
export function DoneDialog({ judging, onClose }: DoneDialogProps) {
  const { progress, enforced, setFinished } = judging
  const { connection } = useReplicaStatus()
  const left = progress.total - progress.judged
  return (
    <QuestionDialog
      title="Are you done?"
      verb="I am done"
      onClose={onClose}
      onYes={() => {
        setFinished(true)
        onClose()
      }}
    >
      {left > 0 && (
        <p>
          {counted(left, "passage or answer is", "passages or answers are")} not judged yet. You can be done all the same: what is missing
          is shown as missing.
        </p>
      )}
      <p>
        What you judged is sealed now. Nobody sees it before everybody in the round is done; then all of it is shown at once, to all. You
        can take this back until somebody else’s work is shown; what you change after that is seen to be changed, and does not count.
      </p>
      {!enforced && <p className="quiet">{NOT_ENFORCED}</p>}
      {connection !== "online" && <p className="quiet">No relay is in reach. It will be told as soon as one is.</p>}
    </QuestionDialog>
  )
}
