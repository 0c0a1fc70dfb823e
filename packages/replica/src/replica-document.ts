import type { DocumentId } from "@polylogue/protocol"
import type { Awareness } from "y-protocols/awareness"
import type * as Y from "yjs"
import type { DocumentStatus, Safety } from "./status.ts"

/** An open document: its Y.Doc, and how safe it is. */
export interface ReplicaDocument {
  readonly documentId: DocumentId
  /** Replaced by a fresh Y.Doc after a permanent reject or a divergence: listen with `onReset` and bind anew. Not to be destroyed by the caller. */
  readonly ydoc: Y.Doc
  /** Made at the first access, and again after a reset; belongs to `ydoc`. */
  readonly awareness: Awareness
  readonly status: DocumentStatus
  /** Calls `listener` after each change of `status` or of what `safetyOf` answers. Returns a function that ends it. */
  subscribe(listener: () => void): () => void
  /** Calls `listener` with the new Y.Doc when `ydoc` was replaced. Returns a function that ends it. */
  onReset(listener: (ydoc: Y.Doc) => void): () => void
  /**
   * Resolves when everything that `ydoc` holds at the call is at least so safe: `local` on this device's disk, `stored` on a relay's.
   * @throws ReplicaError `closed` or `rejected` when that can no longer happen.
   */
  whenDurable(level: "local" | "stored"): Promise<void>
  /**
   * Where the update with the struct at (`client`, `clock`) is. An app shows each message's state with the Y id of the message's last struct.
   * What others wrote, and what the document does not know, counts as `stored`.
   */
  safetyOf(client: number, clock: number): Safety
  /** Gives the document back. Its Y.Doc is destroyed once it was given back as often as it was opened, and what it held is written to the store. */
  close(): Promise<void>
}
