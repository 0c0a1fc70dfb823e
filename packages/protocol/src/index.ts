export { decodeEntries, decodeVersionVector, encodeEntries, encodeVersionVector } from "./at-rest.ts"
export { CODE_MEANINGS, type CodeMeaning } from "./code-meanings.ts"
export { CODES, codeName, codeNumber, isPermanent, type Code } from "./codes.ts"
export {
  decodeFrame,
  decodeMessage,
  type EncodedFrame,
  encodeFrame,
  encodeFrames,
  encodeMessage,
  entriesFrame,
  FrameReader,
  type FrameReaderLimits,
  messageBytes,
  splitFrame,
  splitMessage,
} from "./codec.ts"
export type { CutSnapshot } from "./cut-snapshot.ts"
export { CutSnapshots } from "./cut-snapshots.ts"
export type { Clock, Dial, Socket, SocketHandlers } from "./endpoint.ts"
export type { DocumentChange } from "./changes.ts"
export { encodeBytes } from "./encode-bytes.ts"
export { type Entry, entryBytes } from "./entry.ts"
export { type BlobHash, type Erased, hashFromBytes, isBlobHash, NOTHING_ERASED } from "./erased.ts"
export { ProtocolError, type ProtocolErrorCode } from "./errors.ts"
export { ACK_LEVELS, describeSchema, type Frame, type FrameOf, FRAMES, type FrameType, schemaHash } from "./frame.ts"
export {
  type DocumentId,
  ID_BYTES,
  idFromBytes,
  idToBytes,
  isDocumentId,
  isId,
  isWithin,
  type LogId,
  MAX_DOCUMENT_ID_LENGTH,
  mintId,
  type RandomBytes,
  type RowId,
} from "./ids.ts"
export {
  DEFAULT_LIMITS,
  type Limits,
  LINK_PROTOCOL_VERSION,
  MAX_TEXT_BYTES,
  MAX_VECTOR_LOGS,
  MIN_PART_BYTES,
  MIN_PROTOCOL_VERSION,
  PROTOCOL_VERSION,
  REGISTER_PROTOCOL_VERSION,
  SUBPROTOCOL,
} from "./limits.ts"
export {
  absentRegister,
  MAX_OBSERVED_REGISTERS,
  MAX_REGISTER_BYTES,
  MAX_REGISTER_REQUESTS,
  MAX_REGISTER_TTL_MS,
  registerBytes,
  type RegisterOutcome,
  registerRevision,
  type RegisterState,
  registerValueBytes,
  splitRevision,
} from "./register.ts"
export { MAX_REGISTER_NAME_LENGTH, type RegisterKey, registerKey, type RegisterPlace, splitRegisterKey } from "./register-key.ts"
export { type ClientOwner, MAX_RELAYS, MAX_REPORT_BYTES, type RelayId, type RelayReport } from "./relays.ts"
export {
  coversToken,
  decodeSessionToken,
  encodeSessionToken,
  MAX_TOKEN_DOCUMENTS,
  MAX_TOKEN_LENGTH,
  type SessionToken,
  unionSessionTokens,
} from "./session-token.ts"
export { type Resumption, resumes, resumptionOf } from "./resumption.ts"
export {
  advanceVector,
  continuesVector,
  covers,
  coversStamp,
  EMPTY_VECTOR,
  equalVectors,
  knownOf,
  type Stamp,
  type StampRange,
  unionVectors,
  vectorDifference,
  vectorHash,
  type VersionVector,
} from "./version-vector.ts"
