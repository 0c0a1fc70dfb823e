import {
  canonicalJson,
  EMPTY_CONTENT,
  mergeBase,
  mergeContents,
  type Prompt,
  type PromptVersion,
  type PublishIntent,
} from "@polylogue/conversation"
import { type OpenPrompt, type Publishing, useLabels, usePromptVersions } from "@polylogue/react"
import { type ReactNode, useState } from "react"
import { quoted } from "../conversation-list/card-text.ts"
import { Dialog } from "../frame/dialog.tsx"
import { Icon } from "../frame/icon.tsx"
import { counted, exactDate, relativeDate } from "../frame/relative-time.ts"
import { useToast } from "../frame/toast.tsx"
import { ContentDiff } from "../prompt-review/content-diff.tsx"
import { navigateToPrompt } from "./prompt-route.ts"
import { asLabel, savingProblem, versionWord } from "./publish-words.ts"
import { useNewsTime } from "./use-news-time.ts"
import { VersionText } from "./version-text.tsx"
import "./publish-dialog.css"
import "./conflict-dialog.css"

interface ConflictDialogProps {
  readonly held: OpenPrompt
  readonly draftId: string
  readonly intent: PublishIntent
  readonly publishing: Publishing
  readonly onClose: () => void
}

/** Somebody published under the same label first: theirs, yours, and what both began from, side by side; and the ways on, none of which loses a word. */
export function ConflictDialog({ held, draftId, intent, publishing, onClose }: ConflictDialogProps) {
  const { prompt, promptId } = held
  usePromptVersions(held)
  const { numbers } = useLabels(promptId)
  const [problem, setProblem] = useState("")
  const toast = useToast()
  const find = (id: string | null | undefined): PromptVersion | undefined => (id == null ? undefined : prompt.getVersion(id))
  const [base, yours, theirs] = [find(intent.base.versionId), find(intent.versionId), find(intent.theirs?.versionId)]
  const theirWord = versionWord(intent.theirs?.versionId == null ? undefined : numbers.numberOf(intent.theirs.versionId))
  const act = (run: () => void) => (): void => {
    try {
      run()
      onClose()
    } catch (error) {
      setProblem(savingProblem(error))
    }
  }
  const keepAsDraft = (): void => {
    const draft = prompt.createDraft({ from: intent.versionId, name: freshName(prompt, "Not published") })
    publishing.withdraw(intent)
    navigateToPrompt(promptId, { draftId: draft })
    toast({ text: `Your text is in the draft ${quoted(prompt.getDraft(draft)?.name ?? "")}.` })
  }
  const merge = (mine: PromptVersion, other: PromptVersion): void => {
    const from = mergeBase(prompt, mine.id, other.id) ?? base
    const { content, conflicts } = mergeContents(from?.content ?? EMPTY_CONTENT, mine.content, other.content)
    const draft = prompt.createDraft({ from: mine.id, name: freshName(prompt, "Merged") })
    prompt.applyContent(draft, content, [other.id])
    publishing.withdraw(intent)
    navigateToPrompt(promptId, { draftId: draft })
    const looked =
      conflicts.length === 0
        ? "Look it over, then publish it."
        : `${counted(conflicts.length, "place")} changed by both: look at them, then publish it.`
    toast({ text: `Both are in the draft ${quoted(prompt.getDraft(draft)?.name ?? "")}. ${looked}` })
  }
  const takeTheirs = (version: PromptVersion): void => {
    takeInto(prompt, draftId, version, yours)
    publishing.withdraw(intent)
    toast({ text: "The draft says what they published. Yours stays as a version." })
  }
  return (
    <Dialog label="Two versions" onClose={onClose} className="publish-dialog conflict-dialog">
      <header className="panel-head">
        <h2>{intent.theirs?.versionId == null ? "The label was taken away" : `${theirWord.replace(/^a /u, "A ")} was published first`}</h2>
        <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      {/* reason: nothing in it takes the focus, and the keys of scrolling need something that has it. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className="publish-body" role="region" aria-label="The versions side by side" tabIndex={0}>
        <p>Both are kept as versions of this prompt. Nobody gets yours {asLabel(intent)} before you decide.</p>
        <div className="conflict-sides">
          <Side title="Theirs" version={theirs} missing={theirsMissing(intent)}>
            {theirs !== undefined && <Words base={base} version={theirs} label="what both began from and theirs" />}
          </Side>
          <Side title="Yours" version={yours} missing="Your version is not on this device yet.">
            {yours !== undefined && <Words base={base} version={yours} label="what both began from and yours" />}
          </Side>
          <Side
            title="What both began from"
            version={base}
            missing={intent.base.versionId === null ? "Nothing had the label when you published." : "It is not on this device."}
          >
            {base !== undefined && <VersionText content={base.content} />}
          </Side>
        </div>
      </div>
      <footer className="publish-foot">
        <p className="quiet" role="status">
          {problem}
        </p>
        <button
          type="button"
          className="button"
          disabled={theirs === undefined}
          onClick={act(() => theirs !== undefined && takeTheirs(theirs))}
        >
          Take theirs
        </button>
        <button type="button" className="button" disabled={yours === undefined} onClick={act(keepAsDraft)}>
          Keep mine as a draft
        </button>
        <button
          type="button"
          className="button"
          disabled={yours === undefined || theirs === undefined}
          onClick={act(() => yours !== undefined && theirs !== undefined && merge(yours, theirs))}
        >
          Merge into a draft
        </button>
        <button
          type="button"
          className="button button-primary"
          disabled={yours === undefined}
          title="A new version with your words as they are, made after theirs"
          onClick={act(() => void publishing.publishOnTop(intent))}
        >
          Publish mine as it is
        </button>
      </footer>
    </Dialog>
  )
}

function theirsMissing({ theirs }: PublishIntent): string {
  return theirs?.versionId == null ? "Nobody gets anything under this label now." : "It is not on this device yet. It comes from the relay."
}

interface SideProps {
  readonly title: string
  readonly version: PromptVersion | undefined
  readonly missing: string
  readonly children: ReactNode
}

function Side({ title, version, missing, children }: SideProps) {
  const { now } = useNewsTime()
  return (
    <section className="conflict-side" aria-label={title}>
      <h3>{title}</h3>
      {version === undefined ? (
        <p className="quiet">{missing}</p>
      ) : (
        <p className="quiet" title={exactDate(version.createdAt)}>
          <bdi>{version.author.name || version.author.id}</bdi>, {relativeDate(version.createdAt, Math.max(now, version.createdAt))}
          {version.message !== "" && (
            <>
              : <bdi>{version.message}</bdi>
            </>
          )}
        </p>
      )}
      {children}
    </section>
  )
}

function Words({
  base,
  version,
  label,
}: {
  readonly base: PromptVersion | undefined
  readonly version: PromptVersion
  readonly label: string
}) {
  if (base === undefined) return <VersionText content={version.content} />
  return <ContentDiff from={base.content} to={version.content} label={label} same="Not a word differs from what both began from." />
}

/** Makes a draft say what `theirs` says. What it says now and no version has is saved as one before. */
function takeInto(prompt: Prompt, draftId: string, theirs: PromptVersion, yours: PromptVersion | undefined): void {
  const content = prompt.getContent(draftId)
  if (yours === undefined || canonicalJson(content) !== canonicalJson(yours.content)) {
    prompt.saveVersion(draftId, { message: "Before taking what others published" })
  }
  prompt.applyContent(draftId, theirs.content, [theirs.id])
}

/** `name`, or it with the next number that no draft is called by. */
function freshName(prompt: Prompt, name: string): string {
  const names = new Set(prompt.getDrafts().map((draft) => draft.name))
  let number = 1
  while (names.has(number === 1 ? name : `${name} ${number}`)) number++
  return number === 1 ? name : `${name} ${number}`
}
