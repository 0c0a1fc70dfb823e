import { findVariables, isVariableName } from "@polylogue/conversation"
import type { DraftScope } from "./draft-scope.ts"
import { textContent } from "./text-content.ts"

/** Why a variable cannot be called so; undefined when it can. */
export type NameProblem = "empty" | "not-a-name" | "taken"

export function nameProblem(name: string, taken: readonly string[]): NameProblem | undefined {
  if (name === "") return "empty"
  if (!isVariableName(name)) return "not-a-name"
  return taken.includes(name) ? "taken" : undefined
}

/**
 * Calls a variable otherwise in every text of a draft and in its definition: one step, which undoing takes back whole. Only the letters of the name are changed, so
 * what others write around them at the same moment stays.
 */
export function renameVariable({ prompt, draftId, undo }: Pick<DraftScope, "prompt" | "draftId" | "undo">, from: string, to: string): void {
  const redefine = (old: string, name: string): void => {
    const variable = prompt.getVariables(draftId)[old]
    if (variable === undefined) return
    prompt.setVariable(draftId, name, variable)
    prompt.setVariable(draftId, old, null)
  }
  const change = (): void => {
    for (const { id, role } of prompt.getSlots(draftId)) {
      if (role === "placeholder") continue
      const text = prompt.slotText(draftId, id)
      undo.track(text)
      const content = textContent(text)
      for (const use of findVariables(content).toReversed()) {
        if (use.name !== from) continue
        const at = content.indexOf(from, use.from)
        text.insert(at + from.length, to)
        text.delete(at, from.length)
      }
    }
  }
  undo.step(change, { back: () => redefine(to, from), again: () => redefine(from, to) })
  redefine(from, to)
}
