import type { BlobHash, DocumentId } from "@polylogue/protocol"
import type { BlobFetch } from "./blob-http.ts"
import type { BlobsHost, ReplicaBlobs } from "./blobs.ts"

/** What a replica does with its blobs beside what it offers: when to send, and what to forget. */
export interface BlobsPart extends ReplicaBlobs {
  /** Another tab has put blobs on the device: it may be one that cannot send. */
  heard(): void
  /** Sends what waits, of earlier runs and other tabs as well; at once when an earlier attempt failed and waits. */
  resume(): void
  /** This tab takes care of the store: what another run has left half-done is removed, and what waits is sent. Never rejects. */
  begin(): Promise<void>
  /** Deletes blobs that were erased with content of `documentId`. @throws StorageError */
  forget(documentId: DocumentId, hashes: readonly BlobHash[]): Promise<void>
  /** Begins nothing more. */
  stop(): void
}

/** Makes the blobs of a replica. */
export type MakeBlobs = (host: BlobsHost, fetch: BlobFetch | undefined) => BlobsPart
