import type { Clock, Dial, RandomBytes } from "@polylogue/protocol"
import type { EntryLog } from "@polylogue/storage"
import type { BlobFetch } from "./blobs/blob-http.ts"
import type { Keeps } from "./status.ts"

/** What `openReplica` is given: the environment, and limits with defaults. */
export interface ReplicaOptions {
  /** The device's store; opened and closed by the replica. Several tabs may each give their own handle on the same store. */
  readonly store: EntryLog
  /**
   * Addresses of relays, `ws://` or `wss://` with their path; empty: this device only. Of those that are about equally near one is chosen by
   * `affinity`, so that devices which work on the same meet at the same relay; when it fails, the next.
   */
  readonly relays: readonly string[]
  /** What decides between relays that are equally near. Default: the first segment of the first document that is opened, or watched: the workspace. */
  readonly affinity?: string
  readonly dial: Dial
  readonly clock: Clock
  /** Source of row ids and of the jitter; must be unpredictable and never repeat. */
  readonly randomBytes: RandomBytes
  /** Shown to the relay; not an authentication. Default `polylogue`. */
  readonly agent?: string
  /** Authenticates at the relay; see also `Replica.setToken`. Default none. */
  readonly token?: string
  /**
   * Gives a fresh token; asked when 80 % of the time that the relay grants has passed, and when the token was refused, and again after a wait
   * when it fails. Default: the token is what `setToken` says.
   */
  readonly refreshToken?: () => Promise<string>
  /** Begins cut off, as after `Replica.setCutOff(true)`: who wants that to outlast a restart keeps the wish and gives it here. Default false. */
  readonly cutOff?: boolean
  /** How tabs of one store find each other; absent: this replica is alone. */
  readonly tabs?: Tabs
  /**
   * Calls `woken` when the device thinks that it is online again, or the page became visible or was resumed: the replica then connects at
   * once and reads its log again. Returns a function that ends it.
   */
  readonly wake?: (woken: () => void) => () => void
  /** What `store` promises; reported in the status, never stronger than true. Default `durable`. */
  readonly keeps?: Keeps
  /** Told of what went wrong and was survived: a stored entry that does not apply, a listener that threw. Default: nobody. */
  readonly report?: (problem: ReplicaProblem) => void
  /** Asks over HTTP for blobs, as the web's `fetch` does: `(url, request) => fetch(url, request)`. Absent: blobs stay on this device. */
  readonly fetch?: BlobFetch
  readonly limits?: Partial<ReplicaLimits>
}

/** Something that went wrong and was survived. Carries no content of documents. */
export interface ReplicaProblem {
  readonly kind: "bad-entry" | "store-failed" | "listener-failed" | "bad-frame" | "held-back" | "diverged" | "no-token"
  readonly documentId: string | undefined
  readonly error: unknown
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
  /**
   * Whether this tab may hold the socket. One that may not only writes and reads the store, for a while: a worker beside a page, whose words the tab
   * that holds the socket sends. Default true.
   */
  readonly mayLead?: boolean
}

