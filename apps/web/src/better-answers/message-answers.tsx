import { correctionKey, type Message, readAccepted } from "@polylogue/conversation"
import { type OpenConversation, type OpenOpinions, useAnswerOpinions, useCorrections, useRegisters } from "@polylogue/react"
import { besideOf } from "../citations/beside.ts"
import { Icon } from "../frame/icon.tsx"
import { counted } from "../frame/relative-time.ts"

interface MessageAnswersProps {
  readonly held: OpenConversation
  readonly message: Message
}

/** Says below an answer that others were suggested, or one accepted; a press shows them. */
export function MessageAnswers({ held, message }: MessageAnswersProps) {
  const state = useAnswerOpinions(held.conversationId)
  const count = useCorrections(state, message.id).filter(({ withdrawn }) => !withdrawn).length
  return state.state === "open" && count > 0 ? <Suggested {...{ held, message, count }} open={state} /> : null
}

function Suggested({ held, message, count, open }: MessageAnswersProps & { readonly count: number; readonly open: OpenOpinions }) {
  const { documentId } = open.open.document
  const accepted = readAccepted(useRegisters(documentId).get(correctionKey(documentId, message.id)))
  return (
    <button
      type="button"
      className="button button-quiet message-retrieval"
      onClick={() => besideOf(held.conversation).show({ kind: "answers", messageId: message.id })}
    >
      <Icon name={accepted === undefined ? "edit" : "check"} size={14} />
      {accepted === undefined ? `${counted(count, "better answer")} suggested` : "A better answer was accepted"}
    </button>
  )
}
