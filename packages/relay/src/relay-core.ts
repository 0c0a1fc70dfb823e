import type { Clock, LogId, RandomBytes } from "@polylogue/protocol"
import type { Audits } from "./audits.ts"
import type { Committer } from "./committer.ts"
import type { Compactions } from "./compactions.ts"
import type { RelayEvents } from "./events.ts"
import type { Erasures } from "./erasures.ts"
import type { Feeds } from "./feeds.ts"
import type { FleetView } from "./fleet/fleet-view.ts"
import type { LinkInbound } from "./links/link-inbound.ts"
import type { Links } from "./links/links.ts"
import type { InboundBudget } from "./inbound-budget.ts"
import type { RelayLimits } from "./limits.ts"
import type { Compactor } from "./options.ts"
import type { Presence } from "./presence/presence.ts"
import type { Principals } from "./principals.ts"
import type { Quarantines } from "./quarantines.ts"
import type { ReceivedBudget } from "./received-budget.ts"
import type { RegisterDesk } from "./registers/register-desk.ts"
import type { Returning } from "./returning.ts"
import type { Handshakes } from "./session-bounds.ts"
import type { RelayCounters } from "./stats.ts"
import type { Store } from "./store.ts"
import type { Ticker } from "./ticker.ts"
import type { Turns } from "./turns.ts"

/** What the parts of one relay share. */
export interface RelayCore {
  readonly logId: LogId
  readonly clock: Clock
  readonly randomBytes: RandomBytes
  readonly limits: RelayLimits
  readonly store: Store
  readonly ticker: Ticker
  readonly inbound: InboundBudget
  readonly linkInbound: LinkInbound
  readonly received: ReceivedBudget
  readonly principals: Principals
  readonly handshakes: Handshakes
  readonly committer: Committer
  readonly compactor: Compactor
  readonly compactions: Compactions
  readonly quarantines: Quarantines
  readonly feeds: Feeds
  readonly erasures: Erasures
  readonly audits: Audits
  readonly returning: Returning
  readonly registers: RegisterDesk
  readonly links: Links
  readonly fleet: FleetView
  readonly presence: Presence
  readonly turns: Turns
  readonly events: RelayEvents
  readonly counters: RelayCounters
}
