import { type Conversation, snippetOf } from "@polylogue/conversation"
import { exactDate, isDated, relativeDate } from "../frame/relative-time.ts"
import { useNow } from "../frame/now.ts"
import { authorOf } from "./message-author.ts"

/** Who wrote an alternative, when, and how it begins. */
export function BranchLabel({ conversation, id }: { readonly conversation: Conversation; readonly id: string }) {
  const now = useNow()
  const message = conversation.getMessage(id)
  if (message === undefined) return <span className="quiet">Not on this device yet</span>
  const { createdAt } = message
  const words = message.deletedAt === null ? snippetOf(message.text) : ""
  return (
    <span className="branch-label">
      <span className="branch-who">
        <b dir="auto">{authorOf(message)}</b>
        {createdAt !== null && isDated(createdAt) && (
          <time className="quiet" title={exactDate(createdAt)}>
            {relativeDate(createdAt, now)}
          </time>
        )}
      </span>
      <span className="branch-words" dir="auto">
        {words !== "" ? words : message.deletedAt !== null ? "Deleted" : "No text"}
      </span>
    </span>
  )
}

/** The same in words, for a control without room. */
export function branchWords(conversation: Conversation, id: string): string {
  const message = conversation.getMessage(id)
  if (message === undefined) return ""
  const written = message.createdAt === null ? "" : `, ${exactDate(message.createdAt)}`
  return `${authorOf(message)}${written}`
}
