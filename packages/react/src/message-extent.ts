import * as Y from "yjs"

// reason: only the items know their ids; Yjs declares these fields and names them so.
/* oxlint-disable no-underscore-dangle */

/** The Yjs id of a struct. */
export interface StructId {
  readonly client: number
  readonly clock: number
}

/**
 * The last struct of each client that wrote to message `id`: when these are safe, all its words are, for the updates of one
 * client are written, sent and acknowledged in order. Deleted structs count: a deletion rests on them.
 */
export function messageExtent(ydoc: Y.Doc, id: string): readonly StructId[] {
  const last = new Map<number, number>()
  const mark = (item: Y.Item): void => {
    const { client, clock } = item.lastId
    if (clock > (last.get(client) ?? -1)) last.set(client, clock)
  }
  const live = ydoc.getMap("messages")._map.get(id)
  if (live !== undefined) markDeep(live, mark)
  else for (const item of importedItems(ydoc, id)) mark(item)
  return [...last].map(([client, clock]) => ({ client, clock }))
}

/** Walks an item and all that stands in its type, without recursion: a part may hold types of any depth. */
function markDeep(root: Y.Item, mark: (item: Y.Item) => void): void {
  const open: Y.Item[] = [root]
  for (let item = open.pop(); item !== undefined; item = open.pop()) {
    mark(item)
    if (!(item.content instanceof Y.ContentType)) continue
    const { type } = item.content
    for (const child of type._map.values()) open.push(child)
    for (let child = type._start; child !== null; child = child.right) open.push(child)
  }
}

interface ImportedKeys {
  size: number
  readonly byId: Map<string, string[]>
}

const importedKeys = new WeakMap<Y.Map<unknown>, ImportedKeys>()

/** The items of `imported` under `id`. Keys there are `<id>/<digest>` and only ever added, so their number tells whether the index is fresh. */
function* importedItems(ydoc: Y.Doc, id: string): Iterable<Y.Item> {
  const map = ydoc.getMap("imported")
  let keys = importedKeys.get(map)
  if (keys === undefined || keys.size !== map._map.size) {
    keys = { size: map._map.size, byId: new Map() }
    for (const key of map._map.keys()) {
      const cut = key.indexOf("/")
      const owner = cut === -1 ? key : key.slice(0, cut)
      const known = keys.byId.get(owner)
      if (known === undefined) keys.byId.set(owner, [key])
      else known.push(key)
    }
    importedKeys.set(map, keys)
  }
  // A variant of an imported message is named `<id>~<digest>`.
  const cut = id.indexOf("~")
  for (const key of keys.byId.get(cut === -1 ? id : id.slice(0, cut)) ?? []) {
    const item = map._map.get(key)
    if (item !== undefined) yield item
  }
}
