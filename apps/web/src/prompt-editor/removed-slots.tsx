import type { PromptSlot } from "@polylogue/conversation"
import { counted } from "../frame/relative-time.ts"
import { useDraftScope } from "./draft-scope.ts"
import { roleLabel } from "./slot-roles.ts"

interface RemovedSlotsProps {
  readonly slots: readonly PromptSlot[]
  readonly onRestore: (slotId: string) => void
}

const SHOWN_LENGTH = 160

/** The messages that were removed from a draft and still say something, with what others may have typed into them since. */
export function RemovedSlots({ slots, onRestore }: RemovedSlotsProps) {
  const { prompt, draftId, mayWrite } = useDraftScope()
  const kept = slots.map((slot) => ({ slot, text: prompt.getText(draftId, slot.id) })).filter(({ text }) => text !== "")
  if (kept.length === 0) return null
  return (
    <details className="slots-removed">
      <summary>
        <bdi>{counted(kept.length, "removed message")}</bdi>
      </summary>
      <ul>
        {kept.map(({ slot, text }) => (
          <li key={slot.id}>
            <span className="slot-role">{roleLabel(slot.role)}</span>
            <span className="slots-removed-text" dir="auto">
              {text.slice(0, SHOWN_LENGTH).toWellFormed()}
            </span>
            {mayWrite && (
              <button type="button" className="button button-quiet" onClick={() => onRestore(slot.id)}>
                Restore
              </button>
            )}
          </li>
        ))}
      </ul>
    </details>
  )
}
