import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { branchesTo, chooseBranch, type MessageTree, pathTo, type TreeNode } from "@polylogue/conversation"
import { TreeIndex } from "../src/tree-index.ts"
import { visibleLine } from "../src/visible-line.ts"

function node(id: string, parentId: string | null, clock: number, more: Partial<TreeNode> = {}): TreeNode {
  return {
    id,
    parentId,
    clock,
    alternativeOf: null,
    role: "user",
    deleted: false,
    imported: false,
    generationId: null,
    superseded: false,
    ...more,
  }
}

function treeOf(...nodes: readonly TreeNode[]): MessageTree {
  return headedTree(undefined, nodes)
}

/** A tree whose source had message `head` open. */
function headedTree(head: string | undefined, nodes: readonly TreeNode[]): MessageTree {
  const index = new TreeIndex()
  for (const item of nodes) index.set(item)
  index.configure(false, head)
  return index.read()
}

const ids = (tree: MessageTree, choices: ReadonlySet<string> = new Set()): string[] =>
  visibleLine(tree, { choices }).map((entry) => entry.id)

describe("reading the tree", () => {
  test("[CV6] two people who answer at the same time stand in one line, each followed by the answer to them", () => {
    const tree = treeOf(
      node("q", null, 1),
      node("u2", "q", 3),
      node("u1", "q", 2),
      node("a1", "u1", 9, { role: "assistant" }),
      node("a2", "u2", 5, { role: "assistant" }),
    )
    expect(ids(tree)).toEqual(["q", "u1", "a1", "u2", "a2"])
    expect(visibleLine(tree).map((entry) => entry.concurrent)).toEqual([false, true, false, true, false])
  })

  test("[CV6] answers of models to one message are alternatives, the newest is shown", () => {
    const tree = treeOf(node("q", null, 1), node("a1", "q", 2, { role: "assistant" }), node("a2", "q", 3, { role: "assistant" }))
    expect(ids(tree)).toEqual(["q", "a2"])
    expect(visibleLine(tree)[1]).toMatchObject({ alternatives: ["a1", "a2"], index: 1, concurrent: false })
    expect(ids(tree, new Set(["a1"]))).toEqual(["q", "a1"])
  })

  test("[CV6] edits of edits, and edits of a message that is not here yet, are versions of one place", () => {
    const edits = [node("e1", null, 2, { alternativeOf: "m" }), node("e2", null, 3, { alternativeOf: "e1" })]
    expect(ids(treeOf(...edits))).toEqual(["e2"])
    expect(visibleLine(treeOf(node("m", null, 1), ...edits))[0]?.alternatives).toEqual(["m", "e1", "e2"])
  })

  test("[CV6] a deleted alternative gives way to another, and is shown when it is the only one or chosen", () => {
    const tree = treeOf(
      node("q", null, 1, { deleted: true }),
      node("a1", "q", 2, { role: "assistant" }),
      node("a2", "q", 3, { role: "assistant", deleted: true }),
    )
    expect(ids(tree)).toEqual(["q", "a1"])
    expect(ids(tree, new Set(["a2"]))).toEqual(["q", "a2"])
  })

  test("[CV6] where all alternatives are imported, the path that the source had open is shown until somebody chooses", () => {
    const imported = { role: "assistant", imported: true }
    const old = [node("q", null, 1, { imported: true }), node("a1", "q", 2, imported), node("a2", "q", 3, imported)]
    expect(ids(treeOf(...old)).at(-1)).toBe("a2")
    expect(ids(headedTree("a1", old)).at(-1)).toBe("a1")
    expect(ids(headedTree("a1", old), new Set(["a2"])).at(-1)).toBe("a2")
    const regenerated = headedTree("a1", [...old, node("a3", "q", 4, { role: "assistant" })])
    expect(ids(regenerated).at(-1)).toBe("a3")
  })

  test("[CV6] a choice replaces the earlier one at its place, and branchesTo shows any message", () => {
    const tree = treeOf(
      node("m1", null, 1),
      node("m2", null, 5, { alternativeOf: "m1" }),
      node("a1", "m1", 3, { role: "assistant" }),
      node("a2", "m1", 4, { role: "assistant" }),
    )
    expect(ids(tree)).toEqual(["m2"])
    const choices = branchesTo(tree, "a1")
    expect(ids(tree, choices)).toEqual(["m1", "a1"])
    const [, entry] = visibleLine(tree, { choices })
    expect(ids(tree, chooseBranch(choices, entry ?? { alternatives: [] }, "a2"))).toEqual(["m1", "a2"])
    expect(ids(tree, new Set(["m1", "m2"]))).toEqual(["m2"])
    expect(pathTo(tree, "a1")).toEqual(["m1", "a1"])
    expect(pathTo(tree, "nobody")).toEqual([])
  })

  test("[CV6] messages whose parent is missing are shown at the start, apart for each parent, and linked when it arrives", () => {
    const orphans = [
      node("x", "gone", 5, { role: "assistant" }),
      node("y", "lost", 6, { role: "assistant" }),
      node("z", "gone", 7, { role: "assistant" }),
    ]
    const tree = treeOf(node("q", null, 9), ...orphans)
    expect(ids(tree)).toEqual(["z", "y", "q"])
    expect(visibleLine(tree)[0]).toMatchObject({ alternatives: ["x", "z"], detached: true, concurrent: false })
    expect(ids(treeOf(node("gone", null, 1), node("lost", null, 2), ...orphans))).toEqual(["gone", "z", "lost", "y"])
  })

  test("[CV6] a cycle is cut at its lowest id, the same on every device", () => {
    const tree = treeOf(node("b", "c", 1), node("c", "a", 2), node("a", "b", 3), node("d", "c", 4), node("self", "self", 5))
    expect(ids(tree)).toEqual(["a", "c", "b", "d", "self"])
    expect(visibleLine(tree).map((entry) => entry.detached)).toEqual([true, false, false, false, true])
    expect(pathTo(tree, "d")).toHaveLength(4)
    expect(ids(tree, branchesTo(tree, "d"))).toContain("d")
  })
})

