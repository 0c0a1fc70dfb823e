import fc from "fast-check"
import { expect, test } from "vitest"
import {
  type CutSnapshot,
  encodeFrame,
  encodeMessage,
  type Frame,
  FrameReader,
  NOTHING_ERASED,
  resumes,
  resumptionOf,
  splitFrame,
  vectorHash,
} from "@polylogue/protocol"

const limits = { maxFrameBytes: 200, maxTransferBytes: 100_000, maxTransfers: 2, minPartBytes: 1 }
const vector = new Map([
  ["00000000000000aa", 7],
  ["00000000000000bb", 300],
])
const UPDATE = Uint8Array.from({ length: 5000 }, (_, index) => (index * 31 + (index >> 8)) % 251)
const snapshot: Frame = { type: "snapshot", handle: 3, vector, update: UPDATE, erased: NOTHING_ERASED }

const restFrom = (offset: number): Frame => ({ ...snapshot, type: "rest", offset, total: UPDATE.length, update: UPDATE.subarray(offset) })

/** What a reader has of `frame` after so many of its parts. */
function cutAfter(frame: Frame, parts: number): CutSnapshot | undefined {
  const reader = new FrameReader(limits)
  let left = parts
  for (const part of splitFrame(encodeFrame(frame), 1, limits.maxFrameBytes)) {
    if (left-- === 0) break
    reader.read(encodeMessage([part]))
  }
  return reader.cutSnapshots()[0]
}

test("[PR12] a snapshot cut again and again is put together from its beginning and its rests", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 31 }), fc.integer({ min: 1, max: 15 }), (first, second) => {
      const cut = cutAfter(snapshot, first)!
      expect(cut).toMatchObject({ handle: 3, vector, total: UPDATE.length, offset: 0 })
      expect(resumes(resumptionOf(cut.vector, cut.total, cut.bytes), vector, UPDATE)).toBe(true)
      const again = cutAfter(restFrom(cut.bytes.length), second)
      const known = again === undefined ? [...cut.bytes] : [...cut.bytes, ...again.bytes]
      if (again !== undefined) expect(again).toMatchObject({ handle: 3, vector, total: UPDATE.length, offset: cut.bytes.length })
      expect([...known, ...UPDATE.subarray(known.length)]).toEqual([...UPDATE])
    }),
  )
})

test("[PR12] how far transfers are is known by their numbers", () => {
  const reader = new FrameReader(limits)
  const parts = splitFrame(encodeFrame(snapshot), 9, limits.maxFrameBytes)
  for (let part = 0; part < 2; part++) reader.read(encodeMessage([parts.next().value!]))
  expect(reader.progress()).toEqual(new Map([[9, 320]]))
})

test("[PR12] what is no snapshot, or has brought nothing of its update, is not kept", () => {
  const frames: Frame[] = [
    { type: "append", handle: 1, row: "00000000000000aa", handOver: false, update: UPDATE },
    // A vector that alone takes more than one part.
    { ...snapshot, vector: new Map(Array.from({ length: 40 }, (_, index) => [index.toString(16).padStart(16, "0"), 1])) },
    // It contradicts itself.
    { ...restFrom(1000), total: UPDATE.length + 1 } as Frame,
  ]
  for (const frame of frames) expect(cutAfter(frame, 1)).toBeUndefined()
  expect(new FrameReader(limits).cutSnapshots()).toEqual([])
})

test("[PR12] a beginning is continued only by the update that it is of", () => {
  const beginning = UPDATE.slice(0, 3000)
  const resumption = resumptionOf(vector, UPDATE.length, beginning)
  expect(resumption).toMatchObject({ snapshot: vectorHash(vector), total: 5000, offset: 3000 })
  expect(resumes(resumption, vector, UPDATE)).toBe(true)
  expect(resumes(resumption, new Map([...vector, ["00000000000000aa", 8]]), UPDATE)).toBe(false)
  expect(resumes(resumption, vector, UPDATE.subarray(1))).toBe(false)
  expect(resumes({ ...resumption, total: 3000 }, vector, beginning)).toBe(false)
  const other = UPDATE.slice()
  other[2000] = 255
  expect(resumes(resumption, vector, other)).toBe(false)
  // The published vectors of FNV-1a.
  expect(resumptionOf(vector, 9, new TextEncoder().encode("foobar")).check).toBe("85944171f73967e8")
})

test("[PR2] a resumption whose flag is none is refused", () => {
  const { number, payload } = encodeFrame({ type: "open", handle: 1, document: "home/a", generation: 0, vector: new Map() })
  const wrong = payload.slice()
  wrong[wrong.length - 1] = 2
  expect(() => new FrameReader(limits).read(encodeMessage([{ number, payload: wrong }]))).toThrow(
    expect.objectContaining({ code: "bad-value" }),
  )
})
