import { type BlobHash, type Erased, NOTHING_ERASED } from "@polylogue/protocol"
import type { NewLogItem } from "@polylogue/storage"
import * as encoding from "lib0/encoding"
import * as Y from "yjs"
import { structRanges } from "../update.ts"
import { coversDeletions, decodeDeleteSet, type DeletedRanges, encodeDeleteSet, joined, meets } from "../deleted-ranges.ts"

/** Consecutive Yjs ids: the `length` clocks of `client` from `clock` on. */
export interface IdRange {
  readonly client: number
  readonly clock: number
  readonly length: number
}

/** What an item of a log says of erasures; `undefined` for nothing. */
export function erasedBy(item: NewLogItem): Erased | undefined {
  if (item.kind === "snapshot") return item.snapshot.erased
  const { erases, update } = item.entry
  return erases && { ranges: deleteSetOf(update), blobs: erases }
}

/** All that any of `list` erases. */
export function unionErased(list: readonly (Erased | undefined)[]): Erased {
  const [only, more] = list.filter((one) => one !== undefined)
  if (more === undefined) return only ?? NOTHING_ERASED
  const ranges: DeletedRanges = new Map()
  const blobs = new Set<BlobHash>()
  for (const one of list) {
    for (const [client, own] of decodeDeleteSet(one?.ranges ?? new Uint8Array())) {
      ranges.set(client, joined([...(ranges.get(client) ?? []), ...own]))
    }
    for (const hash of one?.blobs ?? []) blobs.add(hash)
  }
  return { ranges: encodeDeleteSet(ranges), blobs: [...blobs].sort() }
}

/** Whether `known` erases all that `other` does. */
export function coversErased(known: Erased, other: Erased): boolean {
  if (!coversDeletions(decodeDeleteSet(known.ranges), decodeDeleteSet(other.ranges))) return false
  const blobs = new Set(known.blobs)
  return other.blobs.every((hash) => blobs.has(hash))
}

/** Whether anything is erased at all. */
export function erasesSomething({ ranges, blobs }: Erased): boolean {
  return blobs.length > 0 || decodeDeleteSet(ranges).size > 0
}

/** `list` as an update without structs that deletes it. */
export function erasingUpdate(list: readonly IdRange[]): Uint8Array {
  const ranges: DeletedRanges = new Map()
  for (const { client, clock, length } of list) {
    if (length === 0) continue
    ranges.set(client, joined([...(ranges.get(client) ?? []), { from: clock, to: clock + length }]))
  }
  return updateErasing(encodeDeleteSet(ranges))
}

/** The update without structs that deletes `ranges`, a delete set in Yjs v1 encoding. */
export function updateErasing(ranges: Uint8Array): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, 0)
  encoding.writeUint8Array(encoder, ranges.length === 0 ? Uint8Array.of(0) : ranges)
  return encoding.toUint8Array(encoder)
}

/** Whether `ydoc` has ever had something under an id that `erased` names. */
export function knowsOf(ydoc: Y.Doc, { ranges }: Erased): boolean {
  for (const [client, own] of decodeDeleteSet(ranges)) {
    const known = Y.getState(ydoc.store, client)
    if (own.some(({ from }) => from < known)) return true
  }
  return false
}

/** Whether `update` brings content under an id that `ranges` names. What was deleted brings no content; a container is none. */
export function bringsErased(update: Uint8Array, ranges: DeletedRanges): boolean {
  if (ranges.size === 0) return false
  return Y.decodeUpdate(update).structs.some((struct) => {
    if (!(struct instanceof Y.Item) || struct.content instanceof Y.ContentDeleted || struct.content instanceof Y.ContentType) return false
    const { client, clock } = struct.id
    return meets(ranges.get(client) ?? [], clock, struct.length)
  })
}

/** The delete set of an erasure's update, which has no structs before it. */
function deleteSetOf(update: Uint8Array): Uint8Array {
  return update.slice(1)
}

/** What `update` adds to `ydoc`, with everything that it inserts deleted: its ids are taken, so that what follows it has its place. */
export function withoutContent(ydoc: Y.Doc, update: Uint8Array): Uint8Array {
  const copy = new Y.Doc()
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(ydoc))
  const inserted = [...structRanges(update)].map(([client, { from, to }]) => ({ client, clock: from, length: to - from }))
  Y.transact(copy, () => {
    Y.applyUpdate(copy, update)
    Y.applyUpdate(copy, erasingUpdate(inserted))
  })
  const rest = Y.encodeStateAsUpdate(copy, Y.encodeStateVector(ydoc))
  copy.destroy()
  return rest
}
