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
 * a plain set, so that it is stored as a list. A place without a choice shows the alternative with the newest activity.
 */
export type BranchChoices = ReadonlySet<string>

const NO_CHOICES: BranchChoices = new Set()
const NO_LINE: readonly LineEntry[] = []

/** The choices with `id` chosen at the place of `entry`. */
export function chooseBranch(choices: BranchChoices, entry: Pick<LineEntry, "alternatives">, id: string): BranchChoices {
  const next = new Set(choices)
  for (const alternative of entry.alternatives) next.delete(alternative)
  next.add(id)
  return next
}

/** Which line is read. */
export interface LineOptions {
  readonly choices?: BranchChoices
  /** While older segments are missing: the message to which the line leads. Default the one with the newest activity. */
  readonly tip?: string | undefined
  /** Read only what follows this message. */
  readonly after?: string
  /** An earlier line; its entries are reused where nothing changed, and it itself when all is equal. */
  readonly previous?: readonly LineEntry[]
}

/**
 * The messages shown for `choices`, from the start to the end: each place shows one alternative, followed by what answers
 * it; turns written at the same time stand one after the other in order of their clocks. For every message there are choices
 * that show it (see `branchesTo`). While older segments are missing it begins at the edge, with the messages that lead to the tip.
 */
export function visibleLine(tree: MessageTree, options: LineOptions = {}): readonly LineEntry[] {
  const { choices = NO_CHOICES, tip, after, previous = NO_LINE } = options
  const rank = new Map([...choices].map((id, position) => [id, position]))
  const reuse = new EntryReuse(previous)
  const line: LineEntry[] = []
  const first = after === undefined ? [...tree.edgeTo(tip), ...tree.roots] : tree.turnsAfter(after)
  const open: { readonly turns: readonly Turn[]; next: number }[] = [{ turns: first, next: 0 }]
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const turn = top.turns[top.next++]
    if (turn === undefined) {
      open.pop()
      continue
    }
    let id = chosenOf(tree, turn, rank)
    line.push(reuse.entry(line.length, id, turn))
    // Nearly every message is followed by one turn: those are walked without a stack as deep as the conversation is long.
    let turns = tree.turnsAfter(id)
    for (let only = turns[0]; only !== undefined && turns.length === 1; only = turns[0]) {
      id = chosenOf(tree, only, rank)
      line.push(reuse.entry(line.length, id, only))
      turns = tree.turnsAfter(id)
    }
    if (turns.length > 0) open.push({ turns, next: 0 })
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

function chosenOf(tree: MessageTree, turn: Turn, rank: ReadonlyMap<string, number>): string {
  const [first = ""] = turn.members
  if (turn.members.length === 1) return first
  let chosen: string | undefined
  for (const id of turn.members) {
    const position = rank.get(id)
    if (position !== undefined && (chosen === undefined || position > (rank.get(chosen) ?? -1))) chosen = id
  }
  return chosen ?? tree.newestOf(turn)
}

/** Gives the entries of an earlier line again where they say the same. Mostly they stand at the same place, or all a few places further on. */
class EntryReuse {
  readonly #previous: readonly LineEntry[]
  #places: ReadonlyMap<string, number> | undefined
  #shift = 0

  constructor(previous: readonly LineEntry[]) {
    this.#previous = previous
  }

  entry(index: number, id: string, turn: Turn): LineEntry {
    const old = this.#find(index, id)
    if (old !== undefined && saysSame(old, turn)) return old
    return { id, alternatives: turn.members, index: turn.members.indexOf(id), concurrent: turn.concurrent, detached: turn.detached }
  }

  #find(index: number, id: string): LineEntry | undefined {
    const expected = this.#previous[index - this.#shift]
    if (expected?.id === id) return expected
    if (index - this.#shift >= this.#previous.length) return undefined
    this.#places ??= new Map(this.#previous.map((entry, place) => [entry.id, place]))
    const place = this.#places.get(id)
    if (place === undefined) return undefined
    this.#shift = index - place
    return this.#previous[place]
  }
}

function saysSame(entry: LineEntry, turn: Turn): boolean {
  return (
    entry.concurrent === turn.concurrent &&
    entry.detached === turn.detached &&
    (entry.alternatives === turn.members ||
      (entry.alternatives.length === turn.members.length && entry.alternatives.every((id, index) => id === turn.members[index])))
  )
}
