import type { PromptDraft } from "@polylogue/conversation"
import { type OpenPrompt, useLabels, usePromptContent, usePromptDrafts, usePromptVersions } from "@polylogue/react"
import { useMemo, useState } from "react"
import { quoted } from "../conversation-list/card-text.ts"
import { Dialog } from "../frame/dialog.tsx"
import { Icon } from "../frame/icon.tsx"
import { counted } from "../frame/relative-time.ts"
import { useToast } from "../frame/toast.tsx"
import { savingProblem } from "../prompts/publish-words.ts"
import { draftName } from "../prompts/draft-words.ts"
import { ConflictChoice } from "./conflict-choice.tsx"
import { ContentDiff } from "./content-diff.tsx"
import { carryOutMerge, type Choice, conflictKey, decided, type DraftMerge, mergeDrafts, presetChoice } from "./merge-drafts.ts"
import { versionName } from "./version-words.ts"
import "../prompts/publish-dialog.css"
import "./merge-dialog.css"

interface MergeDialogProps {
  readonly held: OpenPrompt
  /** The draft that is merged into. */
  readonly draftId: string
  readonly onClose: () => void
}

/** Another draft merged into the one on screen: which, what to do where both changed the same, and what the draft will say. */
export function MergeDialog({ held, draftId, onClose }: MergeDialogProps) {
  const { prompt } = held
  const drafts = usePromptDrafts(held)
  const others = drafts.filter(({ id }) => id !== draftId)
  const into = drafts.find(({ id }) => id === draftId)
  const [chosenId, choose] = useState<string>()
  const from = others.find(({ id }) => id === chosenId) ?? others.find(({ closed }) => !closed) ?? others[0]
  const [choices, setChoices] = useState<ReadonlyMap<string, Choice>>(new Map())
  const [problem, setProblem] = useState("")
  const merge = useMerge(held, draftId, from?.id ?? draftId)
  const result = useMemo(() => decided(merge, choices), [merge, choices])
  const toast = useToast()
  if (into === undefined || from === undefined) return null
  const names = { mine: draftName(into), theirs: draftName(from) }
  const doubled = merge.conflicts.filter((conflict) => (choices.get(conflictKey(conflict)) ?? presetChoice(conflict)) === "both").length
  const carryOut = (): void => {
    const [mine, theirs] = [quoted(names.mine), quoted(names.theirs)]
    try {
      const reasons = { before: `Before merging ${theirs}`, merged: `Merged into ${mine}` }
      const undo = carryOutMerge(prompt, { into: draftId, from: from.id }, choices, reasons)
      toast({ text: `${theirs} is merged into ${mine}. Both as they were are versions.`, action: { label: "Undo", run: undo } })
      onClose()
    } catch (error) {
      setProblem(savingProblem(error))
    }
  }
  return (
    <Dialog label="Merge drafts" onClose={onClose} className="publish-dialog merge-dialog">
      <header className="panel-head">
        <h2 dir="auto">{`Merge into ${quoted(names.mine)}`}</h2>
        <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <div className="publish-body">
        <SourceChoice others={others} value={from.id} onChange={choose} />
        <Sides held={held} merge={merge} names={names} />
        {merge.conflicts.length > 0 && (
          <section className="merge-conflicts">
            <h3>To decide</h3>
            {merge.conflicts.map((conflict, at) => (
              <ConflictChoice
                key={`${at} ${conflictKey(conflict)}`}
                {...{ conflict, names }}
                content={merge.content}
                choice={choices.get(conflictKey(conflict))}
                onChoose={(choice) => setChoices(new Map(choices).set(conflictKey(conflict), choice))}
              />
            ))}
          </section>
        )}
        <section className="publish-changes">
          <h3 dir="auto">{`What changes in ${quoted(names.mine)}`}</h3>
          <ContentDiff from={merge.mine} to={result} label={`${names.mine} now and after the merge`} same="Not a word changes." />
        </section>
      </div>
      <footer className="publish-foot">
        <p className="quiet" role="status">
          {problem === "" ? outlook(merge.conflicts.length, doubled) : problem}
        </p>
        <button type="button" className="button" onClick={onClose}>
          Cancel
        </button>
        <button type="button" className="button button-primary" disabled={into.closed} onClick={carryOut}>
          Merge
        </button>
      </footer>
    </Dialog>
  )
}

/** Both drafts put together as they are at the moment, also while others write in them. */
function useMerge(held: OpenPrompt, into: string, from: string): DraftMerge {
  const [mine, theirs, drafts, versions] = [
    usePromptContent(held, into),
    usePromptContent(held, from),
    usePromptDrafts(held),
    usePromptVersions(held),
  ]
  // What is named after the function is all that the merge is read from.
  // oxlint-disable-next-line react-hooks/exhaustive-deps
  return useMemo(() => mergeDrafts(held.prompt, into, from), [held, into, from, mine, theirs, drafts, versions])
}

function outlook(conflicts: number, doubled: number): string {
  const kept = "Both drafts are saved as versions first."
  if (conflicts === 0) return `No place was changed by both. ${kept}`
  if (doubled === 0) return kept
  return `${counted(doubled, "place")} will have both texts, one after the other. ${kept}`
}

interface SourceChoiceProps {
  readonly others: readonly PromptDraft[]
  readonly value: string
  readonly onChange: (id: string) => void
}

function SourceChoice({ others, value, onChange }: SourceChoiceProps) {
  return (
    <label className="publish-field">
      <span>Draft that is merged into it</span>
      <select className="field" value={value} onChange={(event) => onChange(event.target.value)}>
        {others.map((draft) => (
          <option key={draft.id} value={draft.id}>
            {draft.closed ? `${draftName(draft)} (closed)` : draftName(draft)}
          </option>
        ))}
      </select>
    </label>
  )
}

interface SidesProps {
  readonly held: OpenPrompt
  readonly merge: DraftMerge
  readonly names: { readonly mine: string; readonly theirs: string }
}

/** What each side changed since both went on from one version. */
function Sides({ held, merge: { base, mine, theirs }, names }: SidesProps) {
  const labels = useLabels(held.promptId)
  if (base === undefined)
    return <p className="quiet">The two drafts have no version in common, so wherever they differ it is for you to decide.</p>
  const common = versionName(base, labels)
  return (
    <div className="merge-sides">
      {([["theirs", theirs] as const, ["mine", mine] as const] as const).map(([side, content]) => (
        <details key={side}>
          <summary dir="auto">{`What ${quoted(names[side])} changed since ${common}`}</summary>
          <h3 className="visually-hidden">{names[side]}</h3>
          <ContentDiff from={base.content} to={content} label={`${common} and ${names[side]}`} same="Nothing." />
        </details>
      ))}
    </div>
  )
}
