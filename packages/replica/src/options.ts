import type { Clock, Dial, RandomBytes } from "@polylogue/protocol"
import type { EntryLog } from "@polylogue/storage"
import type { Keeps } from "./status.ts"

/** What `openReplica` is given: the environment, and limits with defaults. */
export interface ReplicaOptions {
  /** The device's store; opened and closed by the replica. Several tabs may each give their own handle on the same store. */
  readonly store: EntryLog
  /** Addresses of relays, `ws://` or `wss://` with their path, tried in turn; empty: this device only. */
  readonly relays: readonly string[]
  readonly dial: Dial
  readonly clock: Clock
  /** Source of row ids and of the jitter; must be unpredictable and never repeat. */
  readonly randomBytes: RandomBytes
  /** Shown to the relay; not an authentication. Default `polylogue`. */
  readonly agent?: string
  /** Authenticates at the relay; see also `Replica.setToken`. Default none. */
  readonly token?: string
  /** How tabs of one store find each other; absent: this replica is alone. */
  readonly tabs?: Tabs
  /**
   * Calls `woken` when the device thinks that it is online again, or the page became visible or was resumed: the replica then connects at
   * once and reads its log again. Returns a function that ends it.
   */
  readonly wake?: (woken: () => void) => () => void
  /** What `store` promises; reported in the status, never stronger than true. Default `durable`. */
  readonly keeps?: Keeps
}

/** The tabs (or other processes) that share one store. Everything that is posted is a hint: it may be lost, late or doubled. */
export interface Tabs {
  /**
   * Asks to be the tab that holds the socket. `granted` is called when it is, `lost` when another tab took it over. With `steal` it is taken
   * from its holder at once. Returns a function that gives it back, or withdraws the request.
   */
  lead(request: { readonly steal: boolean; granted(): void; lost(): void }): () => void
  /** Sends a structured-clonable message to the other tabs, never to this one. */
  post(message: unknown): void
  /** Calls `handler` with what other tabs post. Returns a function that ends it. */
  listen(handler: (message: unknown) => void): () => void
  /** Whether this tab is visible; a hidden one does not steal. */
  visible(): boolean
}
