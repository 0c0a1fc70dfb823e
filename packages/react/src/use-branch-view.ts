import { type BranchView, NEWEST_VIEW, userHomeDocumentId, ViewedBranches } from "@polylogue/conversation"
import { useCallback, useMemo, useSyncExternalStore } from "react"
import { usePolylogue } from "./polylogue.ts"
import { useDocument } from "./use-document.ts"

const NOTHING = (): void => {}

/** Which branches somebody looks at in a conversation, and what sets it. */
export interface ViewedBranch {
  /** Whether the private document has opened, or cannot: before that nobody knows what was looked at. */
  readonly ready: boolean
  /** Whether anything was ever set. */
  readonly known: boolean
  readonly view: BranchView
  /** Sets it on all devices of this person; without effect while the private document is not open. */
  readonly setView: (view: BranchView) => void
}

/** Which branches whoever writes here looks at in a conversation, from their private document. Renders again when that changes, on whichever device. */
export function useBranchView(conversationId: string): ViewedBranch {
  const { author, now, pool, replica, user, writer } = usePolylogue()
  const document = useDocument(userHomeDocumentId(user ?? author.id))
  const branches = useMemo(() => {
    if (document.state !== "open") return undefined
    const relayNow = (): number => now() + replica.status.relayTimeOffsetMs
    return pool.view(document, ViewedBranches, ({ ydoc }) => new ViewedBranches(ydoc, { writer, now, relayNow }))
  }, [document, now, pool, replica, writer])
  const subscribe = useCallback(
    (listener: () => void) => branches?.subscribe(conversationId, listener) ?? NOTHING,
    [branches, conversationId],
  )
  const view = useSyncExternalStore(subscribe, () => branches?.get(conversationId) ?? NEWEST_VIEW)
  const setView = useCallback((next: BranchView) => branches?.set(conversationId, next), [branches, conversationId])
  const ready = document.state !== "opening"
  const known = branches?.has(conversationId) === true
  return useMemo(() => ({ ready, known, view, setView }), [ready, known, view, setView])
}
