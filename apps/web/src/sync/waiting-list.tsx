import { type ConversationCard, conversationDocumentId } from "@polylogue/conversation"
import { useConversationList, usePolylogue, useReplicaStatus, useWorkspace } from "@polylogue/react"
import { cardTitle } from "../conversation-list/card-text.ts"
import { counted } from "../frame/relative-time.ts"
import { hrefOf } from "../frame/route.ts"

const MAX_SHOWN = 20

/** The conversations of which something is on this device only, as links. */
export function WaitingList() {
  const { replica, workspace: name } = usePolylogue()
  // What waits moves with the status, which is another object then.
  useReplicaStatus()
  const workspace = useWorkspace()
  const cards = useConversationList(workspace)
  const waiting = waitingCards(cards, (id) => replica.waits(conversationDocumentId(name, id)))
  if (waiting.length === 0) return null
  return (
    <ul className="waiting-list" aria-label="Conversations with something on this device only">
      {waiting.slice(0, MAX_SHOWN).map((card) => (
        <li key={card.id}>
          <a href={hrefOf(card.id)} dir="auto">
            {cardTitle(card)}
          </a>
        </li>
      ))}
      {waiting.length > MAX_SHOWN && <li className="quiet">and {counted(waiting.length - MAX_SHOWN, "more conversation")}</li>}
    </ul>
  )
}

/** The cards of which something waits, in their order. */
export function waitingCards(cards: readonly ConversationCard[], waits: (id: string) => boolean): readonly ConversationCard[] {
  return cards.filter(({ id }) => waits(id))
}
