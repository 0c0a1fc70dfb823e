import type { DocumentId } from "@polylogue/protocol"
import { Auditor } from "./audit/auditor.ts"
import { Blobs, type ReplicaBlobs } from "./blobs/blobs.ts"
import { Connection } from "./connection.ts"
import { carryOut } from "./erasing/carrying-out.ts"
import { Erasures } from "./erasing/erasures.ts"
import { prepareHandOver } from "./hand-over.ts"
import type { KeptRecord } from "./kept.ts"
import type { StoredDocuments } from "./documents-on-disk.ts"
import { manyRelays } from "./many-relays.ts"
import { openWith } from "./open-with.ts"
import type { ReplicaOptions } from "./options.ts"
import type { ReplicaDocument } from "./document.ts"
import type { ReplicaRegisters } from "./registers/register.ts"
import { Registers } from "./registers/registers.ts"
import { Replication } from "./replication/replication.ts"
import type { ReplicaStatus } from "./status.ts"

/** A device's copy: documents, their entry log, at most one connection. Made by `openReplica`. */
export interface Replica {
  /**
   * Opens a document from the store; never waits for the network. The same object as long as it is open, counted: `close` it as often as opened.
   * @throws ReplicaError `bad-document-id`, `closed`, `storage`.
   */
  open(documentId: DocumentId): Promise<ReplicaDocument>
  /**
   * Keeps the documents whose id is `prefix` or begins with `prefix/` fresh on the device, beside those that are open: the relay says which have
   * changed, and what is missing is stored without a Y.Doc in memory, so that they open without a network. A return of thousands of unchanged
   * documents costs one answer. Of tabs, each may watch; not remembered over a restart, only how far the device got.
   * @returns a function that ends it; what was brought here stays.
   * @throws ReplicaError `bad-document-id`, `closed`.
   */
  watch(prefix: string): () => void
  readonly status: ReplicaStatus
  /** Calls `listener` after each change of `status`. Returns a function that ends it. */
  subscribe(listener: () => void): () => void
  /**
   * Whether rows that no relay has acknowledged wait on this device, of document `prefix` or of one below `prefix/`, open or not. It takes no look
   * at the store, however many wait; whenever an answer may have changed, the listeners of `subscribe` are called.
   */
  readonly waits: (prefix: string) => boolean
  /** Text kept aside after a permanent reject, oldest first. */
  kept(): Promise<readonly KeptRecord[]>
  /** Removes one record of `kept`; one that is not there is nothing to remove. @throws RangeError for a key that `kept` never gave. */
  dismissKept(key: string): Promise<void>
  /** What the store holds of documents, opened or not. */
  readonly onDisk: StoredDocuments
  /** Attachments and other large bytes. */
  readonly blobs: ReplicaBlobs
  /** Values with one winner, kept by an authority beside the documents. */
  readonly registers: ReplicaRegisters
  /** Connects now: skips the backoff, ends `refused`. */
  reconnect(): void
  /**
   * Uses another token from now on, in all tabs: says it to the relay in the present session, or connects now if the last one was refused. What
   * came of it stands in `status`. Words that were not sent meanwhile stay on the device and are sent as soon as somebody is let in.
   * @throws RangeError for a token of more than 4,096 characters.
   */
  setToken(token: string): void
  /** Behaves as if the network were gone until it is switched back, in all tabs; not remembered over a restart, see `ReplicaOptions.cutOff`. */
  setCutOff(cutOff: boolean): void
  /** Writes what can be written to the store, ends the connection and closes the store. Idempotent. */
  close(): Promise<void>
}

/**
 * Opens the store and makes a replica over it. Connects in the background; `open` a document at once.
 * @throws ReplicaError `storage` when the store cannot be opened; `cause` says why. TypeError, RangeError for options outside their range.
 */
export function openReplica(options: ReplicaOptions): Promise<Replica> {
  return openWith(options, {
    blobs: (host, fetch) => new Blobs(host, fetch),
    registers: (host) => new Registers(host),
    carryOut,
    erasures: async (...parts) => new Erasures(...parts),
    replication: async (host) => new Replication(host),
    prepareHandOver,
    auditor: (...audited) => new Auditor(...audited),
    connection: (host) => new Connection(host),
    manyRelays: async (...known) => manyRelays(...known),
  })
}
