import { type Annotator, type ConversationCard, isSegment, MAX_GUIDELINE_LENGTH, MAX_ROUND_NAME_LENGTH } from "@polylogue/conversation"
import { isEnforced, type OpenWorkspace, type OtherPresence, usePolylogue, usePresence } from "@polylogue/react"
import { useId } from "react"
import { Dialog } from "../frame/dialog.tsx"
import { Icon } from "../frame/icon.tsx"
import { counted } from "../frame/relative-time.ts"
import { ItemsField } from "./items-field.tsx"
import { KindField } from "./kind-field.tsx"
import { PeopleField } from "./people-field.tsx"
import { annotatorHere } from "./round-words.ts"
import { ScaleField } from "./scale-field.tsx"
import { type NewRound, useNewRound } from "./use-new-round.ts"
import "../prompts/publish-dialog.css"
import "./new-round-dialog.css"

interface NewRoundDialogProps {
  readonly workspace: OpenWorkspace
  readonly cards: readonly ConversationCard[]
  readonly onClose: () => void
}

/** Begins a round: what is judged, by whom, by which grades, and whether they see each other's work. */
export function NewRoundDialog({ workspace, cards, onClose }: NewRoundDialogProps) {
  const polylogue = usePolylogue()
  const own = annotatorHere(polylogue)
  const round = useNewRound(workspace, own, onClose)
  const { form, set, setChosen, items, problem, begin } = round
  const others = usePresence(workspace.open)
  const known = knownPeople(others, isEnforced(polylogue))
  return (
    <Dialog label="New round" onClose={onClose} className="publish-dialog">
      <header className="panel-head">
        <h2>New round</h2>
        <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <div className="publish-body">
        <Words round={round} />
        <ItemsField cards={cards} chosen={form.chosen} onChosen={setChosen} />
        <PeopleField people={form.people} known={known} own={own.id} onPeople={(people) => set({ people })} />
        <KindField kind={form.kind} enforced={isEnforced(polylogue)} onKind={(kind) => set({ kind })} />
        <PerItem round={round} />
        <ScaleField scale={form.scale} onScale={(scale) => set({ scale })} />
      </div>
      <footer className="publish-foot">
        <p className="quiet" role="status">
          {problem === "" ? summary(round, items.length) : problem}
        </p>
        <button type="button" className="button" onClick={onClose}>
          Cancel
        </button>
        <button type="button" className="button button-primary" disabled={problem !== ""} onClick={begin}>
          Begin
        </button>
      </footer>
    </Dialog>
  )
}

/** Others who are here, each once, by the name under which they judge: where the relay knows people, by what it calls them, and no others. */
function knownPeople(others: readonly OtherPresence[], enforced: boolean): readonly Annotator[] {
  const known = new Map<string, Annotator>()
  for (const { userId, user, name, kind } of others) {
    const id = enforced ? user : userId
    if (id === undefined || !isSegment(id) || (kind !== undefined && kind !== "person")) continue
    known.set(id, { id, name: enforced ? "" : name })
  }
  return [...known.values()]
}

function Words({ round: { form, set } }: { readonly round: NewRound }) {
  const id = useId()
  return (
    <>
      <label className="publish-field">
        <span>Name</span>
        <input
          className="field"
          dir="auto"
          maxLength={MAX_ROUND_NAME_LENGTH}
          value={form.name}
          onChange={({ target }) => set({ name: target.value })}
        />
      </label>
      <label className="publish-field">
        <span>What to go by</span>
        <textarea
          className="field"
          dir="auto"
          rows={4}
          placeholder="When is a passage relevant, and when only related? You can use Markdown."
          maxLength={MAX_GUIDELINE_LENGTH}
          value={form.guideline}
          onChange={({ target }) => set({ guideline: target.value })}
        />
      </label>
      <label className="publish-field">
        <span>Labels</span>
        <input
          className="field"
          dir="auto"
          placeholder="outdated, wrong language"
          aria-describedby={id}
          value={form.labels}
          onChange={({ target }) => set({ labels: target.value })}
        />
        <span id={id} className="quiet round-hint">
          What can be said beside the grade; put commas between them. None is fine.
        </span>
      </label>
    </>
  )
}

function PerItem({ round: { form, set } }: { readonly round: NewRound }) {
  const most = form.people.length
  return (
    <label className="publish-field round-per-item">
      <span>How many judge each question</span>
      <select
        className="field"
        value={String(Math.min(form.perItem, most))}
        onChange={({ target }) => set({ perItem: Number(target.value) })}
      >
        <option value="0">All of them</option>
        {Array.from({ length: Math.max(0, most - 1) }, (_, at) => (
          <option key={at} value={String(at + 1)}>
            {at + 1}
          </option>
        ))}
      </select>
    </label>
  )
}

/** What will be begun, in a sentence. */
function summary({ form, items }: NewRound, count: number): string {
  const passages = items.reduce((sum, { chunks }) => sum + chunks.length, 0)
  const each = form.perItem === 0 || form.perItem >= form.people.length ? "each by all" : `each by ${form.perItem}`
  return `${counted(count, "question")} with ${counted(passages, "passage")}, judged by ${counted(form.people.length, "person", "people")}, ${each}.`
}
