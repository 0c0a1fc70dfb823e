import { compareByClock } from "./hybrid-clock.ts"
import type { TreeNode, Turn } from "./message-tree.ts"

/** Groups siblings, of whatever order, into turns by the clock of their first member. */
export function groupTurns(siblings: readonly TreeNode[], detached: boolean): readonly Turn[] {
  const [only] = siblings
  if (only === undefined) return []
  // Nearly all messages have no siblings; this path keeps a new message in a long conversation cheap.
  if (siblings.length === 1) return [{ members: [only.id], concurrent: false, detached }]
  const sorted = siblings.toSorted(compareByClock)
  const groups = new Groups()
  for (const node of sorted) {
    groups.find(node.id)
    if (node.alternativeOf !== null) groups.join(node.id, node.alternativeOf)
    if (node.role === "assistant") groups.join(node.id, ASSISTANTS)
  }
  const members = new Map<string, string[]>()
  for (const node of sorted) {
    const group = groups.find(node.id)
    const known = members.get(group)
    if (known === undefined) members.set(group, [node.id])
    else known.push(node.id)
  }
  const concurrent = members.size > 1
  return [...members.values()].map((ids) => ({ members: ids, concurrent, detached }))
}

// No message can have this id, for ids hold no NUL.
const ASSISTANTS = "\0assistants"

/** Disjoint sets of ids. A target that is not a sibling (yet) still joins those that name it. */
class Groups {
  readonly #parent = new Map<string, string>()

  find(id: string): string {
    let root = id
    for (let next = this.#parent.get(root); next !== undefined && next !== root; next = this.#parent.get(root)) root = next
    // Path compression keeps a chain of a thousand edits from costing a million steps.
    for (let at = id; at !== root;) {
      const next = this.#parent.get(at) ?? root
      this.#parent.set(at, root)
      at = next
    }
    return root
  }

  join(left: string, right: string): void {
    this.#parent.set(this.find(left), this.find(right))
  }
}
