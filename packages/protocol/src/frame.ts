import { changes } from "./changes.ts"
import { entries } from "./entry.ts"
import { blobHash, blobHashes, erased, erasure } from "./erased.ts"
import { bytes, flag, id, lastUint, positive, struct, text, uint, vector, type ValueOf } from "./field.ts"
import { guardChange, outcome, registers, registerState, registerValue, revision } from "./register.ts"
import { clientOwners, relayPath, relayReports } from "./relays.ts"
import { resumption } from "./resumption.ts"

/**
 * The schema: every frame, its number on the wire, and its fields in order. Types, encoder, decoder and the schema hash all
 * derive from here; PROTOCOL.md says what each frame means. Numbers are never reused, and a field is only ever added at the end: readers
 * ignore what follows the fields that they know.
 */
export const FRAMES = {
  hello: { number: 0, fields: { version: positive, minVersion: positive, agent: text, token: text } },
  welcome: {
    number: 1,
    fields: {
      version: positive,
      log: id,
      time: uint,
      principal: text,
      liveLinks: flag,
      maxFrameBytes: positive,
      maxTransferBytes: positive,
      maxRowBytes: positive,
      maxDocuments: positive,
      maxTransfers: positive,
      heartbeatMs: positive,
      expiresAt: uint,
    },
  },
  open: { number: 2, fields: { handle: positive, document: text, generation: uint, vector, resume: resumption } },
  opened: { number: 3, fields: { handle: positive, generation: uint, vector, mayWrite: flag, mayErase: flag } },
  close: { number: 4, fields: { handle: uint, code: uint, reason: text } },
  entries: { number: 5, fields: { handle: positive, entries } },
  snapshot: { number: 6, fields: { handle: positive, vector, update: bytes, erased } },
  append: { number: 7, fields: { handle: positive, row: id, handOver: flag, update: bytes, erases: erasure } },
  ack: { number: 8, fields: { handle: positive, row: id, log: id, seq: positive, level: uint } },
  reject: { number: 9, fields: { handle: positive, row: id, code: uint, stateVector: bytes, reason: text } },
  askState: { number: 10, fields: { handle: positive } },
  state: { number: 11, fields: { handle: positive, vector, stateVector: bytes, deleteSet: bytes, erased } },
  awareness: { number: 12, fields: { handle: positive, update: bytes } },
  ping: { number: 13, fields: { nonce: uint } },
  pong: { number: 14, fields: { nonce: uint, time: uint } },
  part: { number: 15, fields: { transfer: uint, total: positive, offset: uint, bytes } },
  watch: { number: 16, fields: { handle: positive, prefix: text, log: id, cursor: uint, hops: lastUint } },
  feed: { number: 17, fields: { handle: positive, log: id, cursor: uint, caughtUp: flag, changes } },
  token: { number: 18, fields: { token: text } },
  granted: { number: 19, fields: { principal: text, expiresAt: uint } },
  audit: { number: 20, fields: { handle: positive, vector, digest: bytes } },
  erased: { number: 21, fields: { handle: positive, vector } },
  rest: { number: 22, fields: { handle: positive, vector, offset: positive, total: positive, update: bytes, erased } },
  get: { number: 23, fields: { request: positive, key: text } },
  cas: {
    number: 24,
    fields: { request: positive, key: text, attempt: id, expected: revision, value: registerValue, ttlMs: uint, guarded: guardChange },
  },
  answer: { number: 25, fields: { request: positive, outcome, code: uint, time: uint, register: registerState } },
  observe: { number: 26, fields: { handle: positive, prefix: text } },
  observed: { number: 27, fields: { handle: positive, anew: flag, caughtUp: flag, time: uint, registers } },
  link: { number: 28, fields: { relay: id, name: text, onDemand: flag } },
  have: { number: 29, fields: { handle: positive, vector } },
  replicated: { number: 30, fields: { handle: positive, others: positive, vector } },
  owners: { number: 31, fields: { handle: positive, owners: clientOwners } },
  fleet: { number: 32, fields: { relays: relayReports } },
  erasedBy: { number: 33, fields: { document: text, relay: id, name: text, vector } },
  route: { number: 34, fields: { path: relayPath } },
  forward: { number: 35, fields: { request: positive, principal: text, mayGuard: flag, asked: bytes } },
  askBlob: { number: 36, fields: { request: positive, workspace: text, hash: blobHash, offset: uint, path: relayPath } },
  blob: { number: 37, fields: { request: positive, total: uint, bytes } },
  blobs: { number: 38, fields: { workspace: text, hashes: blobHashes } },
  here: { number: 39, fields: { document: text, hops: uint } },
  presence: { number: 40, fields: { document: text, update: bytes } },
  use: { number: 41, fields: { handle: positive, hops: uint } },
  awaits: { number: 42, fields: { handle: positive, others: flag, vector } },
} as const

/** The name of a frame. */
export type FrameType = keyof typeof FRAMES
/** The frame of one name, with its fields. Byte fields of a decoded frame are views into the message that it came in. */
export type FrameOf<T extends FrameType> = { readonly type: T } & ValueOf<(typeof FRAMES)[T]["fields"]>
/** Any frame. */
export type Frame = { [T in FrameType]: FrameOf<T> }[FrameType]

/** How safe an acknowledged row is, as `ack.level` counts it. */
export const ACK_LEVELS = Object.freeze({ stored: 1, replicated: 2 })

/** The schema as text: what {@link schemaHash} hashes, one frame a line. */
export function describeSchema(): string {
  return Object.entries(FRAMES)
    .map(([name, frame]) => `${frame.number} ${name} ${struct(frame.fields).shape}`)
    .join("\n")
}

/** FNV-1a (32 bit, 8 hex digits) of {@link describeSchema}: pinned by a test beside the version, so that no byte changes unnoticed. */
export function schemaHash(): string {
  let hash = 0x811c9dc5
  for (const character of describeSchema()) hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193) >>> 0
  return hash.toString(16).padStart(8, "0")
}
