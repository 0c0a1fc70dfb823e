import type { Message } from "@polylogue/conversation"
import { type OpenConversation, useMessageSafety, useWaitsForUpload } from "@polylogue/react"
import type { Safety } from "@polylogue/replica"

/** Where a message is with all that it brings: its words may be on a relay that has not got its files. */
export function useSafety(held: OpenConversation, id: string, message: Message | undefined): Safety {
  const words = useMessageSafety(held, id)
  const files = message === undefined ? NOTHING : filesOf(message)
  const waits = useWaitsForUpload(files)
  if (words !== "memory" && waits) return "local"
  // No relay tells of files at others.
  return files.length > 0 && words === "replicated" ? "stored" : words
}

const NOTHING: readonly string[] = []

function filesOf({ parts }: Message): readonly string[] {
  const hashes = parts.map(({ fields }) => fields["sha256"]).filter((hash) => typeof hash === "string")
  return hashes.length === 0 ? NOTHING : hashes
}
