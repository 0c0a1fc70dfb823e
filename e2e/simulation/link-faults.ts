import type { Fleet } from "./fleet.ts"
import type { Random } from "./random.ts"
import type { RelayNode } from "./relay-node.ts"
import type { World } from "./world.ts"

/** How long a relay that leaves may take over what it has begun. */
const LEAVING_MS = 2_000

/** What happens between relays, and to those that come and go. */
export class LinkFaults {
  readonly #world: World
  readonly #fleet: Fleet
  /** Does something later, unless the turmoil is over by then. */
  readonly #later: (delayMs: number, action: () => void) => void
  /** Links that are cut now. */
  #cuts = 0

  constructor(fleet: Fleet, later: (delayMs: number, action: () => void) => void) {
    this.#world = fleet.world
    this.#fleet = fleet
    this.#later = later
    const { turmoilMs } = this.#world.options
    for (const relay of fleet.relays) {
      const { joins, leaves } = relay.plan
      if (joins > 0) later(joins * turmoilMs, () => relay.join())
      if (leaves !== Infinity) later(leaves * turmoilMs, () => this.#leave(relay))
    }
  }

  cut(random: Random): void {
    const link = this.#link(random)
    if (link === undefined) return
    const [dialler, dialled] = link
    const { up, down } = this.#world.network.link(dialler.name, dialled.url)
    const which = random.pick(["both", "up", "down"] as const)
    const lanes = which === "both" ? [up, down] : [which === "up" ? up : down]
    const forMs = random.pick([300, 3_000, 15_000, 30_000]) * (0.5 + random.fraction())
    const name = `${dialler.name} – ${dialled.name}`
    this.#world.trace(`${name} is cut (${which}) for ${forMs.toFixed(0)} ms`)
    this.#world.count(which === "both" ? "relays cut from each other" : "relays cut in one direction")
    if (lanes.some(({ underWay }) => underWay > 0)) this.#world.count("relays cut with frames under way")
    const { topology } = this.#world.options
    if (topology === "ring") this.#world.count("ring cut")
    if (++this.#cuts > 1) this.#world.count("several links cut at once")
    for (const lane of lanes) lane.setCut(true)
    const withReset = random.chance(0.3)
    this.#later(forMs, () => {
      this.#cuts--
      this.#world.trace(`${name} is healed`)
      if (withReset) this.#world.network.reset(dialler.name, dialled.url)
      for (const lane of lanes) lane.setCut(false)
    })
  }

  reset(random: Random): void {
    const link = this.#link(random)
    if (link === undefined || this.#world.network.connected(link[0].name, link[1].url) === 0) return
    this.#world.trace(`${link[0].name} – ${link[1].name} is reset`)
    this.#world.count("link reset")
    this.#world.network.reset(link[0].name, link[1].url)
  }

  freeze(random: Random): void {
    const relay = random.pick(this.#fleet.remaining)
    relay.freeze()
    this.#later(random.pick([500, 5_000, 30_000]) * (0.5 + random.fraction()), () => relay.thaw())
  }

  #link(random: Random): readonly [RelayNode, RelayNode] | undefined {
    const links = this.#fleet.links()
    return links.length === 0 ? undefined : random.pick(links)
  }

  #leave(relay: RelayNode): void {
    this.#world.count("relay left for good")
    relay.thaw()
    relay.drain().catch((error: unknown) => this.#world.complain("I7", `${relay.name} does not drain: ${String(error)}`))
    // What it has not given away by then goes with it.
    this.#world.clock.schedule(LEAVING_MS, () => this.#fleet.retire(relay))
  }
}
