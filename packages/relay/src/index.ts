export type { ReadDocument, RelayDocuments } from "./document-reads.ts"
export type { BlobHolder, BlobPiece, BlobTaking } from "./blobs/blob-holder.ts"
export type { BlobFetched, RelayBlobs } from "./blobs/blob-peers.ts"
export { RelayError, type RelayErrorCode } from "./errors.ts"
export type { RelayEvent, RelayEvents } from "./events.ts"
export type { ClockReading } from "./fleet/clock-offset.ts"
export type { DocumentShares, Lag, RelayShare } from "./fleet/convergence.ts"
export type { ReportedLink, ReportedLinkState } from "./fleet/fleet-report.ts"
export type { FleetStatus, KnownRelay, OwnLink } from "./fleet/fleet-status.ts"
export type { HistogramCounts } from "./fleet/histogram.ts"
export type { ShareSample } from "./fleet/share-history.ts"
export type { VisibilityCounts } from "./fleet/visibility.ts"
export { DEFAULT_RELAY_LIMITS, type RelayLimits, relayLimits } from "./limits.ts"
export type { Link, LinkedRelay, LinkPart, LinkService } from "./links/link-service.ts"
export type { LinkStatus } from "./links/link-status.ts"
export type { UnfinishedErasure, UnfinishedErasures } from "./links/unfinished-erasures.ts"
export type { BlobEraser, Compactor, LinkOptions, LinkPeer, Permission, Principal, Refusal, RelayOptions } from "./options.ts"
export { liftQuarantine, type Quarantine, type QuarantineScope, readQuarantines } from "./quarantine.ts"
export { openRelay, type Relay, type RelayRegisters } from "./relay.ts"
export type { RegisterAuthority, RegisterStanding } from "./registers/register-desk.ts"
export { examineRegisters, type RegisterExamination, removeRegister } from "./registers/examine-registers.ts"
export type { RelayCounters, RelayStats } from "./stats.ts"
export type { ClientRun, DeletedRun, UpdateSummary } from "./yjs/closed-update.ts"
export type {
  CompactedDocument,
  CompactionJob,
  CompactionResult,
  DocumentDiff,
  DocumentDigest,
  DocumentState,
  StoredDocument,
  UpdateCheck,
  UpdateCut,
} from "./yjs/compaction-job.ts"
export { runCompaction } from "./yjs/run-compaction.ts"
export type { YjsHello } from "./yjs-session.ts"
