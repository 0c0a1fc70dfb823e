import { hasIntents, userHomeDocumentId } from "@polylogue/conversation"
import { useCallback, useSyncExternalStore } from "react"
import { usePolylogue } from "./polylogue.ts"
import { useDocument } from "./use-document.ts"

const NOTHING = (): void => {}

/**
 * Whether whoever writes here ever wanted to have a prompt published: then something may wait, and `usePublisher` is to be called, which a page can
 * load only now.
 */
export function useHasIntents(): boolean {
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
  return useSyncExternalStore(subscribe, () => ydoc !== undefined && hasIntents(ydoc))
}
