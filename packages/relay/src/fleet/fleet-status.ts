import type { LogId, RelayId } from "@polylogue/protocol"
import type { ClockReading } from "./clock-offset.ts"
import type { ConvergenceNow, DocumentShares, Lag } from "./convergence.ts"
import type { UnfinishedErasures } from "../links/unfinished-erasures.ts"
import type { FleetReport, ReportedLink } from "./fleet-report.ts"
import type { HistogramCounts } from "./histogram.ts"
import type { ShareSample } from "./share-history.ts"
import type { VisibilityCounts } from "./visibility.ts"

/** A link of this relay, for status pages. */
export interface OwnLink extends ReportedLink {
  /** The address that this relay dials; `undefined` for one that was dialled from elsewhere. */
  readonly url: string | undefined
  /** What is here, and not yet there as far as it said; `undefined` while that is not known. */
  readonly lacking: Lag | undefined
  /** Since it stands. */
  readonly bytesSent: number
  readonly bytesReceived: number
  /** What the other end, or the network, said when it ended last; "" for nothing. */
  readonly reason: string
}

/** Another relay of the fleet. */
export interface KnownRelay {
  readonly relay: RelayId
  readonly name: string
  /** Whether links that stand lead to it: what it reports then is as it is. */
  readonly reached: boolean
  /** When its last report came here; `undefined` when none came since this relay started. */
  readonly heardAt: number | undefined
  /** `undefined` when there is none, or this version cannot read it. */
  readonly report: Omit<FleetReport, "documents"> | undefined
  /** How its clock stands to ours. */
  readonly clock: ClockReading | undefined
}

/** What a relay knows of itself and of those that it is linked with; for its operator alone, since it names documents. Times are by its clock. */
export interface FleetStatus {
  readonly at: number
  readonly relay: RelayId
  readonly name: string
  readonly program: string
  readonly log: LogId
  readonly startedAt: number
  readonly onDemand: boolean
  readonly links: readonly OwnLink[]
  /** All others that are known, by id. */
  readonly relays: readonly KnownRelay[]
  readonly convergence: ConvergenceNow & {
    /** Oldest first; between two of them nothing changed. */
    readonly history: readonly ShareSample[]
    /** The documents of which most is lacking somewhere. */
    readonly behind: readonly DocumentShares[]
  }
  readonly visibility: VisibilityCounts
  /** From a link's standing until both ends are level. */
  readonly heals: HistogramCounts
  /** Authorities of registers that are reached: one when all is well; two are a mistake of whoever runs them, and stop each other. */
  readonly authorities: readonly RelayId[]
  readonly erasures: UnfinishedErasures
}
