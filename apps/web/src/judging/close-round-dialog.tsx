import { type OpenJudging, useReplicaStatus } from "@polylogue/react"
import { useState } from "react"
import { QuestionDialog } from "./question-dialog.tsx"
import { annotatorName, listed } from "./round-words.ts"

interface CloseRoundDialogProps {
  readonly judging: OpenJudging
  readonly onClose: () => void
}

/** Ending a blind round for who is not done: it stands at the relay, and cannot be taken back. */
export function CloseRoundDialog({ judging, onClose }: CloseRoundDialogProps) {
  const { connection } = useReplicaStatus()
  const [working, setWorking] = useState(false)
  const [said, setSaid] = useState("")
  const all = judging.standing.map(({ annotator }) => annotator)
  const atWork = judging.standing.filter(({ state }) => state === "judging").map(({ annotator }) => annotatorName(annotator, all))
  const end = async (): Promise<void> => {
    setWorking(true)
    const outcome = await judging.close().catch((): "unavailable" => "unavailable")
    setWorking(false)
    if (outcome === "closed") return onClose()
    setSaid(
      outcome === "forbidden"
        ? "The relay does not let you end this round: that is for owners. Nothing was changed."
        : "The relay could not be asked. It may be done all the same: try again.",
    )
  }
  return (
    <QuestionDialog
      title="End the round?"
      verb="End it"
      danger
      disabled={working || connection !== "online"}
      said={connection === "online" ? said : "No relay is in reach. A round ends at the relay, so this cannot be done now."}
      onYes={() => void end()}
      onClose={onClose}
    >
      <p>
        {atWork.length === 0
          ? "Everybody is done already."
          : `${listed(atWork)} ${atWork.length === 1 ? "is" : "are"} not done. What the others judged is shown to all then, and what comes later counts as late.`}{" "}
        This cannot be taken back.
      </p>
    </QuestionDialog>
  )
}
