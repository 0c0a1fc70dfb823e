import type { LineEntry } from "@polylogue/conversation"

/** What has come into a line since it was first seen. */
export interface Arrivals {
  readonly ids: ReadonlySet<string>
  /** Messages that came in above others that were there already. */
  readonly late: ReadonlySet<string>
  /** Messages that came in at the end and were not looked at yet. */
  readonly unseen: readonly string[]
}

/** The arrivals of a line at first sight: everything has been there. */
export function firstArrivals(line: readonly LineEntry[]): Arrivals {
  return { ids: new Set(line.map(({ id }) => id)), late: NOTHING, unseen: [] }
}

/**
 * The arrivals after the line became `line`. A message that takes another's place as a version of it has not arrived: somebody chose it, or the
 * line shows the newest. `isOwn` tells what this person wrote, which is no news. The same object when nothing came.
 */
export function nextArrivals(before: Arrivals, line: readonly LineEntry[], isOwn: (id: string) => boolean): Arrivals {
  const fresh = [...line.entries()].filter(
    ([, { id, alternatives }]) => !before.ids.has(id) && !alternatives.some((other) => before.ids.has(other)),
  )
  const replaced = line.some(({ id }) => !before.ids.has(id))
  if (fresh.length === 0 && !replaced) return before
  const lastKnown = line.findLastIndex(({ id }) => before.ids.has(id))
  const late = new Set(before.late)
  const unseen = [...before.unseen]
  for (const [place, { id }] of fresh) {
    if (isOwn(id)) continue
    if (place < lastKnown) late.add(id)
    else unseen.push(id)
  }
  return { ids: new Set([...before.ids, ...line.map(({ id }) => id)]), late, unseen }
}

/** The arrivals after older messages were loaded in front of a line: they have been there all the time. The same object for none. */
export function olderArrivals(before: Arrivals, older: readonly LineEntry[]): Arrivals {
  return older.length === 0 ? before : { ...before, ids: new Set([...before.ids, ...older.map(({ id }) => id)]) }
}

/** The arrivals once the end of the line was looked at. The same object when nothing was unseen. */
export function seenArrivals(before: Arrivals): Arrivals {
  return before.unseen.length === 0 ? before : { ...before, unseen: [] }
}

const NOTHING: ReadonlySet<string> = new Set()
