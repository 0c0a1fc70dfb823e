import { conversationDocumentId, isSegment, parseDocumentId, rescueTexts, type RescuedText } from "@polylogue/conversation"
import type { KeptRecord } from "@polylogue/replica"
import { type Polylogue, usePolylogue, useReplicaStatus } from "@polylogue/react"
import { useCallback, useEffect, useState } from "react"
import { CopyButton } from "../frame/copy-button.tsx"
import { exactDate } from "../frame/relative-time.ts"
import { hrefOf } from "../frame/route.ts"

interface Kept {
  readonly record: KeptRecord
  readonly texts: readonly RescuedText[]
  readonly conversationId: string | undefined
}

/** Texts that a relay refused for good: kept on this device until the person has done something with them. */
export function KeptTexts({ onUseText }: { readonly onUseText: (text: string) => void }) {
  const { replica } = usePolylogue()
  const [kept, refresh] = useKept()
  if (kept.length === 0) return null
  return (
    <section className="margin-section" aria-label="Kept texts">
      <h3>Kept texts</h3>
      <p className="quiet">A relay did not take these. They are on this device; use them again, copy them, or let them go.</p>
      {kept.map(({ record, texts, conversationId }) => (
        <article key={record.key} className="kept">
          <p className="quiet">
            {exactDate(record.keptAt)}
            {record.code === undefined ? "" : ` (${record.code})`}
            {conversationId !== undefined && (
              <>
                {", "}
                <a href={hrefOf(conversationId)}>its conversation</a>
              </>
            )}
          </p>
          {texts.length === 0 && <p>All its words are in the conversation.</p>}
          {texts.map((rescued) => (
            <div key={`${rescued.messageId} ${rescued.kind} ${rescued.text}`} className="kept-text">
              <p dir="auto">{rescued.text}</p>
              <span>
                <button type="button" className="button button-quiet" onClick={() => onUseText(rescued.text)}>
                  Put into the composer
                </button>
                <CopyButton text={rescued.text} label="Copy text" />
              </span>
            </div>
          ))}
          <button
            type="button"
            className="button"
            onClick={() => {
              void replica.dismissKept(record.key).then(refresh, refresh)
            }}
          >
            Let it go
          </button>
        </article>
      ))}
    </section>
  )
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
