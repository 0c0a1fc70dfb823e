import {
  canonicalJson,
  EMPTY_CONTENT,
  type MergeConflict,
  mergeBase,
  mergeContents,
  type MergedContent,
  type Prompt,
  type PromptContent,
  type PromptVersion,
  savedDraft,
  type SlotConflict,
} from "@polylogue/conversation"
import { changeDraft } from "./draft-change.ts"

/** Which of two sides is taken in a place that both changed. Of words `both` may stay, ours first. */
export type Choice = "mine" | "theirs" | "both"

/** Two drafts put together, before it is decided what becomes of the places that both changed. */
export interface DraftMerge extends MergedContent {
  /** The version that both went on from; `undefined` when they have nothing in common. */
  readonly base: PromptVersion | undefined
  readonly mine: PromptContent
  readonly theirs: PromptContent
}

/** Puts what draft `from` says together with what draft `into` says, against the latest version that both went on from. Writes nothing. */
export function mergeDrafts(prompt: Prompt, into: string, from: string): DraftMerge {
  const [mine, theirs] = [prompt.getContent(into), prompt.getContent(from)]
  const base = commonVersion(prompt, into, from)
  return { base, mine, theirs, ...mergeContents(base?.content ?? EMPTY_CONTENT, mine, theirs) }
}

/** A draft may stand on several versions: of what any two have in common the newest. */
function commonVersion(prompt: Prompt, into: string, from: string): PromptVersion | undefined {
  const [left, right] = [into, from].map((id) => prompt.getDraft(id)?.base ?? [])
  const common = (left ?? []).flatMap((one) => (right ?? []).map((other) => mergeBase(prompt, one, other)))
  return common.filter((version) => version !== undefined).toSorted((one, other) => other.createdAt - one.createdAt)[0]
}

/** Names a conflict by all that it is about: what was decided holds as long as both sides say just that. */
export function conflictKey(conflict: MergeConflict): string {
  const { kind, base, ours, theirs } = conflict
  return canonicalJson([kind, "slotId" in conflict ? conflict.slotId : conflict.key, base ?? null, ours ?? null, theirs ?? null])
}

/** What stays where nobody decided: the words of both, else one's own; what one side removed and the other changed is kept. */
export function presetChoice(conflict: MergeConflict): Choice {
  if (conflict.kind === "text") return "both"
  const isGone = conflict.kind === "removed" ? conflict.ours === null : conflict.ours === undefined
  return isGone ? "theirs" : "mine"
}

/** The merged content with each place as it was decided. */
export function decided({ content, conflicts }: MergedContent, choices: ReadonlyMap<string, Choice>): PromptContent {
  const slots = new Map(content.slots.map((slot) => [slot.id, slot]))
  const values = { variable: { ...content.variables }, config: { ...content.config } }
  // From the last place to the first, so that the places before keep theirs.
  for (const conflict of conflicts.toReversed()) {
    const choice = choices.get(conflictKey(conflict)) ?? presetChoice(conflict)
    if (choice === "both") continue
    const taken = choice === "mine" ? conflict.ours : conflict.theirs
    if ("key" in conflict) {
      const record: Record<string, unknown> = values[conflict.kind]
      if (taken === undefined) delete record[conflict.key]
      else record[conflict.key] = taken
      continue
    }
    const slot = slots.get(conflict.slotId)
    if (slot !== undefined) decideSlot(slots, slot, conflict, taken as string | null)
  }
  const kept = content.slots.flatMap(({ id }) => slots.get(id) ?? [])
  return { kind: content.kind, slots: kept, variables: values.variable, config: values.config }
}

type Slots = Map<string, PromptContent["slots"][number]>

function decideSlot(slots: Slots, slot: PromptContent["slots"][number], conflict: SlotConflict, taken: string | null): void {
  const { kind, from, to } = conflict
  if (kind === "removed") {
    if (taken === null) slots.delete(slot.id)
  } else if (kind === "role") slots.set(slot.id, { ...slot, role: taken ?? slot.role })
  else if (kind === "name") {
    const { name: _name, ...rest } = slot
    slots.set(slot.id, taken === null ? rest : { ...rest, name: taken })
  } else if (from !== undefined && to !== undefined)
    slots.set(slot.id, { ...slot, text: slot.text.slice(0, from) + (taken ?? "") + slot.text.slice(to) })
}

/** Why the versions are there that a merge saves, in the words of the history. */
export interface MergeReasons {
  readonly before: string
  readonly merged: string
}

/**
 * Merges draft `from` into draft `into`: both are saved as versions as they are, and the result is written with the least edits, so what others write at the
 * same moment stays. Returns what takes it back; the versions stay.
 * @throws ConversationError as `Prompt.saveVersion`.
 */
export function carryOutMerge(
  prompt: Prompt,
  { into, from }: { readonly into: string; readonly from: string },
  choices: ReadonlyMap<string, Choice>,
  reasons: MergeReasons,
): () => void {
  // What both say at this moment, which may be more than what was on screen a moment before.
  const content = decided(mergeDrafts(prompt, into, from), choices)
  savedDraft(prompt, into, reasons.before)
  const theirs = savedDraft(prompt, from, reasons.merged)
  return changeDraft(prompt, into, { content, mergedFrom: [theirs] })
}
