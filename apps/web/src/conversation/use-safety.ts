import type { Message } from "@polylogue/conversation"
import { type OpenConversation, useMessageSafety, useWaitsForUpload } from "@polylogue/react"
import type { Safety } from "@polylogue/replica"

/** Where a message is with all that it brings: its words may be on a relay that has not got its files. */
export function useSafety(held: OpenConversation, id: string, message: Message | undefined): Safety {
  const words = useMessageSafety(held, id)
  const waits = useWaitsForUpload(message === undefined ? NOTHING : filesOf(message))
  return words !== "memory" && waits ? "local" : words
}

const NOTHING: readonly string[] = []

function filesOf({ parts }: Message): readonly string[] {
  const hashes = parts.map(({ fields }) => fields["sha256"]).filter((hash) => typeof hash === "string")
  return hashes.length === 0 ? NOTHING : hashes
}
