import { usePolylogue, useReplicaStatus } from "@polylogue/react"
import { useCallback, useEffect, useState } from "react"
import type { Kept } from "./read-kept.ts"

const NOTHING: readonly Kept[] = Object.freeze([])

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
        const records = await polylogue.replica.kept()
        // Few devices ever have anything to rescue.
        const next = records.length === 0 ? NOTHING : await (await import("./read-kept.ts")).readKept(polylogue, records)
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
