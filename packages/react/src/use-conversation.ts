import { type BranchChoices, Conversation, conversationDocumentId, type LineEntry, type Message } from "@polylogue/conversation"
import { useCallback, useMemo, useSyncExternalStore } from "react"
import type { OpenDocument } from "./document-pool.ts"
import { usePolylogue, type Polylogue } from "./polylogue.ts"
import { useDocument } from "./use-document.ts"

/** A conversation on screen: its operations and view, and the document under it. */
export interface OpenConversation {
  readonly state: "open"
  readonly conversationId: string
  readonly conversation: Conversation
  readonly open: OpenDocument
}

/** Where a conversation stands on its way to the screen. */
export type ConversationState = { readonly state: "opening" } | { readonly state: "failed"; readonly error: unknown } | OpenConversation

const OPENING: ConversationState = Object.freeze({ state: "opening" })

/** Opens a conversation as long as a component shows it. A new object after a reset of its document; `undefined` opens nothing. */
export function useConversation(conversationId: string | undefined): ConversationState {
  const polylogue = usePolylogue()
  const documentId = conversationId === undefined ? undefined : conversationDocumentId(polylogue.workspace, conversationId)
  const document = useDocument(documentId)
  return useMemo(() => {
    if (conversationId === undefined) return OPENING
    return document.state === "open" ? openConversation(polylogue, document, conversationId) : document
  }, [polylogue, document, conversationId])
}

/** The messages shown for `choices`, from the first to the last; the same array until the line changes. Keep one set of choices as long as nobody chooses. */
export function useLine(conversation: Conversation, choices: BranchChoices): readonly LineEntry[] {
  const subscribe = useCallback((listener: () => void) => conversation.subscribeLine(listener), [conversation])
  return useSyncExternalStore(subscribe, () => conversation.getLine(choices))
}

/** One message; renders again only when this message changes. `undefined` while it has not arrived. */
export function useMessage(conversation: Conversation, id: string): Message | undefined {
  const subscribe = useCallback((listener: () => void) => conversation.subscribeMessage(id, listener), [conversation, id])
  return useSyncExternalStore(subscribe, () => conversation.getMessage(id))
}

/** The conversation's own title, as it stands in its document. */
export function useTitle(conversation: Conversation): string {
  const subscribe = useCallback((listener: () => void) => conversation.subscribeTitle(listener), [conversation])
  return useSyncExternalStore(subscribe, () => conversation.getTitle())
}

interface HeldConversation {
  readonly held: OpenConversation
  destroy(): void
}

function openConversation(polylogue: Polylogue, open: OpenDocument, conversationId: string): OpenConversation {
  const { replica, writer, author, now, randomBytes } = polylogue
  const make = (): HeldConversation => {
    const relayNow = (): number => now() + replica.status.relayTimeOffsetMs
    const conversation = new Conversation(open.ydoc, { writer, author, now, relayNow, randomBytes })
    return { held: { state: "open", conversationId, conversation, open }, destroy: () => conversation.destroy() }
  }
  return polylogue.pool.view(open, Conversation, make).held
}
