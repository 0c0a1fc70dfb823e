import { type Rating, type RatingTable, ratingTable } from "../agreement/ratings.ts"
import type { JudgedTarget, Judgement } from "./judgement.ts"

/** A passage or answer on which annotators disagree. */
export interface Disagreement extends JudgedTarget {
  /** Who gave which grade, highest first. */
  readonly grades: readonly { readonly annotator: string; readonly grade: number }[]
  /** Highest grade less the lowest. */
  readonly spread: number
}

/** The grades of some annotators as a table; its units are named so that {@link targetOfUnit} finds what they are. */
export function tableOfJudgements(judgements: Iterable<Judgement>, annotators: readonly string[]): RatingTable {
  return ratingTable(ratingsOf(judgements), annotators)
}

/** What a unit of {@link tableOfJudgements} is. */
export function targetOfUnit(unit: string): JudgedTarget {
  const [itemId, chunkId] = JSON.parse(unit) as [string, string | null]
  return { itemId, chunkId }
}

/** Where grades differ: the furthest apart first, then those about which most people say something. */
export function disagreements(judgements: Iterable<Judgement>): readonly Disagreement[] {
  const byUnit = new Map<string, { annotator: string; grade: number }[]>()
  for (const { unit, annotator, grade } of ratingsOf(judgements)) {
    const grades = byUnit.get(unit) ?? []
    byUnit.set(unit, grades)
    grades.push({ annotator, grade })
  }
  const found: Disagreement[] = []
  for (const [unit, grades] of byUnit) {
    grades.sort((left, right) => right.grade - left.grade || (left.annotator < right.annotator ? -1 : 1))
    const spread = (grades[0]?.grade ?? 0) - (grades.at(-1)?.grade ?? 0)
    if (spread > 0) found.push({ ...targetOfUnit(unit), grades, spread })
  }
  const order = ({ itemId, chunkId }: Disagreement): string => JSON.stringify([itemId, chunkId])
  return found.sort(
    (left, right) => right.spread - left.spread || right.grades.length - left.grades.length || (order(left) < order(right) ? -1 : 1),
  )
}

function* ratingsOf(judgements: Iterable<Judgement>): Iterable<Rating> {
  for (const { itemId, chunkId, annotator, grade } of judgements) {
    if (grade !== null) yield { unit: JSON.stringify([itemId, chunkId]), annotator, grade }
  }
}
