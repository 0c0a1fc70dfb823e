import type { RelayId } from "@polylogue/protocol"
import { expect, test } from "vitest"
import { AuthorityRoutes, MAX_ROUTE_RELAYS, type RoutePath } from "../src/registers/authority-routes.ts"
import { seededNumbers } from "./test-relay.ts"

interface End {
  readonly at: Node
  readonly to: Node
  /** Under way to the other end, in order. */
  readonly queue: RoutePath[]
  other: End | undefined
}

interface Node {
  readonly id: RelayId
  readonly routes: AuthorityRoutes<End>
  readonly ends: Set<End>
}

/** Relays that tell each other of ways, one frame at a time, in an order that numbers choose. */
class Fleet {
  readonly nodes: Node[]
  readonly #random: () => number
  frames = 0

  constructor(count: number, random: () => number) {
    this.#random = random
    // In an order that has nothing to do with who is linked.
    this.nodes = Array.from({ length: count }, (_, index) => this.#node(((index * 7 + 3) % 97).toString(16).padStart(16, "0")))
  }

  link(left: Node, right: Node): End {
    const [one, two]: [End, End] = [end(left, right), end(right, left)]
    one.other = two
    two.other = one
    for (const each of [one, two]) {
      each.at.ends.add(each)
      each.at.routes.joined(each, each.to.id)
    }
    this.changed(left)
    this.changed(right)
    return one
  }

  cut(one: End): void {
    for (const each of [one, one.other!]) {
      each.at.ends.delete(each)
      each.queue.length = 0
      each.at.routes.left(each)
    }
    this.changed(one.at)
    this.changed(one.to)
  }

  changed(node: Node): void {
    for (const each of node.ends) {
      const news = node.routes.news(each)
      each.queue.push(...news)
      this.frames += news.length
    }
  }

  /** Lets so many frames arrive, or all there are. */
  run(most = Infinity): void {
    for (let steps = 0; steps < most; steps++) {
      const waiting = this.nodes.flatMap(({ ends }) => [...ends]).filter(({ queue }) => queue.length > 0)
      if (waiting.length === 0) return
      if (steps > 200_000) throw new Error("the relays do not come to rest")
      const from = waiting[Math.floor(this.#random() * waiting.length)]!
      const path = from.queue.shift()!
      from.to.routes.heard(from.other!, path)
      this.changed(from.to)
    }
  }

  /** Hops from `node` to each relay that links lead to. */
  distances(node: Node): Map<Node, number> {
    const found = new Map([[node, 0]])
    for (const [each, hops] of found) for (const { to } of each.ends) if (!found.has(to)) found.set(to, hops + 1)
    return found
  }

  #node(id: RelayId): Node {
    return { id, routes: new AuthorityRoutes(() => id), ends: new Set() }
  }
}

function end(at: Node, to: Node): End {
  return { at, to, queue: [], other: undefined }
}

function chain(length: number): Fleet {
  const fleet = new Fleet(length, seededNumbers(1))
  for (let index = 1; index < length; index++) fleet.link(fleet.nodes[index - 1]!, fleet.nodes[index]!)
  return fleet
}

test("[RL105, I6] in any topology every relay finds the shortest way to the one authority, none leads in a circle, and then nothing is told any more", () => {
  for (let seed = 1; seed <= 150; seed++) {
    const random = seededNumbers(seed)
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
    const fleet = new Fleet(1 + Math.floor(random() * 9), random)
    const [authority] = fleet.nodes
    authority!.routes.own = true
    const links = Array.from({ length: Math.floor(random() * 18) }, () => [pick(fleet.nodes), pick(fleet.nodes)] as const)
    const ends = links.flatMap(([left, right]) => (left === right ? [] : [fleet.link(left, right)]))
    fleet.run(Math.floor(random() * 40))
    for (const each of ends) if (random() < 0.3) fleet.cut(each)
    fleet.run(Math.floor(random() * 40))
    if (fleet.nodes.length > 1 && random() < 0.5) fleet.link(pick(fleet.nodes.slice(1)), authority!)
    fleet.run()
    const distances = fleet.distances(authority!)
    for (const node of fleet.nodes) {
      const ways = node.routes.ways()
      const hops = distances.get(node)
      expect(ways.map(({ path }) => path.length)).toEqual(hops === undefined ? [] : [hops])
      let at = node
      for (let left = hops ?? 0; left > 0; left--) at = at.routes.ways()[0]!.link!.to
      if (hops !== undefined) expect(at).toBe(authority)
      for (const each of node.ends) expect(node.routes.news(each)).toEqual([])
    }
  }
})

test("[RL106, I8] where two authorities or more are linked over whatever relays, each of them and every other relay hears of two", () => {
  let torn = 0
  for (let seed = 1; seed <= 150; seed++) {
    const random = seededNumbers(seed + 1_000)
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
    const fleet = new Fleet(2 + Math.floor(random() * 9), random)
    const authorities = fleet.nodes.filter((_, index) => index < 1 || random() < 0.3)
    for (const { routes } of authorities) routes.own = true
    for (let left = Math.floor(random() * 20); left > 0; left--) {
      const [one, two] = [pick(fleet.nodes), pick(fleet.nodes)]
      if (one !== two) fleet.link(one, two)
      fleet.run(Math.floor(random() * 10))
    }
    fleet.run()
    const check = (): void => {
      for (const node of fleet.nodes) {
        const reached = [...fleet.distances(node).keys()].filter(({ routes }) => routes.own).length
        const known = node.routes.ways().length
        if (reached > 1) torn++
        expect(reached > 1 ? known > 1 : known === reached).toBe(true)
        for (const each of node.ends) expect(node.routes.news(each)).toEqual([])
      }
    }
    check()
    for (const node of authorities.slice(1)) {
      node.routes.own = false
      fleet.changed(node)
    }
    fleet.run()
    check()
  }
  expect(torn).toBeGreaterThan(100)
})

test("[RL105] a path of sixteen relays is taken, and one of more is not", () => {
  const fleet = chain(MAX_ROUTE_RELAYS + 1)
  fleet.nodes[0]!.routes.own = true
  fleet.changed(fleet.nodes[0]!)
  fleet.run()
  const lengths = fleet.nodes.map(({ routes }) => routes.ways()[0]?.path.length)
  expect(lengths).toEqual([...Array.from({ length: MAX_ROUTE_RELAYS }, (_, index) => index), undefined])
})

test("[RL105] of two links to one relay either is the way, and what a link told ends with it", () => {
  const fleet = new Fleet(2, seededNumbers(2))
  const [authority, edge] = fleet.nodes as [Node, Node]
  authority.routes.own = true
  const links = [fleet.link(authority, edge), fleet.link(edge, authority)]
  fleet.run()
  for (const each of links) {
    expect(edge.routes.ways().map(({ path }) => path)).toEqual([[authority.id]])
    fleet.cut(each)
    fleet.run()
  }
  expect(edge.routes.ways()).toEqual([])
})

test("[RL105] a path that does not begin with who tells it, or leads in a circle, is wrong; one too many authorities of one link are not taken in", () => {
  const fleet = chain(2)
  const [node, peer] = fleet.nodes as [Node, Node]
  const [link] = node.ends
  const heard = (path: RoutePath): (() => void) => {
    return () => node.routes.heard(link!, path)
  }
  expect(heard(["00000000000000aa", peer.id])).toThrow(expect.objectContaining({ code: "bad-frame" }))
  expect(heard([])).toThrow(expect.objectContaining({ code: "bad-frame" }))
  expect(heard([peer.id, "00000000000000aa", peer.id])).toThrow(expect.objectContaining({ code: "bad-frame" }))
  for (let count = 1; count <= 6; count++) heard([peer.id, `00000000000000b${count}`])()
  expect(node.routes.ways()).toHaveLength(4)
  for (let count = 1; count <= 4; count++) heard([`00000000000000b${count}`, `00000000000000b${count}`])()
  expect(node.routes.ways()).toEqual([])
})
