import { Prompt, promptDocumentId } from "@polylogue/conversation"
import type { Polylogue } from "@polylogue/react"
import type { ReplicaDocument } from "@polylogue/replica"

/** What `use` gives of a prompt that is opened for it and closed after it, whatever is on screen. What it wrote is on this device's disk then. */
export async function withPrompt<Value>(
  polylogue: Polylogue,
  promptId: string,
  use: (prompt: Prompt, document: ReplicaDocument) => Value,
): Promise<Value> {
  const { replica, workspace } = polylogue
  const document = await replica.open(promptDocumentId(workspace, promptId))
  try {
    const prompt = new Prompt(document.ydoc, promptOptions(polylogue))
    try {
      return use(prompt, document)
    } finally {
      prompt.destroy()
    }
  } finally {
    await document.close()
  }
}

/** Who writes in a prompt here, and with which clock. */
export function promptOptions({ replica, writer, author, now, randomBytes }: Polylogue): ConstructorParameters<typeof Prompt>[1] {
  return { writer, author, now, relayNow: () => now() + replica.status.relayTimeOffsetMs, randomBytes }
}
