import { expect, test } from "vitest"
import { Random } from "./random.ts"
import { isConnected, isMirrored, plansOf, type RelayPlan, type Topology, WORKSPACES } from "./topology.ts"

const SHAPES: readonly Topology[] = ["chain", "tree", "ring", "mesh", "random"]

/** Plans of all shapes and sizes, by the seed that decided them. */
function* allPlans(): Generator<{ readonly what: string; readonly topology: Topology; readonly plans: readonly RelayPlan[] }> {
  for (const topology of SHAPES) {
    for (let relays = 2; relays <= 5; relays++) {
      for (let seed = 1; seed <= 40; seed++) {
        const options = {
          relays,
          topology,
          onDemand: seed % 2 === 0,
          partial: seed % 3 === 0,
          lateRelays: seed % 3,
          leavingRelays: seed % 4,
        }
        yield { what: `${relays} in a ${topology}, seed ${seed}`, topology, plans: plansOf(new Random(seed), options) }
      }
    }
  }
}

const edgesOf = (plans: readonly RelayPlan[]) => plans.flatMap(({ dials }, one) => dials.map((other) => [one, other] as const))
/** Links between different pairs, whoever dials. */
const pairsOf = (plans: readonly RelayPlan[]) =>
  new Set(edgesOf(plans).map(([one, other]) => `${Math.min(one, other)} ${Math.max(one, other)}`)).size

test("[SM22] links join all relays, before and after some have left, in as many pairs as the shape has", () => {
  for (const { what, topology, plans } of allPlans()) {
    const count = plans.length
    const gone = new Set(plans.flatMap(({ leaves }, index) => (leaves === Infinity ? [] : [index])))
    expect(isConnected(count, edgesOf(plans)), what).toBe(true)
    expect(isConnected(count, edgesOf(plans), gone), what).toBe(true)
    const pairs = { chain: count - 1, tree: count - 1, ring: count === 2 ? 1 : count, mesh: (count * (count - 1)) / 2 }
    if (topology in pairs) expect(pairsOf(plans), what).toBe(pairs[topology as keyof typeof pairs])
    for (const [one, other] of edgesOf(plans)) expect(one, what).not.toBe(other)
  }
})

test("[SM22] one relay is the authority, from the first to the last moment or joining late, and holds everything", () => {
  for (const { what, plans } of allPlans()) {
    const authorities = plans.filter(({ authority }) => authority)
    expect(authorities, what).toHaveLength(1)
    expect(authorities[0], what).toMatchObject({ onDemand: false, leaves: Infinity })
  }
})

test("[SM22] a relay that holds what is used alone dials who is above it, and nobody below it holds more", () => {
  let met = 0
  for (const { what, plans } of allPlans()) {
    for (const [index, { onDemand, dials }] of plans.entries()) {
      if (!onDemand) continue
      met++
      expect(dials, what).toHaveLength(1)
      for (const below of plans.filter((_, other) => plans[other]!.dials.includes(index))) expect(below.onDemand, what).toBe(true)
    }
  }
  expect(met).toBeGreaterThan(50)
})

test("[SM34] a relay of a chain or tree that holds less than those above it asks them for it, and the first holds everything", () => {
  let met = 0
  for (const { what, topology, plans } of allPlans()) {
    const rooted = topology === "chain" || topology === "tree"
    if (rooted) expect(holdsAll(plans[0]!.mirror), what).toBe(true)
    for (const { mirror, onDemand, dials } of plans) {
      expect(mirror.length === 0, what).toBe(onDemand)
      // Elsewhere every relay holds all that there is, by whatever name.
      if (!rooted) expect(holdsAll(mirror), what).toBe(true)
      const above = plans[dials[0] ?? 0]!
      if (!rooted || mirror.length === 0 || isMirrored(mirror, "home/conv/1")) continue
      met++
      expect(dials, what).toHaveLength(1)
      for (const prefix of mirror) expect(isMirrored(above.mirror, `${prefix}/conv/1`), what).toBe(true)
    }
  }
  expect(met).toBeGreaterThan(50)
})

function holdsAll(mirror: readonly string[]): boolean {
  return WORKSPACES.every((workspace) => isMirrored(mirror, `${workspace}/conv/1`))
}
