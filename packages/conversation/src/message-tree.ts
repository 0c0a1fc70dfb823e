/**
 * How messages hang together. Links come from documents that arrive in any order and from exports that may be broken, so:
 *
 * - a message whose parent is not here stands at the root beside the others that wait for the same parent, `detached`;
 * - while older segments of the conversation are not here, such messages stand at its *edge* instead, for their parent is expected;
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
  /** Of a reply that was asked for, the generation that wrote it; else null. */
  readonly generationId: string | null
  /** Another reply of the same generation is shown in its place, unless somebody chooses this one. */
  readonly superseded: boolean
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

/**
 * All messages here as a tree, whatever order they arrived in: every message is in it once, also when its parent is missing or its links make a
 * cycle. It reads the present state; at each change of it a view gives out another object, and the old one is not to be asked any more.
 */
export interface MessageTree {
  readonly nodes: ReadonlyMap<string, TreeNode>
  /** The turns that start the conversation, then what is detached, all by the clock of their first member. */
  readonly roots: readonly Turn[]
  /** The turns whose parent stands in an older segment that is not here yet, a list for each such parent; none once all segments are here. */
  readonly edges: readonly (readonly Turn[])[]
  /** The turns that follow message `id`; empty when none do or `id` is unknown. */
  readonly turnsAfter: (id: string) => readonly Turn[]
  /**
   * The member of `turn` that is shown where nobody chose: the one with the newest activity, that is, below which the message with the greatest
   * (clock, id) stands that is not deleted and not superseded. What was written here goes before what was imported, and of that the path goes first that the source had open.
   */
  readonly newestOf: (turn: Turn) => string
  /** Of the lists in `edges` the one under which message `id` stands; for any other id and for none the one with the newest activity. */
  readonly edgeTo: (id?: string) => readonly Turn[]
}

/** The ids of the messages from the first one down to `id`, which comes last; a cut or a missing parent ends it. */
export function pathTo(tree: Pick<MessageTree, "nodes">, id: string): string[] {
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
