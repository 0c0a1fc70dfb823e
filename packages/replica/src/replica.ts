import type { DocumentId } from "@polylogue/protocol"
import type { KeptRecord } from "./kept.ts"
import type { ReplicaDocument } from "./replica-document.ts"
import type { ReplicaStatus } from "./status.ts"

/** A device's copy: documents, their entry log, at most one connection. Made by `openReplica`. */
export interface Replica {
  /**
   * Opens a document from the store; never waits for the network. The same object as long as it is open, counted: `close` it as often as opened.
   * @throws ReplicaError `bad-document-id`, `closed`, `storage`.
   */
  open(documentId: DocumentId): Promise<ReplicaDocument>
  readonly status: ReplicaStatus
  /** Calls `listener` after each change of `status`. Returns a function that ends it. */
  subscribe(listener: () => void): () => void
  /** Text kept aside after a permanent reject, oldest first. */
  kept(): Promise<readonly KeptRecord[]>
  /** Removes one record of `kept`; one that is not there is nothing to remove. */
  dismissKept(key: string): Promise<void>
  /** Connects now: skips the backoff, ends `refused`. */
  reconnect(): void
  /** Uses another token from the next connection on, and connects now if the last one was refused. */
  setToken(token: string): void
  /** For tests and demonstrations: behaves as if the network were gone until it is switched back. */
  setCutOff(cutOff: boolean): void
  /** Writes what can be written to the store, ends the connection and closes the store. Idempotent. */
  close(): Promise<void>
}
