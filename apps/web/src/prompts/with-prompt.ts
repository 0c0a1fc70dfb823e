import { Prompt, promptDocumentId } from "@polylogue/conversation"
import type { Polylogue } from "@polylogue/react"
import type { ReplicaDocument } from "@polylogue/replica"
import { writingOptions } from "../device/writing-options.ts"

/** What `use` gives of a prompt that is opened for it and closed after it, whatever is on screen. What it wrote is on this device's disk then. */
export async function withPrompt<Value>(
  polylogue: Polylogue,
  promptId: string,
  use: (prompt: Prompt, document: ReplicaDocument) => Value,
): Promise<Value> {
  const { replica, workspace } = polylogue
  const document = await replica.open(promptDocumentId(workspace, promptId))
  try {
    const prompt = new Prompt(document.ydoc, writingOptions(polylogue))
    try {
      return use(prompt, document)
    } finally {
      prompt.destroy()
    }
  } finally {
    await document.close()
  }
}
