import type { PromptVersion } from "./prompt-versions.ts"

/** Versions and how they come from one another; a `PromptView` is one. */
export interface VersionGraph {
  /** What version `id` was made from; nothing when it is not here. */
  parentsOf(id: string): readonly string[]
  getVersion(id: string): PromptVersion | undefined
}

/** Those among `ids` that no other of them was made from, sorted. One that is not here counts as made from nothing. */
export function heads(graph: VersionGraph, ids: Iterable<string>): readonly string[] {
  const distinct = [...new Set(ids)]
  if (distinct.length < 2) return distinct
  const covered = ancestors(
    graph,
    distinct.flatMap((id) => graph.parentsOf(id)),
  )
  return distinct.filter((id) => !covered.has(id)).toSorted()
}

/**
 * The version that two versions both come from, to merge them against: of all they have in common the latest that nothing else they have in common comes
 * from. Where histories crossed there may be several; the newest is taken, and every device takes the same. Undefined when they have nothing in common.
 */
export function mergeBase(graph: VersionGraph, left: string, right: string): PromptVersion | undefined {
  const common = ancestors(graph, [right])
  const shared = [...ancestors(graph, [left])].filter((id) => common.has(id))
  const latest = heads(graph, shared)
    .map((id) => graph.getVersion(id))
    .filter((version) => version !== undefined)
  return latest.toSorted((one, other) => other.createdAt - one.createdAt || (one.id < other.id ? 1 : -1))[0]
}

/** All that `starts` were made from, themselves included, as far as it is here. */
function ancestors(graph: VersionGraph, starts: Iterable<string>): ReadonlySet<string> {
  const found = new Set<string>()
  const waiting = [...starts]
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (found.has(id)) continue
    found.add(id)
    waiting.push(...graph.parentsOf(id))
  }
  return found
}
