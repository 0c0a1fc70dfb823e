import fc from "fast-check"
import type { Entry, Erased, Frame, RegisterState, VersionVector } from "@polylogue/protocol"
import { MAX_TEXT_BYTES } from "@polylogue/protocol"

const hexId = fc.uint8Array({ minLength: 8, maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString("hex"))
const uint = fc.oneof(fc.nat(300), fc.maxSafeNat())
const positive = uint.map((value) => Math.max(1, value))
const text = fc
  .string({ unit: "grapheme", maxLength: 40 })
  .filter((value) => value.isWellFormed() && Buffer.byteLength(value) <= MAX_TEXT_BYTES)
const bytes = fc.uint8Array({ maxLength: 300 })

export const someVector: fc.Arbitrary<VersionVector> = fc
  .array(fc.tuple(fc.nat(6), fc.integer({ min: 1, max: 9 })))
  .map((list) => new Map(list.map(([log, seq]) => [log.toString(16).padStart(16, "0"), seq])))

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((value) => Buffer.from(value).toString("hex"))
const hashes = fc.array(hash, { maxLength: 3 })
const someErased: fc.Arbitrary<Erased> = fc.record({ ranges: bytes, blobs: hashes })

const plainEntry: fc.Arbitrary<Entry> = fc.record({
  stamp: fc.record({ log: fc.oneof(fc.constantFrom("00000000000000aa", "00000000000000bb"), hexId), seq: positive }),
  receivedAt: uint,
  principal: fc.oneof(fc.constantFrom("ana", "local"), text),
  row: hexId,
  handOver: fc.boolean(),
  update: bytes,
})

export const someEntry: fc.Arbitrary<Entry> = fc.oneof(
  plainEntry,
  fc.tuple(plainEntry, hashes).map(([entry, erases]) => ({ ...entry, erases })),
)

const someRevision = fc.tuple(hexId, positive).map(([start, count]) => `${start}:${count}`)
const someValue = fc.string({ unit: "grapheme", maxLength: 60 }).filter((value) => value.isWellFormed())

export const someRegister: fc.Arbitrary<RegisterState> = fc.oneof(
  fc.record({ key: text, guarded: fc.boolean() }).map((state) => ({ ...state, value: null, revision: null, setAt: 0, principal: "" })),
  fc.record(
    { key: text, value: someValue, revision: someRevision, guarded: fc.boolean(), setAt: uint, principal: text, expiresAt: positive },
    { requiredKeys: ["key", "value", "revision", "guarded", "setAt", "principal"] },
  ),
)

export const someFrame: fc.Arbitrary<Frame> = fc.oneof(
  fc.record({ type: fc.constant("hello" as const), version: positive, minVersion: positive, agent: text, token: text }),
  fc.record({
    type: fc.constant("welcome" as const),
    version: positive,
    log: hexId,
    time: uint,
    principal: text,
    liveLinks: fc.boolean(),
    maxFrameBytes: positive,
    maxTransferBytes: positive,
    maxRowBytes: positive,
    maxDocuments: positive,
    maxTransfers: positive,
    heartbeatMs: positive,
    expiresAt: uint,
  }),
  fc.record({
    type: fc.constant("open" as const),
    handle: positive,
    document: text,
    generation: uint,
    vector: someVector,
    resume: fc.option(fc.record({ snapshot: hexId, total: positive, offset: positive, check: hexId }), { nil: undefined }),
  }),
  fc.record({
    type: fc.constant("opened" as const),
    handle: positive,
    generation: uint,
    vector: someVector,
    mayWrite: fc.boolean(),
    mayErase: fc.boolean(),
  }),
  fc.record({ type: fc.constant("close" as const), handle: uint, code: uint, reason: text }),
  fc.record({ type: fc.constant("entries" as const), handle: positive, entries: fc.array(someEntry, { maxLength: 8 }) }),
  fc.record({ type: fc.constant("snapshot" as const), handle: positive, vector: someVector, update: bytes, erased: someErased }),
  fc.record({
    type: fc.constant("append" as const),
    handle: positive,
    row: hexId,
    handOver: fc.boolean(),
    update: bytes,
    erases: fc.option(hashes, { nil: undefined }),
  }),
  fc.record({ type: fc.constant("ack" as const), handle: positive, row: hexId, log: hexId, seq: positive, level: uint }),
  fc.record({ type: fc.constant("reject" as const), handle: positive, row: hexId, code: uint, stateVector: bytes, reason: text }),
  fc.record({ type: fc.constant("askState" as const), handle: positive }),
  fc.record({
    type: fc.constant("state" as const),
    handle: positive,
    vector: someVector,
    stateVector: bytes,
    deleteSet: bytes,
    erased: someErased,
  }),
  fc.record({ type: fc.constant("awareness" as const), handle: positive, update: bytes }),
  fc.record({ type: fc.constant("ping" as const), nonce: uint }),
  fc.record({ type: fc.constant("pong" as const), nonce: uint, time: uint }),
  fc.record({ type: fc.constant("part" as const), transfer: uint, total: positive, offset: uint, bytes }),
  fc.record(
    { type: fc.constant("watch" as const), handle: positive, prefix: text, log: hexId, cursor: uint, hops: uint },
    { requiredKeys: ["type", "handle", "prefix", "log", "cursor"] },
  ),
  fc.record({
    type: fc.constant("feed" as const),
    handle: positive,
    log: hexId,
    cursor: uint,
    caughtUp: fc.boolean(),
    changes: fc.array(fc.record({ documentId: text.filter((value) => value !== ""), hash: hexId }), { maxLength: 5 }),
  }),
  fc.record({ type: fc.constant("token" as const), token: text }),
  fc.record({ type: fc.constant("granted" as const), principal: text, expiresAt: uint }),
  fc.record({ type: fc.constant("audit" as const), handle: positive, vector: someVector, digest: bytes }),
  fc.record({ type: fc.constant("erased" as const), handle: positive, vector: someVector }),
  fc.record({
    type: fc.constant("rest" as const),
    handle: positive,
    vector: someVector,
    offset: positive,
    total: positive,
    update: bytes,
    erased: someErased,
  }),
  fc.record({ type: fc.constant("get" as const), request: positive, key: text }),
  fc.record({
    type: fc.constant("cas" as const),
    request: positive,
    key: text,
    attempt: hexId,
    expected: fc.option(someRevision),
    value: fc.option(someValue),
    ttlMs: uint,
    guarded: fc.option(fc.boolean(), { nil: undefined }),
  }),
  fc.record({
    type: fc.constant("answer" as const),
    request: positive,
    outcome: fc.constantFrom("ok" as const, "conflict" as const, "unavailable" as const, "refused" as const),
    code: uint,
    time: uint,
    register: fc.option(someRegister, { nil: undefined }),
  }),
  fc.record({ type: fc.constant("observe" as const), handle: positive, prefix: text }),
  fc.record({
    type: fc.constant("observed" as const),
    handle: positive,
    anew: fc.boolean(),
    caughtUp: fc.boolean(),
    time: uint,
    registers: fc.array(someRegister, { maxLength: 5 }),
  }),
  fc.record({ type: fc.constant("link" as const), relay: hexId, name: text, onDemand: fc.boolean() }),
  fc.record({ type: fc.constant("have" as const), handle: positive, vector: someVector }),
  fc.record({ type: fc.constant("replicated" as const), handle: positive, others: positive, vector: someVector }),
  fc.record({ type: fc.constant("awaits" as const), handle: positive, others: fc.boolean(), vector: someVector }),
  fc.record({
    type: fc.constant("owners" as const),
    handle: positive,
    owners: fc.array(fc.tuple(uint, text), { maxLength: 5 }),
  }),
  fc.record({
    type: fc.constant("fleet" as const),
    relays: fc.array(fc.record({ relay: hexId, name: text, at: uint, report: bytes }), { maxLength: 4 }),
  }),
  fc.record({ type: fc.constant("erasedBy" as const), document: text, relay: hexId, name: text, vector: someVector }),
  fc.record({ type: fc.constant("route" as const), path: fc.array(hexId, { maxLength: 5 }) }),
  fc.record({ type: fc.constant("forward" as const), request: positive, principal: text, mayGuard: fc.boolean(), asked: bytes }),
  fc.record({
    type: fc.constant("askBlob" as const),
    request: positive,
    workspace: text,
    hash,
    offset: uint,
    path: fc.array(hexId, { maxLength: 5 }),
  }),
  fc.record({ type: fc.constant("blob" as const), request: positive, total: uint, bytes }),
  fc.record({ type: fc.constant("use" as const), handle: positive, hops: uint }),
  fc.record({ type: fc.constant("blobs" as const), workspace: text, hashes }),
  fc.record({ type: fc.constant("here" as const), document: text, hops: uint }),
  fc.record({ type: fc.constant("presence" as const), document: text, update: bytes }),
)
