import type { Topology } from "./topology.ts"

/*
 * Where relays stand in the picture: they push each other away, links pull theirs together (Fruchterman & Reingold, 1991), from a ring in the order of a walk along
 * the links. Nothing is drawn by lot, and a link that is cut pulls like one that stands: so the same relays stand where they stood.
 */

/** A point of the picture. */
export interface Place {
  readonly x: number
  readonly y: number
}

/** The picture, in pixels: what is drawn around a place stays within the margins. It is as high as it has to be. */
export interface Frame {
  readonly width: number
  readonly mostHeight: number
  readonly marginX: number
  readonly marginY: number
}

/** Where relays stand, and how high a picture that takes. */
export interface Layout {
  /** By id. */
  readonly places: ReadonlyMap<string, Place>
  readonly height: number
}

const STEPS = 240
/** How far a relay moves at most in the first step, where two linked ones want to stand 1 apart. */
const FIRST_MOVE = 0.3
/** Nearer than this two places are told apart by a nudge. */
const NEAREST = 0.01
/** Two linked relays stand so far apart at most, in pixels. */
const MOST_PIXELS = 200

/** A place for each relay, by its id. */
export function layoutOf({ relays, links }: Topology, frame: Frame): Layout {
  const neighbours = new Map(relays.map(({ relay }) => [relay, new Set<string>()]))
  for (const { from, to } of links) {
    neighbours.get(from)?.add(to)
    neighbours.get(to)?.add(from)
  }
  const order = walk(neighbours)
  const radius = Math.max(0.5, order.length / (2 * Math.PI))
  const places = new Map<string, Place>()
  for (const [index, relay] of order.entries()) {
    const angle = (2 * Math.PI * index) / order.length
    places.set(relay, { x: radius * Math.cos(angle), y: radius * Math.sin(angle) })
  }
  for (let step = 0; step < STEPS; step++) settle(places, neighbours, FIRST_MOVE * (1 - step / STEPS))
  return fitted(turned(places), frame)
}

/** From the relay with the most links, along links, the lesser id first; what is not linked follows. */
function walk(neighbours: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const begin = [...neighbours.keys()].toSorted(
    (left, right) => neighbours.get(right)!.size - neighbours.get(left)!.size || (left < right ? -1 : 1),
  )
  const order = new Set<string>()
  const visit = (relay: string): void => {
    if (order.has(relay)) return
    order.add(relay)
    for (const next of [...neighbours.get(relay)!].toSorted()) visit(next)
  }
  for (const relay of begin) visit(relay)
  return [...order]
}

function settle(places: Map<string, Place>, neighbours: ReadonlyMap<string, ReadonlySet<string>>, most: number): void {
  const moved = new Map<string, Place>()
  for (const [relay, place] of places) {
    let [forceX, forceY] = [0, 0]
    for (const [other, there] of places) {
      if (other === relay) continue
      const [dx, dy] = [place.x - there.x, place.y - there.y]
      const distance = Math.max(NEAREST, Math.hypot(dx, dy))
      const push = 1 / distance - (neighbours.get(relay)!.has(other) ? distance * distance : 0)
      forceX += (dx / distance) * push
      forceY += (dy / distance) * push
    }
    const force = Math.max(NEAREST, Math.hypot(forceX, forceY))
    const way = Math.min(force, most) / force
    moved.set(relay, { x: place.x + forceX * way, y: place.y + forceY * way })
  }
  for (const [relay, place] of moved) places.set(relay, place)
}

/** Turned so that the longer side lies: a chain goes from left to right. */
function turned(places: ReadonlyMap<string, Place>): Map<string, Place> {
  const points = [...places.values()]
  const [middleX, middleY] = [meanOf(points.map(({ x }) => x)), meanOf(points.map(({ y }) => y))]
  let [xx, yy, xy] = [0, 0, 0]
  for (const { x, y } of points) {
    xx += (x - middleX) ** 2
    yy += (y - middleY) ** 2
    xy += (x - middleX) * (y - middleY)
  }
  // Of a ring every side is as long: which way it lies would be a matter of rounding.
  const angle = Math.hypot(xx - yy, 2 * xy) < (xx + yy) / 100 ? 0 : Math.atan2(2 * xy, xx - yy) / 2
  const [cos, sin] = [Math.cos(-angle), Math.sin(-angle)]
  return new Map(
    [...places].map(([relay, { x, y }]) => [
      relay,
      { x: (x - middleX) * cos - (y - middleY) * sin, y: (x - middleX) * sin + (y - middleY) * cos },
    ]),
  )
}

function fitted(places: ReadonlyMap<string, Place>, { width, mostHeight, marginX, marginY }: Frame): Layout {
  const [left, right] = boundsOf([...places.values()].map(({ x }) => x))
  const [top, bottom] = boundsOf([...places.values()].map(({ y }) => y))
  const scaleX = Math.min(MOST_PIXELS, (width - 2 * marginX) / Math.max(NEAREST, right - left))
  const scaleY = Math.min(scaleX, (mostHeight - 2 * marginY) / Math.max(NEAREST, bottom - top))
  const height = Math.round((bottom - top) * scaleY + 2 * marginY)
  const placed = [...places].map(([relay, { x, y }]): [string, Place] => [
    relay,
    { x: Math.round(width / 2 + (x - (left + right) / 2) * scaleX), y: Math.round(marginY + (y - top) * scaleY) },
  ])
  return { places: new Map(placed), height }
}

function boundsOf(values: readonly number[]): readonly [number, number] {
  return [Math.min(...values), Math.max(...values)]
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
}
