/** The WebSocket subprotocol that this package describes. */
export const SUBPROTOCOL = "polylogue.v1"
/** The protocol version this package speaks; it changes with the hash of the schema (see `schemaHash`). */
export const PROTOCOL_VERSION = 4
/** The first version with registers: in a session of an older one none of their frames is sent. */
export const REGISTER_PROTOCOL_VERSION = 3
/** The first version in which relays link, and tell replicas what other relays have: in a session of an older one none of their frames is sent. */
export const LINK_PROTOCOL_VERSION = 4
/** The oldest version this package still speaks. */
export const MIN_PROTOCOL_VERSION = 2

/** Limits that a relay announces in `welcome`. Bytes count payloads, not WebSocket headers. All are finite and at least 1. */
export interface Limits {
  /** Largest frame payload in bytes, and largest WebSocket message. What is larger travels in parts. Default 256 KiB. */
  readonly maxFrameBytes: number
  /** Largest frame after its parts were put together, in bytes: bounds rows, snapshots and states. Default 64 MiB. */
  readonly maxTransferBytes: number
  /** Largest update in one row, in bytes. Default 16 MiB. */
  readonly maxRowBytes: number
  /** Most documents open in one session. Default 10 000. */
  readonly maxDocuments: number
  /** Most transfers under way in one direction of a session. Default 4. */
  readonly maxTransfers: number
  /** Milliseconds: each end sends something at least this often and gives the other up after three times as long. Default 10 000. */
  readonly heartbeatMs: number
}

/** The defaults of {@link Limits}. */
export const DEFAULT_LIMITS: Limits = Object.freeze({
  maxFrameBytes: 256 * 1024,
  maxTransferBytes: 64 * 1024 * 1024,
  maxRowBytes: 16 * 1024 * 1024,
  maxDocuments: 10_000,
  maxTransfers: 4,
  heartbeatMs: 10_000,
})

/** Longest text field in bytes of UTF-8 (agent, token, principal, reason, document id). */
export const MAX_TEXT_BYTES = 4096

/** Most logs in the version vector of a frame: one per relay start that wrote to the document, so far more than a document meets. */
export const MAX_VECTOR_LOGS = 16_384

/** Fewest bytes in a part that is not the last of its transfer, or what fits when `maxFrameBytes` is smaller. */
export const MIN_PART_BYTES = 1024
