import type { Code } from "@polylogue/protocol"
import type { RelayStatus } from "./relay-order.ts"

/** How long what this replica stores is kept: on the device; until the window is closed (private mode); only in the memory of this tab. */
export type Keeps = "durable" | "window" | "tab"

/** Where an update is: in this tab's memory; durable on the device; durable at a relay; durable at other relays too. */
export type Safety = "memory" | "local" | "stored" | "replicated"

/** How comparisons of whole documents with a relay went, since this replica was opened. */
export interface AuditCounts {
  /** The same on both sides. */
  readonly equal: number
  /** Something else at the same version vector: the copy was replaced by the relay's, its text is kept aside. */
  readonly different: number
  /** Too large to be compared here (`auditMaxBytes`). */
  readonly skipped: number
}

/** How the replica stands. Immutable; a new object at each change, the same object between changes. */
export interface ReplicaStatus {
  /** `offline`: waiting for the next attempt, or no relay is configured. `refused`: a permanent code, see `code`; no retry until `reconnect()`. */
  readonly connection: "offline" | "connecting" | "online" | "refused"
  /** Why the last connection ended; `undefined` before that, and when its number is unknown. */
  readonly code: Code | undefined
  /** `clock.now()` of the last change of `connection`. */
  readonly since: number
  /** Address of the relay that is connected or being tried. */
  readonly relay: string | undefined
  /** All relays that were given and how they were when they were last tried, that which would be tried first at the front. */
  readonly relays: readonly RelayStatus[]
  /** Who the relay takes this device for; `undefined` before the first welcome. */
  readonly principal: string | undefined
  /** When the present grants end, by this device's clock, in milliseconds since 1970; `undefined` for never, and before the first welcome. */
  readonly expiresAt: number | undefined
  readonly keeps: Keeps
  /** Whether this tab holds the socket. */
  readonly holder: boolean
  /** Whether somebody cut this device off with `setCutOff`, in whatever tab: `connection` is `offline` until it is switched back. */
  readonly cutOff: boolean
  /** The relay's time minus the device's, in milliseconds; 0 before the first welcome. */
  readonly relayTimeOffsetMs: number
  /** Outbox rows that no relay has acknowledged, over all documents of the store, open or not. */
  readonly waitingRows: number
  /** Comparisons made by this tab. */
  readonly audits: AuditCounts
  /** Why the write at the head has not gone through yet; it is retried, and nothing overtakes it. */
  readonly storageError: "quota-exceeded" | "io" | "closed" | undefined
}

/** How a document stands. Immutable; a new object at each change, the same object between changes. */
export interface DocumentStatus {
  readonly loaded: true
  /** Whether all that the relay had when it was asked has arrived, in the present connection. */
  readonly synced: boolean
  /**
   * Whether the relay said that others may have more, and has not yet had the chance to ask them, or this device has not yet got what came of it: what is
   * not here then is not to be taken for what was never written. Only as long as a session lasts.
   */
  readonly relayAwaits: boolean
  /** Updates of this tab that are in memory only. */
  readonly unsavedUpdates: number
  /** Outbox rows on this device that no relay has acknowledged. */
  readonly waitingRows: number
  /** Whether the relay lets this principal write; `undefined` before it has said. */
  readonly mayWrite: boolean | undefined
  /** Whether the relay lets this principal erase; `undefined` before it has said. */
  readonly mayErase: boolean | undefined
  /** On how many other relays `replicated` words are at least; 0 as long as the relay has not spoken of others: it stands alone, or is older. */
  readonly otherRelays: number
  /** The code with which the document was permanently refused, by the relay or row by row. */
  readonly rejected: Code | undefined
}
