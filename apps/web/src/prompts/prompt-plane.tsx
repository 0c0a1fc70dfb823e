import type { PromptCard } from "@polylogue/conversation"
import { type OpenPrompt, type PromptState, useDocumentStatus, usePromptDrafts } from "@polylogue/react"
import { type ReactNode, Suspense } from "react"
import { lazyPart } from "../frame/lazy-part.tsx"
import type { MenuItem } from "../frame/menu.tsx"
import { usePhone } from "../frame/use-media.ts"
import { Skeleton } from "../frame/skeleton.tsx"
import { CommentsButton } from "../prompt-comments/comments-button.tsx"
import { quoted } from "../conversation-list/card-text.ts"
import type { PromptEditorProps } from "../prompt-editor/prompt-editor.tsx"
import { DeletedBanner } from "./deleted-banner.tsx"
import { draftName } from "./draft-words.ts"
import { LabelFacts } from "./label-facts.tsx"
import { PromptFacts } from "./prompt-facts.tsx"
import { PromptHeader } from "./prompt-header.tsx"
import { type PromptDialog, PromptPublishing, PublishButton } from "./prompt-publishing.tsx"
import { navigateToPrompt, promptHref, type PromptRoute } from "./prompt-route.ts"
import { useHasArrived } from "./use-has-arrived.ts"
import { useFillIn } from "./use-fill-in.ts"
import type { PromptWork } from "./use-prompt-work.ts"
import { VersionView } from "./version-view.tsx"
import "./prompt-plane.css"

const CommentedEditor = lazyPart(() =>
  import("../prompt-comments/commented-editor.tsx").then((module) => ({ default: module.CommentedEditor })),
)

interface PromptPlaneProps {
  readonly state: PromptState
  readonly promptId: string
  readonly route: PromptRoute
  readonly card: PromptCard | undefined
  readonly work: PromptWork
  readonly status: ReactNode
  /** What the menu has beside the plane's own entries. */
  readonly items: readonly MenuItem[]
  readonly onExport: () => void
  /** Shows a panel in the margin; quietly, the focus stays where it is. */
  readonly onPanel: (name: string, quietly?: boolean) => void
  /** What lies over it. */
  readonly dialog: PromptDialog | undefined
  readonly onDialog: (dialog: PromptDialog | undefined) => void
}

/** One prompt with its head, from the moment it is chosen: opening, open, deleted, or not readable. */
export function PromptPlane(props: PromptPlaneProps) {
  const { state, promptId, route, card, work, status, items, onExport, onPanel, dialog, onDialog } = props
  const held = state.state === "open" ? state : undefined
  const deleted = card !== undefined && card.deletedAt !== null
  const { draftId, versionId } = route
  const phone = usePhone()
  const comments = held !== undefined && versionId === undefined && (
    <CommentsButton held={held} draftId={draftId} onPress={() => onPanel("comments")} />
  )
  const fillIn = useFillIn(promptId, draftId, held !== undefined)
  const comparing: readonly MenuItem[] =
    held === undefined ? [] : [{ label: "Compare", icon: "search", run: () => onDialog({ kind: "compare" }) }]
  const saving: readonly MenuItem[] =
    held === undefined || versionId !== undefined || held.open.document.status.mayWrite === false
      ? []
      : [{ label: "Save a version", icon: "check", run: () => onDialog({ kind: "save" }) }]
  const own: readonly MenuItem[] =
    card === undefined || deleted
      ? []
      : [
          { label: "Export", icon: "export", run: onExport },
          { label: "Delete", icon: "trash", danger: true, run: () => work.remove([card]) },
        ]
  return (
    <>
      <PromptHeader
        held={held}
        card={card}
        status={status}
        items={[...fillIn.items, ...saving, ...comparing, ...items, ...own]}
        comments={!phone && comments}
        publish={
          held !== undefined &&
          versionId === undefined && (
            <Arrived held={held}>
              <PublishButton held={held} onPress={() => onDialog({ kind: "publish" })} />
            </Arrived>
          )
        }
        onRename={(name) => work.rename(promptId, name)}
      />
      {deleted && <DeletedBanner card={card} onRestore={() => work.restore(card)} />}
      {state.state === "opening" && <Skeleton rows={8} label="Opening the prompt" />}
      {state.state === "failed" && (
        <div className="empty-conversation" role="alert">
          <p>This prompt cannot be read from this device. Nothing of it was changed.</p>
          <button type="button" className="button" onClick={() => location.reload()}>
            Try again
          </button>
        </div>
      )}
      {held !== undefined && (
        <>
          <PromptPublishing {...{ held, draftId, versionId, dialog, onDialog }} onName={(name) => work.rename(promptId, name)} />
          <Arrived held={held} otherwise={<Missing />}>
            <PromptText key={held.open.ydoc.guid} comments={phone && comments} {...{ held, promptId, route, onPanel, onDialog, fillIn }} />
          </Arrived>
        </>
      )}
    </>
  )
}

