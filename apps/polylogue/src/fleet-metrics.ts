import type { FleetStatus, HistogramCounts, OwnLink } from "@polylogue/relay"
import type { Metrics } from "./metrics.ts"

/** Values of one name, each with its labels. */
export interface LabelledMeasure {
  readonly name: string
  readonly help: string
  readonly labels: readonly string[]
  readonly read: () => readonly (readonly [labels: Readonly<Record<string, string>>, value: number])[]
}

/** Times that somebody else has counted, in milliseconds; told in seconds. */
export interface TimesMeasure {
  readonly name: string
  readonly help: string
  readonly read: () => HistogramCounts
}

const LINK_STATES = ["up", "down", "refused"] as const

/**
 * Adds what a relay knows of the relays that it is linked with. Relays are named as their operators call them; there are as many values as there are relays, which are
 * at most 256.
 */
export function watchFleet(metrics: Metrics, fleet: () => FleetStatus): void {
  const now = onceATick(fleet)
  const links = (): readonly OwnLink[] => now().links
  metrics.labelled({
    name: "links",
    help: "Links by how they are.",
    labels: ["state"],
    read: () => LINK_STATES.map((state) => [{ state }, links().filter((link) => link.state === state).length]),
  })
  const perPeer = (name: string, help: string, read: (link: OwnLink) => number | undefined): void =>
    metrics.labelled({ name, help, labels: ["peer"], read: () => distinct(links().flatMap((link) => valueOf(peerOf(link), read(link)))) })
  perPeer("link_up", "1 while the link stands.", ({ state }) => Number(state === "up"))
  perPeer("link_documents_behind", "Documents of which the peer has something that is not here yet.", ({ behind }) => behind?.documents)
  perPeer(
    "link_documents_lacking",
    "Documents of which something is here that the peer has not said to have.",
    ({ lacking }) => lacking?.documents,
  )
  metrics.labelled({
    name: "fleet_relays",
    help: "Relays that are known, this one included, by whether links lead to them.",
    labels: ["reached"],
    read: () => {
      const apart = now().relays.filter(({ reached }) => !reached).length
      return [
        [{ reached: "yes" }, now().relays.length - apart + 1],
        [{ reached: "no" }, apart],
      ]
    },
  })
  metrics.labelled({
    name: "convergence_ratio",
    help: "Share of all known entries, of the documents that changed last, that a relay holds.",
    labels: ["relay"],
    read: () => {
      const { relay, name, relays, convergence } = now()
      const names = new Map([[relay, name], ...relays.map((known) => [known.relay, known.name] as const)])
      const shares = convergence.relays.filter(({ of }) => of > 0)
      return distinct(shares.map((share) => [{ relay: names.get(share.relay) || share.relay }, share.entries / share.of]))
    },
  })
  metrics.measure({
    name: "convergence_documents",
    help: "Documents that convergence is measured of.",
    read: () => now().convergence.documents,
  })
  metrics.measure({ name: "fleet_convergence_ratio", help: "C(t): the same over all relays.", read: () => now().convergence.share })
  metrics.measure({
    name: "registers_authorities",
    help: "Authorities of registers that are reached: 1 when all is well.",
    read: () => now().authorities.length,
  })
  metrics.measure({
    name: "erasures_unfinished",
    help: "Documents with erasures that not every known relay has said to have carried out.",
    read: () => now().erasures.documents,
  })
  metrics.times({
    name: "visibility_seconds",
    help: "From when the first relay had an entry to its being durable here, by the clocks of both.",
    read: () => now().visibility,
  })
  metrics.measure({
    name: "visibility_error_seconds",
    help: "How wrong the least exact of the times of visibility may be.",
    read: () => now().visibility.errorMs / 1000,
  })
  metrics.times({ name: "heal_seconds", help: "From a link's standing until neither end lacks anything.", read: () => now().heals })
}

/** What a peer is called: by its operator, else by its address, else by its id. */
function peerOf({ name, url, relay }: OwnLink): string {
  if (name !== "") return name
  return url === undefined ? (relay ?? "") : new URL(url).host
}

function valueOf(peer: string, value: number | undefined): [Readonly<Record<string, string>>, number][] {
  return value === undefined ? [] : [[{ peer }, value]]
}

/** Of two that are called alike the last is told: a value twice under the same labels would be no metric. */
function distinct<V extends readonly [Readonly<Record<string, string>>, number]>(values: readonly V[]): V[] {
  return [...new Map(values.map((value) => [JSON.stringify(value[0]), value])).values()]
}

/** Metrics are asked for one by one, and all of them at once. */
function onceATick(fleet: () => FleetStatus): () => FleetStatus {
  let known: FleetStatus | undefined
  return () => {
    if (known === undefined) setImmediate(() => (known = undefined))
    return (known ??= fleet())
  }
}
