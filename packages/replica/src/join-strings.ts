import * as encoding from "lib0/encoding"
import * as Y from "yjs"

type Struct = ReturnType<typeof Y.decodeUpdate>["structs"][number]

/**
 * `update` with texts that were typed one behind the other as one item each, as a Y.Doc keeps them: merging leaves every keystroke an item of its
 * own, which costs some 14 bytes each. It brings the same to every reader. What does not decode is given back as it is.
 */
export function joinStrings(update: Uint8Array): Uint8Array {
  let decoded: ReturnType<typeof Y.decodeUpdate>
  try {
    decoded = Y.decodeUpdate(update)
  } catch {
    return update
  }
  const { structs, ds } = decoded
  const groups: Struct[][] = []
  let joined = 0
  for (const struct of structs) {
    const group = groups.at(-1)
    const last = group?.at(-1)
    if (group === undefined || last === undefined || last.id.client !== struct.id.client) groups.push([struct])
    else if (follows(last, struct)) {
      group[group.length - 1] = together(last, struct)
      joined++
    } else group.push(struct)
  }
  return joined === 0 ? update : encode(groups, ds)
}

interface Typed extends Y.Item {
  content: Y.ContentString
}

const isTyped = (struct: Struct): struct is Typed => struct instanceof Y.Item && struct.content instanceof Y.ContentString

/** Whether `right` was typed behind `left`, in front of what `left` was typed in front of. */
function follows(left: Struct, right: Struct): right is Typed {
  if (!isTyped(left) || !isTyped(right)) return false
  const end = Y.createID(left.id.client, left.id.clock + left.length - 1)
  return (
    right.id.clock === end.clock + 1 &&
    Y.compareIDs(right.origin, end) &&
    Y.compareIDs(right.rightOrigin, left.rightOrigin) &&
    left.parentSub === null &&
    right.parentSub === null
  )
}

function together(left: Struct, right: Typed): Struct {
  const { id, origin, rightOrigin, parent, parentSub, content } = left as Typed
  return new Y.Item(id, null, origin, null, rightOrigin, parent, parentSub, new Y.ContentString(content.str + right.content.str))
}

/** The v1 form: varUint n • n * (count • client • clock of the first • structs) • delete set. */
function encode(groups: readonly Struct[][], ds: ReturnType<typeof Y.decodeUpdate>["ds"]): Uint8Array {
  const encoder = new Y.UpdateEncoderV1()
  encoding.writeVarUint(encoder.restEncoder, groups.length)
  for (const group of groups) {
    const { client, clock } = group[0]!.id
    encoding.writeVarUint(encoder.restEncoder, group.length)
    encoder.writeClient(client)
    encoding.writeVarUint(encoder.restEncoder, clock)
    for (const struct of group) struct.write(encoder, 0)
  }
  encoding.writeVarUint(encoder.restEncoder, ds.clients.size)
  for (const [client, ranges] of ds.clients) {
    encoder.resetDsCurVal()
    encoding.writeVarUint(encoder.restEncoder, client)
    encoding.writeVarUint(encoder.restEncoder, ranges.length)
    for (const { clock, len } of ranges) {
      encoder.writeDsClock(clock)
      encoder.writeDsLen(len)
    }
  }
  return encoder.toUint8Array()
}
