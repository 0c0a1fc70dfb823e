import { conversationDocumentId, isSegment, parseDocumentId, rescueTexts, type RescuedText } from "@polylogue/conversation"
import type { Polylogue } from "@polylogue/react"
import type { KeptRecord } from "@polylogue/replica"

/** A record of what was kept aside, with the texts in it that are nowhere else. */
export interface Kept {
  readonly record: KeptRecord
  readonly texts: readonly RescuedText[]
  readonly conversationId: string | undefined
}

/** The texts of what was kept aside that are missing from the documents as they are now. */
export async function readKept(polylogue: Polylogue, records: readonly KeptRecord[]): Promise<readonly Kept[]> {
  const kept: Kept[] = []
  for (const record of records) {
    const conversationId = conversationOf(record.documentId)
    kept.push({ record, conversationId, texts: conversationId === undefined ? [] : await textsOf(polylogue, record, conversationId) })
  }
  return kept
}

async function textsOf({ replica, workspace }: Polylogue, record: KeptRecord, conversationId: string): Promise<readonly RescuedText[]> {
  const document = await replica.open(conversationDocumentId(workspace, conversationId))
  try {
    return rescueTexts(record.update, document.ydoc)
  } catch {
    // What Yjs cannot read stays kept; there is nothing to show of it.
    return []
  } finally {
    await document.close()
  }
}

function conversationOf(documentId: string): string | undefined {
  const name = parseDocumentId(documentId)
  return name.kind === "conversation" && isSegment(name.conversationId) ? name.conversationId : undefined
}
