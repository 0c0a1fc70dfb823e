import {
  conversationDocumentId,
  isSegment,
  parseDocumentId,
  promptDocumentId,
  rescueTexts,
  type RescuedText,
  sourceDocumentId,
} from "@polylogue/conversation"
import type { Polylogue } from "@polylogue/react"
import type { KeptRecord } from "@polylogue/replica"

/** A record of what was kept aside, with the texts in it that are nowhere else. */
export interface Kept {
  readonly record: KeptRecord
  readonly texts: readonly RescuedText[]
  /** What they are from; none for other documents, which have no texts to show. */
  readonly from: KeptFrom | undefined
}

/** What a kept text is from. */
export interface KeptFrom {
  readonly kind: "conversation" | "prompt" | "source"
  readonly id: string
}

/** The texts of what was kept aside that are missing from the documents as they are now. */
export async function readKept(polylogue: Polylogue, records: readonly KeptRecord[]): Promise<readonly Kept[]> {
  const kept: Kept[] = []
  for (const record of records) {
    const from = originOf(record.documentId)
    const texts = from === undefined ? [] : await textsOf(polylogue, record, DOCUMENT_IDS[from.kind](polylogue.workspace, from.id))
    kept.push({ record, from, texts })
  }
  return kept
}

const DOCUMENT_IDS = { conversation: conversationDocumentId, prompt: promptDocumentId, source: sourceDocumentId } as const

function originOf(documentId: string): KeptFrom | undefined {
  const name = parseDocumentId(documentId)
  if (name.kind === "conversation") return isSegment(name.conversationId) ? { kind: "conversation", id: name.conversationId } : undefined
  if (name.kind === "prompt") return { kind: "prompt", id: name.promptId }
  return name.kind === "source" ? { kind: "source", id: name.sourceId } : undefined
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
