import type { RelayId } from "@polylogue/protocol"
import { RelayError } from "../errors.ts"

/*
 * How the authority of registers is reached: a path vector, as BGP routes (RFC 4271, section 9.1), for one kind of destination. Each link tells the paths
 * that it uses; a relay takes the shortest that it does not stand in, and tells on the one that it uses, with itself before it, to whom it does not
 * lead through. So no path leads in a circle, and what is told changes only when what is used does.
 *
 * There should be one authority. Paths to two are told on, so that each of the two hears of the other in whatever topology, and both stop.
 */

/** Most relays on a path, both ends included. */
export const MAX_ROUTE_RELAYS = 16
/** Authorities that a link is told of: two are known for what they are, and more are no worse. */
const MAX_TOLD_AUTHORITIES = 2
/** Authorities that are taken in from one link. */
const MAX_HEARD_AUTHORITIES = 4

/** A path: first the relay that tells it, last the authority. */
export type RoutePath = readonly RelayId[]

/** The way to one authority. */
export interface Way<L> {
  readonly authority: RelayId
  /** Relays on it behind this one; empty when this is the authority. */
  readonly path: RoutePath
  /** The first link on it; `undefined` when this is the authority. */
  readonly link: L | undefined
}

interface Neighbour {
  readonly relay: RelayId
  /** What it told, by authority. */
  readonly heard: Map<RelayId, RoutePath>
  /** What it was told, by authority, as text. */
  told: ReadonlyMap<RelayId, string>
}

/** The paths that the links of one relay tell, and what each is to be told. */
export class AuthorityRoutes<L> {
  readonly #self: () => RelayId
  readonly #neighbours = new Map<L, Neighbour>()
  #own = false

  constructor(self: () => RelayId) {
    this.#self = self
  }

  /** Whether this relay is an authority. */
  get own(): boolean {
    return this.#own
  }

  set own(own: boolean) {
    this.#own = own
  }

  joined(link: L, relay: RelayId): void {
    this.#neighbours.set(link, { relay, heard: new Map(), told: new Map() })
  }

  left(link: L): void {
    this.#neighbours.delete(link)
  }

  /**
   * What a link told: a way to an authority, in place of what it told of the same, or, when the authority stands there twice and nobody else, that there is
   * none any more.
   * @throws RelayError `bad-frame`
   */
  heard(link: L, path: RoutePath): void {
    const neighbour = this.#neighbours.get(link)
    if (neighbour === undefined) return
    const { heard, relay } = neighbour
    const authority = path.at(-1)
    if (authority === undefined) throw new RelayError("bad-frame", "a path leads to no authority")
    if (path.length === 2 && path[0] === authority) return void heard.delete(authority)
    if (path[0] !== relay) throw new RelayError("bad-frame", "a path begins with who tells it")
    if (new Set(path).size !== path.length) throw new RelayError("bad-frame", "a path leads in a circle")
    if (path.length >= MAX_ROUTE_RELAYS || path.includes(this.#self())) heard.delete(authority)
    else if (heard.has(authority) || heard.size < MAX_HEARD_AUTHORITIES) heard.set(authority, path)
  }

  /** The way to each authority that is known: the shortest, among these the smallest; by the ids of the authorities. */
  ways(): Way<L>[] {
    const ways = new Map<RelayId, Way<L>>()
    if (this.#own) ways.set(this.#self(), { authority: this.#self(), path: [], link: undefined })
    for (const [link, { heard }] of this.#neighbours) {
      for (const [authority, path] of heard) {
        const known = ways.get(authority)
        if (known === undefined || isBetter(path, known.path)) ways.set(authority, { authority, path, link })
      }
    }
    return [...ways.values()].toSorted((left, right) => (left.authority < right.authority ? -1 : 1))
  }

  /** What `link` has to be told now, in this order, so that it knows what is used here; empty when it knows. Counts as told. */
  news(link: L): RoutePath[] {
    const neighbour = this.#neighbours.get(link)
    if (neighbour === undefined) return []
    const paths = this.ways()
      .map(({ path }): RoutePath => [this.#self(), ...path])
      .filter((path) => path.length < MAX_ROUTE_RELAYS && !path.includes(neighbour.relay))
      .slice(0, MAX_TOLD_AUTHORITIES)
    const { told } = neighbour
    neighbour.told = new Map(paths.map((path) => [path.at(-1)!, path.join()]))
    const gone = [...told.keys()].filter((authority) => !neighbour.told.has(authority))
    // Each by itself: were all taken back and told anew, every change would make those that stay blink, all around every ring.
    return [...gone.map((authority) => [authority, authority]), ...paths.filter((path) => told.get(path.at(-1)!) !== path.join())]
  }
}

function isBetter(path: RoutePath, than: RoutePath): boolean {
  return path.length < than.length || (path.length === than.length && path.join() < than.join())
}
