import * as decoding from "lib0/decoding"

interface Range {
  from: number
  to: number
}

/** Deleted clocks per Yjs client, as ranges: ascending, apart from one another. */
export class DeleteRanges {
  readonly #clients = new Map<number, Range[]>()

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

  /** Adds a delete set in Yjs v1 encoding. @throws Error from lib0 when it does not decode. */
  addEncoded(deleteSet: Uint8Array): void {
    const decoder = decoding.createDecoder(deleteSet)
    for (let clients = decoding.readVarUint(decoder); clients > 0; clients--) {
      const client = decoding.readVarUint(decoder)
      for (let count = decoding.readVarUint(decoder); count > 0; count--) {
        const clock = decoding.readVarUint(decoder)
        this.add(client, clock, decoding.readVarUint(decoder))
      }
    }
  }

  /** Whether all of the `length` clocks from `clock` on are there. */
  has(client: number, clock: number, length: number): boolean {
    const ranges = this.#clients.get(client) ?? []
    const range = ranges[lowerBound(ranges, clock)]
    return range !== undefined && range.from <= clock && range.to >= clock + length
  }
}

/** Index of the first range that ends at or after `clock`. */
function lowerBound(ranges: readonly Range[], clock: number): number {
  let low = 0
  let high = ranges.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (ranges[middle]!.to < clock) low = middle + 1
    else high = middle
  }
  return low
}
