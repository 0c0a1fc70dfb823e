import type { DocumentStatus } from "@polylogue/replica"

/** What stands where a conversation has no messages: that nobody has written, only when that is known. */
export function emptyConversationWords({
  mayWrite,
  relayAwaits,
  synced,
}: Pick<DocumentStatus, "mayWrite" | "relayAwaits" | "synced">): string {
  const open = mayWrite !== false
  if (synced && relayAwaits)
    return `Nothing here yet on this relay. What others have comes when it reaches them.${open ? " You can write meanwhile." : ""}`
  if (!open) return "Nothing here yet."
  return synced
    ? "Nothing here yet. Write the first message below."
    : "Nothing here on this device yet. Write the first message below, or wait until the relay has sent what it has."
}
