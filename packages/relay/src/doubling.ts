/** Times after which a wait grows no more, whatever the limits. */
export const MAX_DOUBLED = 30

/** A wait that begins with `firstMs` and has been doubled `times` times since, in milliseconds: never more than `mostMs`. */
export function doubledMs(firstMs: number, mostMs: number, times: number): number {
  return Math.min(mostMs, firstMs * 2 ** Math.min(times, MAX_DOUBLED))
}

/** Whether failure number `attempts` (1, 2, 3 …) in a row is told of: each time that they have doubled. */
export function isTold(attempts: number): boolean {
  return Number.isInteger(Math.log2(attempts))
}
