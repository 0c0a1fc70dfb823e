import { Icon } from "../frame/icon.tsx"
import { counted } from "../frame/relative-time.ts"
import { type CommentBoard, openThreads, useBoard } from "./comment-board.ts"

interface SlotCommentsProps {
  readonly board: CommentBoard
  readonly slotId: string
  readonly onOpen: (threadId: string) => void
}

/** How many open threads are about a message; a press shows the first. */
export function SlotComments({ board, slotId, onOpen }: SlotCommentsProps) {
  const here = openThreads(useBoard(board).threads).filter((thread) => thread.slotId === slotId)
  const [first] = here
  if (first === undefined) return null
  const label = `${counted(here.length, "comment")} on this message: show`
  return (
    <button type="button" className="comments-button" aria-label={label} title={label} onClick={() => onOpen(first.id)}>
      <Icon name="comment" />
      {here.length.toLocaleString("en")}
    </button>
  )
}
