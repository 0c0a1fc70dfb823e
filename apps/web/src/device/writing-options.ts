import type { Conversation } from "@polylogue/conversation"
import type { Polylogue } from "@polylogue/react"

/** Who writes in a document here, and with which clock: what a prompt, a source or a conversation is opened with. */
export function writingOptions({ replica, writer, author, now, randomBytes }: Polylogue): ConstructorParameters<typeof Conversation>[1] {
  return { writer, author, now, relayNow: () => now() + replica.status.relayTimeOffsetMs, randomBytes }
}
