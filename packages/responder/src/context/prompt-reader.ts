import { isVersionId, type MessagePrompt, type PromptContent, promptDocumentId, PromptView } from "@polylogue/conversation"
import type * as Y from "yjs"
import { broughtUp, type ShelfClock, type ShelfReplica } from "../sources/shelf-documents.ts"

/** Where prompts are read. */
export interface PromptReaderOptions {
  readonly replica: ShelfReplica
  readonly clock: ShelfClock
  readonly workspace: string
}

/**
 * The content of a version by its id, which is the hash of what was saved: another content cannot take its place. Undefined when it is not in the prompt's document, also after the relay was
 * asked, or is not what its id says.
 * @throws ReplicaError, StorageError when the device cannot be read.
 */
export async function readPublishedPrompt(
  { replica, clock, workspace }: PromptReaderOptions,
  prompt: MessagePrompt,
): Promise<PromptContent | undefined> {
  if (!isVersionId(prompt.versionId)) return undefined
  let documentId: string
  try {
    documentId = promptDocumentId(workspace, prompt.promptId)
  } catch {
    return undefined
  }
  const document = await replica.open(documentId)
  try {
    const here = contentIn(document.ydoc, prompt.versionId)
    if (here !== undefined) return here
    await broughtUp(replica, clock, document)
    return contentIn(document.ydoc, prompt.versionId)
  } finally {
    await document.close()
  }
}

function contentIn(ydoc: Y.Doc, versionId: string): PromptContent | undefined {
  const view = new PromptView(ydoc)
  try {
    return view.getVersion(versionId)?.content
  } finally {
    view.destroy()
  }
}
