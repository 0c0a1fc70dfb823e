import { existsSync, readFileSync, writeFileSync } from "node:fs"
import process from "node:process"
import { expect, test } from "vitest"
import {
  absentRegister,
  codeNumber,
  decodeMessage,
  encodeFrames,
  type Frame,
  FRAMES,
  PROTOCOL_VERSION,
  type RegisterState,
  schemaHash,
} from "@polylogue/protocol"

const LOG = "0123456789abcdef"
const ROW = "fedcba9876543210"
const BLOB = "0f".repeat(32)
const entry = {
  stamp: { log: LOG, seq: 300 },
  receivedAt: 1_700_000_000_000,
  principal: "ana",
  row: ROW,
  handOver: false,
  update: Uint8Array.of(0, 0),
}

const LABEL: RegisterState = {
  key: "home/prompt/7#label/production",
  value: "v1 \u{1f511}",
  revision: `${LOG}:300`,
  guarded: true,
  setAt: 1_700_000_000_000,
  principal: "ana",
  expiresAt: 1_700_000_060_000,
}

/** One frame of each kind, every optional part present at least once. */
const GOLDEN: { readonly [name: string]: Frame } = {
  hello: { type: "hello", version: 2, minVersion: 2, agent: "polylogue-web", token: "t\u{1f511}" },
  welcome: {
    type: "welcome",
    version: 2,
    log: LOG,
    time: 1_700_000_000_000,
    principal: "ana",
    liveLinks: true,
    maxFrameBytes: 262_144,
    maxTransferBytes: 67_108_864,
    maxRowBytes: 16_777_216,
    maxDocuments: 10_000,
    maxTransfers: 4,
    heartbeatMs: 10_000,
    expiresAt: 1_700_000_600_000,
  },
  open: {
    type: "open",
    handle: 1,
    document: "home/conv/7",
    generation: 0,
    vector: new Map([[LOG, 299]]),
    resume: { snapshot: ROW, total: 300, offset: 128, check: LOG },
  },
  opened: {
    type: "opened",
    handle: 1,
    generation: 0,
    vector: new Map([
      [LOG, 300],
      [ROW, 1],
    ]),
    mayWrite: true,
    mayErase: false,
  },
  close: { type: "close", handle: 0, code: codeNumber("draining"), reason: "stopping" },
  entries: {
    type: "entries",
    handle: 1,
    entries: [
      entry,
      { ...entry, stamp: { log: LOG, seq: 301 }, handOver: true },
      { ...entry, stamp: { log: ROW, seq: 1 }, principal: "bo", update: Uint8Array.of(1, 2, 3) },
      { ...entry, stamp: { log: ROW, seq: 2 }, principal: "bo", erases: [BLOB] },
    ],
  },
  snapshot: {
    type: "snapshot",
    handle: 1,
    vector: new Map([[LOG, 300]]),
    update: Uint8Array.of(0, 0),
    erased: { ranges: Uint8Array.of(1, 7, 1, 0, 5), blobs: [BLOB] },
  },
  append: { type: "append", handle: 1, row: ROW, handOver: true, update: Uint8Array.of(0, 0), erases: [BLOB] },
  ack: { type: "ack", handle: 1, row: ROW, log: LOG, seq: 302, level: 1 },
  reject: {
    type: "reject",
    handle: 1,
    row: ROW,
    code: codeNumber("gap"),
    stateVector: Uint8Array.of(0),
    reason: "client 7 at 3, known to 1",
  },
  askState: { type: "askState", handle: 1 },
  state: {
    type: "state",
    handle: 1,
    vector: new Map([[LOG, 300]]),
    stateVector: Uint8Array.of(0),
    deleteSet: Uint8Array.of(0),
    erased: { ranges: Uint8Array.of(1, 7, 1, 0, 5), blobs: [BLOB] },
  },
  awareness: { type: "awareness", handle: 1, update: Uint8Array.of(0) },
  ping: { type: "ping", nonce: 128 },
  pong: { type: "pong", nonce: 128, time: 1_700_000_000_000 },
  part: { type: "part", transfer: 3, total: 1000, offset: 256, bytes: Uint8Array.of(9, 8, 7) },
  watch: { type: "watch", handle: 2, prefix: "home", log: LOG, cursor: 77 },
  feed: { type: "feed", handle: 2, log: LOG, cursor: 78, caughtUp: true, changes: [{ documentId: "home/conv/7", hash: ROW }] },
  token: { type: "token", token: "t\u{1f511}" },
  granted: { type: "granted", principal: "ana", expiresAt: 1_700_000_600_000 },
  audit: { type: "audit", handle: 1, vector: new Map([[LOG, 300]]), digest: Uint8Array.of(1, 2, 3) },
  erased: { type: "erased", handle: 1, vector: new Map([[LOG, 300]]) },
  rest: {
    type: "rest",
    handle: 1,
    vector: new Map([[LOG, 300]]),
    offset: 128,
    total: 130,
    update: Uint8Array.of(0, 0),
    erased: { ranges: Uint8Array.of(1, 7, 1, 0, 5), blobs: [BLOB] },
  },
  get: { type: "get", request: 7, key: LABEL.key },
  cas: {
    type: "cas",
    request: 300,
    key: LABEL.key,
    attempt: ROW,
    expected: `${LOG}:299`,
    value: "v2 \u{1f511}",
    ttlMs: 60_000,
    guarded: true,
  },
  answer: { type: "answer", request: 300, outcome: "conflict", code: 0, time: 1_700_000_000_500, register: LABEL },
  observe: { type: "observe", handle: 3, prefix: "home/prompt" },
  observed: {
    type: "observed",
    handle: 3,
    anew: true,
    caughtUp: false,
    time: 1_700_000_000_500,
    registers: [LABEL, absentRegister("home/prompt/8#label/staging", true)],
  },
  link: { type: "link", relay: ROW, name: "edge-berlin", onDemand: true },
  have: { type: "have", handle: 1, vector: new Map([[LOG, 300]]) },
  replicated: { type: "replicated", handle: 1, others: 2, vector: new Map([[LOG, 300]]) },
  owners: {
    type: "owners",
    handle: 1,
    owners: [
      [7, "ana"],
      [4_294_967_295, "bo"],
    ],
  },
  fleet: {
    type: "fleet",
    relays: [{ relay: ROW, name: "edge-berlin", at: 1_700_000_000_000, report: Uint8Array.of(0x7b, 0x7d) }],
  },
  erasedBy: { type: "erasedBy", document: "home/conv/7", relay: ROW, name: "north", vector: new Map([[LOG, 300]]) },
  route: { type: "route", path: [ROW, LOG] },
  forward: { type: "forward", request: 300, principal: "ana", mayGuard: true, asked: Uint8Array.of(23, 1, 7) },
  askBlob: { type: "askBlob", request: 301, workspace: "home", hash: BLOB, offset: 1_048_576, path: [ROW] },
  blob: { type: "blob", request: 301, total: 1_048_579, bytes: Uint8Array.of(1, 2, 3) },
  blobs: { type: "blobs", workspace: "home", hashes: [BLOB] },
  here: { type: "here", document: "home/conv/7", hops: 2 },
  presence: { type: "presence", document: "home/conv/7", update: Uint8Array.of(1, 7, 1, 2, 0x7b, 0x7d) },
  use: { type: "use", handle: 300, hops: 15 },
  awaits: { type: "awaits", handle: 1, others: true, vector: new Map([[LOG, 300]]) },
}

test("[PR3] the hash of the schema is the one of version 4", () => {
  expect({ version: PROTOCOL_VERSION, hash: schemaHash() }).toEqual({ version: 4, hash: "85e82379" })
})

test("[PR3] there is a golden file for every frame", () => {
  expect(Object.keys(GOLDEN)).toEqual(Object.keys(FRAMES))
})

test.each(Object.entries(GOLDEN))("[PR3] golden bytes: %s", (name, frame) => {
  const file = new URL(`golden/${name}.bin`, import.meta.url)
  if (process.env["POLYLOGUE_WRITE_GOLDEN"] === "1" && !existsSync(file)) writeFileSync(file, encodeFrames(frame))
  const golden = new Uint8Array(readFileSync(file))
  expect(encodeFrames(frame)).toEqual(golden)
  expect(decodeMessage(golden)).toEqual([frame])
})
