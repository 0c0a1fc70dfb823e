import type { MessageTree, Turn } from "@polylogue/conversation"

/** Most entries of an outline; a conversation with more forks is looked through by finding, not by its outline. */
export const MAX_OUTLINE_ENTRIES = 500

/** One alternative at a fork. */
export interface OutlineEntry {
  readonly id: string
  /** How many forks it stands below. */
  readonly depth: number
  /** Its place among the alternatives, from 1, and how many there are. */
  readonly place: number
  readonly of: number
}

/** The forks of a conversation, in the order in which one meets them. */
export interface Outline {
  readonly entries: readonly OutlineEntry[]
  /** Whether there are more than are listed. */
  readonly cut: boolean
}

/** Where a conversation forks: every place with more than one alternative, each alternative followed by the forks below it. */
export function outlineOf(tree: MessageTree): Outline {
  const entries: OutlineEntry[] = []
  const open = [{ items: itemsOf(tree.roots, 0), next: 0 }]
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const item = top.items[top.next++]
    if (item === undefined) {
      open.pop()
      continue
    }
    if (item.of > 1) {
      if (entries.length === MAX_OUTLINE_ENTRIES) return { entries, cut: true }
      entries.push(item)
    }
    open.push({ items: itemsOf(tree.turnsAfter(item.id), item.of > 1 ? item.depth + 1 : item.depth), next: 0 })
  }
  return { entries, cut: false }
}

function itemsOf(turns: readonly Turn[], depth: number): OutlineEntry[] {
  return turns.flatMap(({ members }) => members.map((id, index) => ({ id, depth, place: index + 1, of: members.length })))
}
