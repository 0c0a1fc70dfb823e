import type { PublishIntent } from "@polylogue/conversation"
import { type OpenPrompt, useLabels, useDocumentStatus, usePublishing } from "@polylogue/react"
import { Suspense } from "react"
import { lazyPart } from "../frame/lazy-part.tsx"
import { useCommands } from "../palette/commands.ts"
import type { ReviewDialog } from "../prompt-review/review-dialog.ts"
import { PublishBanners } from "./publish-banners.tsx"
import { versionWord } from "./publish-words.ts"

const PublishDialog = lazyPart(() => import("./publish-dialog.tsx").then((module) => ({ default: module.PublishDialog })))
const ConflictDialog = lazyPart(() => import("./conflict-dialog.tsx").then((module) => ({ default: module.ConflictDialog })))
const CompareDialog = lazyPart(() => import("../prompt-review/compare-dialog.tsx").then((module) => ({ default: module.CompareDialog })))
const MergeDialog = lazyPart(() => import("../prompt-review/merge-dialog.tsx").then((module) => ({ default: module.MergeDialog })))
const PutDialog = lazyPart(() => import("../prompt-review/put-dialog.tsx").then((module) => ({ default: module.PutDialog })))
const SaveVersionDialog = lazyPart(() => import("./save-version-dialog.tsx").then((module) => ({ default: module.SaveVersionDialog })))

/** What lies over a prompt: publishing its draft or a version, saving a version, two versions of which one was published first, or what compares and changes drafts. */
export type PromptDialog =
  | { readonly kind: "publish"; readonly versionId?: string }
  | { readonly kind: "save" }
  | { readonly kind: "conflict"; readonly attempt: string }
  | ReviewDialog

interface PromptPublishingProps {
  readonly held: OpenPrompt
  readonly draftId: string
  /** The version on screen, if there is one. */
  readonly versionId: string | undefined
  readonly dialog: PromptDialog | undefined
  readonly onDialog: (dialog: PromptDialog | undefined) => void
  readonly onName: (name: string) => void
}

/** What of a prompt waits to be published, and the dialogs that publish. */
export function PromptPublishing({ held, draftId, versionId, dialog, onDialog, onName }: PromptPublishingProps) {
  const { prompt, promptId } = held
  const publishing = usePublishing(promptId)
  const { numbers } = useLabels(promptId)
  const close = (): void => onDialog(undefined)
  useCommands([
    {
      id: "prompt changes",
      group: "This prompt",
      name: "See what changed",
      icon: "search",
      keys: "d",
      words: "compare difference versions",
      run: () => onDialog({ kind: "compare" }),
    },
  ])
  const baseWord = ({ base }: PublishIntent): string | undefined =>
    base.versionId === null ? undefined : versionWord(numbers.numberOf(base.versionId))
  const lost = dialog?.kind === "conflict" ? publishing.intents.find(({ attempt }) => attempt === dialog.attempt) : undefined
  return (
    <>
      <PublishBanners publishing={publishing} baseWord={baseWord} onResolve={({ attempt }) => onDialog({ kind: "conflict", attempt })} />
      <Suspense>
        {dialog?.kind === "publish" && (
          <PublishDialog {...{ held, draftId, publishing, onName }} versionId={dialog.versionId} onClose={close} />
        )}
        {dialog?.kind === "compare" && (
          <CompareDialog {...{ held, draftId, versionId }} from={dialog.from} to={dialog.to} onClose={close} />
        )}
        {dialog?.kind === "merge" && <MergeDialog {...{ held, draftId }} onClose={close} />}
        {dialog?.kind === "put" && <PutDialog {...{ held, draftId }} versionId={dialog.versionId} onClose={close} />}
        {dialog?.kind === "save" && <SaveVersionDialog prompt={prompt} draftId={draftId} onClose={close} />}
        {lost?.state === "conflict" && <ConflictDialog {...{ held, draftId, publishing }} intent={lost} onClose={close} />}
      </Suspense>
    </>
  )
}

/** The button in the head that publishes, for whoever may write. */
export function PublishButton({ held, onPress }: { readonly held: OpenPrompt; readonly onPress: () => void }) {
  const { mayWrite } = useDocumentStatus(held.open)
  const may = mayWrite !== false
  useCommands(
    may
      ? [
          {
            id: "prompt publish",
            group: "This prompt",
            name: "Publish",
            icon: "send",
            keys: "p",
            words: "label production release",
            run: onPress,
          },
        ]
      : [],
  )
  if (!may) return null
  return (
    <button type="button" className="button publish-button" title="Publish (P)" onClick={onPress}>
      Publish
    </button>
  )
}
