import type { RatingTable } from "./ratings.ts"

/*
 * Krippendorff's alpha (Content Analysis; "Computing Krippendorff's Alpha-Reliability", 2011): 1 - observed / expected disagreement, for any number of annotators, who
 * need not have graded every unit. It is computed over the coincidences: of a unit with m grades each ordered pair of them counts 1 / (m - 1).
 */

/** What the distance of two grades means: other or the same, further up or down, or a number of steps. */
export type MeasurementLevel = "nominal" | "ordinal" | "interval"

/**
 * Krippendorff's alpha: 1 for full agreement, 0 for what chance brings, below that less. Null where it is not defined: when no unit was graded twice, and when only
 * one grade was given, for without variation nothing can be said of reliability.
 *
 * @param rows - a row for each annotator, a column for each unit; null where there is no grade.
 */
export function krippendorffAlpha(rows: RatingTable["rows"], level: MeasurementLevel): number | null {
  const { grades, counts } = coincidences(rows)
  const totals = counts.map((row) => row.reduce((sum, count) => sum + count, 0))
  const all = totals.reduce((sum, total) => sum + total, 0)
  const distance = distances(grades, totals, level)
  let observed = 0
  let expected = 0
  for (const [one, row] of counts.entries()) {
    for (const [other, count] of row.entries()) {
      const apart = distance(one, other)
      observed += apart * count
      expected += apart * (totals[one] ?? 0) * (totals[other] ?? 0)
    }
  }
  return expected === 0 ? null : 1 - ((all - 1) * observed) / expected
}

/** How often two grades stand together in a unit; units that were graded once say nothing. */
function coincidences(rows: RatingTable["rows"]): { readonly grades: readonly number[]; readonly counts: readonly (readonly number[])[] } {
  const width = Math.max(0, ...rows.map((row) => row.length))
  const units = Array.from({ length: width }, (_, unit) => rows.map((row) => row[unit] ?? null).filter((grade) => grade !== null))
  const paired = units.filter((given) => given.length >= 2)
  const grades = [...new Set(paired.flat())].sort((left, right) => left - right)
  const place = new Map(grades.map((grade, at) => [grade, at]))
  const counts = grades.map(() => grades.map(() => 0))
  for (const given of paired) {
    for (const [at, one] of given.entries()) {
      for (const [otherAt, other] of given.entries()) {
        const row = counts[place.get(one) ?? 0]
        const column = place.get(other) ?? 0
        if (at !== otherAt && row !== undefined) row[column] = (row[column] ?? 0) + 1 / (given.length - 1)
      }
    }
  }
  return { grades, counts }
}

/** The squared distance of the grades at two places of `grades`. */
function distances(grades: readonly number[], totals: readonly number[], level: MeasurementLevel): (one: number, other: number) => number {
  if (level === "nominal") return (one, other) => (one === other ? 0 : 1)
  if (level === "interval") return (one, other) => ((grades[one] ?? 0) - (grades[other] ?? 0)) ** 2
  // Of ordered grades it counts how many were given between the two, with half of those at both ends.
  return (one, other) => {
    const [low, high] = one < other ? [one, other] : [other, one]
    const between = totals.slice(low, high + 1).reduce((sum, total) => sum + total, 0)
    return one === other ? 0 : (between - ((totals[low] ?? 0) + (totals[high] ?? 0)) / 2) ** 2
  }
}
