import { type Judgement, type JudgementChange, MAX_JUDGEMENT_NOTE_LENGTH } from "@polylogue/conversation"
import { useState } from "react"
import { Icon } from "../frame/icon.tsx"
import { focusItem, itemOf } from "./judged-item.tsx"
import { LabelChips } from "./label-chips.tsx"
import { NoteField } from "./note-field.tsx"

interface JudgementWordsProps {
  readonly itemKey: string
  /** What it is about: "Passage 2". */
  readonly name: string
  readonly labels: readonly string[]
  /** What one thinks of it; undefined while one has said nothing. */
  readonly judged: Judgement | undefined
  readonly mayJudge: boolean
  readonly onJudge: (change: JudgementChange) => void
}

/** What one says of a passage beside its grade: labels, and a note. */
export function JudgementWords({ itemKey, name, labels, judged, mayJudge, onJudge }: JudgementWordsProps) {
  const [noting, setNoting] = useState(false)
  const note = judged?.note ?? ""
  const showsNote = noting || note !== ""
  return (
    <>
      <div className="judged-more">
        <LabelChips
          label={name}
          labels={labels}
          chosen={judged?.labels ?? []}
          disabled={!mayJudge}
          onLabels={(next) => onJudge({ labels: next })}
        />
        {!showsNote && mayJudge && (
          <button type="button" className="button button-quiet judged-add-note" onClick={() => setNoting(true)}>
            <Icon name="comment" /> Add a note
          </button>
        )}
      </div>
      {showsNote && (
        <NoteField
          label={`Note on ${name}`}
          value={note}
          maxLength={MAX_JUDGEMENT_NOTE_LENGTH}
          disabled={!mayJudge}
          takesFocus={noting}
          onNote={(text) => onJudge({ note: text })}
          onDone={() => {
            setNoting(false)
            focusItem(itemKey)
          }}
        />
      )}
    </>
  )
}

/** Leads to the note of one of the things to be judged. */
export function focusNote(itemKey: string): void {
  const item = itemOf(itemKey)
  const note = item?.querySelector<HTMLElement>(".judging-note")
  if (note != null) note.focus()
  else item?.querySelector<HTMLElement>(".judged-add-note")?.click()
}
