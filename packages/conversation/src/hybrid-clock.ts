/**
 * Hybrid logical clocks: milliseconds of a wall clock that never go backwards past what the writer has seen. They order
 * siblings; parent links order everything else.
 *
 * Nobody rewrites a clock. Readers sort by the raw value, for a reader that clamps what it reads shows another order than
 * one that loaded a snapshot. Writers leave clocks far ahead of the relay's time out of the maximum, so that one device
 * with a wrong year does not drag everybody's clocks there.
 */
export const MAX_CLOCK_AHEAD_MS = 120_000

/**
 * The clock of the next thing written: `max(wall, seen + 1)`.
 *
 * @param wallTime - the device's time in ms since 1970.
 * @param relayTime - the relay's time as the device knows it, in the same unit; the wall time when it knows none.
 * @param seen - all clocks the writer has seen; those over 120 s ahead of `relayTime` are passed over.
 */
export function nextClock(wallTime: number, relayTime: number, seen: Iterable<number>): number {
  const limit = relayTime + MAX_CLOCK_AHEAD_MS
  let next = Math.trunc(wallTime)
  for (const clock of seen) if (clock <= limit && clock >= next) next = Math.trunc(clock) + 1
  return next
}

/** The clock in a value from a document: any finite number as it is, everything else 0. */
export function readClock(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? value : 0
}

/** Order of siblings: by clock, then by id in UTF-16 order. */
export function compareByClock(
  left: { readonly clock: number; readonly id: string },
  right: { readonly clock: number; readonly id: string },
): number {
  if (left.clock !== right.clock) return left.clock - right.clock
  return left.id < right.id ? -1 : left.id > right.id ? 1 : 0
}
