import type { DocumentId, LogId, VersionVector } from "@polylogue/protocol"
import type { Divergence } from "../divergence.ts"
import type { Environment } from "../environment.ts"
import type { AuditCounts } from "../status.ts"
import type { LogDigest } from "./digest.ts"

/** A session as an auditor sees it. */
export interface AuditedSession {
  readonly log: LogId
  /** Whether the document is open, all that the relay had has arrived, and nothing is under way. */
  settled(documentId: DocumentId): boolean
  /** Sends the digest with the vector that the relay has for just that, and returns this; `undefined` when the two do not stand for the same. */
  audit(documentId: DocumentId, own: LogDigest): VersionVector | undefined
}

/** What an auditor needs of its replica. */
export interface AuditorHost {
  readonly environment: Environment
  readonly flush: { countOf(documentId: DocumentId): number }
  readonly index: { countOf(documentId: DocumentId): number }
}

/** Compares quiet documents with the relay, one after the other. */
export interface AuditorPart {
  readonly counts: AuditCounts
  begin(session: AuditedSession): void
  end(): void
  /** All that the relay had of the document has arrived. */
  synced(documentId: DocumentId): void
  /** Something of the document was stored. */
  changed(documentId: DocumentId): void
  /** The relay's answer. */
  answered(documentId: DocumentId, vector: VersionVector, digest: Uint8Array): void
}

/** Nothing was compared yet. */
export const NO_AUDITS: AuditCounts = Object.freeze({ equal: 0, different: 0, skipped: 0 })

/** Makes an auditor; `counted` is called when `counts` has changed. */
export type MakeAuditor = (host: AuditorHost, divergence: Divergence, counted: () => void) => AuditorPart
