import fc from "fast-check"
import { expect, test } from "vitest"
import {
  decodeEntries,
  decodeFrame,
  decodeMessage,
  decodeVersionVector,
  encodeEntries,
  encodeFrame,
  encodeFrames,
  encodeMessage,
  encodeVersionVector,
  entriesFrame,
  entryBytes,
  FRAMES,
  MAX_TEXT_BYTES,
  MAX_VECTOR_LOGS,
  messageBytes,
  ProtocolError,
  splitMessage,
} from "@polylogue/protocol"
import { someEntry, someFrame, someVector } from "./arbitrary.ts"

const hello = { type: "hello", version: 1, minVersion: 1, agent: "a", token: "" } as const

test("[PR1] frames survive a round trip, alone and several to a message", () => {
  fc.assert(
    fc.property(fc.array(someFrame, { minLength: 1, maxLength: 5 }), (frames) => {
      const message = encodeFrames(...frames)
      expect(decodeMessage(message)).toEqual(frames)
      expect(message.length).toBe(frames.reduce((sum, frame) => sum + messageBytes(encodeFrame(frame)), 0))
    }),
    { numRuns: 500 },
  )
})

test("[PR1] entries that were encoded before make the same frame for any handle", () => {
  fc.assert(
    fc.property(fc.array(someEntry, { maxLength: 5 }), fc.integer({ min: 1, max: 100_000 }), (entries, handle) => {
      expect(entriesFrame(handle, encodeEntries(entries))).toEqual(encodeFrame({ type: "entries", handle, entries }))
    }),
  )
})

test("[PR1] the estimate of an entry's bytes is never too small", () => {
  fc.assert(
    fc.property(someEntry, (entry) => {
      expect(encodeEntries([entry]).length).toBeLessThanOrEqual(entryBytes(entry))
    }),
  )
})

test("[PR2] any bytes give frames or a ProtocolError", () => {
  const decode = (bytes: Uint8Array): void => {
    try {
      decodeMessage(bytes)
    } catch (error) {
      expect(error).toBeInstanceOf(ProtocolError)
    }
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      decode(bytes)
      // The same bytes as the payload of each frame, so that every reader meets them.
      for (const frame of Object.values(FRAMES)) decode(encodeMessage([{ number: frame.number, payload: bytes }]))
    }),
    { numRuns: 2000 },
  )
})

test("[PR2] valid frames with one byte changed or cut off give frames or a ProtocolError", () => {
  fc.assert(
    fc.property(someFrame, fc.nat(), fc.nat(255), (frame, at, byte) => {
      const message = encodeFrames(frame)
      const changed = message.slice()
      changed[at % changed.length] = byte
      for (const bytes of [changed, message.subarray(0, at % message.length)]) {
        try {
          decodeMessage(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError)
        }
      }
    }),
    { numRuns: 2000 },
  )
})

test("[PR2] a view into a larger buffer is never read past its end", () => {
  const large = new Uint8Array(64).fill(1)
  const view = large.subarray(0, 3)
  view.set([FRAMES.snapshot.number, 30, 1])
  expect(() => splitMessage(view)).toThrow(expect.objectContaining({ code: "truncated" }))
})

test.each([
  ["an endless number", [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01], "bad-value"],
  ["a number of 2^53", [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10], "bad-value"],
  ["a number cut off", [0x80], "truncated"],
])("[PR2] %s is refused", (_name, bytes, code) => {
  expect(() => splitMessage(Uint8Array.from(bytes))).toThrow(expect.objectContaining({ code }))
})

test.each([
  ["open: a million logs in no bytes", FRAMES.open.number, [1, 1, 97, 0, 0xc0, 0x84, 0x3d], "truncated"],
  ["open: a log twice", FRAMES.open.number, [1, 1, 97, 0, 2, ...Array(8).fill(1), 1, ...Array(8).fill(1), 2], "bad-value"],
  ["open: a log known up to 0", FRAMES.open.number, [1, 1, 97, 0, 1, ...Array(8).fill(1), 0], "bad-value"],
  ["open: handle 0", FRAMES.open.number, [0, 1, 97, 0, 0], "bad-value"],
  ["open: a text that is not UTF-8", FRAMES.open.number, [1, 2, 0xc3, 0x28, 0, 0], "bad-value"],
  ["open: a text above its limit", FRAMES.open.number, [1, 0x81, 0x20], "too-large"],
  ["opened: a flag of 2", FRAMES.opened.number, [1, 0, 0, 2], "bad-value"],
  ["entries: a million in no bytes", FRAMES.entries.number, [1, 0xc0, 0x84, 0x3d], "truncated"],
  ["entries: unknown flags", FRAMES.entries.number, [1, 1, 16, ...Array(20).fill(1)], "bad-value"],
  ["entries: the first repeats a log", FRAMES.entries.number, [1, 1, 1, 1, 1, 0, ...Array(20).fill(0)], "bad-value"],
  [
    "entries: the first repeats a principal",
    FRAMES.entries.number,
    [1, 1, 2, ...Array(8).fill(1), 1, 1, ...Array(20).fill(0)],
    "bad-value",
  ],
  ["append: an erasure flag of 2", FRAMES.append.number, [1, ...Array(8).fill(1), 0, 0, 2], "bad-value"],
  ["append: a million blobs in no bytes", FRAMES.append.number, [1, ...Array(8).fill(1), 0, 0, 1, 0xc0, 0x84, 0x3d], "truncated"],
  ["feed: a million changes in no bytes", FRAMES.feed.number, [1, ...Array(8).fill(1), 0, 1, 0xc0, 0x84, 0x3d], "truncated"],
  ["append: bytes cut off", FRAMES.append.number, [1, ...Array(8).fill(1), 0, 9, 1], "truncated"],
])("[PR2] %s", (_name, number, payload, code) => {
  expect(() => decodeFrame({ number, payload: Uint8Array.from(payload) })).toThrow(expect.objectContaining({ code }))
})

