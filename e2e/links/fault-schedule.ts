import type { Random } from "../simulation/random.ts"
import type { Faults } from "./fault-line.ts"
import type { LinkedRelays } from "./linked-relays.ts"

/** What can happen to relays and what is between them. */
export const FAULT_KINDS = [
  "split",
  "one-way",
  "loss 5 %",
  "1 Mbit/s",
  "200 ms",
  "all three",
  "resets",
  "frozen",
  "killed",
  "wiped",
] as const
export type FaultKind = (typeof FAULT_KINDS)[number]

/** What ails all links at once; the connections stay. */
const NETWORKS: Partial<Record<FaultKind, Partial<Faults>>> = {
  "loss 5 %": { loss: 0.05 },
  "1 Mbit/s": { bytesPerSecond: 125_000 },
  "200 ms": { delayMs: 200, jitterMs: 40 },
  "all three": { loss: 0.05, bytesPerSecond: 125_000, delayMs: 200, jitterMs: 40 },
}

/** A fault that has begun. */
export interface Fault {
  /** What happened, and to whom. */
  readonly story: string
  /** The relay that nobody reaches while it lasts. */
  readonly away?: number
  /** The relay that lost its disk. */
  readonly wiped?: number
  /** Whether some relay hears nothing of some other while it lasts. */
  readonly separates: boolean
  /** Makes good what can be; resolves when every relay runs. */
  heal(): Promise<void>
}

/** Lets `kind` happen to whom `random` says. */
export async function begin(kind: FaultKind, fleet: LinkedRelays, random: Random): Promise<Fault> {
  const network = NETWORKS[kind]
  if (network !== undefined) return onAllLinks(kind, network, fleet)
  const index = random.between(0, fleet.relays.length - 1)
  const relay = fleet.relays[index]!
  const story = `relay ${index} ${kind}`
  switch (kind) {
    case "split":
    case "one-way":
      return cut(fleet, random, kind === "split")
    case "resets":
      resetAll(fleet)
      // Once more, so that all have just lost each other.
      return { story: "all links reset", separates: false, heal: () => Promise.resolve(resetAll(fleet)) }
    case "frozen":
      relay.freeze()
      return { story, away: index, separates: true, heal: () => Promise.resolve(relay.thaw()) }
    case "killed":
      await relay.kill()
      return { story, away: index, separates: true, heal: () => relay.start() }
    case "wiped":
      await relay.kill()
      await relay.wipe()
      fleet.probes[index]!.forget()
      return { story, away: index, wiped: index, separates: true, heal: () => relay.start() }
    default:
      throw new TypeError(`there is no fault ${kind}`)
  }
}

function onAllLinks(kind: FaultKind, faults: Partial<Faults>, { links }: LinkedRelays): Fault {
  for (const { proxy } of links) proxy.set(faults)
  return { story: `all links: ${kind}`, separates: false, heal: () => healAll(links) }
}

/** Cuts all links between some relays and the others, or what goes over them from the one side to the other. */
function cut({ relays, links }: LinkedRelays, random: Random, bothWays: boolean): Fault {
  const order = random.shuffle(relays.map((_, index) => index))
  const side = new Set(order.slice(0, random.between(1, relays.length - 1)))
  for (const { dials, dialled, proxy } of links) {
    if (side.has(dials) === side.has(dialled)) continue
    if (bothWays || side.has(dials)) proxy.out.set({ cut: true })
    if (bothWays || side.has(dialled)) proxy.back.set({ cut: true })
  }
  const here = [...side].sort((left, right) => left - right).join(", ")
  return {
    story: bothWays ? `relays ${here} cut off from the others` : `nothing gets from relays ${here} to the others`,
    separates: true,
    heal: () => healAll(links),
  }
}

function resetAll({ links }: LinkedRelays): void {
  for (const { proxy } of links) proxy.reset()
}

async function healAll(links: LinkedRelays["links"]): Promise<void> {
  for (const { proxy } of links) proxy.heal()
}
