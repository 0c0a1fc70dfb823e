import { usePolylogue } from "@polylogue/react"
import { useCallback } from "react"
import { useToast } from "../frame/toast.tsx"
import { navigateToSource } from "./source-route.ts"
import { withSource } from "./with-source.ts"

/** Leads to where a passage stands in its source now; where its words are gone, to the source, and says so. */
export function useGoToPassage(): (passage: { readonly sourceId: string; readonly chunkId: string }) => void {
  const polylogue = usePolylogue()
  const toast = useToast()
  return useCallback(
    ({ sourceId, chunkId }) => {
      const go = async (): Promise<void> => {
        const at = await withSource(polylogue, sourceId, (source) => source.placeOf(chunkId))
        navigateToSource(sourceId, at === undefined ? {} : { at })
        if (at === undefined) toast({ text: "The text was edited since: these words are not in it any more." })
      }
      go().catch(() => toast({ text: "The source cannot be read from this device at the moment." }))
    },
    [polylogue, toast],
  )
}
