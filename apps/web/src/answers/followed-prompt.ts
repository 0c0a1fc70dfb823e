import { type Ask, asksOf, type Conversation } from "@polylogue/conversation"

/** What an answer follows. */
export type FollowedPrompt = Pick<Ask, "values"> & { readonly prompt: NonNullable<Ask["prompt"]> }

/**
 * The prompt that the next answer is to follow as well: that of the nearest ask above message `id`, the message included. A conversation that was begun with a prompt goes on under it; for
 * what stands in messages of the role `system` is shown to people, and instructs nobody.
 */
export function followedPrompt(conversation: Conversation, id: string | null): FollowedPrompt | undefined {
  const { nodes } = conversation.getTree()
  for (let at = id; at !== null; at = nodes.get(at)?.parentId ?? null) {
    const ask = lastAsk(conversation, at)
    if (ask !== undefined) return ask.prompt === null ? undefined : { prompt: ask.prompt, values: ask.values }
  }
  return undefined
}

function lastAsk(conversation: Conversation, messageId: string): Ask | undefined {
  const segments = conversation.segmentsOf(messageId)
  return segments.flatMap((segment) => asksOf(conversation.documents.get(segment)!, messageId)).findLast(({ kind }) => kind === "answer")
}
