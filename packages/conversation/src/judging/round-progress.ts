import { isJudged, type Judgement } from "./judgement.ts"
import type { RoundItem } from "./round-items.ts"

/** How far somebody is with what is to be judged. */
export interface RoundProgress {
  /** Passages and answers that have a grade or a label. */
  readonly judged: number
  /** Passages and answers that are to have one. */
  readonly total: number
  /** Items of which nothing is left to judge. */
  readonly itemsDone: number
  readonly items: number
}

/** How far one annotator is: `judgements` are theirs. What is judged twice, or is not of these items, is not counted. */
export function progressOf(items: readonly RoundItem[], judgements: readonly Judgement[]): RoundProgress {
  const said = new Map<string, Set<string | null>>()
  for (const judgement of judgements) {
    if (!isJudged(judgement)) continue
    const targets = said.get(judgement.itemId) ?? new Set()
    said.set(judgement.itemId, targets)
    targets.add(judgement.chunkId)
  }
  const counts = items.map((item) => {
    const targets = targetsOf(item)
    const judged = said.get(item.id)
    return { judged: judged === undefined ? 0 : targets.filter((chunkId) => judged.has(chunkId)).length, total: targets.length }
  })
  return {
    judged: counts.reduce((sum, { judged }) => sum + judged, 0),
    total: counts.reduce((sum, { total }) => sum + total, 0),
    itemsDone: counts.filter(({ judged, total }) => judged === total).length,
    items: items.length,
  }
}

const targets = new WeakMap<RoundItem, readonly (string | null)[]>()

/** What there is to judge of an item: its chunks, each once, in the order of their ranks, and `null` for its answer. The same array for the same item. */
export function targetsOf(item: RoundItem): readonly (string | null)[] {
  const known = targets.get(item)
  if (known !== undefined) return known
  const chunks = new Set(item.chunks.toSorted((left, right) => left.rank - right.rank).map(({ chunkId }) => chunkId))
  const found = Object.freeze(item.answer === undefined ? [...chunks] : [...chunks, null])
  targets.set(item, found)
  return found
}
