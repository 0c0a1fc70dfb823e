import { expect, test } from "vitest"
import { NODE_LIMITS, readLimits } from "../src/node-limits.ts"

test("[PL12] limits that are not given have their defaults", () => {
  expect(readLimits(undefined)).toEqual(NODE_LIMITS)
  expect(
    readLimits('{"maxSessions": 7, "drainNoticeMs": 0, "maxRooms": "Infinity", "maxBlobBytes": 9, "collectBlobsMs": "Infinity"}'),
  ).toEqual({
    relay: { ...NODE_LIMITS.relay, maxSessions: 7, maxRooms: Infinity },
    program: { ...NODE_LIMITS.program, drainNoticeMs: 0 },
    answers: NODE_LIMITS.answers,
    blobs: { ...NODE_LIMITS.blobs, maxBlobBytes: 9, collectBlobsMs: Infinity },
  })
})

test.each([
  ["[]", "must be a JSON object"],
  ["7", "must be a JSON object"],
  ["null", "must be a JSON object"],
  ["{", "must be a JSON object"],
  ['{"maxSesions": 1}', '"maxSesions", which is no limit'],
  ['{"toString": 1}', '"toString", which is no limit'],
  ['{"maxSessions": 0}', "maxSessions is at least 1"],
  ['{"maxSessions": "7"}', "maxSessions is at least 1"],
  ['{"maxSessions": null}', "maxSessions is at least 1"],
  ['{"maxFrameBytes": "Infinity"}', "maxFrameBytes is a whole number"],
  ['{"maxRowBytes": 999999999}', "maxRowBytes is at most"],
  ['{"maxSockets": 0}', "maxSockets is a whole number from 1"],
  ['{"maxSockets": "Infinity"}', "maxSockets is a whole number from 1"],
  ['{"headersMs": 20, "requestMs": 10}', "headersMs is at most requestMs"],
  ['{"drainNoticeMs": -1}', "drainNoticeMs is a whole number from 0"],
  ['{"drainMs": 2147483648}', "drainMs is a whole number from 1 to 2147483647"],
])("[PL12] limits of %s are refused", (text, message) => {
  expect(() => readLimits(text)).toThrow(expect.objectContaining({ code: "usage", message: expect.stringContaining(message) as string }))
})
