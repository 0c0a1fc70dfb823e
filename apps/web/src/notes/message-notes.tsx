import type { Message } from "@polylogue/conversation"
import type { OpenConversation } from "@polylogue/react"
import { besideOf } from "../citations/beside.ts"
import { Icon } from "../frame/icon.tsx"
import { counted } from "../frame/relative-time.ts"
import { useNoteBoard } from "../noting/note-board.ts"
import { messageBoardOf } from "./message-board.ts"

interface MessageNotesProps {
  readonly held: OpenConversation
  readonly message: Pick<Message, "id">
}

/** How many open notes a message has, those that lost their words among them; a press shows them. */
export function MessageNotes({ held, message }: MessageNotesProps) {
  const board = messageBoardOf(held)
  const here = useNoteBoard(board).notes.filter(
    ({ resolvedBy, note: { target } }) => resolvedBy === null && target.kind === "message" && target.messageId === message.id,
  )
  const [first] = here
  if (first === undefined) return null
  const show = (): void => {
    besideOf(held.conversation).show({ kind: "notes" })
    board.ask(first.id, true)
  }
  return (
    <button type="button" className="button button-quiet message-retrieval" onClick={show}>
      <Icon name="comment" size={14} />
      {counted(here.length, "note")}
    </button>
  )
}
