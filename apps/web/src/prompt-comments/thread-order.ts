import type { PromptSlot, PromptThread } from "@polylogue/conversation"

/** Threads as what they are about stands in the text, those on a whole message first in it; those whose words are gone last. */
export function inTextOrder(threads: readonly PromptThread[], slots: readonly PromptSlot[]): readonly PromptThread[] {
  const places = new Map(slots.map(({ id }, place) => [id, place]))
  const rank = ({ slotId, place }: PromptThread): readonly [number, number] => {
    if (place?.state === "orphan") return [Infinity, 0]
    return [places.get(slotId) ?? slots.length, place?.from ?? -1]
  }
  return threads.toSorted((left, right) => {
    const [[slot, from], [otherSlot, otherFrom]] = [rank(left), rank(right)]
    return slot === otherSlot ? from - otherFrom : slot < otherSlot ? -1 : 1
  })
}

/** `next` with those of `shown` in the order that they have there: what is on screen keeps its place, and what is new stands behind what it follows. */
export function steadyOrder(shown: readonly string[], next: readonly string[]): readonly string[] {
  const [known, wanted] = [new Set(shown), new Set(next)]
  const order = shown.filter((id) => wanted.has(id))
  next.forEach((id, place) => {
    if (known.has(id)) return
    const before = next[place - 1]
    order.splice(before === undefined ? 0 : order.indexOf(before) + 1, 0, id)
  })
  return order
}
