/** Reads several lists as one, which is the same until one of them is another. */
export function joinedLists<Item>(read: () => readonly (readonly Item[])[]): () => readonly Item[] {
  let last: readonly (readonly Item[])[] = []
  let joined: readonly Item[] = Object.freeze([])
  return () => {
    const lists = read()
    if (lists.length !== last.length || lists.some((list, at) => list !== last[at])) {
      last = lists
      joined = lists.length === 1 && lists[0] !== undefined ? lists[0] : Object.freeze(lists.flat())
    }
    return joined
  }
}