const anyNodes = fc
  .array(
    fc.record({
      parent: fc.integer({ min: -2, max: 30 }),
      alternative: fc.integer({ min: -30, max: 30 }),
      role: fc.constantFrom("user", "assistant", "tool"),
      clock: fc.integer({ min: 0, max: 8 }),
      deleted: fc.boolean(),
    }),
    { maxLength: 30 },
  )
  .map((items) =>
    items.map(({ parent, alternative, role, clock, deleted }, position) =>
      node(`n${position}`, parent < 0 ? null : `n${parent}`, clock, {
        alternativeOf: alternative < 0 ? null : `n${alternative}`,
        role,
        deleted,
      }),
    ),
  )

describe("any links whatever", () => {
  test("[CV6] every message is in the tree once, on some branch, and no reading hangs", () => {
    fc.assert(
      fc.property(anyNodes, (nodes) => {
        const tree = treeOf(...nodes)
        const seen: string[] = []
        const stack = tree.roots.flatMap((turn) => turn.members)
        for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
          seen.push(id)
          stack.push(...tree.turnsAfter(id).flatMap((turn) => turn.members))
        }
        expect(seen.sort()).toEqual(nodes.map(({ id }) => id).sort())
        for (const { id } of nodes) {
          expect(ids(tree, branchesTo(tree, id))).toContain(id)
          expect(pathTo(tree, id).at(-1)).toBe(id)
        }
        for (const { id, alternatives, index } of visibleLine(tree)) expect(alternatives[index]).toBe(id)
      }),
      { seed: 1, numRuns: 500 },
    )
  })

  test("[CV6] the order in which messages arrive changes nothing", () => {
    fc.assert(
      fc.property(
        anyNodes.chain((nodes) => fc.tuple(fc.constant(nodes), fc.shuffledSubarray(nodes, { minLength: nodes.length }))),
        ([nodes, shuffled]) => {
          expect(visibleLine(treeOf(...shuffled))).toEqual(visibleLine(treeOf(...nodes)))
          expect(treeOf(...shuffled).roots).toEqual(treeOf(...nodes).roots)
        },
      ),
      { seed: 2, numRuns: 300 },
    )
  })

  test("[CV6] a hundred thousand messages in one chain, and as many edits of one, are read without recursion", () => {
    const chain = Array.from({ length: 100_000 }, (_, step) => node(`n${step}`, step === 0 ? null : `n${step - 1}`, step))
    expect(visibleLine(treeOf(...chain))).toHaveLength(100_000)
    const edits = Array.from({ length: 100_000 }, (_, step) =>
      node(`n${step}`, null, step, { alternativeOf: step === 0 ? null : `n${step - 1}` }),
    )
    expect(visibleLine(treeOf(...edits))).toMatchObject([{ id: "n99999", index: 99_999 }])
  })
})
