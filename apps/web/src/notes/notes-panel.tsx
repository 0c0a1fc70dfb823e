import { anchorIn, type TextRange } from "@polylogue/conversation"
import { type OpenNotes, useNotes, usePolylogue } from "@polylogue/react"
import { useCallback, useEffect, useRef } from "react"
import { textOfPart } from "../citations/chosen-place.ts"
import { showWords } from "../citations/show-words.ts"
import { useAttach } from "../citations/use-attach.ts"
import type { ConversationScope } from "../conversation/conversation-scope.ts"
import { authorOf } from "../conversation/message-author.ts"
import { shownWords } from "../markdown/source-runs.ts"
import { LostTools } from "../noting/lost-tools.tsx"
import { NewNote } from "../noting/new-note.tsx"
import { rangeOfNote, type ShownNote, useNoteBoard } from "../noting/note-board.ts"
import { NoteList } from "../noting/note-list.tsx"
import { useNoteActions, useNoteAttempt } from "../noting/use-note-actions.ts"
import { messageBoardOf } from "./message-board.ts"

interface NotesPanelProps {
  readonly scope: ConversationScope
  readonly mayWrite: boolean
}

/** What people noted at the messages of a conversation: open notes in the order of the conversation, those that lost their words, settled ones folded away. */
export function NotesPanel({ scope, mayWrite }: NotesPanelProps) {
  const state = useNotes({ conversationId: scope.held.conversationId })
  if (state.state === "failed") return <p role="alert">The notes cannot be read on this device. Nothing of them was changed.</p>
  return state.state === "open" ? <OpenPanel {...{ scope, mayWrite }} open={state} /> : null
}

function OpenPanel({ scope, mayWrite, open }: NotesPanelProps & { readonly open: OpenNotes }) {
  const board = messageBoardOf(scope.held)
  const { begun } = useNoteBoard(board)
  const ownId = usePolylogue().author.id
  const { show, forget } = useShowing(scope)
  const actions = useNoteActions(board, open, show)
  const { attach, attachChosen } = useMending(scope, open)
  const toolsOf = (note: ShownNote) => (
    <LostTools
      {...{ note, mayWrite }}
      choose="Attach to other words"
      onLook={show}
      onAttach={(lost, range) => {
        forget()
        attach(lost, range)
      }}
      onChoose={attachChosen}
      onKeep={actions.resolve}
    />
  )
  return (
    <NoteList
      {...{ board, actions, mayWrite, ownId, toolsOf }}
      shown={shownWords}
      slotOf={(note) => slotOf(scope, note)}
      begun={
        mayWrite && begun !== undefined ? <NewNote {...{ board, begun, open }} slot="this conversation" shown={shownWords} /> : undefined
      }
      none={
        <div className="comments-none">
          <p>No open notes.</p>
          {mayWrite && <p className="quiet">Choose words in a message and press Note.</p>}
        </div>
      }
    />
  )
}

/** What leads to the words of a note, and marks those that may be meant until others are shown, or the margin closes. */
function useShowing(scope: ConversationScope) {
  const unmark = useRef(() => {})
  const forget = useCallback(() => unmark.current(), [])
  const show = useCallback(
    (note: ShownNote) => {
      unmark.current()
      unmark.current = showNote(scope, note)
      // Its own mark stands there; this one brought it into sight.
      if (rangeOfNote(note) !== undefined) unmark.current()
    },
    [scope],
  )
  useEffect(() => forget, [forget])
  return { show, forget }
}

/** Leads to the message of a note, and to its words, or those that may be meant. Returns what takes their mark away. */
function showNote(scope: ConversationScope, note: ShownNote): () => void {
  const { target } = note.note
  if (target.kind !== "message") return () => {}
  const range = rangeOfNote(note) ?? note.suggestion
  const isHere = document.querySelector(`[data-message-id="${CSS.escape(target.messageId)}"]`) !== null
  if (range !== undefined && isHere) return showWords(scope.held.conversation, { ...target, range })
  scope.showMessage(target.messageId)
  return () => {}
}

/** What attaches a note whose words are gone to others that a person has looked at, or chooses. */
function useMending(scope: ConversationScope, { notes }: OpenNotes) {
  const attempt = useNoteAttempt()
  const choose = useAttach(scope)
  const attach = ({ id, note: { target } }: ShownNote, range: TextRange): void => {
    const text = target.kind === "message" ? textOfPart(scope.held.conversation, target.messageId, target.partId) : undefined
    if (text !== undefined) attempt(() => notes.reattach(id, anchorIn(text, range)))
  }
  const attachChosen = (note: ShownNote): void => {
    const { target } = note.note
    if (target.kind === "message") choose({ ...target, attach: ({ range }) => attach(note, range) })
  }
  return { attach, attachChosen }
}

function slotOf({ held: { conversation } }: ConversationScope, { note: { target } }: ShownNote): string {
  const message = target.kind === "message" ? conversation.getMessage(target.messageId) : undefined
  return message === undefined ? "a message that is not here" : `the message of ${authorOf(message)}`
}
