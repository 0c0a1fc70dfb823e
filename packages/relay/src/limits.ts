import { DEFAULT_LIMITS, type Limits, MAX_REGISTER_REQUESTS } from "@polylogue/protocol"

/**
 * Bounds on memory, time and work (I5). Those of {@link Limits} are announced in `welcome`. All are at least 1; `Infinity` means no bound,
 * except for those announced, which are finite.
 */
export interface RelayLimits extends Limits {
  /** Milliseconds from connecting to `welcome`, authentication included; then it is closed with `handshake-timeout`. Default 10 000. */
  readonly handshakeMs: number
  /** Sessions at once of which it is not known yet who they act for; one more is closed with `overloaded`. Default 1 000. */
  readonly maxHandshakes: number
  /** Bytes that a session may send before that is known; beyond it is closed with `frame-too-large`. Default 64 KiB. */
  readonly maxHandshakeBytes: number
  /** Sessions at once, y-websocket ones included; one more is closed with `overloaded`. Default 20 000. */
  readonly maxSessions: number
  /** Sessions of one principal at once; one more is closed with `overloaded`. Not where everybody is the same. Default 1 000. */
  readonly maxPrincipalSessions: number
  /** Documents that one principal has open at once, over all sessions; one more is closed with `too-many-documents`. Not where everybody is the same. Default 100 000. */
  readonly maxPrincipalDocuments: number
  /** Sessions that have a document open at once; for one more the document is closed with `overloaded`. Default 10 000. */
  readonly maxReaders: number
  /** Rooms in memory at once; a document beyond is closed with `overloaded`. Default 200 000. */
  readonly maxRooms: number
  /** Bytes in a socket beyond which nothing is added until it has drained. Default 1 MiB. */
  readonly maxBufferedBytes: number
  /** Bytes of frames of a session that answer it (acks of known rows, rejects) and wait; beyond it is closed with `overloaded`. Default 1 MiB. */
  readonly maxAnswerBytes: number
  /** Bytes of messages of a session that wait to be handled; beyond it is closed with `overloaded`. Default 32 MiB. */
  readonly maxInboxBytes: number
  /** Messages of a session that wait to be handled; beyond it is closed with `overloaded`. Default 10 000. */
  readonly maxInboxMessages: number
  /**
   * Bytes of messages that wait or are being handled and of transfers under way, over all sessions but links; beyond it the session that sent the last of
   * them is closed with `overloaded`. Default 256 MiB.
   */
  readonly maxInboundBytes: number
  /** The same over all links; beyond it they wait, all but the first that brought any. Default 128 MiB. */
  readonly maxLinkInboundBytes: number
  /** Frames that a session may send per second, with a burst of ten seconds' worth; beyond it is closed with `rate-limited`. Default 5 000. */
  readonly maxFramesPerSecond: number
  /**
   * Rows that a session may append to one document per second, with a burst of ten seconds' worth; beyond, what it sends waits, and then its
   * socket. Default 4 000.
   */
  readonly maxDocumentRowsPerSecond: number
  /** Bytes of rows that a session may append per second, with a burst as above; beyond, it waits as above. Default 16 MiB. */
  readonly maxRowBytesPerSecond: number
  /** Bytes of rows that all sessions of a principal may append per second, with a burst as above; beyond, they wait as above. Not where everybody is the same. Default 32 MiB. */
  readonly maxPrincipalRowBytesPerSecond: number
  /** Milliseconds that a transfer to the relay may stand still, once to twice; then its session is closed with `heartbeat-lost`. Default 30 000. */
  readonly transferStallMs: number
  /** Bytes of rows accepted and not yet durable, over all rooms; beyond the writing session is closed with `overloaded`. Default 64 MiB. */
  readonly maxQueuedBytes: number
  /** Rows accepted and not yet durable, over all rooms; beyond the writing session is closed with `overloaded`. Default 100 000. */
  readonly maxQueuedRows: number
  /**
   * Bytes of items from other relays that are taken and not yet durable, over all links; beyond, what follows waits, and then its links. What comes
   * alone goes whatever its size. Default 16 MiB.
   */
  readonly maxReceivedBytes: number
  /** Bytes of rows in one commit; a single row goes whatever its size. Default 16 MiB. */
  readonly maxCommitBytes: number
  /** Bytes of recent entries that a room keeps in memory for its readers. Default 1 MiB. */
  readonly maxCacheBytes: number
  /** Recent entries that a room keeps in memory for its readers. Default 1 024. */
  readonly maxCacheItems: number
  /** Stored bytes of one document, entries and snapshot; a row beyond is refused with `row-too-large`. Default 48 MiB, so that a snapshot fits a transfer. */
  readonly maxDocumentBytes: number
  /** Blobs that the erasures of one document name together; one more is refused with `row-too-large`. Default 10 000. */
  readonly maxErasedBlobs: number
  /** Entries kept beside the snapshot for replicas that return. Default 1 000. */
  readonly windowItems: number
  /** Bytes of entries kept beside the snapshot. Default 1 MiB. */
  readonly windowBytes: number
  /**
   * Bytes of a snapshot from which on a replica that the window does not cover is asked what it has, and sent what it lacks. `Infinity`: it is
   * always sent the whole. Default 64 KiB.
   */
  readonly diffBytes: number
  /** Milliseconds for its answer; then it is sent the whole. Default 10 000. */
  readonly diffAnswerMs: number
  /** Such answers that are computed or wait for that, over all sessions; one more replica is sent the whole. Default 16. */
  readonly maxDiffs: number
  /** Entries after the snapshot that make a compaction due. Default 500. */
  readonly compactItems: number
  /** Bytes of entries after the snapshot that make a compaction due, unless the snapshot is larger; then as many as it has. Default 256 KiB. */
  readonly compactBytes: number
  /** Entries after the snapshot with which a document that nobody has open is compacted when the relay has nothing else to do. Default 100. */
  readonly compactIdleItems: number
  /** Milliseconds between two of these, and without any commit before one. `Infinity`: none are done. Default 1 000. */
  readonly compactIdleMs: number
  /** Updates larger than this are checked in the worker. Default 256 KiB. */
  readonly workerCheckBytes: number
  /** Awareness states that a room keeps; states of further client ids are dropped. Default 1 024. */
  readonly maxAwarenessStates: number
  /** Bytes of one awareness state; a larger one is dropped. Default 16 KiB. */
  readonly maxAwarenessStateBytes: number
  /** Bytes of the awareness states that a room keeps; what exceeds them is dropped. Default 1 MiB. */
  readonly maxAwarenessBytes: number
  /** Bytes of the awareness states that links have brought, over all documents, 256 for each beside its own; what exceeds them is dropped. Default 64 MiB. */
  readonly maxLinkAwarenessBytes: number
  /** Milliseconds for which an awareness state that a link brought stands without being renewed, and it is remembered who has gone. Default 30 000. */
  readonly awarenessMs: number
  /** Feeds that a session has; one more is closed with `too-many-documents`. Default 64. */
  readonly maxFeeds: number
  /** Feeds that another relay has over one link; one more is closed with `too-many-documents`. Default 4 096. */
  readonly maxLinkFeeds: number
  /**
   * Prefixes that are not mirrored here and below which changes are brought from other relays, because somebody here or a relay below watches them; the feed
   * that asks for one more is closed with `too-many-documents`. Default 1 024.
   */
  readonly maxFollowed: number
  /** Milliseconds for which that goes on when nobody watches a prefix any more. `Infinity`: for ever. Default 300 000. */
  readonly followGraceMs: number
  /** Milliseconds between two frames of a feed that is caught up: changes of so long are told at once. `Infinity`: none is told. Default 100. */
  readonly feedPauseMs: number
  /** Requests of a session for registers that wait for their answers; one more closes it with `rate-limited`. Default 64. */
  readonly maxRegisterRequests: number
  /** Observers of registers that a session has; one more is closed with `too-many-documents`. Default 64. */
  readonly maxObservers: number
  /** Changed registers that an observer has still to be told of; one more, and it is told all of them anew. Default 4 096. */
  readonly maxObserved: number
  /** Bytes of registers kept in memory for the next who asks, and of those known from another relay. Default 8 MiB. */
  readonly maxRegisterBytes: number
  /** Milliseconds for which an attempt to set a register is remembered, so that it may be repeated. Default 600 000, as the protocol promises. */
  readonly registerMemoryMs: number
  /** Attempts remembered of one register; one more is answered `unavailable`, until one is old enough. Default 2 048. */
  readonly maxRegisterAttempts: number
  /** Registers that changed so lately, or have a time to live; one more is answered `unavailable`. Default 50 000. */
  readonly maxRecentRegisters: number
  /** The same within one workspace, the first segment of the ids of documents: nobody keeps those of another from being set. Default 25 000. */
  readonly maxRecentRegistersOfWorkspace: number
  /** Questions for registers that are forwarded over one link and not answered, in each direction; one more is answered `unavailable`. Default 1 024. */
  readonly maxForwards: number
  /** The same of one principal, whatever the sessions; one more is answered `unavailable`. Default 256. */
  readonly maxForwardsOfPrincipal: number
  /** Characters of values in those that this relay forwards over one link; beyond, one more is answered `unavailable`, but for the first. Default 4 Mi. */
  readonly maxForwardCharacters: number
  /** Milliseconds that a forwarded question waits for its answer; then it is answered `unavailable`. Devices wait for 10 000. Default 8 000. */
  readonly forwardMs: number
  /** Prefixes below which registers are observed over one link, in each direction; for one more the observer is closed with `overloaded`. Default 4 096. */
  readonly maxLinkObservers: number
  /** Registers that are known from another relay because they are observed here; for one more the observer is closed with `overloaded`. Default 100 000. */
  readonly maxMirrored: number
  /** Audits of a session that wait for their turn; one more closes it with `rate-limited`, and of a link is not answered. Default 16. */
  readonly maxAudits: number
  /** Who wait at once, over HTTP, for a document to have what they ask for; one more is answered `overloaded`. Default 1 000. */
  readonly maxWaits: number
  /** Whole documents that are read at once for answers over HTTP, or wait for that; one more is answered `overloaded`. Default 16. */
  readonly maxWholeReads: number
  /** Milliseconds after which a room without readers, or an unused part of one, leaves memory. Default 30 000. */
  readonly roomIdleMs: number
  /** Rooms loaded after which those that were idle since the last such time leave memory, sooner than after `roomIdleMs`. Default 1 000. */
  readonly sweepRooms: number
  /** Upper end of the first wait before a relay is dialled again, in milliseconds; doubled at each failure. Default 500. */
  readonly linkMinBackoffMs: number
  /** Longest such wait, in milliseconds. Default 30 000. */
  readonly linkMaxBackoffMs: number
  /** Documents whose missing entries are fetched over a link at once; others wait. Default 256. */
  readonly maxLinkFetching: number
  /** Milliseconds after which a document that nobody uses and nobody changes is no longer read over a link. Default 30 000. */
  readonly linkIdleMs: number
  /** Milliseconds after which a document is opened again that ended before its time; doubled each time that it brings nothing. Default 2 000. */
  readonly linkRetryMs: number
  /** Longest such wait, and how often it is looked whether there is room for what was too large, in milliseconds. Default 120 000. */
  readonly linkMaxRetryMs: number
  /** Milliseconds between two records of how far the feed of a linked relay was taken in. Default 2 000. */
  readonly linkRecordMs: number
  /** Milliseconds between two documents that are compared with a linked relay, of those that both have. `Infinity`: none is. Default 10 000. */
  readonly linkAuditMs: number
  /**
   * Milliseconds for which one device that may have more of a document than this relay is answered alone, before the next one is; begun anew when it
   * brings something. Default 5 000.
   */
  readonly handOverTurnMs: number
  /** Milliseconds after which a device that waits for such a turn is answered all the same. Default 15 000. */
  readonly handOverWaitMs: number
  /** Milliseconds that a quarantined document stays closed before its store is tried again. Default 60 000. */
  readonly quarantineMs: number
  /** Milliseconds that `/yjs/<documentId>` is refused to a principal after an update of theirs was. Default 30 000. */
  readonly coolDownMs: number
}

