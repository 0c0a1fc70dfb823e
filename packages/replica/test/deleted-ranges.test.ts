import { expect, test } from "vitest"
import { type Clocks, coversDeletions, decodeDeleteSet, encodeDeleteSet, joined, meets } from "../src/deleted-ranges.ts"
import { seededBytes } from "./support/random.ts"

function someRanges(random: () => number, most: number): Clocks[] {
  return joined(
    Array.from({ length: Math.floor(random() * most) }, () => {
      const from = Math.floor(random() * 60)
      return { from, to: from + 1 + Math.floor(random() * 4) }
    }),
  )
}

const clocksOf = (ranges: readonly Clocks[]): Set<number> =>
  new Set(ranges.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, index) => from + index)))

test("[RP21, RP22] sets of deleted ids cover and meet one another as the sets of their clocks do", () => {
  const bytes = seededBytes(5)
  const random = (): number => bytes(1)[0]! / 256
  let met = 0
  let covered = 0
  for (let round = 0; round < 500; round++) {
    const [known, other] = [someRanges(random, 60), someRanges(random, 3)]
    const [inKnown, inOther] = [clocksOf(known), clocksOf(other)]
    const [left, right] = [new Map([[7, known]]), new Map([[7, other]])]
    if (coversDeletions(left, right) && other.length > 0) covered++
    if (meets(known, 5, 3)) met++
    expect(coversDeletions(left, right)).toBe([...inOther].every((clock) => inKnown.has(clock)))
    expect(decodeDeleteSet(encodeDeleteSet(left))).toEqual(left)
    const clock = Math.floor(random() * 64)
    const length = 1 + Math.floor(random() * 6)
    expect(meets(known, clock, length)).toBe(Array.from({ length }, (_, index) => clock + index).some((one) => inKnown.has(one)))
  }
  // Both answers were given, and not seldom.
  expect([covered > 20, met > 50, met < 480]).toEqual([true, true, true])
  expect(coversDeletions(new Map(), new Map([[7, [{ from: 0, to: 1 }]]]))).toBe(false)
  expect(coversDeletions(new Map(), new Map())).toBe(true)
})
