import type { SlotRole } from "@polylogue/conversation"

/** What the roles of messages are called, in the order in which they are offered. */
export const ROLE_NAMES: Readonly<Record<SlotRole, string>> = {
  system: "System",
  developer: "Developer",
  user: "User",
  assistant: "Assistant",
  tool: "Tool",
  placeholder: "Placeholder",
}

/** What a role is called; one that is not known by its own word. */
export function roleLabel(role: string): string {
  return Object.hasOwn(ROLE_NAMES, role) ? ROLE_NAMES[role as SlotRole] : role
}

/** The role that a message between two others likely has: instructions come first, then people and models take turns. */
export function nextRole(before: string | undefined, after: string | undefined): SlotRole {
  if (before === undefined) return after === "system" || after === "developer" ? "user" : "system"
  return before === "user" ? "assistant" : "user"
}
