import { canonicalJson } from "../text/canonical-json.ts"
import { matchSlots } from "./content-diff.ts"
import type { ContentSlot, PromptContent } from "./prompt-content.ts"
import { keptInOrder } from "./slot-order.ts"
import { mergeTexts } from "../text/text-merge.ts"

/** Both sides changed the same thing of a slot in different ways. The texts are those of the place in question; null where a side has none. */
export interface SlotConflict {
  /** `removed`: one side removed the slot, the other changed it; it is kept. Of `role` and `name` ours is kept, of `text` both are. */
  readonly kind: "text" | "removed" | "role" | "name"
  /** The slot in the merged content. */
  readonly slotId: string
  readonly base: string | null
  readonly ours: string | null
  readonly theirs: string | null
  /** Of a `text`: where both texts stand in that of the merged slot, in UTF-16 units. Put the chosen one there. */
  readonly from?: number
  readonly to?: number
}

/** Both sides set a variable or a key of configuration to different things; ours is kept, or theirs where we had removed it. Undefined where a side has none. */
export interface ValueConflict {
  readonly kind: "variable" | "config"
  readonly key: string
  readonly base: unknown
  readonly ours: unknown
  readonly theirs: unknown
}

export type MergeConflict = SlotConflict | ValueConflict

export interface MergedContent {
  readonly content: PromptContent
  /** What somebody has to look at; every word of both sides is in `content` all the same. */
  readonly conflicts: readonly MergeConflict[]
}

/** A slot with its place in the content that it is from. */
interface PlacedContent extends ContentSlot {
  readonly place: number
}

/** A slot in the three contents; at least one of them has it. */
interface SlotTriple {
  readonly base: PlacedContent | undefined
  readonly ours: PlacedContent | undefined
  readonly theirs: PlacedContent | undefined
}

/**
 * Puts together what two sides made of a content. Slots are matched by their ids, those without a match by what they say; texts are merged by lines and words,
 * everything else by what changed since `base`. Slots keep the ids that `ours` has for them, so the result can be applied to the draft it came from.
 */
export function mergeContents(base: PromptContent, ours: PromptContent, theirs: PromptContent): MergedContent {
  const conflicts: MergeConflict[] = []
  const triples = matchTriples(placed(base.slots), placed(ours.slots), placed(theirs.slots))
  const merged = new Map<string, ContentSlot>()
  for (const [key, triple] of triples) {
    const slot = mergeSlot(triple, conflicts)
    if (slot !== undefined) merged.set(key, slot)
  }
  const order = mergeOrder(triples, merged)
  const slots = order.map((key) => merged.get(key)).filter((slot) => slot !== undefined)
  return {
    content: {
      kind: ours.kind === base.kind ? theirs.kind : ours.kind,
      slots,
      variables: mergeValues("variable", base.variables, ours.variables, theirs.variables, conflicts),
      config: mergeValues("config", base.config, ours.config, theirs.config, conflicts),
    },
    conflicts,
  }
}

function placed(slots: readonly ContentSlot[]): readonly PlacedContent[] {
  return slots.map((slot, place) => ({ ...slot, place }))
}

/** The slots of all three by a key of their own: ours first, then what only theirs or the base has. */
function matchTriples(
  base: readonly PlacedContent[],
  ours: readonly PlacedContent[],
  theirs: readonly PlacedContent[],
): ReadonlyMap<string, SlotTriple> {
  const [ourBase, theirBase] = [matchSlots(base, ours), matchSlots(base, theirs)]
  const alike = matchSlots(
    ours.filter(({ id }) => !ourBase.has(id)),
    theirs.filter(({ id }) => !theirBase.has(id)),
  )
  const triples = new Map<string, SlotTriple>()
  const byBase = new Map<string, PlacedContent>()
  for (const slot of ours) {
    const from = ourBase.get(slot.id)
    triples.set(slot.id, { base: from, ours: slot, theirs: undefined })
    if (from !== undefined) byBase.set(from.id, slot)
  }
  for (const slot of theirs) {
    const from = theirBase.get(slot.id)
    const ofOurs = from === undefined ? alike.get(slot.id) : byBase.get(from.id)
    const known = ofOurs === undefined ? undefined : triples.get(ofOurs.id)
    if (ofOurs !== undefined && known !== undefined) triples.set(ofOurs.id, { ...known, theirs: slot })
    else {
      // An id that ours has for another slot is taken.
      let id = slot.id
      while (triples.has(id)) id += "~"
      triples.set(id, { base: from, ours: undefined, theirs: { ...slot, id } })
    }
  }
  return triples
}

