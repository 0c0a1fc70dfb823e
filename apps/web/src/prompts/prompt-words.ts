import type { PromptCard } from "@polylogue/conversation"
import type { OpenWorkspace } from "@polylogue/react"
import { quoted } from "../conversation-list/card-text.ts"
import { counted } from "../frame/relative-time.ts"
import type { ToastMessage } from "../frame/toast.tsx"

/** What a prompt is called where nobody gave it a name. */
const UNNAMED = "New prompt"

/** The name of a prompt to show. */
export function promptName(name: string | undefined): string {
  return name === undefined || name.trim() === "" ? UNNAMED : name.trim()
}

/** How prompts are called in a sentence. */
export function namedPrompts(cards: readonly PromptCard[]): string {
  return cards.length === 1 ? quoted(promptName(cards[0]?.name)) : counted(cards.length, "prompt")
}

/** Whether the prompts of a workspace may be changed here; says why when not: "You may read these prompts, not …". */
export function mayChangePrompts(workspace: OpenWorkspace | undefined, what: string, toast: (message: ToastMessage) => void): boolean {
  // Until a relay has said, everything may be done: it waits on this device.
  if (workspace?.open.document.status.mayWrite !== false) return true
  toast({ text: `You may read these prompts, not ${what}.` })
  return false
}
