import { type ConversationCard, conversationDocumentId, indexDocumentId, WorkspaceIndex } from "@polylogue/conversation"
import { useCallback, useEffect, useMemo, useSyncExternalStore } from "react"
import type { OpenDocument } from "./document-pool.ts"
import { type Polylogue, usePolylogue } from "./polylogue.ts"
import { useDocument } from "./use-document.ts"

/** The workspace's index on screen: its cards and the operations on them, and the document under it. */
export interface OpenWorkspace {
  readonly state: "open"
  readonly index: WorkspaceIndex
  readonly open: OpenDocument
}

/** Where the workspace's index stands on its way to the screen. */
export type WorkspaceState = { readonly state: "opening" } | { readonly state: "failed"; readonly error: unknown } | OpenWorkspace

const NO_CARDS: readonly ConversationCard[] = Object.freeze([])
const NOTHING = (): void => {}

/** Opens the index of the workspace as long as a component shows it. */
export function useWorkspace(): WorkspaceState {
  const polylogue = usePolylogue()
  const document = useDocument(indexDocumentId(polylogue.workspace))
  return useMemo(() => (document.state === "open" ? openWorkspace(polylogue, document) : document), [polylogue, document])
}

/** The cards of the workspace, pinned ones first, then the latest; deleted ones with `deleted`. The same array until a card changes. */
export function useConversationList(workspace: WorkspaceState, which: "alive" | "deleted" = "alive"): readonly ConversationCard[] {
  const index = workspace.state === "open" ? workspace.index : undefined
  const subscribe = useCallback((listener: () => void) => index?.subscribe(listener) ?? NOTHING, [index])
  return useSyncExternalStore(subscribe, () => {
    if (index === undefined) return NO_CARDS
    return which === "alive" ? index.getCards() : index.getDeletedCards()
  })
}

/** The card of one conversation; renders again only when this card changes. */
export function useConversationCard(workspace: WorkspaceState, id: string | undefined): ConversationCard | undefined {
  const index = workspace.state === "open" ? workspace.index : undefined
  const subscribe = useCallback(
    (listener: () => void) => (index === undefined || id === undefined ? NOTHING : index.subscribeCard(id, listener)),
    [index, id],
  )
  return useSyncExternalStore(subscribe, () => (id === undefined ? undefined : index?.getCard(id)))
}

/** Whether something of a conversation waits on this device that no relay has; known without opening it. Renders again only when that changes. */
export function useConversationWaits(id: string): boolean {
  const { replica, workspace } = usePolylogue()
  const subscribe = useCallback((listener: () => void) => replica.subscribe(listener), [replica])
  return useSyncExternalStore(subscribe, () => replica.waits(conversationDocumentId(workspace, id)))
}

/** Keeps every document of the workspace fresh on this device, so that those never opened here open without a network. */
export function useWatchWorkspace(): void {
  const { replica, workspace } = usePolylogue()
  useEffect(() => replica.watch(workspace), [replica, workspace])
}

interface HeldWorkspace {
  readonly held: OpenWorkspace
  destroy(): void
}

function openWorkspace(polylogue: Polylogue, open: OpenDocument): OpenWorkspace {
  const { replica, writer, now, randomBytes } = polylogue
  const make = (): HeldWorkspace => {
    const relayNow = (): number => now() + replica.status.relayTimeOffsetMs
    const index = new WorkspaceIndex(open.ydoc, { writer, now, relayNow, randomBytes })
    return { held: { state: "open", index, open }, destroy: () => index.destroy() }
  }
  return polylogue.pool.view(open, WorkspaceIndex, make).held
}
