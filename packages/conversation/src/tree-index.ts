import { compareByClock } from "./hybrid-clock.ts"
import type { MessageTree, TreeNode, Turn } from "./message-tree.ts"
import { findCuts } from "./parent-cycles.ts"
import { groupTurns } from "./turns.ts"

/** A message in the tree, with what is known below it. */
interface Place {
  node: TreeNode
  /** Undefined at the root, at the edge and at a cut. */
  parent: Place | undefined
  readonly children: Place[]
  /** The children as turns; undefined when they have changed since. */
  turns: readonly Turn[] | undefined
  /** The place with the newest activity of this one and all below it. */
  newest: Place
}

/** With more places to bring up to date than this, one pass over the whole tree is cheaper than a walk up from each. */
const MAX_WALKS = 16

/**
 * The tree of a conversation, kept up to date message by message: one that is added to ten thousand costs a walk along pointers, not a new tree
 * (which costs a frame). What cannot be done so - a link that changes, a message that goes, a cycle - makes the next reading build it anew.
 */
export class TreeIndex {
  readonly #nodes = new Map<string, TreeNode>()
  #places = new Map<string, Place>()
  #starts: Place[] = []
  #waiting = new Map<string, Place[]>()
  #cuts: Place[] = []
  #partial = false
  #head: string | undefined
  #stale = false
  #changed = new Set<Place>()
  #roots: readonly Turn[] | undefined
  #edges: readonly (readonly Turn[])[] | undefined
  #tree: MessageTree | undefined

  /** The nodes by id; not to be changed. */
  get nodes(): ReadonlyMap<string, TreeNode> {
    return this.#nodes
  }

