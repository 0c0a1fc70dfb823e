import type { RelayId } from "@polylogue/protocol"
import type { LinkStatus } from "../links/link-status.ts"
import type { ClockReading } from "./clock-offset.ts"
import type { Lag } from "./convergence.ts"
import type { ReportedLinkState } from "./fleet-report.ts"
import type { OwnLink } from "./fleet-status.ts"

/** What is known of the relay at the other end of a link. */
export interface OtherEnd {
  name(relay: RelayId): string
  clock(relay: RelayId): ClockReading | undefined
  lag(relay: RelayId): { readonly behind: Lag; readonly lacking: Lag }
  /** Whether the relay still belongs to this one's: not when the operator has forgotten it. */
  isKnown(relay: RelayId): boolean
}

/** How a link is for who looks at it. One in the place of which another stands, or that is wanted no more, is none. */
const STATES: Readonly<Record<LinkStatus["state"], ReportedLinkState | undefined>> = {
  linked: "up",
  connecting: "down",
  waiting: "down",
  refused: "refused",
  "linked-otherwise": undefined,
  stopped: undefined,
}

/** The links of a relay as they are looked at: since when each is as it is, and what stands behind it. */
export class OwnLinks {
  readonly #since = new Map<string, { readonly state: ReportedLinkState; readonly at: number }>()

  /** Links that others have dialled, as they were last seen: nobody here dials them again, but cut they are looked at all the same. */
  readonly #dialledHere = new Map<RelayId, LinkStatus>()

  /** The links of `statuses` at `now`, by the relay's clock. What has changed since the last call has changed now. */
  take(statuses: readonly LinkStatus[], now: number, other: OtherEnd): OwnLink[] {
    const seen = new Set<string>()
    const links = [...statuses, ...this.#ended(statuses, other)].flatMap((status): OwnLink[] => {
      const state = STATES[status.state]
      if (state === undefined) return []
      const key = status.url ?? status.relay ?? ""
      seen.add(key)
      return [this.#linkOf(status, state, this.#sinceOf(key, state, now - (status.sinceMs ?? 0)), other)]
    })
    for (const key of this.#since.keys()) if (!seen.has(key)) this.#since.delete(key)
    return links
  }

  #ended(statuses: readonly LinkStatus[], other: OtherEnd): LinkStatus[] {
    for (const status of statuses) if (status.relay !== undefined) this.#dialledHere.delete(status.relay)
    for (const relay of this.#dialledHere.keys()) if (!other.isKnown(relay)) this.#dialledHere.delete(relay)
    const ended = [...this.#dialledHere.values()].map((status): LinkStatus => ({
      ...status,
      state: "waiting",
      sinceMs: undefined,
      level: false,
      documentsOpen: 0,
      documentsBehind: 0,
    }))
    for (const status of statuses) if (status.relay !== undefined && status.url === undefined) this.#dialledHere.set(status.relay, status)
    return ended
  }

  #sinceOf(key: string, state: ReportedLinkState, at: number): number {
    const known = this.#since.get(key)
    const since = known?.state === state && state !== "up" ? known : { state, at: Math.floor(at) }
    this.#since.set(key, since)
    return since.at
  }

  #linkOf(status: LinkStatus, state: ReportedLinkState, since: number, other: OtherEnd): OwnLink {
    const { relay, code, reason, url, bytesSent, bytesReceived } = status
    const name = status.name === "" && relay !== undefined ? other.name(relay) : status.name
    const lag = relay === undefined ? undefined : other.lag(relay)
    const up = state === "up"
    return {
      relay,
      name,
      state,
      code: up ? "" : (code ?? ""),
      since,
      // Which documents differ is known at once, how much of each only when it is read.
      behind: up ? { documents: status.documentsBehind, entries: lag!.behind.entries } : undefined,
      clock: relay === undefined ? undefined : other.clock(relay),
      url,
      lacking: lag?.lacking,
      bytesSent,
      bytesReceived,
      reason: up ? "" : reason,
    }
  }
}
