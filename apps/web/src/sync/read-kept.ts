import {
  conversationDocumentId,
  isSegment,
  parseDocumentId,
  promptDocumentId,
  rescueTexts,
  type RescuedText,
} from "@polylogue/conversation"
import type { Polylogue } from "@polylogue/react"
import type { KeptRecord } from "@polylogue/replica"

/** A record of what was kept aside, with the texts in it that are nowhere else. */
export interface Kept {
  readonly record: KeptRecord
  readonly texts: readonly RescuedText[]
  /** The conversation or the prompt that they are from; neither for other documents, which have no texts to show. */
  readonly conversationId: string | undefined
  readonly promptId: string | undefined
}

/** The texts of what was kept aside that are missing from the documents as they are now. */
export async function readKept(polylogue: Polylogue, records: readonly KeptRecord[]): Promise<readonly Kept[]> {
  const kept: Kept[] = []
  for (const record of records) {
    const name = parseDocumentId(record.documentId)
    const conversationId = name.kind === "conversation" && isSegment(name.conversationId) ? name.conversationId : undefined
    const promptId = name.kind === "prompt" ? name.promptId : undefined
    const documentId =
      conversationId !== undefined
        ? conversationDocumentId(polylogue.workspace, conversationId)
        : promptId !== undefined
          ? promptDocumentId(polylogue.workspace, promptId)
          : undefined
    const texts = documentId === undefined ? [] : await textsOf(polylogue, record, documentId)
    kept.push({ record, conversationId, promptId, texts })
  }
  return kept
}

async function textsOf({ replica }: Polylogue, record: KeptRecord, documentId: string): Promise<readonly RescuedText[]> {
  const document = await replica.open(documentId)
  try {
    return rescueTexts(record.update, document.ydoc)
  } catch {
    // What Yjs cannot read stays kept; there is nothing to show of it.
    return []
  } finally {
    await document.close()
  }
}