  /** Adds `node`, or puts it in the place of the one with its id. */
  set(node: TreeNode): void {
    const before = this.#nodes.get(node.id)
    this.#nodes.set(node.id, node)
    this.#tree = undefined
    if (this.#stale) return
    if (before === undefined) this.#stale = !this.#insert(node)
    else if (sameLinks(before, node)) this.#replace(node)
    else this.#stale = true
  }

  /** Takes message `id` out; what followed it is detached. */
  delete(id: string): void {
    if (!this.#nodes.delete(id)) return
    this.#tree = undefined
    this.#stale = true
  }

  /** Says whether older segments are missing, and which message an import's source had open. Returns whether that is news. */
  configure(partial: boolean, head: string | undefined): boolean {
    if (this.#partial === partial && this.#head === head) return false
    for (const id of [this.#head, head]) this.#touch(id)
    this.#partial = partial
    this.#head = head
    this.#forgetRoots()
    return true
  }

  /** The tree as it stands; the same object until it changes. */
  read(): MessageTree {
    if (this.#tree !== undefined) return this.#tree
    if (this.#stale) this.#build()
    this.#settleNewest()
    const roots = (this.#roots ??= this.#readRoots())
    const edges = (this.#edges ??= this.#readEdges())
    this.#tree = {
      nodes: this.#nodes,
      roots,
      edges,
      turnsAfter: (id) => this.#turnsAfter(id),
      newestOf: (turn) => this.#newestOf(turn.members)?.node.id ?? "",
      edgeTo: (id) => this.#edgeTo(edges, id),
    }
    return this.#tree
  }

  #insert(node: TreeNode): boolean {
    const children = this.#waiting.get(node.id) ?? []
    if (node.parentId === node.id) return false
    const parent = node.parentId === null ? undefined : this.#places.get(node.parentId)
    // Only what waits for it can make a cycle of a new message: if the way up from it ends at one of those.
    if (children.length > 0 && parent !== undefined && topOf(parent).node.parentId === node.id) return false
    const place: Place = { node, parent, children, turns: undefined, newest: undefined as unknown as Place }
    place.newest = place
    this.#places.set(node.id, place)
    for (const child of children) child.parent = place
    this.#waiting.delete(node.id)
    if (children.length > 0 || parent === undefined) this.#forgetRoots()
    if (parent !== undefined) {
      parent.children.push(place)
      parent.turns = undefined
    } else if (node.parentId === null) this.#starts.push(place)
    else this.#wait(node.parentId, place)
    this.#changed.add(place)
    return true
  }

  #replace(node: TreeNode): void {
    const place = this.#places.get(node.id)
    if (place === undefined) return
    place.node = node
    this.#changed.add(place)
  }

  #touch(id: string | undefined): void {
    const place = id === undefined ? undefined : this.#places.get(id)
    if (place !== undefined) this.#changed.add(place)
  }

  #forgetRoots(): void {
    this.#roots = undefined
    this.#edges = undefined
    this.#tree = undefined
  }

  #build(): void {
    this.#stale = false
    this.#places = new Map()
    this.#starts = []
    this.#waiting = new Map()
    this.#changed = new Set()
    this.#forgetRoots()
    const cuts = findCuts(this.#nodes)
    for (const node of this.#nodes.values()) {
      const place: Place = { node, parent: undefined, children: [], turns: undefined, newest: undefined as unknown as Place }
      place.newest = place
      this.#places.set(node.id, place)
      this.#changed.add(place)
    }
    this.#cuts = [...this.#places.values()].filter(({ node }) => cuts.has(node.id))
    for (const place of this.#places.values()) {
      const { id, parentId } = place.node
      if (cuts.has(id)) continue
      const parent = parentId === null ? undefined : this.#places.get(parentId)
      place.parent = parent
      if (parent !== undefined) parent.children.push(place)
      else if (parentId === null) this.#starts.push(place)
      else this.#wait(parentId, place)
    }
  }

  #wait(parentId: string, place: Place): void {
    const waiting = this.#waiting.get(parentId)
    if (waiting === undefined) this.#waiting.set(parentId, [place])
    else waiting.push(place)
  }

  #readRoots(): readonly Turn[] {
    const roots = [...turnsOf(this.#starts, false), ...this.#cuts.flatMap((place) => turnsOf([place], true))]
    if (!this.#partial) for (const places of this.#waiting.values()) roots.push(...turnsOf(places, true))
    return roots.sort((left, right) => compareTurns(this.#nodes, left, right))
  }

  #readEdges(): readonly (readonly Turn[])[] {
    if (!this.#partial) return []
    const edges = [...this.#waiting.values()].map((places) => turnsOf(places, false))
    return edges.sort(([left], [right]) => (left === undefined || right === undefined ? 0 : compareTurns(this.#nodes, left, right)))
  }

  #turnsAfter(id: string): readonly Turn[] {
    const place = this.#places.get(id)
    if (place === undefined || place.children.length === 0) return NO_TURNS
    return (place.turns ??= turnsOf(place.children, false))
  }

  #newestOf(ids: readonly string[]): Place | undefined {
    let best: Place | undefined
    for (const id of ids) {
      const place = this.#places.get(id)
      if (place !== undefined && (best === undefined || this.#isNewer(place.newest, best.newest))) best = place
    }
    return best
  }

  #edgeTo(edges: readonly (readonly Turn[])[], id: string | undefined): readonly Turn[] {
    const place = id === undefined ? undefined : this.#places.get(id)
    const top = place === undefined ? undefined : topOf(place).node.id
    let best: { readonly turns: readonly Turn[]; readonly newest: Place } | undefined
    for (const turns of edges) {
      const members = turns.flatMap((turn) => turn.members)
      if (top !== undefined && members.includes(top)) return turns
      const newest = this.#newestOf(members)?.newest
      if (newest !== undefined && (best === undefined || this.#isNewer(newest, best.newest))) best = { turns, newest }
    }
    return best?.turns ?? NO_TURNS
  }

  #settleNewest(): void {
    if (this.#changed.size > MAX_WALKS) this.#settleAll()
    else for (const place of this.#changed) this.#settleUp(place)
    this.#changed.clear()
  }

  #settleUp(changed: Place): void {
    for (let at: Place | undefined = changed; at !== undefined; at = at.parent) {
      const before = at.newest
      at.newest = this.#newestBelow(at)
      // Above here nothing depends on what changed.
      if (at !== changed && at.newest === before && before !== changed) return
    }
  }

  #settleAll(): void {
    const order: Place[] = [...this.#starts, ...this.#cuts, ...[...this.#waiting.values()].flat()]
    for (let at = 0; at < order.length; at++) for (const child of order[at]?.children ?? []) order.push(child)
    for (let at = order.length - 1; at >= 0; at--) {
      const place = order[at]
      if (place !== undefined) place.newest = this.#newestBelow(place)
    }
  }

  #newestBelow(place: Place): Place {
    let newest = place
    for (const child of place.children) if (this.#isNewer(child.newest, newest)) newest = child.newest
    return newest
  }

  #isNewer(left: Place, right: Place): boolean {
    const tiers = this.#tierOf(left) - this.#tierOf(right)
    return tiers !== 0 ? tiers > 0 : compareByClock(left.node, right.node) > 0
  }

  /**
   * One order of all messages, so that the branch chosen at each fork leads to the same message, whichever forks are here: deleted, superseded, imported, the one
   * that an import's source had open, written here.
   */
  #tierOf({ node }: Place): number {
    if (node.deleted) return 0
    if (node.superseded) return 1
    if (!node.imported) return 4
    return node.id === this.#head ? 3 : 2
  }
}

const NO_TURNS: readonly Turn[] = []

function topOf(place: Place): Place {
  let top = place
  while (top.parent !== undefined) top = top.parent
  return top
}

function turnsOf(places: readonly Place[], detached: boolean): readonly Turn[] {
  return groupTurns(
    places.map(({ node }) => node),
    detached,
  )
}

function compareTurns(nodes: ReadonlyMap<string, TreeNode>, left: Turn, right: Turn): number {
  const first = nodes.get(left.members[0] ?? "")
  const second = nodes.get(right.members[0] ?? "")
  return first === undefined || second === undefined ? 0 : compareByClock(first, second)
}

function sameLinks(left: TreeNode, right: TreeNode): boolean {
  return (
    left.parentId === right.parentId &&
    left.alternativeOf === right.alternativeOf &&
    left.role === right.role &&
    left.clock === right.clock &&
    left.imported === right.imported
  )
}
