import type { TreeNode } from "./message-tree.ts"

/** The node of each cycle of parent links at which it is cut: its lowest id. */
export function findCuts(nodes: ReadonlyMap<string, TreeNode>): Set<string> {
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
