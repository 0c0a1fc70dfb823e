import { confusion, type GradePair, type RatingTable } from "./ratings.ts"

/*
 * Cohen's kappa (Educational and Psychological Measurement 20, 1960) and its weighted form (Psychological Bulletin 70, 1968): how much of the agreement that
 * chance would not bring two annotators reached. Chance is what they would agree on if each gave their own grades, as often as they did, to units at random.
 */

/** How far apart two grades count: not at all, by their distance, or by its square. */
export type KappaWeights = "linear" | "quadratic"

/** The share of units on which two annotators agree; null when there are none. */
export function percentAgreement(pairs: readonly GradePair[]): number | null {
  return pairs.length === 0 ? null : pairs.filter(([one, other]) => one === other).length / pairs.length
}

/**
 * The share of agreeing pairs among all pairs of grades that two annotators gave one unit, of any number of annotators; null where no unit has two.
 */
export function pairwiseAgreement({ rows, units }: RatingTable): number | null {
  let agreeing = 0
  let all = 0
  for (const [unit] of units.entries()) {
    const grades = rows.map((row) => row[unit] ?? null).filter((grade) => grade !== null)
    for (const [at, grade] of grades.entries()) {
      for (const other of grades.slice(at + 1)) {
        all++
        if (grade === other) agreeing++
      }
    }
  }
  return all === 0 ? null : agreeing / all
}

/**
 * Cohen's kappa of two annotators: 1 for full agreement, 0 for what chance brings, below that less. Null where it is not defined: without units, and when both gave
 * one and the same grade only, for then chance agrees on everything as well.
 */
export function cohenKappa(pairs: readonly GradePair[]): number | null {
  return kappa(pairs, (one, other) => (one === other ? 0 : 1))
}

/**
 * Weighted kappa: a disagreement counts by how far the grades are apart, as numbers; null as in {@link cohenKappa}. On grades without gaps, quadratic weights give the
 * value that statistics programs give.
 */
export function weightedKappa(pairs: readonly GradePair[], weights: KappaWeights): number | null {
  return kappa(pairs, (one, other) => (weights === "linear" ? Math.abs(one - other) : (one - other) ** 2))
}

function kappa(pairs: readonly GradePair[], distance: (one: number, other: number) => number): number | null {
  const { grades, counts } = confusion(pairs)
  const total = pairs.length
  const rows = counts.map((row) => row.reduce((sum, count) => sum + count, 0))
  const columns = grades.map((_, column) => counts.reduce((sum, row) => sum + (row[column] ?? 0), 0))
  let observed = 0
  let expected = 0
  for (const [row, one] of grades.entries()) {
    for (const [column, other] of grades.entries()) {
      const apart = distance(one, other)
      observed += apart * (counts[row]?.[column] ?? 0)
      expected += (apart * (rows[row] ?? 0) * (columns[column] ?? 0)) / total
    }
  }
  return total === 0 || expected === 0 ? null : 1 - observed / expected
}
