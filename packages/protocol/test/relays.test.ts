import { expect, test } from "vitest"
import { decodeMessage, encodeFrames, MAX_RELAYS, MAX_REPORT_BYTES } from "@polylogue/protocol"

const RELAY = "fedcba9876543210"
const path = (length: number) => Array.from({ length }, (_, index) => index.toString(16).padStart(16, "0"))

test("[PR18] a way of as many relays as may be is written and read, one more is not", () => {
  const longest = { type: "route", path: path(MAX_RELAYS) } as const
  expect(decodeMessage(encodeFrames(longest))).toEqual([longest])
  expect(() => encodeFrames({ type: "route", path: path(MAX_RELAYS + 1) })).toThrow(/exceed 256/)
})

test("[PR18] a way that is too long is refused when it is read", () => {
  const message = encodeFrames({ type: "route", path: path(MAX_RELAYS) })
  const payload = new Uint8Array([...Uint8Array.of(0x81, 0x02), ...message.subarray(message.length - MAX_RELAYS * 8), ...new Uint8Array(8)])
  const frame = new Uint8Array([34, 0x80 | (payload.length & 0x7f), payload.length >> 7, ...payload])
  expect(() => decodeMessage(frame)).toThrow(/257 relays exceed 256/)
})

test("[PR18] a report of the most bytes is written and read, one more byte is refused", () => {
  const fleet = (bytes: number) => ({ type: "fleet", relays: [{ relay: RELAY, name: "a", at: 1, report: new Uint8Array(bytes) }] }) as const
  expect(decodeMessage(encodeFrames(fleet(MAX_REPORT_BYTES)))).toEqual([fleet(MAX_REPORT_BYTES)])
  expect(() => encodeFrames(fleet(MAX_REPORT_BYTES + 1))).toThrow(/exceeds 65536/)
})
