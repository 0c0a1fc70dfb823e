import type { DocumentStatus } from "@polylogue/replica"
import { useCallback, useSyncExternalStore } from "react"
import type { DocumentState, OpenDocument } from "./document-pool.ts"
import { usePolylogue } from "./polylogue.ts"

const NOTHING = (): void => {}
const OPENING: DocumentState = Object.freeze({ state: "opening" })

/**
 * Opens a document as long as a component shows it, from this device and never waiting for the network.
 * The state is a new object after a reset, for the Y.Doc is another one then. `undefined` opens nothing and stays `opening`.
 */
export function useDocument(documentId: string | undefined): DocumentState {
  const { pool } = usePolylogue()
  const subscribe = useCallback(
    (listener: () => void) => (documentId === undefined ? NOTHING : pool.subscribe(documentId, listener)),
    [pool, documentId],
  )
  return useSyncExternalStore(subscribe, () => (documentId === undefined ? OPENING : pool.state(documentId)))
}

/** How an open document stands; renders again at each change of it. */
export function useDocumentStatus(open: OpenDocument): DocumentStatus {
  const { document } = open
  const subscribe = useCallback((listener: () => void) => document.subscribe(listener), [document])
  return useSyncExternalStore(subscribe, () => document.status)
}