/** The defaults of {@link RelayLimits}. */
export const DEFAULT_RELAY_LIMITS: RelayLimits = Object.freeze({
  ...DEFAULT_LIMITS,
  handshakeMs: 10_000,
  maxHandshakes: 1_000,
  maxHandshakeBytes: 64 * 1024,
  maxSessions: 20_000,
  maxPrincipalSessions: 1_000,
  maxPrincipalDocuments: 100_000,
  maxReaders: 10_000,
  maxRooms: 200_000,
  maxBufferedBytes: 1024 * 1024,
  maxAnswerBytes: 1024 * 1024,
  maxInboxBytes: 32 * 1024 * 1024,
  maxInboxMessages: 10_000,
  maxInboundBytes: 256 * 1024 * 1024,
  maxLinkInboundBytes: 128 * 1024 * 1024,
  maxFramesPerSecond: 5_000,
  maxDocumentRowsPerSecond: 4_000,
  maxRowBytesPerSecond: 16 * 1024 * 1024,
  maxPrincipalRowBytesPerSecond: 32 * 1024 * 1024,
  transferStallMs: 30_000,
  maxQueuedBytes: 64 * 1024 * 1024,
  maxQueuedRows: 100_000,
  maxReceivedBytes: 16 * 1024 * 1024,
  maxCommitBytes: 16 * 1024 * 1024,
  maxCacheBytes: 1024 * 1024,
  maxCacheItems: 1024,
  maxDocumentBytes: 48 * 1024 * 1024,
  maxErasedBlobs: 10_000,
  windowItems: 1_000,
  windowBytes: 1024 * 1024,
  diffBytes: 64 * 1024,
  diffAnswerMs: 10_000,
  maxDiffs: 16,
  compactItems: 500,
  compactBytes: 256 * 1024,
  compactIdleItems: 100,
  compactIdleMs: 1_000,
  workerCheckBytes: 256 * 1024,
  maxAwarenessStates: 1024,
  maxAwarenessStateBytes: 16 * 1024,
  maxAwarenessBytes: 1024 * 1024,
  maxLinkAwarenessBytes: 64 * 1024 * 1024,
  awarenessMs: 30_000,
  maxFeeds: 64,
  maxLinkFeeds: 4_096,
  maxFollowed: 1_024,
  followGraceMs: 300_000,
  feedPauseMs: 100,
  maxRegisterRequests: MAX_REGISTER_REQUESTS,
  maxObservers: 64,
  maxObserved: 4_096,
  maxRegisterBytes: 8 * 1024 * 1024,
  registerMemoryMs: 600_000,
  maxRegisterAttempts: 2_048,
  maxRecentRegisters: 50_000,
  maxRecentRegistersOfWorkspace: 25_000,
  maxForwards: 1_024,
  maxForwardsOfPrincipal: 256,
  maxForwardCharacters: 4 * 1024 * 1024,
  forwardMs: 8_000,
  maxLinkObservers: 4_096,
  maxMirrored: 100_000,
  maxAudits: 16,
  maxWaits: 1_000,
  maxWholeReads: 16,
  roomIdleMs: 30_000,
  sweepRooms: 1_000,
  linkMinBackoffMs: 500,
  linkMaxBackoffMs: 30_000,
  maxLinkFetching: 256,
  linkIdleMs: 30_000,
  linkRetryMs: 2_000,
  linkMaxRetryMs: 120_000,
  linkRecordMs: 2_000,
  linkAuditMs: 10_000,
  handOverTurnMs: 5_000,
  handOverWaitMs: 15_000,
  quarantineMs: 60_000,
  coolDownMs: 30_000,
})

