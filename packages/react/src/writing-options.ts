import type { ConversationOptions } from "@polylogue/conversation"
import type { Polylogue } from "./polylogue.ts"

/** Who writes, and the clocks of the device and its relay, for what is written in a document. */
export function writingOptions({ replica, writer, author, now, randomBytes }: Polylogue): ConversationOptions {
  const relayNow = (): number => now() + replica.status.relayTimeOffsetMs
  return { writer, author, now, relayNow, randomBytes }
}
