import { type BranchChoices, branchesTo, type LineEntry } from "@polylogue/conversation"
import type { OpenConversation } from "@polylogue/react"
import { type RefObject, useEffect } from "react"
import { useToast } from "../frame/toast.tsx"
import { messageShown, useRoute } from "../frame/route.ts"

/** Chooses the branches on which the message stands that the address names, if there is one. */
export function useBranchesToMessage(
  { conversation, conversationId }: OpenConversation,
  line: readonly LineEntry[],
  choices: BranchChoices,
  setChoices: (choices: BranchChoices) => void,
  synced: boolean,
): void {
  const route = useRoute()
  const messageId = route.conversationId === conversationId ? route.messageId : undefined
  const toast = useToast()
  useEffect(() => {
    if (messageId === undefined || line.some(({ id }) => id === messageId)) return
    const tree = conversation.getTree()
    if (tree.nodes.has(messageId)) setChoices(branchesTo(tree, messageId, choices))
    else if (synced) {
      toast({ text: "That message is not in this conversation." })
      messageShown(conversationId)
    }
  }, [messageId, conversation, conversationId, line, choices, setChoices, synced, toast])
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
