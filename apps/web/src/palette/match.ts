import { fold } from "../conversation-list/card-text.ts"

/**
 * How well `text` answers `query`; 0 when it does not. Each word of the query must stand in the text; beginnings of words count more than what
 * stands within, and what stands early more than what stands late.
 */
export function matchScore(text: string, query: string): number {
  const folded = fold(text)
  let score = 1
  for (const word of fold(query).split(/\s+/u)) {
    if (word === "") continue
    const at = folded.indexOf(word)
    if (at === -1) return 0
    const atStart = at === 0 || !/[\p{Letter}\p{Number}]/u.test(folded[at - 1] ?? "")
    score += (atStart ? 2 : 1) + 1 / (1 + at)
  }
  return score
}

/** The items that answer `query`, best first; equal ones keep their order. All of them, in order, for an empty query. */
export function bestMatches<Item>(items: readonly Item[], query: string, textOf: (item: Item) => string, limit: number): readonly Item[] {
  if (query.trim() === "") return items.slice(0, limit)
  return items
    .map((item) => ({ item, score: matchScore(textOf(item), query) }))
    .filter(({ score }) => score > 0)
    .toSorted((left, right) => right.score - left.score)
    .slice(0, limit)
    .map(({ item }) => item)
}
