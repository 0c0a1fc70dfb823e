import fc from "fast-check"
import { expect, test } from "vitest"
import {
  encodeFrame,
  encodeFrames,
  encodeMessage,
  type Frame,
  FrameReader,
  messageBytes,
  NOTHING_ERASED,
  splitFrame,
} from "@polylogue/protocol"

const limits = { maxFrameBytes: 100, maxTransferBytes: 10_000, maxTransfers: 2, minPartBytes: 1 }
const snapshot = (handle: number, bytes: number): Frame => ({
  type: "snapshot",
  handle,
  vector: new Map(),
  update: Uint8Array.from({ length: bytes }, (_, index) => index % 251),
  erased: NOTHING_ERASED,
})

test("[PR6] frames of any size come out as they went in, interleaved too", () => {
  fc.assert(
    fc.property(
      fc.nat(3_000),
      fc.nat(3_000),
      fc.integer({ min: 50, max: 400 }),
      fc.infiniteStream(fc.boolean()),
      (left, right, maxFrameBytes, turns) => {
        const reader = new FrameReader({ maxTransferBytes: 10_000, maxTransfers: 2, maxFrameBytes })
        const transfers = [
          splitFrame(encodeFrame(snapshot(1, left)), 1, maxFrameBytes),
          splitFrame(encodeFrame(snapshot(2, right)), 2, maxFrameBytes),
        ]
        const read: Frame[] = []
        while (transfers.length > 0) {
          const index = transfers.length === 2 && turns.next().value === true ? 1 : 0
          const { value, done } = transfers[index]!.next()
          if (done === true || value === undefined) {
            transfers.splice(index, 1)
            continue
          }
          expect(messageBytes(value)).toBeLessThanOrEqual(maxFrameBytes)
          read.push(...reader.read(encodeMessage([value])))
        }
        expect(read.toSorted((a, b) => ("handle" in a && "handle" in b ? a.handle - b.handle : 0))).toEqual([
          snapshot(1, left),
          snapshot(2, right),
        ])
      },
    ),
  )
})

test("[PR6] a frame that fits is not split", () => {
  const frame = encodeFrame(snapshot(1, 80))
  expect([...splitFrame(frame, 1, messageBytes(frame))]).toEqual([frame])
  expect([...splitFrame(frame, 1, messageBytes(frame) - 1)].length).toBeGreaterThan(1)
})

test("[PR6] even the smallest limit makes progress", () => {
  expect([...splitFrame(encodeFrame(snapshot(1, 5)), 1, 1)].length).toBeGreaterThan(5)
})

const part = (transfer: number, total: number, offset: number, bytes: Uint8Array): Uint8Array =>
  encodeFrames({ type: "part", transfer, total, offset, bytes })

test("[PR7] a message at the limit is read, one byte more is refused", () => {
  const message = encodeFrames(snapshot(1, 80))
  expect(new FrameReader({ ...limits, maxFrameBytes: message.length }).read(message)).toHaveLength(1)
  expect(() => new FrameReader({ ...limits, maxFrameBytes: message.length - 1 }).read(message)).toThrow(
    expect.objectContaining({ code: "too-large" }),
  )
})

test("[PR7] a transfer at the limit begins, one byte more is refused", () => {
  expect(new FrameReader(limits).read(part(1, limits.maxTransferBytes, 0, Uint8Array.of(1)))).toEqual([])
  expect(() => new FrameReader(limits).read(part(1, limits.maxTransferBytes + 1, 0, Uint8Array.of(1)))).toThrow(
    expect.objectContaining({ code: "too-large" }),
  )
})

test("[PR7] as many transfers as allowed, not one more", () => {
  const reader = new FrameReader(limits)
  reader.read(part(1, 50, 0, Uint8Array.of(1)))
  reader.read(part(2, 50, 0, Uint8Array.of(1)))
  expect(() => reader.read(part(3, 50, 0, Uint8Array.of(1)))).toThrow(expect.objectContaining({ code: "too-large" }))
})

