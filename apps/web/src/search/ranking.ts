/*
 * How good an answer is: Okapi BM25 (Robertson and Zaragoza, 2009) over the clauses of a query, each counted as one word, times a little for what was
 * written lately.
 */

const K1 = 1.2
const B = 0.75

/** A message of today counts so much more than one of long ago. */
const RECENCY = 0.6
/** After so long half of that is left, in ms. */
const HALF_LIFE_MS = 45 * 24 * 3_600_000

/** How much a clause says that stands in `found` of `all` messages: rare ones say more. Always positive. */
export function clauseWeight(found: number, all: number): number {
  return Math.log(1 + (all - found + 0.5) / (found + 0.5))
}

/** How much `count` occurrences of one clause say in a message of `length` words, of `average` in all. */
export function clauseScore(count: number, length: number, average: number): number {
  return (count * (K1 + 1)) / (count + K1 * (1 - B + (B * length) / Math.max(1, average)))
}

/** What the age of a message makes of its score. @param ageMs - may be negative: clocks differ. */
export function recencyFactor(ageMs: number): number {
  return 1 + RECENCY * 2 ** (-Math.max(0, ageMs) / HALF_LIFE_MS)
}
