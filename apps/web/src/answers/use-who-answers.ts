import type { ModelCard } from "@polylogue/conversation"
import { useReplicaStatus, usePolylogue, useResponders, useSourceList, useWorkspace } from "@polylogue/react"
import { useCallback, useEffect, useMemo } from "react"
import { answerNote } from "./answer-words.ts"
import { NOBODY, offersOf, whoIsAsked } from "./offers.ts"
import { chooseIn, chooseUsually, useChosen } from "./remembered-choice.ts"
import { rememberOffers, useRememberedOffers } from "./remembered-offers.ts"

/** Who answers in a conversation. */
export interface WhoAnswers {
  /** What may be chosen; empty where no responder was heard of. */
  readonly offers: readonly ModelCard[]
  /** Who is asked when a message is sent; undefined: nobody. */
  readonly asked: ModelCard | undefined
  /** What is to be known before one asks. */
  readonly note: string | undefined
  /** Chooses an offer by its id, or `NOBODY`. */
  readonly choose: (choice: string) => void
}

/** What was heard of responders, so that one can ask also while none is reached: those that run, else those that ran within a day. */
export function useOffers(): { readonly offers: readonly ModelCard[]; readonly running: boolean } {
  const responders = useResponders()
  const remembered = useRememberedOffers()
  const heard = useMemo(() => offersOf(responders.map(({ card }) => card)), [responders])
  useEffect(() => {
    if (heard.length > 0) rememberOffers(heard)
  }, [heard])
  return { offers: heard.length > 0 ? heard : remembered, running: heard.length > 0 }
}

/**
 * Whose answer a message of a conversation asks for. What is chosen is remembered for the conversation; a model also as the usual choice.
 * @param conversationId - undefined: of one that has not begun.
 */
export function useWhoAnswers(conversationId: string | undefined, isFirst: boolean): WhoAnswers {
  const polylogue = usePolylogue()
  const { connection } = useReplicaStatus()
  const user = polylogue.user ?? polylogue.author.id
  const { offers, running } = useOffers()
  const hasSources = useSourceList(useWorkspace()).length > 0
  const { usual, conversations } = useChosen(user)
  const chosen = conversationId === undefined ? undefined : conversations.get(conversationId)
  const asked = whoIsAsked({ offers, chosen, usual, hasSources, isFirst })
  const choose = useCallback(
    (choice: string) => {
      if (conversationId !== undefined) chooseIn(user, conversationId, choice)
      // Who wants no answer here may want one in the next conversation.
      if (choice !== NOBODY) chooseUsually(user, choice)
    },
    [user, conversationId],
  )
  const reach = connection !== "online" ? "relay" : running ? "now" : "responder"
  const hasModel = offers.some(({ kind }) => kind === "model")
  const isWished = offers.length === 0 || chosen === NOBODY
  return { offers, asked, note: answerNote({ asked, isWished, reach, isFirst, hasModel, hasSources }), choose }
}
