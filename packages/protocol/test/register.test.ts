import fc from "fast-check"
import { expect, test } from "vitest"
import {
  absentRegister,
  decodeFrame,
  encodeFrame,
  FRAMES,
  MAX_OBSERVED_REGISTERS,
  MAX_REGISTER_NAME_LENGTH,
  registerBytes,
  registerKey,
  registerRevision,
  type RegisterState,
  registerValueBytes,
  splitRegisterKey,
  splitRevision,
} from "@polylogue/protocol"
import { someRegister } from "./arbitrary.ts"

const START = "0123456789abcdef"
const observed = (registers: readonly RegisterState[]) =>
  ({ type: "observed", handle: 1, anew: false, caughtUp: true, time: 0, registers }) as const

test("[PR15] a key is a document and a name, and both come out again", () => {
  expect(splitRegisterKey("home/prompt/7#label/production")).toEqual({ documentId: "home/prompt/7", name: "label/production" })
  expect(registerKey("home/index", "prompt-name/a%20b")).toBe("home/index#prompt-name/a%20b")
})

test.each(["", "#", "home", "home#", "#name", "home/#name", "home#a b", "home#a#b", "home#ä", "home#a\n", "ho me#a", "home#a?"])(
  "[PR15] %j is no key",
  (key) => {
    expect(splitRegisterKey(key)).toBeUndefined()
  },
)

test("[PR15] a name of any text fits, as encodeURIComponent writes it", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }).filter((text) => text.isWellFormed()),
      (text) => {
        const name = encodeURIComponent(text)
        fc.pre(name.length <= MAX_REGISTER_NAME_LENGTH)
        expect(splitRegisterKey(registerKey("home/index", name))).toEqual({ documentId: "home/index", name })
      },
    ),
  )
})

test("[PR15] a name at its limit is one, one character more is none", () => {
  const name = "a".repeat(MAX_REGISTER_NAME_LENGTH)
  expect(splitRegisterKey(`home#${name}`)?.name).toBe(name)
  expect(splitRegisterKey(`home#${name}a`)).toBeUndefined()
  expect(() => registerKey("home", `${name}a`)).toThrow(TypeError)
})

test("[PR16] a revision is a start and a count", () => {
  expect(splitRevision(registerRevision(START, 12))).toEqual({ start: START, count: 12 })
  for (const none of [
    "",
    START,
    `${START}:`,
    `${START}:0`,
    `${START}:01`,
    `${START}:1.5`,
    `${START}:1e3`,
    `${START}:9007199254740992`,
    `x${START}:1`,
  ])
    expect(splitRevision(none), none).toBeUndefined()
})

test("[PR16] a register has a value exactly when it has a revision", () => {
  const half = { ...absentRegister("home#a", false), value: "x" }
  expect(() => encodeFrame(observed([half]))).toThrow(expect.objectContaining({ code: "bad-value" }))
})

const cas = { type: "cas", request: 1, key: "home#a", attempt: START, expected: null, value: null, ttlMs: 0 } as const

test.each([
  ["a revision that is none", { ...cas, expected: "7" }],
  ["half of a surrogate pair", { ...cas, value: "a\ud800" }],
])("[PR16] %s is refused when written", (_name, frame) => {
  expect(() => encodeFrame(frame)).toThrow(expect.objectContaining({ code: "bad-value" }))
})

test("[PR16] a value is its UTF-8, and half of a surrogate pair has none", () => {
  expect(registerValueBytes("a\u{1f511}")).toHaveLength(5)
  expect(registerValueBytes("\udc00a")).toBeUndefined()
})

test.each([
  ["cas: a value that is not UTF-8", FRAMES.cas.number, [1, 1, 97, ...Array(8).fill(1), 0, 1, 2, 0xc3, 0x28, 0, 0], "bad-value"],
  ["cas: a value cut off", FRAMES.cas.number, [1, 1, 97, ...Array(8).fill(1), 0, 1, 9, 97], "truncated"],
  ["cas: a guard of 3", FRAMES.cas.number, [1, 1, 97, ...Array(8).fill(1), 0, 0, 0, 3], "bad-value"],
  ["cas: a revision that counts 0", FRAMES.cas.number, [1, 1, 97, ...Array(8).fill(1), 1, ...Array(8).fill(1), 0], "bad-value"],
  ["answer: an outcome of 0", FRAMES.answer.number, [1, 0, 0, 0, 0], "bad-value"],
  ["answer: an outcome of 5", FRAMES.answer.number, [1, 5, 0, 0, 0], "bad-value"],
  ["observed: a million registers in no bytes", FRAMES.observed.number, [1, 0, 1, 0, 0xc0, 0x84, 0x3d], "truncated"],
])("[PR16] %s", (_name, number, payload, code) => {
  expect(() => decodeFrame({ number, payload: Uint8Array.from(payload) })).toThrow(expect.objectContaining({ code }))
})

test("[PR17] as many registers in a frame as allowed, one more is refused when written and when read", () => {
  const list = Array.from({ length: MAX_OBSERVED_REGISTERS + 1 }, (_, index) => absentRegister(`home#${index}`, true))
  const most = encodeFrame(observed(list.slice(1)))
  expect(decodeFrame(most)).toEqual(observed(list.slice(1)))
  expect(() => encodeFrame(observed(list))).toThrow(expect.objectContaining({ code: "too-large" }))
  const payload = most.payload.slice()
  // The count stands behind handle, two flags and a time of one byte each; 256 takes two bytes, and so does 257.
  expect([...payload.subarray(4, 6)]).toEqual([0x80, 0x02])
  payload[4] = 0x81
  expect(() => decodeFrame({ number: most.number, payload: Uint8Array.of(...payload, 1, 97, 0, 0) })).toThrow(
    expect.objectContaining({ code: "too-large" }),
  )
})

test("[PR17] the estimate of a register's bytes is never too small", () => {
  const none = encodeFrame(observed([])).payload.length
  fc.assert(
    fc.property(someRegister, (register) => {
      fc.pre(register.key.length === Buffer.byteLength(register.key))
      expect(encodeFrame(observed([register])).payload.length - none).toBeLessThanOrEqual(registerBytes(register))
    }),
  )
})
