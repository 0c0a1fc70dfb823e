import type { MergeConflict, PromptContent, PromptVariable } from "@polylogue/conversation"
import { useId } from "react"
import { roleLabel } from "../prompt-editor/slot-roles.ts"
import { type Choice, presetChoice } from "./merge-drafts.ts"
import { valueWords, variableWords } from "./value-words.ts"

interface ConflictChoiceProps {
  readonly conflict: MergeConflict
  /** The merged content, which has the slots that places are in. */
  readonly content: PromptContent
  readonly choice: Choice | undefined
  readonly onChoose: (choice: Choice) => void
  /** What both sides are called. */
  readonly names: { readonly mine: string; readonly theirs: string }
}

/** A place that both sides changed in different ways: what each made of it, what it was, and which of them stays. */
export function ConflictChoice({ conflict, content, choice, onChoose, names }: ConflictChoiceProps) {
  const group = useId()
  const { kind, base, ours, theirs } = conflict
  const chosen = choice ?? presetChoice(conflict)
  const options: readonly (readonly [choice: Choice, name: string, words: string | undefined])[] = [
    ["mine", names.mine, sideWords(conflict, ours)],
    ["theirs", names.theirs, sideWords(conflict, theirs)],
    ...(kind === "text" ? [["both", "Both, one after the other", undefined] as const] : []),
  ]
  const before = sideWords(conflict, base)
  return (
    <fieldset className="merge-place">
      <legend>{placeWords(conflict, content)}</legend>
      {options.map(([value, name, words]) => (
        <label key={value} className="merge-option">
          <input type="radio" name={group} value={value} checked={chosen === value} onChange={() => onChoose(value)} />
          <span>
            <bdi className="merge-side">{name}</bdi>
            {words !== undefined && (
              <span className="merge-words" dir="auto">
                {words}
              </span>
            )}
          </span>
        </label>
      ))}
      <details className="merge-base">
        <summary>What it was</summary>
        <p className="merge-words" dir="auto">
          {before}
        </p>
      </details>
    </fieldset>
  )
}

/** Where a conflict is: "Message 2, User: words that both changed". */
function placeWords(conflict: MergeConflict, content: PromptContent): string {
  if ("key" in conflict) return conflict.kind === "variable" ? `Variable ${conflict.key}` : `Model configuration, ${conflict.key}`
  const at = content.slots.findIndex(({ id }) => id === conflict.slotId)
  const place = content.kind === "text" ? "The text" : `Message ${at + 1}, ${roleLabel(content.slots[at]?.role ?? "")}`
  const what = {
    text: "words that both changed",
    removed: "one removed it, one changed it",
    role: "its role",
    name: "its name",
  }[conflict.kind]
  return `${place}: ${what}`
}

/** What a side says in a place. */
function sideWords({ kind }: MergeConflict, value: unknown): string {
  if (kind === "variable") return value === undefined ? "Not described" : variableWords(value as PromptVariable)
  if (kind === "config") return value === undefined ? "Not set" : valueWords(value)
  if (typeof value !== "string") return kind === "removed" ? "Removed" : "Nothing"
  if (kind === "role") return roleLabel(value)
  return value === "" ? "Nothing" : value
}
