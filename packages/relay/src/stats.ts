/** Counts since the relay was opened. */
export interface RelayCounters {
  framesReceived: number
  bytesReceived: number
  framesSent: number
  bytesSent: number
  messagesSent: number
  rowsAppended: number
  rowsKnown: number
  rowsRefused: number
  /** Items of other relays that were new, known already, and refused: each refused one ends a reading of its document. */
  itemsReceived: number
  itemsKnown: number
  itemsRefused: number
  snapshotsSent: number
  /** Snapshots of which only what the replica lacked was sent. */
  diffsSent: number
  /** Snapshots of which only the rest was sent, after a transfer that was cut. */
  restsSent: number
  pagesRead: number
  /** Runs of entries that were encoded for readers. */
  rangesEncoded: number
  /** How often a session had to wait because it sent rows faster than it may. */
  sessionsSlowed: number
  compactions: number
  compactionsFailed: number
  /** Documents whose erasures were carried out, each time. */
  erasuresCarriedOut: number
  /** Snapshots sent, whole or in part, to a replica that had something already: what followed that was compacted away. */
  resyncs: number
  /** Comparisons with replicas at equal vectors, by what came of them. */
  auditsEqual: number
  auditMismatches: number
  /** Reads of registers: for sessions, for their observers, and for this program. */
  registerReads: number
  /** Registers set, by attempts that took effect now or before. */
  registersSet: number
  registerConflicts: number
  registersRefused: number
  /** Requests that the store kept from being answered. */
  registersUnavailable: number
  /** Registers whose time to live has passed. */
  registersExpired: number
  /** Questions for registers that were passed on to another relay. */
  registersForwarded: number
}

/** What a relay does at the moment, and {@link RelayCounters}. */
export interface RelayStats extends Readonly<RelayCounters> {
  readonly sessions: number
  readonly yjsSessions: number
  /** Sessions of either kind of which it is not known yet who they act for. */
  readonly handshakes: number
  readonly rooms: number
  readonly feeds: number
  /** Links to other relays that stand. */
  readonly links: number
  /** Registers in memory. */
  readonly registers: number
  /** Observers of registers, over all sessions. */
  readonly registerObservers: number
  /** Registers on this disk that count for nothing, because another relay is their authority. */
  readonly registersDormant: number
  /** Documents with erasures that were accepted and are not carried out. */
  readonly erasuresPending: number
  /** Documents that are closed to everybody, found by this start or an earlier one. */
  readonly quarantinedRooms: number
  /** Documents that are served as ever and cannot be compacted. */
  readonly quarantinedCompactions: number
  readonly queuedBytes: number
  readonly queuedRows: number
  /** Bytes of items of other relays that are taken and not durable yet. */
  readonly receivedBytes: number
  readonly commits: number
  /** Whether the last attempt to write failed. */
  readonly storeFailing: boolean
}

/** All zero. */
export function newCounters(): RelayCounters {
  return {
    framesReceived: 0,
    bytesReceived: 0,
    framesSent: 0,
    bytesSent: 0,
    messagesSent: 0,
    rowsAppended: 0,
    rowsKnown: 0,
    rowsRefused: 0,
    itemsReceived: 0,
    itemsKnown: 0,
    itemsRefused: 0,
    snapshotsSent: 0,
    diffsSent: 0,
    restsSent: 0,
    pagesRead: 0,
    rangesEncoded: 0,
    sessionsSlowed: 0,
    compactions: 0,
    compactionsFailed: 0,
    erasuresCarriedOut: 0,
    resyncs: 0,
    auditsEqual: 0,
    auditMismatches: 0,
    registerReads: 0,
    registersSet: 0,
    registerConflicts: 0,
    registersRefused: 0,
    registersUnavailable: 0,
    registersExpired: 0,
    registersForwarded: 0,
  }
}
