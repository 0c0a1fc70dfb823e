import type { Message } from "@polylogue/conversation"

/** Who is shown as the author. */
export function authorOf(message: Pick<Message, "authorName" | "role" | "model" | "imported">): string {
  if (message.authorName !== null && message.authorName !== "") return message.authorName
  // Exports do not name their owner; a guest is somebody here who gave no name.
  if (message.imported && message.role === "user") return "User"
  return message.model ?? roleName(message.role)
}

// A map, for an import may bring any role: `constructor` is no name.
const ROLE_NAMES: ReadonlyMap<string, string> = new Map([
  ["user", "Guest"],
  ["assistant", "Assistant"],
  ["system", "Instructions"],
  ["tool", "Tool"],
])

/** What a role is called, where its author has no name. */
export function roleName(role: string): string {
  return ROLE_NAMES.get(role) ?? role
}