/** Bounds on time, memory and retries. All are finite and at least 0; counts and bytes at least 1. */
export interface ReplicaLimits {
  /** Milliseconds that local updates are collected before they are written; 0: until the end of the running turn. Default 0. */
  readonly flushWindowMs: number
  /** Upper end of the first wait between attempts (to connect, to write), in milliseconds; doubled at each failure. Default 500. */
  readonly minBackoffMs: number
  /** Longest wait between attempts, in milliseconds. Default 30 000. */
  readonly maxBackoffMs: number
  /** Milliseconds from dialling to `welcome`. Default 10 000. */
  readonly connectTimeoutMs: number
  /** A connection has ended: the next relay is dialled within so many milliseconds, at an even moment, for others who lost it come too. Default 200. */
  readonly failoverSpreadMs: number
  /** At another relay than the one that would be chosen, that one is looked after every so many milliseconds, or sooner, down to half. Default 60 000. */
  readonly lookBackMs: number
  /** Milliseconds for which it must have let us in each time before the device moves back. Default 120 000. */
  readonly returnAfterMs: number
  /** Milliseconds without anything under way in either direction before that. Default 5 000. */
  readonly returnQuietMs: number
  /** Milliseconds that a connection must have stood for the backoff to begin anew. Default 5 000. */
  readonly steadyMs: number
  /** A connection that was silent for so many milliseconds is probed when the device wakes. Default 2 000. */
  readonly probeAfterMs: number
  /** Milliseconds for the answer to a probe. Default 3 000. */
  readonly probeTimeoutMs: number
  /** Milliseconds that a hand-over waits for a relay with live links to fetch what it lacks from there. Default 2 000. */
  readonly linkGraceMs: number
  /** Hand-overs of one document in one session; after that its rows wait for the next session. Default 4. */
  readonly maxHandOvers: number
  /** Rows of one document sent and not yet acknowledged. Default 256. */
  readonly maxRowsInFlight: number
  /** Bytes of one document sent and not yet acknowledged; one row is sent whatever its size. Default 1 MiB. */
  readonly maxBytesInFlight: number
  /** Bytes given to the socket and not yet taken by the network, beyond which sending pauses. Default 1 MiB. */
  readonly maxBufferedBytes: number
  /** Bytes received and not yet in the store, beyond which the session is ended and taken up again later. Default 128 MiB. */
  readonly maxReceivedBytes: number
  /** Frames received and not yet in the store; as above. Default 65 536. */
  readonly maxReceivedFrames: number
  /** Bytes of snapshots that were cut with their connection, kept in memory to go on with them; beyond, the oldest are forgotten. Default 64 MiB. */
  readonly maxCutBytes: number
  /** Bytes of updates that are joined into one row, or into one commit of received entries; a larger single one goes alone. Default 1 MiB. */
  readonly maxBatchBytes: number
  /** Rows of a document that were never sent are joined into one when there are more than this. Default 128. */
  readonly maxUnsentRows: number
  /**
   * Milliseconds after a row of a document was sent in which rows that follow are joined into one, and wait for it to be acknowledged; the first
   * after a pause goes at once. 0: nothing is joined. Default 50.
   */
  readonly mergeMs: number
  /** To how much that grows while rows follow each other without a pause, in milliseconds. Default 200. */
  readonly maxMergeMs: number
  /** Bytes of such rows beyond which they go at once. Default 64 KiB. */
  readonly maxMergeBytes: number
  /** A document with more items than this is compacted in the store after loading. Default 500. */
  readonly maxItems: number
  /** A document with more bytes of items than this is compacted in the store after loading. Default 1 MiB. */
  readonly maxItemBytes: number
  /** Documents that background sync opens at the relay at once, until what they lacked is here. Default 256. */
  readonly maxFetching: number
  /** Watched documents that are kept open at the relay because they go on changing. Default 32. */
  readonly maxFollowed: number
  /** Milliseconds without a change after which such a document is closed. Default 30 000. */
  readonly followedIdleMs: number
  /** Milliseconds between two records of how far a feed was taken in. Default 2 000. */
  readonly feedRecordMs: number
  /**
   * Once per start of a relay all that is watched is compared with it, in both directions, at some moment in the first so many milliseconds.
   * Default 60 000.
   */
  readonly feedCompareMs: number
  /** Bytes of one blob. Default 64 MiB. */
  readonly maxBlobBytes: number
  /** Bytes of all blobs on the device, beyond which those that a relay has are dropped, the longest unused first. Default 256 MiB. */
  readonly maxBlobCacheBytes: number
  /** Milliseconds after which a question about a register is answered `unavailable`. Default 10 000. */
  readonly registerTimeoutMs: number
  /** Milliseconds without a change after which a document is compared with the relay. Default 60 000. */
  readonly auditQuietMs: number
  /** A document whose log takes more bytes is not compared: its digest would hold up the page. Default 256 KiB. */
  readonly auditMaxBytes: number
  /** Milliseconds between signs of life of the tab that holds the socket. Default 1 000. */
  readonly leaderHeartbeatMs: number
  /** Milliseconds without one after which a visible tab takes the socket over. Default 3 000. */
  readonly leaderLostMs: number
}

/** The defaults of {@link ReplicaLimits}. */
export const DEFAULT_REPLICA_LIMITS: ReplicaLimits = Object.freeze({
  flushWindowMs: 0,
  minBackoffMs: 500,
  maxBackoffMs: 30_000,
  connectTimeoutMs: 10_000,
  failoverSpreadMs: 200,
  lookBackMs: 60_000,
  returnAfterMs: 120_000,
  returnQuietMs: 5_000,
  steadyMs: 5_000,
  probeAfterMs: 2_000,
  probeTimeoutMs: 3_000,
  linkGraceMs: 2_000,
  maxHandOvers: 4,
  maxRowsInFlight: 256,
  maxBytesInFlight: 1024 * 1024,
  maxBufferedBytes: 1024 * 1024,
  maxReceivedBytes: 128 * 1024 * 1024,
  maxReceivedFrames: 65_536,
  maxCutBytes: 64 * 1024 * 1024,
  maxBatchBytes: 1024 * 1024,
  maxUnsentRows: 128,
  mergeMs: 50,
  maxMergeMs: 200,
  maxMergeBytes: 64 * 1024,
  maxItems: 500,
  maxItemBytes: 1024 * 1024,
  maxFetching: 256,
  maxFollowed: 32,
  followedIdleMs: 30_000,
  feedRecordMs: 2_000,
  feedCompareMs: 60_000,
  maxBlobBytes: 64 * 1024 * 1024,
  maxBlobCacheBytes: 256 * 1024 * 1024,
  registerTimeoutMs: 10_000,
  auditQuietMs: 60_000,
  auditMaxBytes: 256 * 1024,
  leaderHeartbeatMs: 1_000,
  leaderLostMs: 3_000,
})

/** What may be 0: waits that can be left out. Every other limit would stop the replica at 0. */
const MAY_BE_ZERO: ReadonlySet<string> = new Set([
  "flushWindowMs",
  "minBackoffMs",
  "failoverSpreadMs",
  "returnAfterMs",
  "returnQuietMs",
  "steadyMs",
  "probeAfterMs",
  "linkGraceMs",
  "maxHandOvers",
  "mergeMs",
  "maxMergeMs",
  "maxFollowed",
  "followedIdleMs",
  "feedRecordMs",
  "feedCompareMs",
])

/**
 * Limits with defaults filled in.
 * @throws RangeError naming the limit that is not a finite number in its range.
 */
export function checkLimits(limits: Partial<ReplicaLimits> = {}): ReplicaLimits {
  const checked = { ...DEFAULT_REPLICA_LIMITS, ...limits }
  for (const [name, value] of Object.entries(checked)) {
    const least = MAY_BE_ZERO.has(name) ? 0 : 1
    if (!Number.isFinite(value) || value < least) throw new RangeError(`limit ${name} is ${value}; it is finite and at least ${least}`)
  }
  return Object.freeze(checked)
}
