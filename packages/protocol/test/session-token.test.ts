import fc from "fast-check"
import { expect, test } from "vitest"
import {
  coversToken,
  decodeSessionToken,
  encodeSessionToken,
  MAX_DOCUMENT_ID_LENGTH,
  MAX_TOKEN_DOCUMENTS,
  MAX_TOKEN_LENGTH,
  ProtocolError,
  type SessionToken,
  unionSessionTokens,
} from "@polylogue/protocol"
import { someVector } from "./arbitrary.ts"

const LOG = "00000000000000aa"
const someToken: fc.Arbitrary<SessionToken> = fc
  .array(fc.tuple(fc.constantFrom("home/index", "home/conv/1", "a", `${"x".repeat(128)}/y`), someVector), { maxLength: 4 })
  .map((list) => new Map(list.filter(([, vector]) => vector.size > 0)))

function refused(text: string): string {
  try {
    decodeSessionToken(text)
  } catch (error) {
    if (error instanceof ProtocolError) return error.code
    throw error
  }
  return "read"
}

test("[PR19] a token survives a round trip, whatever the order of its documents and logs, and is the same text then", () => {
  fc.assert(
    fc.property(someToken, (token) => {
      const text = encodeSessionToken(token)
      expect(text).toMatch(/^[A-Za-z0-9_-]*$/)
      expect(decodeSessionToken(text)).toEqual(token)
      const turned = new Map([...token].toReversed().map(([id, vector]) => [id, new Map([...vector].toReversed())] as const))
      expect(encodeSessionToken(turned)).toBe(text)
    }),
  )
})

test("[PR19] the text of a token does not change between versions of the program, and is short", () => {
  const two = new Map([["home/conv/1", new Map([[LOG, 300]]).set("00000000000000bb", 7)]])
  expect(encodeSessionToken(two)).toBe("AQELaG9tZS9jb252LzECAAAAAAAAAKqsAgAAAAAAAAC7Bw")
  const one = new Map([["home/conv/1", new Map([[LOG, 7]])]])
  expect(encodeSessionToken(one)).toHaveLength(32)
  expect(encodeSessionToken(new Map())).toBe("AQA")
  expect(encodeSessionToken(new Map([["home/conv/1", new Map<string, number>()]]))).toBe("AQA")
})

test("[PR19] the union of tokens is the least that covers each of them", () => {
  fc.assert(
    fc.property(someToken, someToken, someToken, (one, other, third) => {
      const union = unionSessionTokens(one, other)
      expect(coversToken(union, one) && coversToken(union, other)).toBe(true)
      if (coversToken(third, one) && coversToken(third, other)) expect(coversToken(third, union)).toBe(true)
      expect(unionSessionTokens(other, one)).toEqual(union)
    }),
  )
  expect(coversToken(new Map(), new Map([["a", new Map([[LOG, 1]])]]))).toBe(false)
})

test("[PR20] any text is read as a token or refused with a ProtocolError, and what is read is written as the same text", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.base64String(),
        fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from([1, ...bytes]).toString("base64url")),
        fc.tuple(someToken, fc.nat(80), fc.nat(63)).map(([token, at, digit]) => {
          const text = encodeSessionToken(token)
          return text.slice(0, at) + "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[digit]! + text.slice(at + 1)
        }),
      ),
      (text) => {
        if (refused(text) !== "read") return
        const token = decodeSessionToken(text)
        expect(decodeSessionToken(encodeSessionToken(token))).toEqual(new Map([...token].filter(([, { size }]) => size > 0)))
      },
    ),
  )
})

test("[PR20] what is no token is refused: other digits, half bytes, another version, an id that is none, a document twice, bytes behind it", () => {
  const text = (...bytes: number[]) => Buffer.from(bytes).toString("base64url")
  const vector = [1, ...Buffer.from(LOG, "hex"), 7]
  expect(refused(text(1, 1, 1, 0x61, ...vector))).toBe("read")
  expect(refused("AQA=")).toBe("bad-value")
  expect(refused("AQ A")).toBe("bad-value")
  expect(refused("AQA\u{1f600}")).toBe("bad-value")
  expect(refused("AQAAA")).toBe("bad-value")
  expect(refused("AQB")).toBe("bad-value")
  expect(refused("")).toBe("truncated")
  expect(refused(text(2, 0))).toBe("bad-value")
  expect(refused(text(1, 1, 2, 0x2e, 0x2e, ...vector))).toBe("bad-value")
  expect(refused(text(1, 2, 1, 0x61, ...vector, 1, 0x61, ...vector))).toBe("bad-value")
  expect(refused(text(1, 1, 1, 0x61, ...vector, 0))).toBe("bad-value")
  expect(refused(text(1, 1, 1, 0x61, ...vector.slice(0, -1)))).toBe("truncated")
  expect(refused(text(1, 1, 1, 0x61, 0xff, 0xff, 0xff, 0x7f))).toBe("truncated")
  expect(() => encodeSessionToken(new Map([["no id", new Map([[LOG, 1]])]]))).toThrow(/is no document id/)
})

test("[PR20] a token of the most documents and of the most characters is written and read, one more is refused", () => {
  const token = (documents: number) => new Map(Array.from({ length: documents }, (_, at) => [`d${at}`, new Map([[LOG, 1]])]))
  expect(decodeSessionToken(encodeSessionToken(token(MAX_TOKEN_DOCUMENTS))).size).toBe(MAX_TOKEN_DOCUMENTS)
  expect(() => encodeSessionToken(token(MAX_TOKEN_DOCUMENTS + 1))).toThrow(/exceeds 64/)
  expect(refused(Buffer.from([1, MAX_TOKEN_DOCUMENTS + 1]).toString("base64url"))).toBe("too-large")
  const logs = (count: number, id: string) =>
    new Map([[id, new Map(Array.from({ length: count }, (_, at) => [at.toString(16).padStart(16, "0"), 1]))]])
  // 49,152 bytes are 65,536 characters: 1 + 1 + (1 + id) + 2 + 9 for each log.
  const fits = logs(5_460, "d".repeat(7))
  expect(encodeSessionToken(fits)).toHaveLength(MAX_TOKEN_LENGTH)
  expect(decodeSessionToken(encodeSessionToken(fits))).toEqual(fits)
  expect(() => encodeSessionToken(logs(5_460, "d".repeat(8)))).toThrow(/exceeds 65536/)
  expect(refused("A".repeat(MAX_TOKEN_LENGTH + 1))).toBe("too-large")
  const longest = Array.from({ length: 4 }, () => "x".repeat(127)).join("/") + "y"
  expect(longest).toHaveLength(MAX_DOCUMENT_ID_LENGTH)
  expect(decodeSessionToken(encodeSessionToken(logs(1, longest))).has(longest)).toBe(true)
})
