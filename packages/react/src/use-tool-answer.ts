import { type ApprovalDecision, approvalKey, conversationDocumentId, decideApproval } from "@polylogue/conversation"
import { useCallback } from "react"
import { usePolylogue } from "./polylogue.ts"
import type { OpenConversation } from "./use-conversation.ts"

/** An answer to a tool that asks before it runs. */
export interface ToolAnswer {
  readonly messageId: string
  /** The part that is the call. */
  readonly pid: string
  readonly approved: boolean
  readonly reason?: string
}

/** What came of it. `given`: it stands in the conversation. `other`: somebody else's answer came first, and counts. `refused`: the relay takes none from this person. Nothing was written in the latter two. */
export type ToolAnswerOutcome =
  | { readonly state: "given" }
  | { readonly state: "other"; readonly decision: ApprovalDecision }
  | { readonly state: "refused" }

/**
 * Answers tools that ask: at the authority first, where the first answer counts, then in the conversation. Where the authority cannot be asked the answer stands in the conversation alone, and is
 * brought there by whoever runs the tool. The same function as long as the conversation is open.
 * @throws ConversationError `not-waiting`, in the promise, when the call has ended or was denied by then.
 */
export function useToolAnswer({ conversation, conversationId }: OpenConversation): (answer: ToolAnswer) => Promise<ToolAnswerOutcome> {
  const polylogue = usePolylogue()
  return useCallback(
    async ({ messageId, pid, approved, reason }) => {
      const { replica, workspace, author } = polylogue
      if (replica.status.connection === "online") {
        const key = approvalKey(conversationDocumentId(workspace, conversationId), messageId, pid)
        const outcome = await decideApproval(replica.registers, key, { approved, by: author.id })
        if (outcome.state === "refused") return { state: "refused" }
        if (outcome.state === "decided" && outcome.decision.approved !== approved) return { state: "other", decision: outcome.decision }
      }
      if (approved) conversation.approve(messageId, pid, reason)
      else conversation.deny(messageId, pid, reason)
      return { state: "given" }
    },
    [polylogue, conversation, conversationId],
  )
}
