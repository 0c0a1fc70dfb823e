import { hasFinishedRounds, hasIntents, userHomeDocumentId } from "@polylogue/conversation"
import { useCallback, useSyncExternalStore } from "react"
import { usePolylogue } from "./polylogue.ts"
import { useDocument } from "./use-document.ts"

const NOTHING = (): void => {}

/**
 * Whether whoever writes here ever wanted to have a prompt published: then something may wait, and `usePublisher` is to be called, which a page can
 * load only now.
 */
export function useHasIntents(): boolean {
  return useHomeHolds(hasIntents)
}

/** Whether whoever judges here ever wanted to be done with a blind round: then something may have to be revealed, and `useRoundKeeper` is to be called. */
export function useHasFinishedRounds(): boolean {
  return useHomeHolds(hasFinishedRounds)
}

type Ydoc = Parameters<typeof hasIntents>[0]

/** What `holds` says of the private document, once it is open. */
function useHomeHolds(holds: (home: Ydoc) => boolean): boolean {
  const { author, user } = usePolylogue()
  const document = useDocument(userHomeDocumentId(user ?? author.id))
  const ydoc = document.state === "open" ? document.ydoc : undefined
  const subscribe = useCallback(
    (listener: () => void) => {
      ydoc?.on("afterTransaction", listener)
      return ydoc === undefined ? NOTHING : () => ydoc.off("afterTransaction", listener)
    },
    [ydoc],
  )
  return useSyncExternalStore(subscribe, () => ydoc !== undefined && holds(ydoc))
}
