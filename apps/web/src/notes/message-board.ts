import type { OpenConversation } from "@polylogue/react"
import { NoteBoard } from "../noting/note-board.ts"

const boards = new WeakMap<object, NoteBoard>()

/** The board of a conversation: one, for its messages and the margin. */
export function messageBoardOf({ conversation, conversationId }: OpenConversation): NoteBoard {
  const board = boards.get(conversation) ?? new NoteBoard(`polylogue.message-note.${conversationId}`)
  boards.set(conversation, board)
  return board
}
