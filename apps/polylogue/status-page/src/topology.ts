import type { FleetStatus, ReportedLink } from "@polylogue/relay"
import { nameOf } from "./words.ts"

/** A relay in the picture. */
export interface TopologyRelay {
  readonly relay: string
  readonly name: string
  /** `here`: whose page this is. `apart`: no links that stand lead there. */
  readonly place: "here" | "reached" | "apart"
  readonly authority: boolean
  readonly onDemand: boolean
}

/** A link in the picture; `from` is the lesser id. */
export interface TopologyLink {
  readonly from: string
  readonly to: string
  readonly state: ReportedLink["state"]
  /** Whether both ends are out of reach: then it is as it was when they were heard last. */
  readonly past: boolean
}

/** Who is linked with whom, as far as it is known. */
export interface Topology {
  /** By id. */
  readonly relays: readonly TopologyRelay[]
  /** By ids. */
  readonly links: readonly TopologyLink[]
}

/** The least that can be said of a link of which its two ends say different things. */
const WORST = ["refused", "down", "up"] as const

/** What is known of the whole. Of a link both ends speak: it stands when neither says otherwise, for a cut is noticed by one end first. What a relay said that is out of reach may be long past, and counts only where nobody else speaks. */
export function topologyOf(status: FleetStatus): Topology {
  const states = new Map<string, Map<boolean, ReportedLink["state"]>>()
  const speak = (relay: string, links: readonly ReportedLink[], current: boolean): void => {
    for (const link of links) {
      if (link.relay === undefined || link.relay === relay) continue
      const key = [relay, link.relay].toSorted().join(" ")
      const said = states.get(key) ?? new Map<boolean, ReportedLink["state"]>()
      said.set(current, worse(said.get(current), link.state))
      states.set(key, said)
    }
  }
  speak(status.relay, status.links, true)
  for (const { relay, report, reached } of status.relays) speak(relay, report?.links ?? [], reached)
  const relays = relaysOf(status, states.keys())
  const links = [...states].map(([key, said]): TopologyLink => {
    const [from, to] = key.split(" ") as [string, string]
    const past = bothApart(relays, from, to)
    // Of a link that only a relay out of reach speaks of, the other end would know if it stood.
    return { from, to, past, state: said.get(true) ?? (past ? said.get(false)! : "down") }
  })
  return { relays, links: links.toSorted((left, right) => compare(left.from + left.to, right.from + right.to)) }
}

function relaysOf(status: FleetStatus, keys: Iterable<string>): TopologyRelay[] {
  const relays = new Map<string, TopologyRelay>()
  for (const relay of [...keys].flatMap((key) => key.split(" ")))
    relays.set(relay, {
      relay,
      name: nameOf({ name: "", relay }),
      place: "apart",
      authority: status.authorities.includes(relay),
      onDemand: false,
    })
  for (const { relay, name, reached, report } of status.relays)
    relays.set(relay, {
      relay,
      name: nameOf({ name, relay }),
      place: reached ? "reached" : "apart",
      authority: status.authorities.includes(relay),
      onDemand: report?.onDemand === true,
    })
  relays.set(status.relay, {
    relay: status.relay,
    name: nameOf(status),
    place: "here",
    authority: status.authorities.includes(status.relay),
    onDemand: status.onDemand,
  })
  return [...relays.values()].toSorted((left, right) => compare(left.relay, right.relay))
}

function bothApart(relays: readonly TopologyRelay[], from: string, to: string): boolean {
  return relays.every(({ relay, place }) => (relay !== from && relay !== to) || place === "apart")
}

function worse(one: ReportedLink["state"] | undefined, other: ReportedLink["state"]): ReportedLink["state"] {
  return WORST.find((state) => state === one || state === other)!
}

function compare(left: string, right: string): number {
  if (left === right) return 0
  return left < right ? -1 : 1
}
