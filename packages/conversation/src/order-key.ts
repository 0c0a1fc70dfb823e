import type { RandomBytes } from "./identifier.ts"

/**
 * Places between places: texts over 62 digits in ASCII order, read as fractions, so that between two of them there is always another.
 * Some digits of a new one are random: two devices that put something at the same place at the same time do not get the same text, between
 * which nothing could be put any more. Readers order equal ones by id all the same.
 */
const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
const BASE = DIGITS.length
const RANDOM_DIGITS = 3

/** A text that sorts after `low` and before `high`, where null is the beginning and the end. Texts that leave no room count as the end. */
export function orderBetween(low: string | null, high: string | null, randomBytes: RandomBytes): string {
  const bounded = high !== null && (low === null || low < high)
  return digitsBetween(low ?? "", bounded ? high : null) + randomDigits(randomBytes)
}

function digitsBetween(low: string, high: string | null): string {
  let digits = ""
  let bound = high
  for (let at = 0; ; at++) {
    const from = valueAt(low, at)
    const to = bound === null ? BASE : valueAt(bound, at)
    // At the open end one step is enough; halving would use up the room of a digit in six steps.
    if (to - from > 1) return digits + digitOf(bound === null ? from + 1 : from + ((to - from) >> 1))
    digits += digitOf(from)
    // From here on the result is below `high` whatever follows; a foreign `high` that ends in zeros leaves no room and is passed.
    if (to > from || (bound !== null && at >= bound.length)) bound = null
  }
}

function valueAt(text: string, at: number): number {
  return Math.max(0, DIGITS.indexOf(text.charAt(at) || "0"))
}

function digitOf(value: number): string {
  return DIGITS.charAt(value)
}

/** The last one is not zero: else there would be texts with nothing in between. */
function randomDigits(randomBytes: RandomBytes): string {
  const bytes = [...randomBytes(RANDOM_DIGITS)]
  return bytes.map((byte, at) => digitOf(at === RANDOM_DIGITS - 1 ? 1 + (byte % (BASE - 1)) : byte % BASE)).join("")
}
