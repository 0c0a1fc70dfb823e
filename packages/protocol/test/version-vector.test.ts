import fc from "fast-check"
import { expect, test } from "vitest"
import {
  advanceVector,
  continuesVector,
  covers,
  coversStamp,
  EMPTY_VECTOR,
  equalVectors,
  knownOf,
  unionVectors,
  vectorDifference,
  vectorHash,
} from "@polylogue/protocol"
import { someVector } from "./arbitrary.ts"

test("[PR8] union is commutative, associative, idempotent, and the least that covers both", () => {
  fc.assert(
    fc.property(someVector, someVector, someVector, (a, b, c) => {
      const union = unionVectors(a, b)
      expect(equalVectors(union, unionVectors(b, a))).toBe(true)
      expect(equalVectors(unionVectors(union, c), unionVectors(a, unionVectors(b, c)))).toBe(true)
      expect(equalVectors(unionVectors(a, a), a)).toBe(true)
      expect(covers(union, a) && covers(union, b)).toBe(true)
      if (covers(c, a) && covers(c, b)) expect(covers(c, union)).toBe(true)
    }),
  )
})

test("[PR8] the difference is empty exactly when the other covers, and filling it in covers", () => {
  fc.assert(
    fc.property(someVector, someVector, (a, b) => {
      const missing = vectorDifference(a, b)
      expect(missing.length === 0).toBe(covers(b, a))
      let filled = b
      for (const { log, from, to } of missing) {
        for (let seq = from; seq <= to; seq++) {
          expect(continuesVector(filled, { log, seq })).toBe(true)
          filled = advanceVector(filled, { log, seq })
        }
      }
      expect(equalVectors(filled, unionVectors(a, b))).toBe(true)
    }),
  )
})

test("[PR8] advancing covers the stamp and nothing else, and leaves a covered vector as it is", () => {
  const log = "00000000000000aa"
  const vector = advanceVector(EMPTY_VECTOR, { log, seq: 1 })
  expect(coversStamp(vector, { log, seq: 1 })).toBe(true)
  expect(coversStamp(vector, { log, seq: 2 })).toBe(false)
  expect(knownOf(vector, "00000000000000bb")).toBe(0)
  expect(advanceVector(vector, { log, seq: 1 })).toBe(vector)
  expect(EMPTY_VECTOR.size).toBe(0)
})

test("[PR8] hashes are equal exactly for equal vectors, whatever the order of their logs", () => {
  fc.assert(
    fc.property(someVector, someVector, (a, b) => {
      expect(vectorHash(new Map([...a].toReversed()))).toBe(vectorHash(a))
      expect(vectorHash(a) === vectorHash(b)).toBe(equalVectors(a, b))
    }),
  )
  expect(vectorHash(new Map([["00000000000000aa", 0]]))).toBe("0000000000000000")
  expect(vectorHash(EMPTY_VECTOR)).toBe("0000000000000000")
})
