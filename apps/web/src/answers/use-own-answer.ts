import { type Ask, askState } from "@polylogue/conversation"
import { type OpenConversation, useAnswering, useAsks, usePolylogue } from "@polylogue/react"
import { useCallback, useMemo, useSyncExternalStore } from "react"

/** An answer that one asked for and that is being written. */
export interface OwnAnswer {
  /** Says, also offline, that no more of it is wanted. What was written stays. */
  readonly stop: () => void
}

/**
 * The answer that one asked for oneself and that is being written at the end of the line. Renders again when there is another, and not with its words.
 * @param tip - the last message of the line: what was asked about, or the answer.
 */
export function useOwnAnswer(held: OpenConversation, tip: string | undefined): OwnAnswer | undefined {
  const { conversation } = held
  const ownId = usePolylogue().author.id
  const answering = useAnswering(held)
  const parent = tip === undefined ? null : (conversation.getTree().nodes.get(tip)?.parentId ?? null)
  // No message has the empty text for an id.
  const [ofTip, ofParent] = [useAsks(held, tip ?? ""), useAsks(held, parent ?? "")]
  const own = useMemo(() => [...ofParent, ...ofTip].filter(({ userId }) => userId === ownId), [ofParent, ofTip, ownId])
  const subscribe = useCallback((listener: () => void) => conversation.subscribeMessage(tip ?? "", listener), [conversation, tip])
  const read = (): Ask | undefined => own.findLast((ask) => askState(ask, conversation).phase === "writing")
  const ask = useSyncExternalStore(subscribe, read)
  return useMemo(() => ask && { stop: () => answering.stop(ask) }, [ask, answering])
}
