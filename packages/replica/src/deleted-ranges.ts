import * as decoding from "lib0/decoding"
import * as encoding from "lib0/encoding"

/** Consecutive clocks of one client, from `from` up to and without `to`. */
export interface Clocks {
  readonly from: number
  readonly to: number
}

/** Deleted ranges per client, each ascending and apart from its neighbours. */
export type DeletedRanges = Map<number, readonly Clocks[]>

/** Reads the v1 form: varUint n • n * (client • varUint m • m * (clock • length)); empty bytes for nothing. @throws Error from lib0. */
export function decodeDeleteSet(encoded: Uint8Array): DeletedRanges {
  const deleted: DeletedRanges = new Map()
  if (encoded.length === 0) return deleted
  const decoder = decoding.createDecoder(encoded)
  const clients = decoding.readVarUint(decoder)
  for (let index = 0; index < clients; index++) {
    const client = decoding.readVarUint(decoder)
    const count = decoding.readVarUint(decoder)
    const ranges = [...(deleted.get(client) ?? [])]
    for (let item = 0; item < count; item++) {
      const from = decoding.readVarUint(decoder)
      ranges.push({ from, to: from + decoding.readVarUint(decoder) })
    }
    deleted.set(client, joined(ranges))
  }
  return deleted
}

/** The v1 form of `ranges`, clients descending as Yjs writes them. */
export function encodeDeleteSet(ranges: DeletedRanges): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, ranges.size)
  for (const [client, own] of [...ranges].toSorted(([left], [right]) => right - left)) {
    encoding.writeVarUint(encoder, client)
    encoding.writeVarUint(encoder, own.length)
    for (const { from, to } of own) {
      encoding.writeVarUint(encoder, from)
      encoding.writeVarUint(encoder, to - from)
    }
  }
  return encoding.toUint8Array(encoder)
}

/** Whether all of `other` is in `known`. */
export function coversDeletions(known: DeletedRanges, other: DeletedRanges): boolean {
  for (const [client, items] of other) {
    const ranges = known.get(client) ?? []
    // Both ascend: what ends before one item ends before the next.
    let at = 0
    for (const { from, to } of items) {
      while (at < ranges.length && ranges[at]!.to < to) at++
      if (at === ranges.length || ranges[at]!.from > from) return false
    }
  }
  return true
}

/** Whether `ranges`, ascending and apart, have any of the `length` clocks from `clock` on. */
export function meets(ranges: readonly Clocks[], clock: number, length: number): boolean {
  let low = 0
  let high = ranges.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (ranges[middle]!.to <= clock) low = middle + 1
    else high = middle
  }
  return low < ranges.length && ranges[low]!.from < clock + length
}

/** `ranges` in order, those that touch or overlap made one. */
export function joined(ranges: readonly Clocks[]): Clocks[] {
  const result: { from: number; to: number }[] = []
  for (const range of ranges.toSorted((left, right) => left.from - right.from)) {
    const last = result.at(-1)
    if (last !== undefined && range.from <= last.to) last.to = Math.max(last.to, range.to)
    else result.push({ ...range })
  }
  return result
}