test("[PR4] unknown frames are stepped over", () => {
  const unknown = { number: 9_000, payload: Uint8Array.of(1, 2, 3) }
  const known = encodeFrame({ type: "ping", nonce: 7 })
  expect(decodeMessage(encodeMessage([unknown, known, unknown]))).toEqual([{ type: "ping", nonce: 7 }])
})

test("[PR4] bytes after the fields are ignored", () => {
  const { number, payload } = encodeFrame({ type: "ping", nonce: 7 })
  expect(decodeFrame({ number, payload: Uint8Array.of(...payload, 1, 2, 3) })).toEqual({ type: "ping", nonce: 7 })
})

test.each([
  ["a negative number", { type: "ping", nonce: -1 }, "bad-value"],
  ["a fraction", { type: "ping", nonce: 0.5 }, "bad-value"],
  ["handle 0", { type: "askState", handle: 0 }, "bad-value"],
  ["an id in capitals", { type: "append", handle: 1, row: "AAAAAAAAAAAAAAAA", handOver: false, update: new Uint8Array() }, "bad-value"],
  [
    "a blob hash that is none",
    { type: "append", handle: 1, row: "00000000000000aa", handOver: false, update: new Uint8Array(), erases: ["0f"] },
    "bad-value",
  ],
  ["a text past its limit", { ...hello, agent: "x".repeat(MAX_TEXT_BYTES + 1) }, "too-large"],
] as const)("[PR5] %s is refused when written", (_name, frame, code) => {
  expect(() => encodeFrame(frame)).toThrow(expect.objectContaining({ code }))
})

test("[PR5] a text at its limit is written", () => {
  const frame = { ...hello, agent: "x".repeat(MAX_TEXT_BYTES) }
  expect(decodeMessage(encodeFrames(frame))).toEqual([frame])
})

test("[PR11] vectors and entries at rest survive a round trip", () => {
  fc.assert(
    fc.property(someVector, fc.array(someEntry, { maxLength: 5 }), (vector, entries) => {
      expect(decodeVersionVector(encodeVersionVector(vector))).toEqual(vector)
      expect(decodeEntries(encodeEntries(entries))).toEqual(entries)
    }),
  )
  expect(decodeVersionVector(encodeVersionVector(new Map([["00000000000000aa", 0]])))).toEqual(new Map())
})

test("[PR11] bytes that follow are refused", () => {
  expect(() => decodeVersionVector(Uint8Array.of(0, 0))).toThrow(expect.objectContaining({ code: "bad-value" }))
  expect(() => decodeEntries(Uint8Array.of(0, 0))).toThrow(expect.objectContaining({ code: "bad-value" }))
})

const vectorOf = (logs: number): Map<string, number> =>
  new Map(Array.from({ length: logs }, (_, index) => [index.toString(16).padStart(16, "0"), 1]))

test("[PR5] a version vector at its limit of logs passes, one more is refused when written and when read", () => {
  const open = { type: "open", handle: 1, document: "home/a", generation: 0 } as const
  const frame = { ...open, vector: vectorOf(MAX_VECTOR_LOGS) }
  expect(decodeFrame(encodeFrame(frame))).toEqual(frame)
  expect(() => encodeFrame({ ...open, vector: vectorOf(MAX_VECTOR_LOGS + 1) })).toThrow(expect.objectContaining({ code: "too-large" }))
  const atRest = encodeVersionVector(vectorOf(MAX_VECTOR_LOGS + 1))
  const empty = encodeFrame({ ...open, vector: new Map() })
  const payload = new Uint8Array([...empty.payload.subarray(0, -2), ...atRest])
  expect(() => decodeFrame({ number: empty.number, payload })).toThrow(expect.objectContaining({ code: "too-large" }))
})

test("[PR11] at rest a version vector has as many logs as it came to", () => {
  const vector = vectorOf(MAX_VECTOR_LOGS + 1)
  expect(decodeVersionVector(encodeVersionVector(vector))).toEqual(vector)
})
