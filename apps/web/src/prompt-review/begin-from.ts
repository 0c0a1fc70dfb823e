import type { PromptVersion } from "@polylogue/conversation"
import type { OpenPrompt } from "@polylogue/react"
import { cutText } from "../conversation-list/card-text.ts"
import { navigateToPrompt } from "../prompts/prompt-route.ts"

/** Begins a draft of its own that says what a version says, and shows it. */
export function beginFrom({ prompt, promptId }: OpenPrompt, { id, message }: PromptVersion): void {
  const name = message.trim() === "" ? "Draft of a version" : cutText(message.trim(), MAX_NAME_LENGTH)
  navigateToPrompt(promptId, { draftId: prompt.createDraft({ from: id, name }) })
}

const MAX_NAME_LENGTH = 60
