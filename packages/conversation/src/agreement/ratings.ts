/** What one annotator says about one unit. */
export interface Rating {
  /** Names what was rated. */
  readonly unit: string
  readonly annotator: string
  readonly grade: number
}

/** Ratings as a table, the form in which agreement is computed. */
export interface RatingTable {
  /** Names of the columns, sorted. */
  readonly units: readonly string[]
  /** Names of the rows, in the order given. */
  readonly annotators: readonly string[]
  /** A row for each annotator, with their grade of each unit; null where they gave none. */
  readonly rows: readonly (readonly (number | null)[])[]
}

/** Two annotators' grades of one unit. */
export type GradePair = readonly [one: number, other: number]

/** The table of some ratings: of two by one annotator for one unit the later in the list counts; those of others than `annotators` are left out. */
export function ratingTable(ratings: Iterable<Rating>, annotators: readonly string[]): RatingTable {
  const byUnit = new Map<string, Map<string, number>>()
  const named = new Set(annotators)
  for (const { unit, annotator, grade } of ratings) {
    if (!named.has(annotator)) continue
    const grades = byUnit.get(unit) ?? new Map<string, number>()
    byUnit.set(unit, grades)
    grades.set(annotator, grade)
  }
  const units = [...byUnit.keys()].sort((left, right) => (left < right ? -1 : 1))
  const rows = annotators.map((annotator) => units.map((unit) => byUnit.get(unit)?.get(annotator) ?? null))
  return { units, annotators, rows }
}

/** The units that both of two annotators graded. */
export function pairsOf({ annotators, rows }: RatingTable, one: string, other: string): readonly GradePair[] {
  const [left, right] = [rows[annotators.indexOf(one)] ?? [], rows[annotators.indexOf(other)] ?? []]
  return left.flatMap((grade, unit) => {
    const theirs = right[unit]
    return grade === null || theirs === null || theirs === undefined ? [] : [[grade, theirs] as const]
  })
}

/** How often each pair of grades was given: rows by the first annotator, columns by the second. */
export interface Confusion {
  /** All grades that occur, lowest first: names of rows and columns. */
  readonly grades: readonly number[]
  readonly counts: readonly (readonly number[])[]
}

/** The confusion matrix of two annotators. @param scale - grades that stand in it also if nobody gave them. */
export function confusion(pairs: readonly GradePair[], scale: readonly number[] = []): Confusion {
  const grades = [...new Set([...scale, ...pairs.flat()])].sort((left, right) => left - right)
  const counts = grades.map(() => grades.map(() => 0))
  for (const [one, other] of pairs) {
    const row = counts[grades.indexOf(one)]
    const column = grades.indexOf(other)
    if (row !== undefined) row[column] = (row[column] ?? 0) + 1
  }
  return { grades, counts }
}
