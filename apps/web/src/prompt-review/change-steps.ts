import type { ContentDiff, DiffPart, SlotDiff, ValueDiff } from "@polylogue/conversation"

/** A piece of a text with the number of the change that it belongs to; what stayed has none. */
export interface NumberedPart extends DiffPart {
  readonly step?: number
}

export interface NumberedSlot {
  readonly slot: SlotDiff
  /** The change of its role, name or place. */
  readonly step?: number
  readonly parts: readonly NumberedPart[]
}

export type NumberedValue<Value> = ValueDiff<Value> & { readonly step: number }

/** What differs between two contents, change by change in the order in which it is shown: numbered from 0, for going from one to the next. */
export interface ChangeSteps {
  readonly count: number
  readonly kindStep?: number
  readonly slots: readonly NumberedSlot[]
  readonly variables: readonly NumberedValue<NonNullable<ContentDiff["variables"][number]["to"]>>[]
  readonly config: readonly NumberedValue<unknown>[]
}

/** Numbers the changes of a difference. Words that took the place of others are one change with them. */
export function changeSteps(diff: ContentDiff): ChangeSteps {
  let count = 0
  const next = (): number => count++
  const kind = diff.kind === undefined ? {} : { kindStep: next() }
  const slots = diff.slots.map((slot) => numberSlot(slot, next))
  const variables = diff.variables.map((value) => ({ ...value, step: next() }))
  const config = diff.config.map((value) => ({ ...value, step: next() }))
  return { ...kind, slots, variables, config, count }
}

function numberSlot(slot: SlotDiff, next: () => number): NumberedSlot {
  const { from, to, moved } = slot
  // An empty message that came or went has no words that differ.
  const isBare = slot.change !== "same" && slot.parts.every(({ kind }) => kind === "same")
  const isHead = moved || isBare || (from !== undefined && to !== undefined && (from.role !== to.role || from.name !== to.name))
  const head = isHead ? { step: next() } : {}
  let replaced: number | undefined
  const parts = slot.parts.map((part): NumberedPart => {
    if (part.kind === "same") {
      replaced = undefined
      return part
    }
    const step: number = part.kind === "added" && replaced !== undefined ? replaced : next()
    replaced = part.kind === "removed" ? step : undefined
    return { ...part, step }
  })
  return { slot, ...head, parts }
}
