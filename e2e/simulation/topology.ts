import type { Random } from "./random.ts"

/** First segments of the ids of all documents of runs with linked relays. */
export const WORKSPACES: readonly string[] = Object.freeze(["home", "away", "u"])

/** How relays are linked. `apart`: not at all, and in the end only one of them is left. */
export type Topology = "apart" | "chain" | "tree" | "ring" | "mesh" | "random"

/** What one relay is among others; relays go by their place in the list. */
export interface RelayPlan {
  /** Those that it dials. */
  readonly dials: readonly number[]
  /** Below which prefixes it holds all documents, whoever uses them: below `""` those of everybody. */
  readonly mirror: readonly string[]
  /** Whether it holds only what is in use there: then it mirrors nothing. */
  readonly onDemand: boolean
  readonly authority: boolean
  /** When it is there, in shares of the turmoil: from 0 on, or later; and until when, or to the end. */
  readonly joins: number
  readonly leaves: number
}

/** What `plansOf` goes by. */
export interface TopologyOptions {
  readonly relays: number
  readonly topology: Topology
  /** Whether edges of a chain or tree hold only what is in use. */
  readonly onDemand: boolean
  /** Whether relays of a chain or tree hold the documents of some workspaces only, each at most what is held above it. */
  readonly partial: boolean
  readonly lateRelays: number
  readonly leavingRelays: number
}

/** Everything, whatever there is. */
const EVERYTHING: readonly string[] = [""]

type Edge = readonly [one: number, other: number]

/** Plans of linked relays, decided by `random`: who dials whom, which is the authority, which come late and which leave. All links together join all relays. */
export function plansOf(random: Random, options: TopologyOptions): RelayPlan[] {
  const count = options.relays
  const all = Array.from({ length: count }, (_, index) => index)
  if (options.topology === "apart")
    return all.map(() => ({ dials: [], mirror: EVERYTHING, onDemand: false, authority: true, joins: 0, leaves: Infinity }))
  const rooted = options.topology === "chain" || options.topology === "tree"
  const parents = all.map((index) => (options.topology === "chain" ? index - 1 : random.between(0, Math.max(0, index - 1))))
  const edges = rooted ? all.slice(1).map((index): Edge => [index, parents[index]!]) : graphOf(random, options.topology, all)
  const onDemand = rooted && options.onDemand ? edgesOnDemand(random, parents) : new Set<number>()
  const luck = random.fork("mirrors")
  const mirrors = rooted && options.partial ? partialMirrors(luck, parents) : all.map(() => luck.pick([EVERYTHING, WORKSPACES]))
  // Who holds less than those above it has to ask for it.
  const asks = (index: number): boolean => onDemand.has(index) || (rooted && options.partial && mirrors[index] !== EVERYTHING)
  const dials = all.map((): number[] => [])
  for (const [one, other] of edges) {
    const turned = !asks(one) && random.chance(0.5)
    const [dialler, dialled] = turned ? [other, one] : [one, other]
    dials[dialler]!.push(dialled)
    if (!asks(one) && random.chance(0.1)) dials[dialled]!.push(dialler)
  }
  const leaving = leavingOf(random, all, edges, options.leavingRelays)
  const staying = random.shuffle(all.filter((index) => !leaving.has(index) && !onDemand.has(index)))
  const late = new Set(random.shuffle(all.slice(1)).slice(0, options.lateRelays))
  // By default it is the root.
  const authority = staying.includes(0) && random.chance(0.6) ? 0 : staying[0]!
  return all.map((index) => ({
    dials: dials[index]!,
    mirror: onDemand.has(index) ? [] : mirrors[index]!,
    onDemand: onDemand.has(index),
    authority: index === authority,
    joins: late.has(index) ? 0.1 + random.fraction() * 0.6 : 0,
    leaves: leaving.has(index) ? 0.75 + random.fraction() * 0.2 : Infinity,
  }))
}

/** Whether `documentId` stands below one of the prefixes of `mirror`. */
export function isMirrored(mirror: readonly string[], documentId: string): boolean {
  return mirror.some((prefix) => prefix === "" || documentId.startsWith(`${prefix}/`))
}

/** Whether the relays of `edges` without `without` are all joined. */
export function isConnected(count: number, edges: readonly Edge[], without: ReadonlySet<number> = new Set()): boolean {
  const left = Array.from({ length: count }, (_, index) => index).filter((index) => !without.has(index))
  const reached = new Set(left.slice(0, 1))
  for (let before = 0; before !== reached.size;) {
    before = reached.size
    for (const [one, other] of edges) {
      if (without.has(one) || without.has(other)) continue
      if (reached.has(one)) reached.add(other)
      else if (reached.has(other)) reached.add(one)
    }
  }
  return reached.size === left.length
}

function graphOf(random: Random, topology: Topology, all: readonly number[]): Edge[] {
  const pairs = all.flatMap((one) => all.filter((other) => other < one).map((other): Edge => [one, other]))
  if (topology === "mesh") return pairs
  if (topology === "ring") return pairs.filter(([one, other]) => one - other === 1 || (other === 0 && one === all.length - 1))
  // A tree, so that all are joined, and some more.
  const tree = all.slice(1).map((index): Edge => [index, random.between(0, index - 1)])
  const rest = pairs.filter(([one, other]) => !tree.some(([child, parent]) => child === one && parent === other))
  return [...tree, ...rest.filter(() => random.chance(0.4))]
}

/** Some relays and all below them, but never the root: who mirrors must not stand below one that does not. */
function edgesOnDemand(random: Random, parents: readonly number[]): Set<number> {
  const chosen = new Set<number>()
  for (let index = 1; index < parents.length; index++) {
    if (chosen.has(parents[index]!) || random.chance(0.5) || index === parents.length - 1) chosen.add(index)
  }
  return chosen
}

/** The root holds everything, every other relay what is held above it, or some workspaces of it. */
function partialMirrors(random: Random, parents: readonly number[]): (readonly string[])[] {
  const mirrors: (readonly string[])[] = [EVERYTHING]
  for (const parent of parents.slice(1)) {
    const above = mirrors[parent]!
    const workspaces = above === EVERYTHING ? WORKSPACES : above
    const some = random.shuffle([...workspaces]).slice(0, random.between(1, workspaces.length))
    mirrors.push(random.chance(0.3) ? above : some)
  }
  return mirrors
}

/** Relays without which the others are still joined; neither the first nor too many. */
function leavingOf(random: Random, all: readonly number[], edges: readonly Edge[], most: number): Set<number> {
  const leaving = new Set<number>()
  for (const index of random.shuffle(all.slice(1))) {
    if (leaving.size === most || all.length - leaving.size <= 2) break
    if (isConnected(all.length, edges, new Set([...leaving, index]))) leaving.add(index)
  }
  return leaving
}