/**
 * Bytes of the messages that a relay sends, and above which it cuts a frame, whatever larger ones it would take. Of a message under way the
 * other end hears nothing before its end, so on a slow link a large one is silence: 16 KiB within 30 s take 550 bytes a second.
 */
export function sentMessageBytes({ maxFrameBytes }: RelayLimits): number {
  return Math.min(maxFrameBytes, 16 * 1024)
}

/** Those of `limits` that `welcome` announces. */
export function announcedLimits({ maxFrameBytes, maxTransferBytes, maxRowBytes, maxDocuments, maxTransfers, heartbeatMs }: Limits): Limits {
  return { maxFrameBytes, maxTransferBytes, maxRowBytes, maxDocuments, maxTransfers, heartbeatMs }
}

const ANNOUNCED = Object.keys(DEFAULT_LIMITS) as (keyof Limits)[]

/**
 * `limits` with the defaults.
 * @throws RangeError when one is below 1, one that is announced is no finite whole number, or rows or documents would not fit a transfer.
 */
export function relayLimits(limits: Partial<RelayLimits> = {}): RelayLimits {
  const all: RelayLimits = { ...DEFAULT_RELAY_LIMITS, ...limits }
  for (const [name, value] of Object.entries(all)) {
    if (!(typeof value === "number" && value >= 1)) throw new RangeError(`${name} is at least 1, not ${value}`)
  }
  // A row and a snapshot each have to fit a transfer, or no device could send the one or take the other.
  for (const name of ["maxRowBytes", "maxDocumentBytes"] as const) {
    if (all[name] > all.maxTransferBytes)
      throw new RangeError(`${name} is at most maxTransferBytes, ${all.maxTransferBytes}, not ${all[name]}`)
  }
  for (const name of ANNOUNCED) if (!Number.isSafeInteger(all[name])) throw new RangeError(`${name} is a whole number, not ${all[name]}`)
  return all
}
