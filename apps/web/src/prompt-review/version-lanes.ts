/** What the lanes of a history are drawn from: a version and what it was made from. */
interface Node {
  readonly id: string
  readonly parents: readonly string[]
}

/** One row of a history: its dot, and the lines that go through it. Lanes are counted from 0. */
export interface LaneRow {
  /** The lane of the dot. */
  readonly lane: number
  /** A newer version leads down to the dot in its own lane. */
  readonly fromAbove: boolean
  /** Lanes that pass by from above to below. */
  readonly passing: readonly number[]
  /** Lanes that come from above and end in the dot: what else was made from this version. */
  readonly joining: readonly number[]
  /** Lanes below that lead to what it was made from; its own among them unless it is the first of a line. */
  readonly leading: readonly number[]
}

/** The most lanes that are told apart; what more there are share the last. */
export const MAX_LANES = 6

/** The rows of a history whose versions come before what they were made from. Parents that are not among them lead out at the end. */
export function versionLanes(versions: readonly Node[]): readonly LaneRow[] {
  const shown = new Set(versions.map(({ id }) => id))
  // For each lane the version that it leads to.
  const lanes: (string | undefined)[] = []
  return versions.map(({ id, parents }) => {
    const waiting = lanes.flatMap((target, lane) => (target === id ? [lane] : []))
    const lane = waiting[0] ?? freeLane(lanes)
    for (const other of waiting) lanes[other] = undefined
    const passing = lanes.flatMap((target, at) => (target === undefined ? [] : [at]))
    const leading: number[] = []
    for (const [at, parent] of parents.filter((one) => shown.has(one)).entries()) {
      const known = lanes.indexOf(parent)
      // The line to the first goes on in this lane, also when another one leads there: the lanes meet at the dot of the parent.
      const to = at === 0 && lanes[lane] === undefined ? lane : known === -1 ? freeLane(lanes) : known
      lanes[to] = parent
      leading.push(to)
    }
    return {
      lane: drawn(lane),
      fromAbove: waiting.length > 0,
      passing: distinct(passing),
      joining: distinct(waiting.slice(1)),
      leading: distinct(leading),
    }
  })
}

/** The first lane that leads nowhere. */
function freeLane(lanes: readonly (string | undefined)[]): number {
  const free = lanes.findIndex((target) => target === undefined)
  return free === -1 ? lanes.length : free
}

function drawn(lane: number): number {
  return Math.min(lane, MAX_LANES - 1)
}

function distinct(lanes: readonly number[]): readonly number[] {
  return [...new Set(lanes.map(drawn))]
}
