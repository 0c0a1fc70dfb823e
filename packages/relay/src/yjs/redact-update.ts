import * as encoding from "lib0/encoding"
import * as Y from "yjs"
import type { IdRanges } from "./id-ranges.ts"

type Struct = Y.Item | Y.GC | Y.Skip

/**
 * `update` without the content of the ids in `erased`: where an item has such ids, its length stands for what it said, as if it had been deleted
 * before the update was made; an item that has some of them is split. Everything else stays, and who builds on those ids finds them. Types stay
 * too: what others write inside one would go with it, and its own words are in the items inside.
 *
 * Whoever applies the result and deletes `erased` has the document that the update itself and the same deletion would have made.
 *
 * @returns `update` itself when there is nothing to take out.
 * @throws as `Y.decodeUpdate` does when it does not decode.
 */
export function redactUpdate(update: Uint8Array, erased: IdRanges): Uint8Array {
  const { structs, ds } = Y.decodeUpdate(update)
  const kept: Struct[] = []
  let changed = false
  for (const struct of structs) {
    const ranges = hasWords(struct) ? erased.within(struct.id.client, struct.id.clock, struct.length) : []
    if (ranges.length > 0) changed = true
    if (ranges.length > 0 && struct instanceof Y.Item) kept.push(...withoutContent(struct, ranges))
    else kept.push(struct)
  }
  return changed ? encode(kept, ds) : update
}

function hasWords(struct: Struct): boolean {
  return struct instanceof Y.Item && !(struct.content instanceof Y.ContentDeleted) && !(struct.content instanceof Y.ContentType)
}

/** The pieces of `item`, whose content is taken apart. */
function withoutContent(item: Y.Item, ranges: ReturnType<IdRanges["within"]>): Y.Item[] {
  const pieces: Y.Item[] = []
  const end = item.id.clock + item.length
  let at = item.id.clock
  let rest = item.content
  const takeUpTo = (to: number): typeof rest => {
    const content = rest
    // Cut by Yjs itself, which puts a replacement character where a surrogate pair is torn apart.
    if (to < end) rest = content.splice(to - at)
    return content
  }
  const push = (to: number, content: typeof rest): void => {
    pieces.push(pieceOf(item, at, content))
    at = to
  }
  for (const { from, to } of ranges) {
    if (from > at) push(from, takeUpTo(from))
    takeUpTo(to)
    push(to, new Y.ContentDeleted(to - from))
  }
  if (at < end) push(end, rest)
  return pieces
}

/** What stands at `clock` after `item` was split there, as Yjs splits. */
function pieceOf(item: Y.Item, clock: number, content: Y.Item["content"]): Y.Item {
  const { id, parent, parentSub, rightOrigin } = item
  const origin = clock === id.clock ? item.origin : Y.createID(id.client, clock - 1)
  return new Y.Item(Y.createID(id.client, clock), null, origin, null, rightOrigin, parent, parentSub, content)
}

/** In the order in which they came: sections of clients, then the delete set. */
function encode(structs: readonly Struct[], ds: ReturnType<typeof Y.decodeUpdate>["ds"]): Uint8Array {
  const sections = new Map<number, Struct[]>()
  for (const struct of structs) {
    const section = sections.get(struct.id.client)
    if (section === undefined) sections.set(struct.id.client, [struct])
    else section.push(struct)
  }
  const encoder = new Y.UpdateEncoderV1()
  encoding.writeVarUint(encoder.restEncoder, sections.size)
  for (const [client, section] of sections) {
    encoding.writeVarUint(encoder.restEncoder, section.length)
    encoder.writeClient(client)
    encoding.writeVarUint(encoder.restEncoder, section[0]!.id.clock)
    for (const struct of section) struct.write(encoder, 0)
  }
  encoding.writeVarUint(encoder.restEncoder, ds.clients.size)
  for (const [client, ranges] of ds.clients) {
    encoding.writeVarUint(encoder.restEncoder, client)
    encoding.writeVarUint(encoder.restEncoder, ranges.length)
    for (const { clock, len } of ranges) {
      encoding.writeVarUint(encoder.restEncoder, clock)
      encoding.writeVarUint(encoder.restEncoder, len)
    }
  }
  return encoder.toUint8Array()
}
