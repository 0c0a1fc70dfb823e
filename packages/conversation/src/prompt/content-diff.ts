import { canonicalJson } from "../text/canonical-json.ts"
import type { ContentSlot, PromptContent, PromptKind } from "./prompt-content.ts"
import { keptInOrder } from "./slot-order.ts"
import { type DiffPart, diffText } from "../text/text-diff.ts"
import type { PromptVariable } from "./variables.ts"

/** A slot in two contents: `to` is missing where it was removed, `from` where it was added. */
export interface SlotDiff {
  readonly slotId: string
  readonly change: "same" | "added" | "removed" | "changed"
  /** It stands elsewhere among the slots that both have. It may be changed as well, or `same` but for that. */
  readonly moved: boolean
  readonly from?: ContentSlot
  readonly to?: ContentSlot
  /** What became of its text. */
  readonly parts: readonly DiffPart[]
}

/** A value by its key in two contents: missing on the side that has none. */
export interface ValueDiff<Value> {
  readonly key: string
  readonly from?: Value
  readonly to?: Value
}

export interface ContentDiff {
  /** Nothing differs. */
  readonly same: boolean
  readonly kind?: { readonly from: PromptKind; readonly to: PromptKind }
  /** All slots of both: in the order of `to`, removed ones after what they stood after. */
  readonly slots: readonly SlotDiff[]
  /** Only those that differ, by name. */
  readonly variables: readonly ValueDiff<PromptVariable>[]
  readonly config: readonly ValueDiff<unknown>[]
}

/** How `to` came from `from`. Slots are matched by their ids; what has no match by id, by role and text: an import of the same prompt differs in nothing. */
export function diffContents(from: PromptContent, to: PromptContent): ContentDiff {
  const matched = matchSlots(from.slots, to.slots)
  const slots = diffSlots(from.slots, to.slots, matched)
  const variables = diffValues(from.variables, to.variables)
  const config = diffValues(from.config, to.config)
  const same = from.kind === to.kind && variables.length + config.length === 0
  return {
    same: same && slots.every(({ change, moved }) => change === "same" && !moved),
    ...(from.kind === to.kind ? {} : { kind: { from: from.kind, to: to.kind } }),
    slots,
    variables,
    config,
  }
}

/** For slots of `to` the one of `from` that is the same, by ids of both. Of several that say the same each is taken once, in their order. */
export function matchSlots<Slot extends ContentSlot>(from: readonly Slot[], to: readonly ContentSlot[]): ReadonlyMap<string, Slot> {
  const byId = new Map(from.map((slot) => [slot.id, slot]))
  const matched = new Map<string, Slot>()
  const targets = new Set(to.map(({ id }) => id))
  const free = new Map<string, Slot[]>()
  for (const slot of from) {
    if (targets.has(slot.id)) continue
    const key = sayingOf(slot)
    free.set(key, [...(free.get(key) ?? []), slot])
  }
  for (const slot of to) {
    const found = byId.get(slot.id) ?? free.get(sayingOf(slot))?.shift()
    if (found !== undefined) matched.set(slot.id, found)
  }
  return matched
}

function diffSlots(from: readonly ContentSlot[], to: readonly ContentSlot[], matched: ReadonlyMap<string, ContentSlot>): SlotDiff[] {
  const names = new Map([...matched].map(([id, slot]) => [slot.id, id]))
  const nameOf = (slot: ContentSlot): string => names.get(slot.id) ?? `\0${slot.id}`
  const staying = keptInOrder(
    from.map(nameOf),
    to.map(({ id }) => id),
  )
  const diffs: SlotDiff[] = to.map((slot) => {
    const old = matched.get(slot.id)
    if (old === undefined) return { slotId: slot.id, change: "added", moved: false, to: slot, parts: diffText("", slot.text) }
    const isSame = sayingOf(old) === sayingOf(slot)
    return {
      slotId: slot.id,
      change: isSame ? "same" : "changed",
      moved: !staying.has(slot.id),
      from: old,
      to: slot,
      parts: diffText(old.text, slot.text),
    }
  })
  let place = 0
  for (const slot of from) {
    const name = names.get(slot.id)
    if (name === undefined) {
      diffs.splice(place, 0, { slotId: slot.id, change: "removed", moved: false, from: slot, parts: diffText(slot.text, "") })
      place++
    } else if (staying.has(name)) place = diffs.findIndex(({ slotId, to: held }) => held !== undefined && slotId === name) + 1
  }
  return diffs
}

function diffValues<Value>(from: Readonly<Record<string, Value>>, to: Readonly<Record<string, Value>>): ValueDiff<Value>[] {
  const diffs: ValueDiff<Value>[] = []
  for (const key of [...new Set([...Object.keys(from), ...Object.keys(to)])].sort()) {
    const [old, next] = [Object.hasOwn(from, key), Object.hasOwn(to, key)]
    if (old && next && canonicalJson(from[key]) === canonicalJson(to[key])) continue
    diffs.push({ key, ...(old ? { from: from[key] as Value } : {}), ...(next ? { to: to[key] as Value } : {}) })
  }
  return diffs
}

/** All that a slot says, as one text. */
function sayingOf({ role, name, text }: ContentSlot): string {
  return JSON.stringify([role, name, text])
}
