import { diffArrays } from "diff"
import { linesOf, tokensOf } from "./text-tokens.ts"

/** A piece of two texts: in both, or in one of them. */
export interface DiffPart {
  readonly kind: "same" | "added" | "removed"
  readonly text: string
}

/** Most lines, added and removed together, that are matched line by line; what differs more is told as one change. */
export const MAX_LINE_EDITS = 1000
/** The same for words within changed lines. */
export const MAX_WORD_EDITS = 600

/**
 * How `to` came from `from`: first by lines, then by words within those that changed. `same` and `removed` joined are `from`, `same` and `added` joined
 * are `to`; where something was replaced, what was removed comes first. No piece begins or ends within a character.
 */
export function diffText(from: string, to: string): readonly DiffPart[] {
  if (from === to) return from === "" ? [] : [{ kind: "same", text: from }]
  const parts: DiffPart[] = []
  for (const { kind, from: removed, to: added } of spans(linesOf(from), linesOf(to), MAX_LINE_EDITS)) {
    if (kind === "same") push(parts, "same", removed.join(""))
    else diffWords(parts, removed.join(""), added.join(""))
  }
  return parts
}

function diffWords(parts: DiffPart[], from: string, to: string): void {
  for (const { kind, from: removed, to: added } of spans(tokensOf(from), tokensOf(to), MAX_WORD_EDITS)) {
    if (kind === "same") {
      push(parts, "same", removed.join(""))
      continue
    }
    push(parts, "removed", removed.join(""))
    push(parts, "added", added.join(""))
  }
}

function push(parts: DiffPart[], kind: DiffPart["kind"], text: string): void {
  const last = parts.at(-1)
  if (text === "") return
  if (last?.kind === kind) parts[parts.length - 1] = { kind, text: last.text + text }
  else parts.push({ kind, text })
}

/** A run of two lists: equal in both, or what one has in the place of what the other has. */
export interface Span {
  readonly kind: "same" | "changed"
  readonly from: readonly string[]
  readonly to: readonly string[]
}

/** Two lists as runs in their order, same and changed by turns (E. Myers 1986). Above `maxEdits` all between common ends is one change. */
export function spans(from: readonly string[], to: readonly string[], maxEdits: number): readonly Span[] {
  const start = commonLength(from, to, 0)
  const end = commonLength(from.toReversed(), to.toReversed(), start)
  const [oldMiddle, newMiddle] = [from.slice(start, from.length - end), to.slice(start, to.length - end)]
  const found: Span[] = []
  const add = (kind: Span["kind"], removed: readonly string[], added: readonly string[]): void => {
    if (removed.length > 0 || added.length > 0) found.push({ kind, from: removed, to: added })
  }
  add("same", from.slice(0, start), from.slice(0, start))
  const small = oldMiddle.length > 0 && newMiddle.length > 0
  const changes = small ? diffArrays([...oldMiddle], [...newMiddle], { maxEditLength: maxEdits }) : undefined
  if (changes === undefined) add("changed", oldMiddle, newMiddle)
  else addChanges(changes, add)
  add("same", from.slice(from.length - end), from.slice(from.length - end))
  return found
}

function addChanges(
  changes: readonly { readonly value: readonly string[]; readonly added: boolean; readonly removed: boolean }[],
  add: (kind: Span["kind"], removed: readonly string[], added: readonly string[]) => void,
): void {
  let removed: string[] = []
  let added: string[] = []
  for (const change of changes) {
    if (change.removed) removed.push(...change.value)
    else if (change.added) added.push(...change.value)
    else {
      add("changed", removed, added)
      add("same", change.value, change.value)
      removed = []
      added = []
    }
  }
  add("changed", removed, added)
}

/** How many elements both lists begin with, of those after the first `skip` of the shorter. */
function commonLength(left: readonly string[], right: readonly string[], skip: number): number {
  const most = Math.min(left.length, right.length) - skip
  let length = 0
  while (length < most && left[length] === right[length]) length++
  return length
}
