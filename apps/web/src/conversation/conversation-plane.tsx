import type { ConversationCard } from "@polylogue/conversation"
import type { ConversationState, OpenWorkspace } from "@polylogue/react"
import { type ReactNode, Suspense, useState } from "react"
import { cardTitle } from "../conversation-list/card-text.ts"
import { lazyPart } from "../frame/lazy-part.tsx"
import { Skeleton } from "../frame/skeleton.tsx"
import type { Identity } from "../identity/identity.ts"
import { ConversationHeader } from "./conversation-header.tsx"
import { TextPlane } from "./text-plane.tsx"

const ExportDialog = lazyPart(() => import("../export/export-dialog.tsx").then(({ ExportDialog }) => ({ default: ExportDialog })))

interface ConversationPlaneProps {
  readonly state: ConversationState
  readonly workspace: OpenWorkspace
  readonly card: ConversationCard | undefined
  readonly identity: Identity
  readonly status: ReactNode
  readonly onRename: (title: string) => void
  readonly onDelete: () => void
  readonly onRestore: () => void
}

/** One conversation with its head, from the moment it is chosen: opening, open, deleted, or not readable. */
export function ConversationPlane(props: ConversationPlaneProps) {
  const { state, workspace, card, identity, status, onRename, onDelete, onRestore } = props
  const held = state.state === "open" ? state : undefined
  const [exporting, setExporting] = useState(false)
  return (
    <>
      <ConversationHeader
        held={held}
        card={card}
        status={status}
        onRename={onRename}
        onDelete={onDelete}
        onExport={() => setExporting(true)}
      />
      {card !== undefined && card.deletedAt !== null && (
        <div className="banner" role="status">
          <span dir="auto">
            {card.erased
              ? "What stood here was erased for good. Whoever writes here begins anew."
              : `“${cardTitle(card)}” was deleted. Its text is still here, and writing in it restores it.`}
          </span>
          {!card.erased && (
            <button type="button" className="button" onClick={onRestore}>
              Restore
            </button>
          )}
        </div>
      )}
      {state.state === "opening" && <Skeleton rows={8} label="Opening the conversation" />}
      {state.state === "failed" && (
        <div className="empty-conversation" role="alert">
          <p>This conversation cannot be read from this device. Nothing of it was changed.</p>
          <button type="button" className="button" onClick={() => location.reload()}>
            Try again
          </button>
        </div>
      )}
      {held !== undefined && <TextPlane key={held.open.ydoc.guid} held={held} workspace={workspace} identity={identity} />}
      {exporting && held !== undefined && (
        <Suspense>
          <ExportDialog
            ids={[held.conversationId]}
            title={card?.title || held.conversation.getTitle()}
            onClose={() => setExporting(false)}
          />
        </Suspense>
      )}
    </>
  )
}