test.each([
  ["it does not begin at 0", [[1, 9, 3, 1]]],
  [
    "it leaves a gap",
    [
      [1, 9, 0, 2],
      [1, 9, 3, 1],
    ],
  ],
  [
    "it repeats bytes",
    [
      [1, 9, 0, 2],
      [1, 9, 1, 1],
    ],
  ],
  [
    "its total changes",
    [
      [1, 9, 0, 2],
      [1, 8, 2, 1],
    ],
  ],
  [
    "it goes past its total",
    [
      [1, 3, 0, 2],
      [1, 3, 2, 2],
    ],
  ],
  ["it is empty", [[1, 3, 0, 0]]],
] as [string, [number, number, number, number][]][])("[PR7] a part is refused when %s", (_name, parts) => {
  const reader = new FrameReader(limits)
  const all = parts.map(([transfer, total, offset, length]) => part(transfer, total, offset, new Uint8Array(length)))
  for (const message of all.slice(0, -1)) reader.read(message)
  expect(() => reader.read(all.at(-1)!)).toThrow(expect.objectContaining({ code: "bad-transfer" }))
})

test.each([
  ["two frames", encodeFrames({ type: "ping", nonce: 1 }, { type: "ping", nonce: 2 })],
  ["a part", part(1, 5, 0, Uint8Array.of(1))],
])("[PR7] a transfer that is %s is refused", (_name, whole) => {
  expect(() => new FrameReader(limits).read(part(1, whole.length, 0, whole))).toThrow(expect.objectContaining({ code: "bad-transfer" }))
})

test("[PR7] a number is free again once its transfer is complete", () => {
  const reader = new FrameReader(limits)
  for (let round = 0; round < 3; round++) {
    const whole = encodeFrames({ type: "ping", nonce: round })
    expect(reader.read(part(1, whole.length, 0, whole))).toEqual([{ type: "ping", nonce: round }])
  }
})

test.each([
  [256 * 1024, 1024],
  [1064, 1024],
  [1063, 1023],
  [100, 60],
])("[PR7] with frames of %i bytes, a part before another has at least %i", (maxFrameBytes, least) => {
  const readerOf = (): FrameReader => new FrameReader({ maxFrameBytes, maxTransferBytes: 10_000, maxTransfers: 2 })
  const tooSmall = expect.objectContaining({ code: "bad-transfer" })
  const reader = readerOf()
  expect(reader.read(part(1, 5000, 0, new Uint8Array(least)))).toEqual([])
  expect(() => reader.read(part(1, 5000, least, new Uint8Array(least - 1)))).toThrow(tooSmall)
  expect(() => readerOf().read(part(1, 5000, 0, new Uint8Array(least - 1)))).toThrow(tooSmall)
  // The last one, and the only one, may be of any size.
  const whole = encodeFrames(snapshot(1, least))
  const last = readerOf()
  last.read(part(1, whole.length, 0, whole.subarray(0, least)))
  expect(last.read(part(1, whole.length, least, whole.subarray(least)))).toEqual([snapshot(1, least)])
  const ping = encodeFrames({ type: "ping", nonce: 1 })
  expect(readerOf().read(part(1, ping.length, 0, ping))).toEqual([{ type: "ping", nonce: 1 }])
})

test("[PR7] who admits is told of every frame, parts and unknown ones included, before any is decoded", () => {
  const admitted: number[] = []
  const reader = new FrameReader(limits, (frames) => {
    admitted.push(frames)
    if (frames > 3) throw new RangeError("too many")
  })
  const unknown = { number: 999, payload: new Uint8Array(1) }
  const piece = encodeFrame({ type: "part", transfer: 1, total: 9, offset: 0, bytes: new Uint8Array(2) })
  const ping = encodeFrame({ type: "ping", nonce: 1 })
  expect(reader.read(encodeMessage([unknown, piece, ping]))).toEqual([{ type: "ping", nonce: 1 }])
  expect(() => reader.read(encodeMessage([unknown, unknown, unknown, { number: 15, payload: new Uint8Array() }]))).toThrow(RangeError)
  expect(admitted).toEqual([3, 4])
})

test("[PR7] what transfers under way take is known, and at most twice what has arrived", () => {
  const reader = new FrameReader(limits)
  const whole = encodeFrames(snapshot(1, 500))
  let most = 0
  for (let offset = 0; offset < whole.length; offset += 20) {
    expect(reader.heldBytes).toBeLessThanOrEqual(offset * 2)
    expect(reader.heldBytes).toBeGreaterThanOrEqual(offset)
    most = Math.max(most, reader.heldBytes)
    reader.read(part(1, whole.length, offset, whole.subarray(offset, offset + 20)))
  }
  expect(most).toBe(whole.length)
  expect(reader.heldBytes).toBe(0)
})
