import type { Message } from "@polylogue/conversation"

/** Who is shown as the author. */
export function authorOf(message: Pick<Message, "authorName" | "role" | "model" | "imported">): string {
  if (message.authorName !== null && message.authorName !== "") return message.authorName
  // Exports do not name their owner; a guest is somebody here who gave no name.
  if (message.imported && message.role === "user") return "User"
  return message.model ?? ROLE_NAMES[message.role] ?? message.role
}

/** What a role is called, where its author has no name. */
export const ROLE_NAMES: Readonly<Record<string, string>> = { user: "Guest", assistant: "Assistant", system: "Instructions", tool: "Tool" }
