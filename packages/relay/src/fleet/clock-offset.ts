import type { RelayId } from "@polylogue/protocol"

/*
 * What another relay's clock says, as this relay's clock would say it. A `pong` brings the other's time, at some instant between our `ping`
 * and its arrival:
 *
 *   ours    sent ──────────┬────────── received         offset = (sent + received) / 2 − theirs
 *   theirs                 time                         error <= (received − sent) / 2, however unlike the two ways are
 *
 * Over several links offsets add up, and so do their errors.
 */

/** How one clock stands to another. */
export interface ClockReading {
  /** Added to a time of the other clock it gives this one's, in milliseconds. */
  readonly offsetMs: number
  /** The offset is wrong by at most this, but for what the clocks have drifted since. */
  readonly errorMs: number
}

/** Exchanges that are remembered: the quickest of them counts, and after so many a clock that was set is known again. */
const EXCHANGES = 8
/** A time is told in whole milliseconds, rounded down. */
const ROUNDING_MS = 1

/** The offset of the clock at the other end of one link. */
export class ClockOffset {
  #exchanges: ClockReading[] = []

  /** An answer came: when the question was sent and the answer received by our clock, and what theirs said between. */
  observe(sentAt: number, receivedAt: number, theirs: number): void {
    if (receivedAt < sentAt) return
    const reading = { offsetMs: (sentAt + receivedAt) / 2 - theirs, errorMs: (receivedAt - sentAt) / 2 + ROUNDING_MS }
    this.#exchanges = [...this.#exchanges.slice(1 - EXCHANGES), reading]
  }

  /** The best that is known; `undefined` before the first answer. */
  get reading(): ClockReading | undefined {
    return this.#exchanges.reduce<ClockReading | undefined>(
      (best, reading) => (best === undefined || reading.errorMs <= best.errorMs ? reading : best),
      undefined,
    )
  }
}

/** What a relay knows of the clocks at the other ends of its links. */
export type ClockReadings = ReadonlyMap<RelayId, ClockReading>

/**
 * The clocks of all relays that `own`, and what others reported of theirs, lead to: over the way with the least error (Dijkstra).
 * @param reported - by who measured; a link that only one end has measured serves both.
 */
export function clocksFrom(own: ClockReadings, reported: ReadonlyMap<RelayId, ClockReadings>): Map<RelayId, ClockReading> {
  const measured = bothWays(reported)
  const reached = new Map(own)
  const settled = new Map<RelayId, ClockReading>()
  for (;;) {
    const next = nearest(reached)
    if (next === undefined) return settled
    const [relay, reading] = next
    reached.delete(relay)
    settled.set(relay, reading)
    for (const [further, step] of measured.get(relay) ?? []) {
      if (settled.has(further)) continue
      const way = { offsetMs: reading.offsetMs + step.offsetMs, errorMs: reading.errorMs + step.errorMs }
      const known = reached.get(further)
      if (known === undefined || way.errorMs < known.errorMs) reached.set(further, way)
    }
  }
}

function nearest(reached: ReadonlyMap<RelayId, ClockReading>): readonly [RelayId, ClockReading] | undefined {
  let best: readonly [RelayId, ClockReading] | undefined
  for (const entry of reached) if (best === undefined || entry[1].errorMs < best[1].errorMs) best = entry
  return best
}

function bothWays(reported: ReadonlyMap<RelayId, ClockReadings>): Map<RelayId, Map<RelayId, ClockReading>> {
  const ways = new Map<RelayId, Map<RelayId, ClockReading>>()
  const add = (from: RelayId, to: RelayId, reading: ClockReading): void => {
    const known = ways.get(from)
    if (known === undefined) ways.set(from, new Map([[to, reading]]))
    else if (reading.errorMs < (known.get(to)?.errorMs ?? Infinity)) known.set(to, reading)
  }
  for (const [from, readings] of reported) {
    for (const [to, reading] of readings) {
      add(from, to, reading)
      add(to, from, { offsetMs: -reading.offsetMs, errorMs: reading.errorMs })
    }
  }
  return ways
}
