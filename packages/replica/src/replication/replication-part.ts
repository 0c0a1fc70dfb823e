import type { DocumentId } from "@polylogue/protocol"
import type { SyncFacts } from "../document.ts"
import type { Environment } from "../environment.ts"

/** An open document, as far as its words on other relays matter. */
export interface ReplicatedDocument {
  readonly documentId: DocumentId
  readonly facts: SyncFacts
  /** What `safetyOf` or `status` answers has changed. */
  changed(): void
}

/** What is known of words on other relays needs of its replica. */
export interface ReplicationHost {
  readonly environment: Environment
  /** What this tab has open. */
  readonly open: { get(documentId: DocumentId): ReplicatedDocument | undefined }
}

/** Which words of open documents are on the disks of other relays too, as far as the relay has told. */
export interface ReplicationPart {
  /** The facts of the document say something new of other relays. */
  told(document: ReplicatedDocument): void
  /** The log of the document holds more than before. */
  grew(document: ReplicatedDocument): void
  /** Whether the struct at (`client`, `clock`) is known to be on other relays, if it is in the log at all. */
  has(document: ReplicatedDocument, client: number, clock: number): boolean
  /** On how many other relays that is at least; 0 when the relay has told nothing of the document. */
  others(document: ReplicatedDocument): number
  /** The position of the device's log up to which all is on other relays. */
  through(document: ReplicatedDocument): number
  /** Resolves when all that the device's log of the document holds now is on other relays. @throws the error of `end`; StorageError. */
  whenReplicated(document: ReplicatedDocument): Promise<void>
  /** The document is closed, or was replaced: who waits is told `error`. */
  end(document: ReplicatedDocument, error: Error): void
  /** Who still waits is told that the replica is closed. */
  stop(): void
}

/** Makes a {@link ReplicationPart}, or loads its code first: no message needs it to be read. */
export type MakeReplication = (host: ReplicationHost) => Promise<ReplicationPart>
