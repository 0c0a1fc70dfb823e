import { usePolylogue } from "@polylogue/react"
import type { ErasureStatus, ReplicaDocument } from "@polylogue/replica"
import { useCallback, useEffect, useState } from "react"
import { closeErased, type ErasedDocuments, type ErasedPlace, openErased } from "./erase-words.ts"

/** How far the erasures of this device in a conversation have come. */
export interface ErasureSum {
  /** How many there are. */
  readonly count: number
  /** Of them those that no relay has acknowledged: they are carried out on this device only. */
  readonly pending: number
  /** Of them those that a relay refused; nothing was erased by them. */
  readonly refused: number
  /** Addresses of relays with nothing of it in any file. */
  readonly done: readonly string[]
  /** Addresses of relays that have not reported all of it. */
  readonly missing: readonly string[]
}

/** Sums up erasures; `undefined` for none. */
export function sumOfErasures(statuses: readonly ErasureStatus[]): ErasureSum | undefined {
  if (statuses.length === 0) return undefined
  const held = statuses.filter(({ state }) => state !== "refused")
  const missing = new Set(held.flatMap((status) => status.missing))
  const done = new Set(held.flatMap((status) => status.done).filter((address) => !missing.has(address)))
  return {
    count: statuses.length,
    pending: statuses.filter(({ state }) => state === "pending").length,
    refused: statuses.length - held.length,
    done: [...done].toSorted(),
    missing: [...missing].toSorted(),
  }
}

/** The documents of a conversation or a source while a component shows what was erased in it; `undefined` until they are open, or if they cannot be. */
export function useErasedDocuments(place: ErasedPlace): ErasedDocuments | undefined {
  const polylogue = usePolylogue()
  const [documents, setDocuments] = useState<ErasedDocuments>()
  const [sourceId, conversationId, rounds] =
    "sourceId" in place ? [place.sourceId, "", false] : [undefined, place.conversationId, place.rounds]
  useEffect(() => {
    let gone = false
    const load = async (): Promise<void> => {
      const opened = await openErased(polylogue, sourceId === undefined ? { conversationId, rounds } : { sourceId })
      if (gone) await closeErased(opened)
      else setDocuments(opened)
    }
    const opening = load().catch(() => {})
    return () => {
      gone = true
      void opening.then(() => setDocuments((held) => void (held && closeErased(held).catch(() => {}))))
    }
  }, [polylogue, conversationId, sourceId, rounds])
  return documents
}

/** How far the erasures in these documents have come; asked again when one may have moved. */
export function useErasures(documents: ErasedDocuments | undefined): ErasureSum | undefined {
  const [sum, setSum] = useState<ErasureSum>()
  const read = useCallback(async (watched: readonly ReplicaDocument[]): Promise<void> => {
    const statuses = await Promise.all(watched.map((document) => document.erasures()))
    setSum(sumOfErasures(statuses.flat()))
  }, [])
  useEffect(() => {
    if (documents === undefined) return
    // The index has the erasures of all conversations; those of the segments say it for this one.
    const watched = [...documents.segments.values()]
    // It is read again at the next change; the store's trouble itself is in the status.
    const look = (): void => void read(watched).catch(() => {})
    look()
    const ends = watched.map((document) => document.subscribe(look))
    return () => ends.forEach((end) => end())
  }, [documents, read])
  return sum
}
