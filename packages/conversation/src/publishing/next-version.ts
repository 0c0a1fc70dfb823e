import { contentJson, type PromptContent } from "../prompt/prompt-content.ts"
import type { Prompt } from "../prompt/prompt.ts"
import { saveContent } from "../prompt/save-content.ts"
import type { Author } from "../stored-message.ts"
import { ConversationError } from "../conversation-error.ts"

/** Who saves a version that no draft says, when, and why. */
export interface SavedBy {
  readonly author: Author
  /** Wall time in ms since 1970. */
  readonly now: () => number
  readonly message: string
}

/**
 * The version to publish for what a draft says: the one that it stands on when it still says just that, else a new one.
 * @throws ConversationError as `Prompt.saveVersion`.
 */
export function savedDraft(prompt: Prompt, draftId: string, message: string): string {
  return standingVersion(prompt, draftId) ?? prompt.saveVersion(draftId, { message })
}

/**
 * The version that a draft stands on, as long as the draft still says just that; `undefined` when it has words that are no version yet.
 * @throws ConversationError `too-large` for a draft that no version can hold.
 */
export function standingVersion(prompt: Prompt, draftId: string): string | undefined {
  const standing = onlyBase(prompt, draftId)
  return standing !== undefined && saysTheSame(prompt, draftId, standing) ? standing : undefined
}

/**
 * A version that says what `mine` says and was made from both it and `theirs`, which it is to follow. A draft that still says what `mine` says stands on
 * it afterwards; no word of any draft is changed.
 * @throws ConversationError `unknown-version` when `mine` is not here.
 */
export function onTop(prompt: Prompt, mine: string, theirs: string | null, by: SavedBy): string {
  const { content } = known(prompt, mine)
  return next(prompt, mine, content, theirs === null ? [] : [theirs], by)
}

/**
 * A version that says what version `to` says and was made from `current`, which it is to follow: going back is going on. A draft that says just what `current`
 * says, says what `to` says afterwards; those in which somebody went on keep their words.
 * @throws ConversationError `unknown-version` when one of them is not here.
 */
export function goingBack(prompt: Prompt, to: string, current: string, by: SavedBy): string {
  known(prompt, current)
  return next(prompt, current, known(prompt, to).content, [], by)
}

/** A version with `content` made from `from` and others. One draft that stands on `from` unchanged goes along. */
function next(prompt: Prompt, from: string, content: PromptContent, others: readonly string[], { author, now, message }: SavedBy): string {
  const draft = prompt.getDrafts().find(({ id, closed }) => !closed && onlyBase(prompt, id) === from && saysTheSame(prompt, id, from))
  if (draft === undefined) return saveContent(prompt.ydoc, { content, parents: [from, ...others], author, message, createdAt: now() })
  prompt.applyContent(draft.id, content, others)
  return prompt.saveVersion(draft.id, { message })
}

function known(prompt: Prompt, id: string): { readonly content: PromptContent } {
  const version = prompt.getVersion(id)
  if (version === undefined)
    throw new ConversationError(
      "unknown-version",
      `version ${JSON.stringify(id.slice(0, 80))} is not in this prompt, or has not arrived yet`,
    )
  return version
}

function onlyBase(prompt: Prompt, draftId: string): string | undefined {
  const base = prompt.getDraft(draftId)?.base ?? []
  return base.length === 1 ? base[0] : undefined
}

function saysTheSame(prompt: Prompt, draftId: string, versionId: string): boolean {
  const version = prompt.getVersion(versionId)
  return version !== undefined && contentJson(prompt.getContent(draftId)) === contentJson(version.content)
}
