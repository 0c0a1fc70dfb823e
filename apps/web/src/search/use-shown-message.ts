import { type BranchChoices, branchesTo, type LineEntry } from "@polylogue/conversation"
import type { OpenConversation } from "@polylogue/react"
import { type RefObject, useEffect, useState } from "react"
import { useToast } from "../frame/toast.tsx"
import type { Choices } from "../conversation/use-choices.ts"
import { messageShown, useRoute } from "../frame/route.ts"

/**
 * Chooses the branches on which the message stands that the address names, if there is one. One that stands in an older segment of a long conversation
 * is fetched first, with all that follows it.
 */
export function useBranchesToMessage(
  { conversation, conversationId, segments }: OpenConversation,
  line: readonly LineEntry[],
  choices: BranchChoices,
  choose: Choices["choose"],
  synced: boolean,
): void {
  const route = useRoute()
  const messageId = route.conversationId === conversationId ? route.messageId : undefined
  const toast = useToast()
  const [searched, setSearched] = useState<string>()
  useEffect(() => {
    if (messageId === undefined) return
    let left = false
    const search = async (): Promise<void> => {
      await segments.reveal(messageId)
      if (!left) setSearched(messageId)
    }
    // A segment that cannot be read is told where older messages would stand.
    search().catch(() => {})
    return () => {
      left = true
      setSearched(undefined)
    }
  }, [messageId, segments])
  useEffect(() => {
    if (messageId === undefined || searched !== messageId || line.some(({ id }) => id === messageId)) return
    const tree = conversation.getTree()
    const [segment = 0] = conversation.segmentsOf(messageId)
    if (tree.nodes.has(messageId)) choose(branchesTo(tree, messageId, choices), { id: messageId, segment })
    else if (synced) {
      toast({ text: "That message is not in this conversation." })
      messageShown(conversationId)
    }
  }, [messageId, searched, conversation, conversationId, line, choices, choose, synced, toast])
}

/** Goes to the message that the address names as soon as the line has it, and marks it for a moment. */
export function useShownMessage(
  conversationId: string,
  line: readonly LineEntry[],
  scroller: RefObject<HTMLElement | null>,
  toMessage: (id: string) => void,
): void {
  const route = useRoute()
  const messageId = route.conversationId === conversationId ? route.messageId : undefined
  useEffect(() => {
    if (messageId === undefined || !line.some(({ id }) => id === messageId)) return
    toMessage(messageId)
    void markWhenThere(scroller.current, messageId)
    messageShown(conversationId)
  }, [messageId, conversationId, line, scroller, toMessage])
}

async function markWhenThere(scroller: HTMLElement | null, messageId: string): Promise<void> {
  if (scroller === null) return
  const { markMessage, rowOnceThere } = await import("./message-marks.ts")
  const row = await rowOnceThere(scroller, messageId)
  if (row !== undefined) markMessage(row, messageId)
}
