import type * as Y from "yjs"
import { ConversationError } from "../conversation-error.ts"
import { isSegment } from "../document-id.ts"
import type { RandomBytes } from "../identifier.ts"
import { orderBetween } from "../order-key.ts"
import { canonicalJson } from "../text/canonical-json.ts"
import { contentJson, type ContentSlot, type PromptContent } from "./prompt-content.ts"
import { boundedField, boundedJson, boundedVariable } from "./prompt-limits.ts"
import type { PlacedSlot } from "./prompt-slots.ts"
import { editText } from "../text/text-edit.ts"
import { keptInOrder } from "./slot-order.ts"

/** The draft that a content is written into: what it has, and how it is changed. Paths go on from the draft. */
export interface DraftTarget {
  readonly slots: readonly PlacedSlot[]
  readonly variables: Readonly<Record<string, unknown>>
  readonly config: Readonly<Record<string, unknown>>
  readonly text: (slotId: string) => Y.Text
  /** Writes the first words of a slot that other devices may be making as well. */
  readonly begin?: (slotId: string, words: string) => void
  readonly digest: (slotId: string) => string
  readonly set: (map: "slots" | "variables" | "config", path: readonly string[], value: unknown) => void
  readonly randomBytes: RandomBytes
}

/**
 * Makes a draft say what `content` says, by the least edits, within the transaction that is open: slots are matched by their ids, moved only where their
 * order differs, and edited word by word; those that the content has not are removed. What is the same already is not written.
 * @throws ConversationError `too-large` as `contentJson`, `bad-id` for a slot's, before anything is written. RangeError for a field that no operation would take, likewise.
 */
export function applyContent(content: PromptContent, target: DraftTarget): void {
  check(content)
  const known = new Map(target.slots.map((slot) => [slot.id, slot]))
  for (const slot of content.slots) applySlot(slot, known.get(slot.id), target)
  const wanted = new Set(content.slots.map(({ id }) => id))
  for (const { id, removed } of target.slots) if (!wanted.has(id) && !removed) target.set("slots", [id, "removed"], target.digest(id))
  placeSlots(content.slots, known, target)
  for (const map of ["variables", "config"] as const) {
    const [present, next]: Readonly<Record<string, unknown>>[] = [target[map], content[map]]
    for (const [key, value] of Object.entries(next ?? {}))
      if (canonicalJson(present?.[key]) !== canonicalJson(value)) target.set(map, [key], boundedJson(value, key))
    for (const key of Object.keys(present ?? {})) if (!Object.hasOwn(next ?? {}, key)) target.set(map, [key], null)
  }
}

function check(content: PromptContent): void {
  contentJson(content)
  for (const { id, role, name } of content.slots) {
    const valid: boolean = isSegment(id)
    if (!valid) throw new ConversationError("bad-id", `${JSON.stringify(id.slice(0, 80))} cannot be the id of a slot`)
    boundedField(role, "a role")
    if (name !== undefined) boundedField(name, "the name of a placeholder")
  }
  for (const [name, variable] of Object.entries(content.variables)) boundedVariable(name, variable)
  for (const [key, value] of Object.entries(content.config)) boundedJson(value, boundedField(key, "a key of configuration"))
}

function applySlot(slot: ContentSlot, known: PlacedSlot | undefined, target: DraftTarget): void {
  if (known?.removed === true) target.set("slots", [slot.id, "removed"], false)
  if (known?.role !== slot.role) target.set("slots", [slot.id, "role"], boundedField(slot.role, "a role"))
  if (known?.name !== slot.name)
    target.set("slots", [slot.id, "name"], slot.name === undefined ? null : boundedField(slot.name, "the name of a placeholder"))
  const text = target.text(slot.id)
  if (known === undefined && text.length === 0 && target.begin !== undefined) target.begin(slot.id, slot.text)
  else editText(text, slot.text)
}

/** Gives places to the slots that have none, or are not where they are wanted; as many as can stay where they are. */
function placeSlots(wanted: readonly ContentSlot[], known: ReadonlyMap<string, PlacedSlot>, target: DraftTarget): void {
  const here = target.slots.map(({ id }) => id)
  const staying = keptInOrder(
    here,
    wanted.map(({ id }) => id),
  )
  let before: string | null = null
  for (const [at, { id }] of wanted.entries()) {
    const order: string | undefined = staying.has(id) ? known.get(id)?.order : undefined
    if (order !== undefined) {
      before = order
      continue
    }
    const next = wanted.slice(at + 1).find((slot) => staying.has(slot.id))
    const placed: string = orderBetween(before, (next && known.get(next.id)?.order) ?? null, target.randomBytes)
    target.set("slots", [id, "order"], placed)
    before = placed
  }
}
