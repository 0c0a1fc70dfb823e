import type { RoundCard } from "@polylogue/conversation"
import { type OpenJudging, useDocumentStatus, useJudging, useRoundSettings } from "@polylogue/react"
import { type ReactNode, Suspense, useEffect, useState } from "react"
import { lazyPart } from "../frame/lazy-part.tsx"
import { MarginPanel } from "../frame/margin-panel.tsx"
import type { MenuItem } from "../frame/menu.tsx"
import { Skeleton } from "../frame/skeleton.tsx"
import { mayBeDone } from "./desk.ts"
import { GuidelinePanel } from "./guideline-panel.tsx"
import { judgingHref, type JudgingRoute } from "./judging-route.ts"
import { RoundDesk } from "./round-desk.tsx"
import { RoundHeader } from "./round-header.tsx"
import type { RoundWork } from "./use-round-work.ts"

const AgreementView = lazyPart(() => import("./agreement-view.tsx").then((module) => ({ default: module.AgreementView })))
const RoundExportDialog = lazyPart(() => import("./round-export-dialog.tsx").then((module) => ({ default: module.RoundExportDialog })))
const DoneDialog = lazyPart(() => import("./done-dialog.tsx").then((module) => ({ default: module.DoneDialog })))
const CloseRoundDialog = lazyPart(() => import("./close-round-dialog.tsx").then((module) => ({ default: module.CloseRoundDialog })))

interface RoundPlaneProps {
  readonly roundId: string
  readonly route: JudgingRoute
  readonly card: RoundCard | undefined
  readonly work: RoundWork
  /** Whether the list of rounds may be changed. */
  readonly mayChange: boolean
  readonly status: ReactNode
  readonly notices: ReactNode
  /** The margin has something else to say. */
  readonly marginTaken: boolean
  /** Says whether the margin is open: the frame makes room for it. */
  readonly onPanel: (open: boolean) => void
}

type RoundDialog = "export" | "done" | "close"

/** One round with its head, from the moment it is chosen: opening, open, or not readable. */
export function RoundPlane(props: RoundPlaneProps) {
  const { roundId, route, card, work, mayChange, status, notices, marginTaken, onPanel } = props
  const judging = useJudging(roundId)
  const ready = judging.state === "ready" ? judging : undefined
  const [panel, setPanel] = useState(false)
  const [dialog, setDialog] = useState<RoundDialog>()
  const shownPanel = panel && !marginTaken && ready !== undefined
  useEffect(() => {
    onPanel(shownPanel)
    return () => onPanel(false)
  }, [shownPanel, onPanel])
  const items: readonly MenuItem[] =
    ready === undefined
      ? []
      : [
          { label: "What to go by", icon: "quote", run: () => setPanel((open) => !open) },
          ...(mayBeDone(ready) ? [{ label: "I am done", icon: "check", run: () => setDialog("done") } satisfies MenuItem] : []),
          { label: "Export", icon: "export", run: () => setDialog("export") },
        ]
  const own: readonly MenuItem[] =
    card === undefined || card.deletedAt !== null || !mayChange
      ? []
      : [{ label: "Delete", icon: "trash", danger: true, run: () => work.remove([card]) }]
  return (
    <>
      <main className="text-plane">
        {notices}
        <RoundHeader
          {...{ roundId, card, status }}
          view={route.view}
          held={ready?.held}
          items={[...items, ...(ready === undefined ? [] : closing(ready, () => setDialog("close"))), ...own]}
          onRename={mayChange ? (name) => work.rename(roundId, name) : undefined}
        />
        {judging.state === "opening" && <Skeleton rows={8} label="Opening the round" />}
        {judging.state === "failed" && (
          <div className="empty-conversation" role="alert">
            <p>This round cannot be read from this device. Nothing of it was changed.</p>
            <button type="button" className="button" onClick={() => location.reload()}>
              Try again
            </button>
          </div>
        )}
        {ready !== undefined && (
          <Begun judging={ready}>
            {route.view === "agreement" ? (
              <Suspense fallback={<Skeleton rows={8} label="Opening the agreement" />}>
                <AgreementView judging={ready} />
              </Suspense>
            ) : (
              <RoundDesk
                judging={ready}
                itemId={route.itemId}
                onDone={() => setDialog("done")}
                onGuideline={() => setPanel((open) => !open)}
              />
            )}
          </Begun>
        )}
      </main>
      {shownPanel && (
        <MarginPanel title="What to go by" quiet={false} onClose={() => setPanel(false)}>
          <GuidelinePanel held={ready.held} mayWrite={mayChange} />
        </MarginPanel>
      )}
      <Suspense>
        {dialog === "done" && ready !== undefined && <DoneDialog judging={ready} onClose={() => setDialog(undefined)} />}
        {dialog === "export" && ready !== undefined && <RoundExportDialog judging={ready} onClose={() => setDialog(undefined)} />}
        {dialog === "close" && ready !== undefined && <CloseRoundDialog judging={ready} onClose={() => setDialog(undefined)} />}
      </Suspense>
    </>
  )
}

/** The way to end a blind round for who is not done; the relay asks for the permission to erase. */
function closing({ kind, closedAt, held }: OpenJudging, onClose: () => void): readonly MenuItem[] {
  if (kind === "open" || closedAt !== null || held.open.document.status.mayErase !== true) return []
  return [{ label: "End the round", icon: "lock", run: onClose }]
}

/** A round of which the beginning is here; who made it writes that first. */
function Begun({ judging, children }: { readonly judging: OpenJudging; readonly children: ReactNode }) {
  const { createdAt } = useRoundSettings(judging.held)
  // Renders again once all that the relay has is here: a round without questions is one only then.
  const { synced } = useDocumentStatus(judging.held.open)
  if (createdAt > 0) return children
  return (
    <div className="empty-conversation" role="status">
      <p>
        {synced
          ? "There is no such round here, or you may not read it."
          : "Nothing of this round is on this device yet. It comes as soon as a relay that has it is in reach."}
      </p>
      <a className="button" href={judgingHref()}>
        Show all rounds
      </a>
    </div>
  )
}
