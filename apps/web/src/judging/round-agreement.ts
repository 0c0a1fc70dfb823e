import {
  cohenKappa,
  type Confusion,
  confusion,
  type Disagreement,
  disagreements,
  type Judgement,
  krippendorffAlpha,
  pairsOf,
  pairwiseAgreement,
  percentAgreement,
  type RoundSettings,
  tableOfJudgements,
  weightedKappa,
} from "@polylogue/conversation"

/** How two of those who judged agree. */
export interface PairAgreement {
  readonly one: string
  readonly other: string
  /** How many things both graded. */
  readonly both: number
  readonly share: number | null
  readonly kappa: number | null
  /** Counts by how far apart two grades are, squared. */
  readonly weighted: number | null
  readonly confusion: Confusion
}

/** How all who judged in a round agree. */
export interface RoundAgreement {
  /** Who gave at least one grade, in the order of the round. */
  readonly annotators: readonly string[]
  /** How many things somebody graded, and how many of them at least two. */
  readonly graded: number
  readonly gradedTwice: number
  /** Grades that are missing for everybody to have graded everything that somebody graded. */
  readonly missing: number
  readonly share: number | null
  readonly alpha: { readonly ordinal: number | null; readonly interval: number | null; readonly nominal: number | null }
  readonly pairs: readonly PairAgreement[]
  readonly disagreements: readonly Disagreement[]
}

/** Computes how those who judged agree. Grades of people who are no longer of the round count as well. */
export function roundAgreement(judgements: readonly Judgement[], { annotators, scale }: RoundSettings): RoundAgreement {
  const found = [...new Set(judgements.filter(({ grade }) => grade !== null).map(({ annotator }) => annotator))]
  const place = (id: string): number => {
    const at = annotators.findIndex((annotator) => annotator.id === id)
    return at === -1 ? annotators.length : at
  }
  const named = found.toSorted((left, right) => place(left) - place(right) || (left < right ? -1 : 1))
  const table = tableOfJudgements(judgements, named)
  const counts = table.units.map((_, unit) => table.rows.filter((row) => row[unit] != null).length)
  const grades = scale.map(({ grade }) => grade)
  return {
    annotators: named,
    graded: counts.length,
    gradedTwice: counts.filter((count) => count > 1).length,
    missing: counts.reduce((sum, count) => sum + named.length - count, 0),
    share: pairwiseAgreement(table),
    alpha: {
      ordinal: krippendorffAlpha(table.rows, "ordinal"),
      interval: krippendorffAlpha(table.rows, "interval"),
      nominal: krippendorffAlpha(table.rows, "nominal"),
    },
    pairs: pairsAmong(named).map(([one, other]) => {
      const pairs = pairsOf(table, one, other)
      return {
        one,
        other,
        both: pairs.length,
        share: percentAgreement(pairs),
        kappa: cohenKappa(pairs),
        weighted: weightedKappa(pairs, "quadratic"),
        confusion: confusion(pairs, grades),
      }
    }),
    disagreements: disagreements(judgements),
  }
}

function pairsAmong(names: readonly string[]): readonly (readonly [string, string])[] {
  return names.flatMap((one, at) => names.slice(at + 1).map((other) => [one, other] as const))
}
