import { findVariables, type PromptContent } from "@polylogue/conversation"

/** Something about the variables of a draft that its writer may want to look at. */
export interface VariableCheck {
  readonly kind: "new" | "misspelt" | "unused" | "unclosed"
  readonly name: string
  /** The name that was likely meant. */
  readonly meant?: string
  /** Where it stands, for what stands in a text. */
  readonly slotId?: string
  readonly from?: number
  readonly to?: number
}

const MAX_CHECKS = 50
const OPENING = /\{\{/g

/** What can be said about the variables of a draft, each name once, in the order of the texts; at most 50. */
export function checkVariables({ slots, variables }: Pick<PromptContent, "slots" | "variables">): readonly VariableCheck[] {
  const known = Object.keys(variables)
  const checks: VariableCheck[] = []
  const used = new Set<string>()
  for (const { id: slotId, text } of slots) {
    const uses = findVariables(text)
    for (const { name, from, to } of uses) {
      if (used.has(name)) continue
      used.add(name)
      if (known.includes(name)) continue
      const meant = likelyMeant(name, known)
      checks.push(meant === undefined ? { kind: "new", name, slotId, from, to } : { kind: "misspelt", name, meant, slotId, from, to })
    }
    for (const { index } of text.matchAll(OPENING)) {
      if (uses.some(({ from, to }) => from <= index && index < to)) continue
      checks.push({ kind: "unclosed", name: excerpt(text, index), slotId, from: index, to: index + 2 })
      if (checks.length >= MAX_CHECKS) return checks
    }
  }
  for (const name of known) if (!used.has(name)) checks.push({ kind: "unused", name })
  return checks.slice(0, MAX_CHECKS)
}

/** The one of `names` that `name` is likely a misspelling of: a letter or two apart, or different only in case and joints. */
export function likelyMeant(name: string, names: readonly string[]): string | undefined {
  const folded = fold(name)
  const same = names.find((other) => fold(other) === folded)
  if (same !== undefined) return same
  const allowed = folded.length < 4 ? 0 : folded.length < 8 ? 1 : 2
  return names.find((other) => Math.abs(other.length - name.length) <= allowed && distance(folded, fold(other)) <= allowed)
}

function fold(name: string): string {
  return name.toLowerCase().replaceAll(/[_.-]/g, "")
}

function excerpt(text: string, index: number): string {
  return text.slice(index, index + 24).split("\n")[0] ?? ""
}

/** How many letters differ, one swapped pair of neighbours being one difference. */
function distance(left: string, right: string): number {
  let before: number[] = []
  let last = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let row = 1; row <= left.length; row++) {
    const current = [row]
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1]
      let least = Math.min((last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, (last[column - 1] ?? 0) + (same ? 0 : 1))
      const swapped = row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]
      if (swapped) least = Math.min(least, (before[column - 2] ?? 0) + 1)
      current.push(least)
    }
    before = last
    last = current
  }
  return last[right.length] ?? 0
}
