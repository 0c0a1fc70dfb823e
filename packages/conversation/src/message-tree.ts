import { compareByClock } from "./hybrid-clock.ts"

/**
 * How messages hang together. Links come from documents that arrive in any order and from exports that may be broken, so:
 *
 * - a message whose parent is not here stands at the root beside the others that wait for the same parent, `detached`;
 * - a cycle is cut at its lowest id, which is then `detached` as well;
 * - whatever the links say, every message is in the tree exactly once, and all readers build the same tree.
 *
 * Siblings are grouped into *turns*. Members of one turn are alternatives (an edit, another answer), of which one is shown;
 * different turns under one parent were written at the same time and are all shown. Assistant siblings are always one turn.
 */
export interface TreeNode {
  readonly id: string
  readonly parentId: string | null
  readonly alternativeOf: string | null
  readonly role: string
  readonly clock: number
  readonly deleted: boolean
  readonly imported: boolean
}

/** One place in the conversation, filled by one of its alternatives. */
export interface Turn {
  /** Ids of the alternatives by (clock, id); at least one. */
  readonly members: readonly string[]
  /** Another turn stands under the same parent: they were written at the same time. */
  readonly concurrent: boolean
  /** The parent is missing, or the link to it was part of a cycle. */
  readonly detached: boolean
}

/** All messages of a document as a tree, whatever order they arrived in: every message is in it once, also when its parent is missing or its links make a cycle. Immutable. */
export interface MessageTree {
  readonly nodes: ReadonlyMap<string, TreeNode>
  /** The turns that start the conversation, then what is detached, all by the clock of their first member. */
  readonly roots: readonly Turn[]
  /** The turns that follow message `id`; empty when none do or `id` is unknown. */
  readonly turnsAfter: (id: string) => readonly Turn[]
}

const NO_TURNS: readonly Turn[] = []

/** Builds the tree of `nodes`, whose ids are distinct, in O(n log n) and without recursion. */
export function buildMessageTree(nodes: ReadonlyMap<string, TreeNode>): MessageTree {
  const cut = findCuts(nodes)
  const children = new Map<string | null, TreeNode[]>()
  const waiting = new Map<string, TreeNode[]>()
  const roots: Turn[] = []
  for (const node of nodes.values()) {
    if (cut.has(node.id)) roots.push({ members: [node.id], concurrent: false, detached: true })
    else if (node.parentId === null || nodes.has(node.parentId)) push(children, node.parentId, node)
    else push(waiting, node.parentId, node)
  }
  for (const siblings of waiting.values()) roots.push(...groupTurns(siblings, true))
  roots.push(...groupTurns(children.get(null) ?? [], false))
  roots.sort((left, right) => compareTurns(nodes, left, right))

  const turns = new Map<string, readonly Turn[]>()
  for (const [parentId, siblings] of children) if (parentId !== null) turns.set(parentId, groupTurns(siblings, false))
  return { nodes, roots, turnsAfter: (id) => turns.get(id) ?? NO_TURNS }
}

/** The ids of the messages from the first one down to `id`, which comes last; a cut or a missing parent ends it. */
export function pathTo(tree: MessageTree, id: string): string[] {
  const path: string[] = []
  const seen = new Set<string>()
  let node = tree.nodes.get(id)
  while (node !== undefined && !seen.has(node.id)) {
    seen.add(node.id)
    path.push(node.id)
    node = node.parentId === null ? undefined : tree.nodes.get(node.parentId)
  }
  return path.reverse()
}

/** The node of each cycle of parent links at which it is cut: its lowest id. */
function findCuts(nodes: ReadonlyMap<string, TreeNode>): Set<string> {
  const cuts = new Set<string>()
  const walkOf = new Map<string, number>()
  let walk = 0
  for (const start of nodes.values()) {
    walk++
    let node: TreeNode | undefined = start
    while (node !== undefined && !walkOf.has(node.id)) {
      walkOf.set(node.id, walk)
      node = node.parentId === null ? undefined : nodes.get(node.parentId)
    }
    // Meeting this walk's own trail means a cycle; an earlier walk's trail was looked at already.
    if (node !== undefined && walkOf.get(node.id) === walk) cuts.add(lowestOfCycle(nodes, node))
  }
  return cuts
}

function lowestOfCycle(nodes: ReadonlyMap<string, TreeNode>, start: TreeNode): string {
  let lowest = start.id
  let node = nodes.get(start.parentId ?? "")
  while (node !== undefined && node.id !== start.id) {
    if (node.id < lowest) lowest = node.id
    node = nodes.get(node.parentId ?? "")
  }
  return lowest
}

function groupTurns(siblings: readonly TreeNode[], detached: boolean): Turn[] {
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
  for (const node of sorted) push(members, groups.find(node.id), node.id)
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

function compareTurns(nodes: ReadonlyMap<string, TreeNode>, left: Turn, right: Turn): number {
  const first = nodes.get(left.members[0] ?? "")
  const second = nodes.get(right.members[0] ?? "")
  return first === undefined || second === undefined ? 0 : compareByClock(first, second)
}

function push<Key, Value>(lists: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [value])
  else list.push(value)
}
