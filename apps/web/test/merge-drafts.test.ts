import { type ContentSlot, EMPTY_CONTENT, mergeContents, type PromptContent } from "@polylogue/conversation"
import { expect, test } from "vitest"
import { type Choice, conflictKey, decided, presetChoice } from "../src/prompt-review/merge-drafts.ts"

const slot = (text: string, more: Partial<ContentSlot> = {}): ContentSlot => ({ id: "s", role: "user", text, ...more })
const content = (...slots: readonly ContentSlot[]): PromptContent => ({ ...EMPTY_CONTENT, slots })

/** What becomes of a merge where every place is decided alike, or by nobody. */
function outcome(base: PromptContent, mine: PromptContent, theirs: PromptContent, choice?: Choice): PromptContent {
  const merged = mergeContents(base, mine, theirs)
  const choices = new Map(choice === undefined ? [] : merged.conflicts.map((conflict) => [conflictKey(conflict), choice]))
  return decided(merged, choices)
}

test("[WB120] what is decided is taken whole: words, roles, names, variables, configuration, and messages that one side removed", () => {
  const base = { ...content(slot("a"), slot("", { id: "p", role: "placeholder", name: "x" })), config: { model: "m" } }
  const mine = { ...content(slot("b", { role: "system" }), slot("", { id: "p", role: "placeholder", name: "y" })), config: {} }
  const theirs = {
    ...content(slot("c", { role: "assistant" }), slot("", { id: "p", role: "placeholder", name: "z" })),
    config: { model: "n" },
  }
  expect(outcome(base, mine, theirs, "mine")).toEqual(mine)
  expect(outcome(base, mine, theirs, "theirs")).toEqual(theirs)
  expect(outcome(base, mine, theirs).slots).toEqual(mergeContents(base, mine, theirs).content.slots)
  const gone = content()
  const changed = content(slot("changed"))
  expect(outcome(content(slot("a")), gone, changed, "mine")).toEqual(gone)
  expect(outcome(content(slot("a")), gone, changed, "theirs")).toEqual(changed)
  expect(outcome(content(slot("a")), changed, gone, "theirs")).toEqual(gone)
  expect(outcome(content(slot("a")), changed, gone)).toEqual(changed)
})

test("[WB120] where nobody decided, what is marked as chosen is what the merge has", () => {
  const contents = ["a", "b", "c"].map((text) => content(slot(text, { role: text, name: text })))
  const [base, mine, theirs] = contents
  for (const sides of [
    [base, mine, theirs],
    [base, content(), theirs],
    [base, mine, content()],
    [{ ...base, config: { k: 1 } }, base, { ...base, config: { k: 2 } }],
  ]) {
    const merged = mergeContents(sides[0], sides[1], sides[2])
    const choices = new Map(merged.conflicts.map((conflict) => [conflictKey(conflict), presetChoice(conflict)]))
    expect(merged.conflicts.length).toBeGreaterThan(0)
    expect(decided(merged, choices)).toEqual(merged.content)
    expect(decided(merged, new Map())).toEqual(merged.content)
  }
})
