import { type BranchChoices, Conversation, conversationDocumentId, type LineEntry, type Message } from "@polylogue/conversation"
import type { DocumentStatus } from "@polylogue/replica"
import { useCallback, useMemo, useSyncExternalStore } from "react"
import { ConversationSegments, type SegmentsState } from "./conversation-segments.ts"
import type { OpenDocument } from "./document-pool.ts"
import { usePolylogue, type Polylogue } from "./polylogue.ts"
import { useDocument } from "./use-document.ts"

/** A conversation on screen: its operations and view, and the documents under it. */
export interface OpenConversation {
  readonly state: "open"
  readonly conversationId: string
  readonly conversation: Conversation
  /** The document of its first segment: for presence, and what else belongs to the conversation as a whole. */
  readonly open: OpenDocument
  /** Its segments, and what loads older ones. */
  readonly segments: ConversationSegments
}

/** Where a conversation stands on its way to the screen. */
export type ConversationState = { readonly state: "opening" } | { readonly state: "failed"; readonly error: unknown } | OpenConversation

const NOTHING = (): void => {}
const OPENING: ConversationState = Object.freeze({ state: "opening" })

/**
 * Opens a conversation as long as a component shows it: its end, with as many segments as it takes. A new object after a reset of its first document;
 * a reset of another one changes what is read and nothing else. `undefined` opens nothing.
 */
export function useConversation(conversationId: string | undefined): ConversationState {
  const polylogue = usePolylogue()
  const documentId = conversationId === undefined ? undefined : conversationDocumentId(polylogue.workspace, conversationId)
  const document = useDocument(documentId)
  const held = useMemo(
    () => (conversationId !== undefined && document.state === "open" ? openConversation(polylogue, document, conversationId) : undefined),
    [polylogue, document, conversationId],
  )
  const subscribe = useCallback((listener: () => void) => held?.segments.subscribe(listener) ?? NOTHING, [held])
  const ready = useSyncExternalStore(subscribe, () => held?.segments.ready === true)
  if (conversationId === undefined || document.state === "opening") return OPENING
  if (document.state === "failed") return document
  return held !== undefined && ready ? held : OPENING
}

/** Where the segments of a conversation stand, and whether there are older messages to load; renders again at each change of it. */
export function useSegments({ segments }: OpenConversation): SegmentsState {
  const subscribe = useCallback((listener: () => void) => segments.subscribe(listener), [segments])
  return useSyncExternalStore(subscribe, () => segments.state)
}

/** How an open conversation stands, all of its open segments together; renders again at each change of it. */
export function useConversationStatus({ segments }: OpenConversation): DocumentStatus {
  const subscribe = useCallback((listener: () => void) => segments.subscribeStatus(listener), [segments])
  return useSyncExternalStore(subscribe, () => segments.status)
}

/**
 * The messages shown for `choices`, from the first that is here to the last; the same array until the line changes. Keep one set of choices as long as
 * nobody chooses.
 * @param tip - while older messages are missing: the message to which the line leads; default the newest.
 */
export function useLine(conversation: Conversation, choices: BranchChoices, tip?: string): readonly LineEntry[] {
  const subscribe = useCallback((listener: () => void) => conversation.subscribeLine(listener), [conversation])
  return useSyncExternalStore(subscribe, () => conversation.getLine(choices, tip))
}

/** The messages here that are pinned, by clock; the same array until that changes. */
export function usePinned(conversation: Conversation): readonly string[] {
  const subscribe = useCallback((listener: () => void) => conversation.subscribePinned(listener), [conversation])
  return useSyncExternalStore(subscribe, () => conversation.getPinned())
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
  const { replica, writer, author, now, randomBytes, pool, workspace } = polylogue
  const make = (): HeldConversation => {
    const relayNow = (): number => now() + replica.status.relayTimeOffsetMs
    const conversation = new Conversation(new Map([[0, open.ydoc]]), { writer, author, now, relayNow, randomBytes })
    const segments = new ConversationSegments({ pool, replica, workspace }, conversationId, conversation, open)
    return { held: { state: "open", conversationId, conversation, open, segments }, destroy: () => segments.destroy() }
  }
  return pool.view(open, Conversation, make).held
}
