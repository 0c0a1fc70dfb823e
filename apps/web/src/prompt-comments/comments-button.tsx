import type { OpenPrompt } from "@polylogue/react"
import { Icon } from "../frame/icon.tsx"
import { counted } from "../frame/relative-time.ts"
import { boardOf, openThreads, useBoard } from "./comment-board.ts"
import "./comment-marks.css"

interface CommentsButtonProps {
  readonly held: OpenPrompt
  readonly draftId: string
  readonly onPress: () => void
}

/** How many threads of a draft are open; shows them in the margin. */
export function CommentsButton({ held, draftId, onPress }: CommentsButtonProps) {
  const { length } = openThreads(useBoard(boardOf(held, draftId)).threads)
  const label = length === 0 ? "Comments" : `Comments: ${counted(length, "open thread")}`
  return (
    <button type="button" className="comments-button" aria-label={label} title={label} onClick={onPress}>
      <Icon name="comment" />
      {length > 0 && length.toLocaleString("en")}
    </button>
  )
}