function mergeSlot({ base, ours, theirs }: SlotTriple, conflicts: MergeConflict[]): ContentSlot | undefined {
  const one = ours ?? theirs
  if (one === undefined) return undefined
  if (ours === undefined || theirs === undefined) {
    const { place: _place, ...kept } = one
    if (base === undefined) return kept
    if (saysTheSame(base, one)) return undefined
    conflicts.push({ kind: "removed", slotId: one.id, base: base.text, ours: ours?.text ?? null, theirs: theirs?.text ?? null })
    return kept
  }
  const { id } = ours
  const pick = (kind: "role" | "name"): string | undefined => {
    const [was, mine, other] = [base?.[kind], ours[kind], theirs[kind]]
    if (mine === other || other === was) return mine
    if (mine === was) return other
    conflicts.push({ kind, slotId: id, base: was ?? null, ours: mine ?? null, theirs: other ?? null })
    return mine
  }
  const name = pick("name")
  const { text, conflicts: places } = mergeTexts(base?.text ?? "", ours.text, theirs.text)
  for (const place of places) conflicts.push({ kind: "text", slotId: id, ...place })
  return { id, role: pick("role") ?? ours.role, ...(name === undefined ? {} : { name }), text }
}

function saysTheSame(left: ContentSlot, right: ContentSlot): boolean {
  return left.role === right.role && left.name === right.name && left.text === right.text
}

/** Our order, with what they moved and we did not where they have it, and what they added after what it comes after there. */
function mergeOrder(triples: ReadonlyMap<string, SlotTriple>, merged: ReadonlyMap<string, ContentSlot>): readonly string[] {
  const keyed = [...triples].filter(([key]) => merged.has(key))
  const moved = { ours: movedKeys(keyed, "ours"), theirs: movedKeys(keyed, "theirs") }
  const order = keyed.filter(([, { ours }]) => ours !== undefined).map(([key]) => key)
  let before: string | undefined
  for (const key of sideOrder(keyed, "theirs")) {
    const at = order.indexOf(key)
    if (at === -1 || (moved.theirs.has(key) && !moved.ours.has(key))) {
      if (at !== -1) order.splice(at, 1)
      order.splice(before === undefined ? 0 : order.indexOf(before) + 1, 0, key)
    }
    before = key
  }
  return order
}

type Keyed = readonly (readonly [key: string, triple: SlotTriple])[]

/** What stands elsewhere among the slots that the base has as well. */
function movedKeys(keyed: Keyed, side: "ours" | "theirs"): ReadonlySet<string> {
  const common = keyed.filter(([, triple]) => triple.base !== undefined && triple[side] !== undefined)
  const staying = keptInOrder(sideOrder(common, "base"), sideOrder(common, side))
  return new Set(common.map(([key]) => key).filter((key) => !staying.has(key)))
}

/** The keys of one content's slots in the order that they have there. */
function sideOrder(keyed: Keyed, side: keyof SlotTriple): readonly string[] {
  return keyed
    .flatMap(([key, triple]) => (triple[side] === undefined ? [] : [[key, triple[side].place] as const]))
    .sort(([, left], [, right]) => left - right)
    .map(([key]) => key)
}

function mergeValues<Value>(
  kind: ValueConflict["kind"],
  base: Readonly<Record<string, Value>>,
  ours: Readonly<Record<string, Value>>,
  theirs: Readonly<Record<string, Value>>,
  conflicts: MergeConflict[],
): Readonly<Record<string, Value>> {
  const merged: [string, Value][] = []
  const of = (record: Readonly<Record<string, Value>>, key: string): Value | undefined =>
    Object.hasOwn(record, key) ? record[key] : undefined
  for (const key of [...new Set([...Object.keys(ours), ...Object.keys(theirs)])].sort()) {
    const [was, mine, other] = [of(base, key), of(ours, key), of(theirs, key)]
    const [old, left, right] = [was, mine, other].map((value) => (value === undefined ? "" : canonicalJson(value)))
    const settled = left === right || right === old ? mine : left === old ? other : (mine ?? other)
    if (left !== right && right !== old && left !== old) conflicts.push({ kind, key, base: was, ours: mine, theirs: other })
    if (settled !== undefined) merged.push([key, settled])
  }
  return Object.fromEntries(merged)
}
