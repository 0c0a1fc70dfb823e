import type { StoredMessage } from "../stored-message.ts"
import { snippetOf } from "../conversation-card.ts"

/** Clock and beginning of the latest message that people read. */
export function latest(messages: readonly StoredMessage[]): { readonly lastActivity: number; readonly snippet: string } {
  let lastActivity = 0
  let text = ""
  for (const { core, parts } of messages) {
    const shown = parts.find((part) => part.type === "text" && part.text !== undefined && part.text !== "")?.text
    if (core.clock >= lastActivity && core.hidden !== true && shown !== undefined) text = shown
    if (core.clock > lastActivity) lastActivity = core.clock
  }
  return { lastActivity, snippet: snippetOf(text) }
}
