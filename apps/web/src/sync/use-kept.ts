import { conversationDocumentId, isSegment, parseDocumentId, rescueTexts, type RescuedText } from "@polylogue/conversation"
import type { KeptRecord } from "@polylogue/replica"
import { type Polylogue, usePolylogue, useReplicaStatus } from "@polylogue/react"
import { useCallback, useEffect, useState } from "react"

/** A record of what was kept aside, with the texts in it that are nowhere else. */
export interface Kept {
  readonly record: KeptRecord
  readonly texts: readonly RescuedText[]
  readonly conversationId: string | undefined
}

/** What the replica has kept aside, with the texts that are missing from the documents as they are now. */
export function useKept(): readonly [readonly Kept[], () => void] {
  const polylogue = usePolylogue()
  const status = useReplicaStatus()
  const [kept, setKept] = useState<readonly Kept[]>([])
  const [round, setRound] = useState(0)
  // A record appears with a change of status; listing them costs one read of the store.
  const occasion = `${status.waitingRows} ${status.connection} ${round}`
  useEffect(() => {
    let latest = occasion
    const load = async (): Promise<void> => {
      try {
        const next = await readKept(polylogue)
        if (latest === occasion) setKept(next)
      } catch {
        // It is read again at the next change; the store's trouble itself is in the status.
      }
    }
    void load()
    return () => {
      latest = ""
    }
  }, [polylogue, occasion])
  return [kept, useCallback(() => setRound((before) => before + 1), [])]
}

async function readKept(polylogue: Polylogue): Promise<readonly Kept[]> {
  const kept: Kept[] = []
  for (const record of await polylogue.replica.kept()) {
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
