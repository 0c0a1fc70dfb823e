import { mergeContents, type Prompt, type PromptContent } from "@polylogue/conversation"

/** What a draft is to say, and what else it stands on from then on. */
interface DraftChange {
  readonly content: PromptContent
  readonly mergedFrom?: readonly string[]
}

/**
 * Makes a draft say something else in one step, and returns what takes the step back. Taking it back is a merge as well: what somebody wrote in the draft
 * after the step stays.
 * @throws ConversationError as `Prompt.applyContent`, with nothing written.
 */
export function changeDraft(prompt: Prompt, draftId: string, { content, mergedFrom = [] }: DraftChange): () => void {
  const before = prompt.getContent(draftId)
  const base = prompt.getDraft(draftId)?.base ?? []
  prompt.applyContent(draftId, content, mergedFrom)
  const after = prompt.getContent(draftId)
  return () => {
    prompt.applyContent(draftId, mergeContents(after, prompt.getContent(draftId), before).content)
    if (mergedFrom.length > 0) prompt.standOn(draftId, base)
  }
}
