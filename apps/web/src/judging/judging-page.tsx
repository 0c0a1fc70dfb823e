import { useConversationList, useRoundCard, useRoundList } from "@polylogue/react"
import { Suspense, useCallback, useState } from "react"
import { lazyPart } from "../frame/lazy-part.tsx"
import type { PartPageProps } from "../frame/part-page.ts"
import { useDocumentTitle } from "../frame/use-document-title.ts"
import { usePhone } from "../frame/use-media.ts"
import { useJudgingRoute } from "./judging-route.ts"
import { JudgingWelcome } from "./judging-welcome.tsx"
import { RoundListPlane } from "./round-list-plane.tsx"
import { RoundPlane } from "./round-plane.tsx"
import { roundName } from "./round-words.ts"
import { useMayChange } from "./use-may-change.ts"
import { useRoundWork } from "./use-round-work.ts"

const NewRoundDialog = lazyPart(() => import("./new-round-dialog.tsx").then((module) => ({ default: module.NewRoundDialog })))

/** Judging of the workspace: the list of rounds, and the one that is open. */
export function JudgingPage({ workspace, status, notices, foot, margin, children }: PartPageProps) {
  const route = useJudgingRoute()
  const { roundId } = route
  const phone = usePhone()
  const open = workspace.state === "open" ? workspace : undefined
  const card = useRoundCard(workspace, roundId)
  const conversations = useConversationList(workspace)
  const work = useRoundWork(open, roundId)
  const [creating, setCreating] = useState(false)
  const [hasPanel, setHasPanel] = useState(false)
  useDocumentTitle(roundId === undefined ? "Judging" : roundName(card?.name))
  const mayChange = useMayChange(open)
  const create = useCallback(() => setCreating(true), [])
  const shownPlane = roundId === undefined ? "list" : "text"
  const empty = useRoundList(workspace).length === 0
  const textShown = !phone || shownPlane === "text" || (open !== undefined && empty)
  const list = (
    <RoundListPlane
      workspace={workspace}
      chosenId={roundId}
      work={work}
      mayChange={mayChange}
      onCreate={create}
      status={phone ? status : undefined}
      notices={textShown ? undefined : notices}
      foot={foot}
    />
  )
  return (
    <div
      className="frame"
      data-plane={shownPlane}
      data-margin={margin !== undefined || (hasPanel && roundId !== undefined) || undefined}
      data-empty={empty || undefined}
    >
      {(!phone || shownPlane === "list") && (textShown ? list : <main className="list-alone">{list}</main>)}
      {textShown &&
        (roundId === undefined ? (
          <main className="text-plane">
            {notices}
            <JudgingWelcome empty={empty} status={phone ? undefined : status} onCreate={mayChange ? create : undefined} />
          </main>
        ) : (
          <RoundPlane
            key={roundId}
            {...{ route, card, status, notices, work }}
            roundId={roundId}
            mayChange={mayChange}
            marginTaken={margin !== undefined}
            onPanel={setHasPanel}
          />
        ))}
      {margin}
      <Suspense>
        {creating && open !== undefined && <NewRoundDialog workspace={open} cards={conversations} onClose={() => setCreating(false)} />}
      </Suspense>
      {children}
    </div>
  )
}
