import type { RecordReader } from "../record-key.ts"
import { textDigest } from "../text/text-digest.ts"
import { readEntries, type RegisterEntry } from "../register.ts"

/** A slot of a draft, in the order of the list it stands in; its text is read by itself. Immutable, and the same object until something of it changes. */
export interface PromptSlot {
  readonly id: string
  readonly role: string
  /** Of a placeholder: what is to be filled in. */
  readonly name?: string
  /** It was taken out; its text is kept, and it can be restored. */
  readonly removed: boolean
  /** It was removed, and since then, or at the same time elsewhere, somebody wrote in it. */
  readonly changedSinceRemoved: boolean
}

/** A slot with its place among the others. */
export interface PlacedSlot extends PromptSlot {
  readonly order: string
}

/**
 * The slots in the records of a draft, in order. A slot is one as soon as it has a place: what is said about one that has not arrived makes none.
 * @param previous - the slots of an earlier reading, whose objects are kept where nothing changed.
 */
export function readSlots(
  records: RecordReader,
  draftId: string,
  textOf: (slotId: string) => string,
  previous: readonly PlacedSlot[] = [],
): readonly PlacedSlot[] {
  const bySlot = new Map<string, Map<string, [rest: string[], value: unknown][]>>()
  for (const [[slotId = "", field = "", ...rest], value] of records.records(draftId)) {
    const fields = bySlot.get(slotId) ?? new Map<string, [string[], unknown][]>()
    bySlot.set(slotId, fields)
    const entries = fields.get(field) ?? []
    fields.set(field, entries)
    entries.push([rest, value])
  }
  const known = new Map(previous.map((slot) => [slot.id, slot]))
  const slots: PlacedSlot[] = []
  for (const [id, fields] of bySlot) {
    const of = (field: string): RegisterEntry | undefined => readEntries(fields.get(field) ?? [])[0]
    const order = of("order")?.value
    if (typeof order !== "string" || id.includes("/")) continue
    slots.push(same(known.get(id), placedSlot(id, order, of, textOf)))
  }
  return slots.sort(compareSlots)
}

function placedSlot(
  id: string,
  order: string,
  of: (field: string) => RegisterEntry | undefined,
  textOf: (slotId: string) => string,
): PlacedSlot {
  const role = of("role")?.value
  const name = of("name")?.value
  const mark = of("removed")?.value
  const removed = typeof mark === "string"
  return Object.freeze({
    id,
    role: typeof role === "string" && role !== "" ? role : "user",
    ...(typeof name === "string" ? { name } : {}),
    removed,
    changedSinceRemoved: removed && mark !== textDigest(textOf(id)),
    order,
  })
}

function same(known: PlacedSlot | undefined, slot: PlacedSlot): PlacedSlot {
  const keys = ["role", "name", "removed", "changedSinceRemoved", "order"] as const
  return known !== undefined && keys.every((key) => known[key] === slot[key]) ? known : slot
}

/** Places first; devices that took the same one are ordered by the ids, alike for all. */
function compareSlots(left: PlacedSlot, right: PlacedSlot): number {
  if (left.order !== right.order) return left.order < right.order ? -1 : 1
  return left.id < right.id ? -1 : left.id > right.id ? 1 : 0
}