interface ArrivedProps {
  readonly held: OpenPrompt
  /** Stands there while nothing of the prompt is on this device. */
  readonly otherwise?: ReactNode
  readonly children: ReactNode
}

function Arrived({ held, otherwise, children }: ArrivedProps) {
  return useHasArrived(held) ? children : otherwise
}

function Missing() {
  return (
    <div className="empty-conversation" role="status">
      <p>Nothing of this prompt is on this device yet. It comes as soon as a relay that has it is in reach.</p>
      <a className="button" href={promptHref()}>
        Show all prompts
      </a>
    </div>
  )
}

interface PromptTextProps {
  readonly held: OpenPrompt
  readonly promptId: string
  readonly route: PromptRoute
  readonly onPanel: (name: string, quietly?: boolean) => void
  /** The button that shows comments, where the head has no room for it. */
  readonly comments: ReactNode
  readonly onDialog: (dialog: PromptDialog) => void
  readonly fillIn: Pick<PromptEditorProps, "wanted" | "onShown">
}

/** What a prompt says: a draft to write in, or a version to read. */
function PromptText({ held, promptId, route, onPanel, comments, onDialog, fillIn: { wanted, onShown } }: PromptTextProps) {
  const { draftId, versionId } = route
  const { mayWrite } = useDocumentStatus(held.open)
  const draft = usePromptDrafts(held).find(({ id }) => id === draftId)
  if (versionId !== undefined) {
    const publish = (): void => onDialog({ kind: "publish", versionId })
    return <VersionView {...{ held, promptId, versionId }} mayWrite={mayWrite !== false} onPublish={publish} />
  }
  return (
    <div className="prompt-scroller">
      <div className="prompt-column">
        <PromptFacts held={held} draftId={draftId} mayWrite={mayWrite !== false} onMerge={() => onDialog({ kind: "merge" })}>
          {comments}
          <LabelFacts held={held} onShow={() => onPanel("labels")} />
        </PromptFacts>
        {draft === undefined && (
          <div className="prompt-note" role="status">
            <p>This draft is not on this device yet.</p>
            <button type="button" className="button" onClick={() => navigateToPrompt(promptId)}>
              Show the main draft
            </button>
          </div>
        )}
        {draft?.closed === true && (
          <div className="prompt-note" role="status">
            <p dir="auto">{`${quoted(draftName(draft))} is closed. Its text is kept.`}</p>
            {mayWrite !== false && (
              <button type="button" className="button" onClick={() => held.prompt.reopenDraft(draftId)}>
                Open it again
              </button>
            )}
          </div>
        )}
        {draft !== undefined && (
          <Suspense fallback={<Skeleton rows={8} label="Opening the prompt" />}>
            <CommentedEditor
              prompt={held}
              draftId={draftId}
              mayWrite={mayWrite !== false && !draft.closed}
              {...{ wanted, onShown }}
              onShow={(quietly) => onPanel("comments", quietly)}
            />
          </Suspense>
        )}
      </div>
    </div>
  )
}
