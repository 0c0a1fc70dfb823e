import { isEmpty, isObject, type JsonObject, readTime, without } from "./json-value.ts"

interface Node {
  readonly parent: string | null
  readonly children: readonly string[]
  /** It holds something that must become a message. */
  readonly kept: boolean
  readonly time: number | null
}

/** Where a kept node stands once those without content are taken out. Keys of the mapping; a parent may be missing in it. */
export interface Place {
  readonly parent: string | null
  readonly alternativeOf: string | null
}

/**
 * The tree in a `mapping`, whose links may be missing, contradict each other or run in circles. Nodes that hold nothing
 * are taken out, and whatever followed them follows their parent. Never loops, never drops a node that holds something.
 */
export class ChatGptTree {
  /** The kept keys, parents before children where the links allow it, siblings in the order of the source. */
  readonly keys: readonly string[]
  readonly #nodes: ReadonlyMap<string, Node>
  readonly #places = new Map<string, Place>()

  constructor(mapping: JsonObject) {
    this.#nodes = readNodes(mapping)
    this.keys = visitOrder(this.#nodes).filter((key) => this.#nodes.get(key)?.kept === true)
    const firstOf = new Map<string, string>()
    for (const key of this.keys) {
      const { parent, fork } = this.#climb(key)
      // Only children of one node are versions of each other; several roots are not.
      const first = fork === null ? undefined : firstOf.get(fork)
      if (fork !== null && first === undefined) firstOf.set(fork, key)
      this.#places.set(key, { parent, alternativeOf: first ?? null })
    }
  }

  placeOf(key: string): Place {
    return this.#places.get(key) ?? { parent: null, alternativeOf: null }
  }

  /** `key` if it is kept, else the nearest node above it that is; null when there is none. */
  nearestKept(key: string): string | null {
    const node = this.#nodes.get(key)
    if (node === undefined) return null
    if (node.kept) return key
    const { parent } = this.#climb(key)
    return parent !== null && this.#nodes.has(parent) ? parent : null
  }

  /**
   * A clock for each kept node: its time, or just after its parent's when it has none; moved up where siblings would sort
   * differently than in the source.
   */
  clocks(start: number): ReadonlyMap<string, number> {
    const clocks = new Map<string, number>()
    const lastSibling = new Map<string | null, number>()
    for (const key of this.keys) {
      const { parent } = this.placeOf(key)
      const own = this.#nodes.get(key)?.time ?? null
      const base = own ?? (parent === null ? start : (clocks.get(parent) ?? start) + 1)
      const clock = Math.max(base, (lastSibling.get(parent) ?? -1) + 1)
      clocks.set(key, clock)
      lastSibling.set(parent, clock)
    }
    return clocks
  }

  /** The nearest parent that is kept (or missing), and the node whose direct children compete for the place of `key`. */
  #climb(key: string): { readonly parent: string | null; readonly fork: string | null } {
    const seen = new Set([key])
    let at = this.#nodes.get(key)?.parent ?? null
    let fork = at
    while (at !== null) {
      const node = this.#nodes.get(at)
      if (node === undefined || node.kept) return { parent: at, fork: at }
      if (seen.has(at)) return { parent: null, fork }
      seen.add(at)
      fork = at
      at = node.parent
    }
    return { parent: null, fork }
  }
}

function readNodes(mapping: JsonObject): Map<string, Node> {
  const entries = Object.entries(mapping)
  const known = new Set(entries.map(([key]) => key))
  const listedBy = new Map<string, string>()
  for (const [key, value] of entries) {
    for (const child of childKeys(value)) if (known.has(child) && !listedBy.has(child)) listedBy.set(child, key)
  }
  const nodes = new Map<string, Node>()
  for (const [key, value] of entries) {
    const fields = isObject(value) ? value : {}
    const message = fields["message"]
    const parent = typeof fields["parent"] === "string" ? fields["parent"] : (listedBy.get(key) ?? null)
    const kept = isObject(value)
      ? (message !== null && message !== undefined) || !isEmpty(without(value, "id", "message", "parent", "children"))
      : value !== null
    const time = isObject(message) ? readTime(message["create_time"]) : null
    nodes.set(key, { parent, children: childKeys(value), kept, time })
  }
  return nodes
}

function childKeys(value: unknown): string[] {
  const children = isObject(value) ? value["children"] : undefined
  return Array.isArray(children) ? children.filter((child) => typeof child === "string") : []
}

/** All keys, depth first from the roots; children as listed, then the unlisted ones; then whatever hangs in a circle. */
function visitOrder(nodes: ReadonlyMap<string, Node>): string[] {
  const childrenOf = new Map<string, Set<string>>()
  for (const [key, node] of nodes) {
    const listed = node.children.filter((child) => nodes.get(child)?.parent === key)
    if (listed.length > 0) childrenOf.set(key, new Set(listed))
  }
  const roots: string[] = []
  for (const [key, { parent }] of nodes) {
    if (parent === null || !nodes.has(parent)) roots.push(key)
    else childrenOf.set(parent, (childrenOf.get(parent) ?? new Set()).add(key))
  }
  const order = new Set<string>()
  for (const start of [...roots, ...nodes.keys()]) {
    const stack = [start]
    for (let key = stack.pop(); key !== undefined; key = stack.pop()) {
      if (order.has(key)) continue
      order.add(key)
      for (const child of [...(childrenOf.get(key) ?? [])].reverse()) stack.push(child)
    }
  }
  return [...order]
}
