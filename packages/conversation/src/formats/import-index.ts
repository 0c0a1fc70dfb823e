import type * as Y from "yjs"
import { KeyIndex } from "../record-key.ts"

const FOLLOWED = new WeakMap<Y.Map<unknown>, KeyIndex>()

/**
 * The keys of a top-level map of an index, kept up for as long as its document lives: an import of ten thousand conversations asks for each of
 * them, and the map has a hundred thousand keys. Within a transaction, who sets a key adds it.
 */
export function followedKeys(map: Y.Map<unknown>): KeyIndex {
  const known = FOLLOWED.get(map)
  if (known !== undefined) return known
  const index = new KeyIndex(map)
  map.observe(({ keysChanged }) => {
    for (const key of keysChanged) index.add(key)
  })
  FOLLOWED.set(map, index)
  return index
}
