import * as Y from "yjs"
import { coversDeletions, decodeDeleteSet, type DeletedRanges, joined } from "./deleted-ranges.ts"

/** Which structs an update brings: per Yjs client id, the clocks from `from` up to and without `to`. */
export type StructRanges = ReadonlyMap<number, { readonly from: number; readonly to: number }>

/** The structs that `update` brings; empty when it only deletes, or does not decode. */
export function structRanges(update: Uint8Array): StructRanges {
  const ranges = new Map<number, { from: number; to: number }>()
  try {
    const meta = Y.parseUpdateMeta(update)
    for (const [client, to] of meta.to) ranges.set(client, { from: meta.from.get(client) ?? 0, to })
  } catch {
    // A row that does not decode brings nothing to anybody; the relay's door refuses it, and its bytes are kept aside then.
  }
  return ranges
}

/** Whether the struct at (`client`, `clock`) is among `ranges`. */
export function hasStruct(ranges: StructRanges, client: number, clock: number): boolean {
  const range = ranges.get(client)
  return range !== undefined && clock >= range.from && clock < range.to
}

/** More than this many updates at once make `Y.mergeUpdates` quadratic; a tree of this fan-in stays near linear. */
const FAN_IN = 32

/** One update that brings what `updates` bring, in their order. @throws RangeError for an empty list. */
export function mergeInOrder(updates: readonly Uint8Array[]): Uint8Array {
  let level: readonly Uint8Array[] = updates
  while (level.length > 1) {
    const next: Uint8Array[] = []
    for (let index = 0; index < level.length; index += FAN_IN) {
      const group = level.slice(index, index + FAN_IN)
      next.push(group.length === 1 ? group[0]! : Y.mergeUpdates(group))
    }
    level = next
  }
  const [merged] = level
  if (merged === undefined) throw new RangeError("nothing to merge")
  return merged
}

/** Consecutive updates in groups of at most `maxBytes`; a larger one is a group of its own. */
export function groupBySize<T extends { readonly update: Uint8Array }>(list: readonly T[], maxBytes: number): T[][] {
  const groups: T[][] = []
  let bytes = Infinity
  for (const item of list) {
    if (bytes + item.update.length > maxBytes) {
      groups.push([])
      bytes = 0
    }
    groups.at(-1)!.push(item)
    bytes += item.update.length
  }
  return groups
}

/**
 * Whether `doc` holds a struct or a deletion that a peer lacks, given the peer's state vector and delete set in Yjs v1 encoding.
 * @throws Error from lib0 when the peer's bytes do not decode.
 */
export function hasMoreThan(doc: Y.Doc, stateVector: Uint8Array, deleteSet: Uint8Array): boolean {
  const known = Y.decodeStateVector(stateVector)
  for (const [client, clock] of Y.decodeStateVector(Y.encodeStateVector(doc))) if (clock > (known.get(client) ?? 0)) return true
  return !coversDeletions(decodeDeleteSet(deleteSet), rangesOf(Y.createDeleteSetFromStructStore(doc.store)))
}

/** What both state vectors cover, in Yjs encoding. @throws Error from lib0 when the bytes do not decode. */
export function lowerStateVector(one: Uint8Array, other: Uint8Array): Uint8Array {
  const lower = new Map<number, number>()
  const clocks = Y.decodeStateVector(other)
  for (const [client, clock] of Y.decodeStateVector(one)) {
    const both = Math.min(clock, clocks.get(client) ?? 0)
    if (both > 0) lower.set(client, both)
  }
  return Y.encodeStateVector(lower)
}

/** Whether `doc`, in which nothing is pending, has every struct and every deletion of `update`. @throws Error from lib0 when it does not decode. */
export function contains(doc: Y.Doc, update: Uint8Array): boolean {
  for (const [client, to] of Y.parseUpdateMeta(update).to) if (to > Y.getState(doc.store, client)) return false
  return coversDeletions(rangesOf(Y.createDeleteSetFromStructStore(doc.store)), rangesOf(Y.decodeUpdate(update).ds))
}

function rangesOf(deletions: ReturnType<typeof Y.createDeleteSetFromStructStore>): DeletedRanges {
  const ranges: DeletedRanges = new Map()
  for (const [client, items] of deletions.clients)
    ranges.set(client, joined(items.map(({ clock, len }) => ({ from: clock, to: clock + len }))))
  return ranges
}

/** The state vector, encoded, of where the structs in `updates` end. */
export function endOf(updates: readonly { readonly update: Uint8Array }[]): Uint8Array {
  const ends = new Map<number, number>()
  for (const { update } of updates) {
    for (const [client, end] of Y.parseUpdateMeta(update).to) ends.set(client, Math.max(ends.get(client) ?? 0, end))
  }
  return Y.encodeStateVector(ends)
}
