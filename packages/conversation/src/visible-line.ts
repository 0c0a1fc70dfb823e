import type { MessageTree, Turn } from "./message-tree.ts"

/** One message of the line that a reader sees. */
export interface LineEntry {
  readonly id: string
  /** Ids of all alternatives at this place by (clock, id), this message included; usually just it. */
  readonly alternatives: readonly string[]
  /** Place of this message among `alternatives`, from 0. */
  readonly index: number
  /** Other messages answer the same parent and were written at the same time; they stand in this line too. */
  readonly concurrent: boolean
  /** The message before it is missing (it may arrive later), or the links made a cycle. */
  readonly detached: boolean
}

/**
 * Which alternatives a person chose to see: message ids, of several alternatives the one added last. It is local view state;
 * a plain set, so that it is stored as a list. A place without a choice shows the newest alternative that is not deleted.
 */
export type BranchChoices = ReadonlySet<string>

const NO_CHOICES: BranchChoices = new Set()

/** The choices with `id` chosen at the place of `entry`. */
export function chooseBranch(choices: BranchChoices, entry: Pick<LineEntry, "alternatives">, id: string): BranchChoices {
  const next = new Set(choices)
  for (const alternative of entry.alternatives) next.delete(alternative)
  next.add(id)
  return next
}

/**
 * The messages shown for `choices`, from the start to the end: each place shows one alternative, followed by what answers
 * it; turns written at the same time stand one after the other in order of their clocks. For every message there are choices
 * that show it (see `branchesTo`).
 *
 * @param preferred - ids to show where nobody chose and all alternatives were imported: the path the source had open.
 * @param previous - an earlier line; its entries are reused where nothing changed, and it itself when all is equal.
 */
export function visibleLine(
  tree: MessageTree,
  choices: BranchChoices = NO_CHOICES,
  preferred: ReadonlySet<string> = NO_CHOICES,
  previous: readonly LineEntry[] = [],
): readonly LineEntry[] {
  const rank = new Map([...choices].map((id, position) => [id, position]))
  const reusable = new Map(previous.map((entry) => [entry.id, entry]))
  const line: LineEntry[] = []
  const open: { readonly turns: readonly Turn[]; next: number }[] = [{ turns: tree.roots, next: 0 }]
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const turn = top.turns[top.next++]
    if (turn === undefined) {
      open.pop()
      continue
    }
    const id = chosenOf(tree, turn, rank, preferred)
    const entry: LineEntry = {
      id,
      alternatives: turn.members,
      index: turn.members.indexOf(id),
      concurrent: turn.concurrent,
      detached: turn.detached,
    }
    const old = reusable.get(id)
    line.push(old !== undefined && sameEntry(old, entry) ? old : entry)
    open.push({ turns: tree.turnsAfter(id), next: 0 })
  }
  return line.length === previous.length && line.every((entry, index) => entry === previous[index]) ? previous : line
}

/** Adds to `choices` what it takes to see message `id`; a link to it, a search hit. */
export function branchesTo(tree: MessageTree, id: string, choices: BranchChoices = NO_CHOICES): BranchChoices {
  const next = new Set(choices)
  const seen = new Set<string>()
  for (let node = tree.nodes.get(id); node !== undefined && !seen.has(node.id); node = tree.nodes.get(node.parentId ?? "")) {
    seen.add(node.id)
    // Adding again moves an id to the end, where it outranks its alternatives.
    next.delete(node.id)
    next.add(node.id)
  }
  return next
}

function chosenOf(tree: MessageTree, turn: Turn, rank: ReadonlyMap<string, number>, preferred: ReadonlySet<string>): string {
  const [first = ""] = turn.members
  if (turn.members.length === 1) return first
  let chosen: string | undefined
  for (const id of turn.members) {
    const position = rank.get(id)
    if (position !== undefined && (chosen === undefined || position > (rank.get(chosen) ?? -1))) chosen = id
  }
  if (chosen !== undefined) return chosen
  const alive = turn.members.filter((id) => tree.nodes.get(id)?.deleted === false)
  const candidates = alive.length > 0 ? alive : turn.members
  const opened = candidates.find((id) => preferred.has(id))
  if (opened !== undefined && turn.members.every((id) => tree.nodes.get(id)?.imported === true)) return opened
  return candidates.at(-1) ?? first
}

function sameEntry(left: LineEntry, right: LineEntry): boolean {
  return (
    left.index === right.index &&
    left.concurrent === right.concurrent &&
    left.detached === right.detached &&
    left.alternatives.length === right.alternatives.length &&
    left.alternatives.every((id, index) => id === right.alternatives[index])
  )
}
