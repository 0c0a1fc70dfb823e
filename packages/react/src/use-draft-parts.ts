import { type DraftPart, DraftParts, userHomeDocumentId } from "@polylogue/conversation"
import { useCallback, useMemo, useSyncExternalStore } from "react"
import { usePolylogue } from "./polylogue.ts"
import { useDocument } from "./use-document.ts"

/** The quotes and files that go with the next message of a conversation. */
export interface DraftPartsState {
  /** In the order in which they were added; the same array until that changes. */
  readonly parts: readonly DraftPart[]
  /** What adds, removes and clears them; `undefined` while the private document opens, or if it cannot. */
  readonly drafts: DraftParts | undefined
}

const NONE: readonly DraftPart[] = []
const NOTHING = (): void => {}

/** What goes with the next message besides its text: as durable as a message, the same in all tabs and on all devices of the person. */
export function useDraftParts(conversationId: string): DraftPartsState {
  const { author, now, pool, randomBytes, user } = usePolylogue()
  const document = useDocument(userHomeDocumentId(user ?? author.id))
  const drafts = useMemo(
    () =>
      document.state === "open" ? pool.view(document, DraftParts, ({ ydoc }) => new DraftParts(ydoc, { now, randomBytes })) : undefined,
    [document, now, pool, randomBytes],
  )
  const subscribe = useCallback((listener: () => void) => drafts?.subscribe(conversationId, listener) ?? NOTHING, [drafts, conversationId])
  const parts = useSyncExternalStore(subscribe, () => drafts?.get(conversationId) ?? NONE)
  return useMemo(() => ({ parts, drafts }), [parts, drafts])
}
