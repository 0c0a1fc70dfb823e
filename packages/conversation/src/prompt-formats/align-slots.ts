import { importedId } from "../identifier.ts"
import type { ContentSlot } from "../prompt/prompt-content.ts"
import { keptInOrder } from "../prompt/slot-order.ts"
import type { PortableSlot } from "./prompt-item.ts"

/**
 * Gives slots from a file the ids of those that they continue, so that what changed between two versions shows as a change and not as
 * one text gone and another come: first slots that say the same, in their order; then, between these, slots of the same role. The others get ids that
 * every device makes alike.
 * @param known - the slots of the version before.
 * @param promptId - of the prompt, for the ids of the others.
 */
export function alignSlots(slots: readonly PortableSlot[], known: readonly ContentSlot[], promptId: string): readonly ContentSlot[] {
  const ids: (string | undefined)[] = slots.map(() => undefined)
  const free = new Set(known)
  const match = (at: number, fits: (slot: ContentSlot) => boolean): void => {
    if (ids[at] !== undefined) return
    const found = [...free].find(fits)
    if (found === undefined) return
    free.delete(found)
    ids[at] = found.id
  }
  for (const [at, slot] of slots.entries()) match(at, (other) => isLike(other, slot) && other.text === slot.text)
  // A text that was carried past others stays itself; only what stands in order bounds where the others are looked for.
  const order = known.map(({ id }) => id)
  const staying = keptInOrder(
    order,
    ids.filter((id) => id !== undefined),
  )
  for (const [at, slot] of slots.entries()) {
    const before = order.indexOf(ids.slice(0, at).findLast((id) => id !== undefined && staying.has(id)) ?? "")
    const after = order.indexOf(ids.slice(at).find((id) => id !== undefined && staying.has(id)) ?? "")
    match(at, (other) => {
      const place = order.indexOf(other.id)
      return isLike(other, slot) && place > before && (after === -1 || place < after)
    })
  }
  const taken = new Set([...order, ...ids])
  let count = 0
  return slots.map((slot, at) => {
    let id = ids[at]
    while (id === undefined || (ids[at] === undefined && taken.has(id))) id = importedId("slot", promptId, String(++count))
    taken.add(id)
    return { id, ...slot }
  })
}

function isLike(one: PortableSlot, other: PortableSlot): boolean {
  return one.role === other.role && one.name === other.name
}
