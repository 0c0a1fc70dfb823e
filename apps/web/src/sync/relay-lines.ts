import type { RelayStatus, ReplicaStatus } from "@polylogue/replica"

/** A relay as the details show it. */
export interface RelayLine {
  readonly url: string
  /** The address without what all relays share. */
  readonly name: string
  /** `here`: this device is connected to it. `well`, `untried`: it may be. `lost`: something is wrong with it. */
  readonly shape: "here" | "well" | "untried" | "lost"
  /** How it is, and what to do about it when something is wrong. */
  readonly state: string
  /** It would be tried next. */
  readonly isNext: boolean
}

/** What the lines are made from. */
export type RelayFacts = Pick<ReplicaStatus, "connection" | "relay" | "relays">

/** The relays that this device knows, in the order in which it would try them. Of one that it is not connected to it says how it was when it was last tried. */
export function relayLines({ connection, relay, relays }: RelayFacts): readonly RelayLine[] {
  const present = connection === "online" || connection === "connecting" ? relay : undefined
  // Which one is next says nothing where there is no choice.
  const next = relays.length > 1 ? relays.find(({ url, health }) => url !== present && health !== "refused") : undefined
  return relays.map((known) => {
    const isHere = known.url === present && connection === "online"
    const isTried = known.url === present && connection === "connecting"
    return {
      url: known.url,
      name: relayName(known.url),
      shape: isHere ? "here" : known.health === "well" || known.health === "untried" ? known.health : "lost",
      state: isHere ? hereWords(known) : isTried ? "Being tried now" : awayWords(known),
      isNext: known === next,
    }
  })
}

/** Whether there is a relay left that has not failed: the device is on its way to it. */
export function hasRelayLeft(relays: readonly RelayStatus[]): boolean {
  return relays.length > 1 && relays.some(({ health }) => health === "well" || health === "untried")
}

/** An address in few words: the host, and the path where it is not the usual one. */
export function relayName(url: string): string {
  const { host, pathname } = new URL(url)
  return pathname === "/" || pathname === "/sync" ? host : `${host}${pathname}`
}

function hereWords({ welcomeMs }: RelayStatus): string {
  return welcomeMs === undefined ? "This device is here" : `This device is here; it answered in ${Math.round(welcomeMs)} ms`
}

function awayWords({ health, code, welcomeMs }: RelayStatus): string {
  switch (health) {
    case "untried":
      return "Not tried yet"
    case "well":
      return welcomeMs === undefined ? "Answered when last tried" : `Answered in ${Math.round(welcomeMs)} ms when last tried`
    case "slow":
      return "Did not answer in time; it is tried again by itself"
    case "unreachable":
      return "Out of reach; it is tried again by itself"
    case "refused":
      return code === "unauthenticated"
        ? "Asks who you are; sign in to use it"
        : `Does not take this device${code === undefined ? "" : ` (${code})`}; ask whoever runs it for access`
  }
}
