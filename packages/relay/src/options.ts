import type { BlobHash, Clock, Code, Dial, DocumentId, RandomBytes } from "@polylogue/protocol"
import type { EntryLog } from "@polylogue/storage"
import type { BlobHolder } from "./blobs/blob-holder.ts"
import type { RelayEvents } from "./events.ts"
import type { RelayLimits } from "./limits.ts"
import type { CompactionJob, CompactionResult } from "./yjs/compaction-job.ts"

/** What a principal may do with a document; each permission includes those before it. `erase` is for erasing content for good. */
export type Permission = "none" | "read" | "write" | "erase"

/** Who a session acts for, and what it may do. */
export interface Principal {
  /** Stands in entries as their author, and in `welcome`. At most 4,096 bytes. */
  readonly name: string
  /** When its grants expire, in the relay's milliseconds since 1970; absent or `Infinity` for never. Its sessions end then with `unauthenticated`. */
  readonly expiresAt?: number
  /**
   * Names what it may do: of one name, two principals with equal grants may do the same. What a feed left out for lack of permission is told anew
   * when they have changed. Default: they never change.
   */
  readonly grants?: string
  /** Asked at `open` and after each `token` frame, for each document, and for each change of a feed. */
  may(documentId: DocumentId): Permission
  /**
   * Whether it may read anything below `prefix`, whatever is there: when not, a feed of it is empty without the store being asked. Default: it
   * may, and how long a feed takes tells who may not read it that something is there.
   */
  reaches?(prefix: string): boolean
  /** Whether it is a relay: one of its sessions may become a link, over which everything is read and entries keep their stamps. Default false. */
  readonly relay?: boolean
}

/** Why a session is not taken: the code it is closed with. */
export interface Refusal {
  readonly refused: Code
  readonly reason: string
}

/** Does the work that needs Yjs documents, off the event loop: `runCompaction` in a worker. */
export interface Compactor {
  /**
   * The result of `runCompaction(job)`; rejects with what it throws, or when the worker died. Jobs and results are structured-clonable; the
   * byte arrays of a job must be copied, not transferred. Jobs may run at the same time.
   */
  run<J extends CompactionJob>(job: J): Promise<CompactionResult<J>>
}

/** What holds the blobs of documents, and can forget them. */
export interface BlobEraser {
  /** Resolves when no file holds the bytes of the blobs `hashes` of the document's workspace any more. May be asked for the same ones again. */
  erase(documentId: DocumentId, hashes: readonly BlobHash[]): Promise<void>
}

/** A relay that is dialled. */
export interface LinkPeer {
  /** `ws://` or `wss://`, with its path. */
  readonly url: string
  /** Makes this relay one at the other; default none, which is for loopback only. */
  readonly token?: string
}

/** What a relay is among others. */
export interface LinkOptions {
  /** What its operator calls it: 1 to 64 characters, shown to whoever may see the status. */
  readonly name: string
  /** What runs here, with its version, for status pages. Default: nothing is said. */
  readonly program?: string
  /** Relays that it dials, and goes on dialling; others may dial it. May be changed later with `setPeers`. */
  readonly peers: readonly LinkPeer[]
  readonly dial: Dial
  /**
   * Prefixes of document ids whose documents it holds whoever uses them; `[""]` for all, `[]` for none: then it holds what is, and was, in use here. Default all.
   */
  readonly mirror?: readonly string[]
  /**
   * Whether it is the authority of registers, for as long as it runs. Exactly one relay of those that are linked is. Default: what it was when it was linked
   * last; of one that never was, {@link authorityByDefault}.
   */
  readonly authority?: boolean
  /** Default: whether it has no peers to dial at the start. */
  readonly authorityByDefault?: boolean
  /** On the disks of how many other relays something has to be to count as replicated. Default 1. */
  readonly replicas?: number
  /** The blobs that it gives other relays, and takes from them. Default: it has none to do with. */
  readonly blobs?: BlobHolder
}

/** What `openRelay` is given: the environment, and limits with defaults. */
export interface RelayOptions {
  /** The store; opened by `openRelay` and closed by `close`. Nobody else writes to it meanwhile. */
  readonly log: EntryLog
  /** `setTimer(action, 0)` ends a tick: what came before it is committed and sent together. Map it to `setImmediate` on Node. */
  readonly clock: Clock
  /** Source of the log id and of row ids; must be unpredictable and never repeat, across restarts above all. */
  readonly randomBytes: RandomBytes
  readonly compactor: Compactor
  readonly limits?: Partial<RelayLimits>
  /** Told of the blobs that erasures name, before they count as carried out. Default: there are none. */
  readonly blobs?: BlobEraser
  /**
   * Decides who a session is, from its `hello` and from each `token` that follows, which has to yield a principal of the same name; for a
   * y-websocket client `token` and `agent` are those given to `acceptYjs`. Not asked when the principal was given to `accept` and `hello` has no token.
   * Default: everybody is the principal `anonymous` and may write, which is for loopback only.
   */
  readonly authenticate?: (hello: { readonly token: string; readonly agent: string }) => Promise<Principal | Refusal>
  /** Other relays. Default: it stands alone, and takes none in. */
  readonly links?: LinkOptions
  /** Default: nobody is told. */
  readonly events?: RelayEvents
}
