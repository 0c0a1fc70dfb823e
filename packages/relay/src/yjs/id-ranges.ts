import * as decoding from "lib0/decoding"
import * as encoding from "lib0/encoding"

/** Clocks `from` up to, not including, `to`. */
export interface ClockRange {
  readonly from: number
  readonly to: number
}

/** Consecutive clocks of one client. */
export interface IdRun {
  readonly client: number
  readonly clock: number
  readonly length: number
}

/** So many ranges of one client are added one by one; for more all of the client's are put in order anew. */
const FEW = 16

/** A set of Yjs ids, as ranges of clocks per client: ascending, apart from one another. */
export class IdRanges {
  readonly #clients = new Map<number, ClockRange[]>()

  /** Those of delete sets in Yjs v1 encoding; of empty bytes none. @throws Error from lib0 when one does not decode. */
  static of(...deleteSets: readonly Uint8Array[]): IdRanges {
    const ranges = new IdRanges()
    for (const deleteSet of deleteSets) if (deleteSet.length > 0) ranges.addEncoded(deleteSet)
    return ranges
  }

  get isEmpty(): boolean {
    return this.#clients.size === 0
  }

  /** Adds the `length` clocks from `clock` on. */
  add(client: number, clock: number, length: number): void {
    const ranges = this.#clients.get(client)
    let from = clock
    let to = clock + length
    if (ranges === undefined) {
      this.#clients.set(client, [{ from, to }])
      return
    }
    const first = lowerBound(ranges, from)
    let end = first
    for (; end < ranges.length && ranges[end]!.from <= to; end++) {
      from = Math.min(from, ranges[end]!.from)
      to = Math.max(to, ranges[end]!.to)
    }
    ranges.splice(first, end - first, { from, to })
  }

  /** Adds many, in whatever order they come: one by one each would move all that stand behind it. */
  addAll(runs: Iterable<IdRun>): void {
    const byClient = new Map<number, ClockRange[]>()
    for (const { client, clock, length } of runs) {
      const range = { from: clock, to: clock + length }
      const own = byClient.get(client)
      if (own === undefined) byClient.set(client, [range])
      else own.push(range)
    }
    for (const [client, own] of byClient) {
      if (own.length <= FEW) for (const { from, to } of own) this.add(client, from, to - from)
      else this.#clients.set(client, joined([...(this.#clients.get(client) ?? []), ...own]))
    }
  }

  /** Adds a delete set in Yjs v1 encoding. @throws Error from lib0 when it does not decode; then nothing was added. */
  addEncoded(deleteSet: Uint8Array): void {
    const decoder = decoding.createDecoder(deleteSet)
    const runs: IdRun[] = []
    for (let clients = decoding.readVarUint(decoder); clients > 0; clients--) {
      const client = decoding.readVarUint(decoder)
      for (let count = decoding.readVarUint(decoder); count > 0; count--) {
        const clock = decoding.readVarUint(decoder)
        runs.push({ client, clock, length: decoding.readVarUint(decoder) })
      }
    }
    this.addAll(runs)
  }

  /** Whether all of the `length` clocks from `clock` on are there. */
  has(client: number, clock: number, length: number): boolean {
    const ranges = this.#clients.get(client) ?? []
    const range = ranges[lowerBound(ranges, clock)]
    return range !== undefined && range.from <= clock && range.to >= clock + length
  }

  /** Whether everything in `other` is there. */
  covers(other: IdRanges): boolean {
    for (const [client, ranges] of other.#clients) if (!ranges.every(({ from, to }) => this.has(client, from, to - from))) return false
    return true
  }

  /** What of the `length` clocks from `clock` on is there: ascending, none empty, none beyond them. */
  within(client: number, clock: number, length: number): ClockRange[] {
    const ranges = this.#clients.get(client) ?? []
    const end = clock + length
    const found: ClockRange[] = []
    for (let index = lowerBound(ranges, clock + 1); index < ranges.length && ranges[index]!.from < end; index++) {
      const { from, to } = ranges[index]!
      found.push({ from: Math.max(from, clock), to: Math.min(to, end) })
    }
    return found
  }

  /** As a delete set in Yjs v1 encoding; clients descending, as Yjs writes them. */
  encode(): Uint8Array {
    const encoder = encoding.createEncoder()
    encoding.writeVarUint(encoder, this.#clients.size)
    for (const [client, ranges] of [...this.#clients].toSorted(([left], [right]) => right - left)) {
      encoding.writeVarUint(encoder, client)
      encoding.writeVarUint(encoder, ranges.length)
      for (const { from, to } of ranges) {
        encoding.writeVarUint(encoder, from)
        encoding.writeVarUint(encoder, to - from)
      }
    }
    return encoding.toUint8Array(encoder)
  }
}

/** `ranges` in order, those that touch or overlap made one. */
function joined(ranges: ClockRange[]): ClockRange[] {
  const result: { from: number; to: number }[] = []
  for (const { from, to } of ranges.sort((left, right) => left.from - right.from)) {
    const last = result.at(-1)
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to)
    else result.push({ from, to })
  }
  return result
}

/** Index of the first range that ends at or after `clock`. */
function lowerBound(ranges: readonly ClockRange[], clock: number): number {
  let low = 0
  let high = ranges.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (ranges[middle]!.to < clock) low = middle + 1
    else high = middle
  }
  return low
}
