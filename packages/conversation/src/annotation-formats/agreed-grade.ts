import type { Gold } from "../judging/decision.ts"
import type { Judgement } from "../judging/judgement.ts"

/** What several people's judgements of one thing come to. */
export interface AgreedGrade {
  /** Null when nobody gave a grade. */
  readonly grade: number | null
  readonly labels: readonly string[]
  /**
   * How it came about: `decided` by whoever settles disagreements; `same`, all who judged gave it, or one did alone; `majority`, more than half did; `mean`, no grade
   * has more than half, and it is the mean, rounded, a half towards the lower.
   */
  readonly by: "decided" | "same" | "majority" | "mean" | "nobody"
}

/** The grade of judgements about one thing, and the labels that more than half of those who judged gave; of a decision, its own. */
export function agreedGrade(
  judgements: readonly Pick<Judgement, "grade" | "labels">[],
  gold?: Pick<Gold, "grade" | "labels">,
): AgreedGrade {
  if (gold !== undefined) return { grade: gold.grade, labels: gold.labels, by: "decided" }
  const labels = labelsOfMost(judgements)
  const grades = judgements.flatMap(({ grade }) => (grade === null ? [] : [grade]))
  const [first] = grades
  if (first === undefined) return { grade: null, labels, by: "nobody" }
  if (grades.every((grade) => grade === first)) return { grade: first, labels, by: "same" }
  const most = [...new Set(grades)].find((grade) => grades.filter((other) => other === grade).length * 2 > grades.length)
  if (most !== undefined) return { grade: most, labels, by: "majority" }
  const mean = grades.reduce((sum, grade) => sum + grade, 0) / grades.length
  // Ceiling of the mean less a half: rounding that takes a half down, and gives no -0.
  return { grade: Math.ceil(mean - 0.5) + 0, labels, by: "mean" }
}

function labelsOfMost(judgements: readonly Pick<Judgement, "labels">[]): readonly string[] {
  const counts = new Map<string, number>()
  for (const { labels } of judgements) for (const label of new Set(labels)) counts.set(label, (counts.get(label) ?? 0) + 1)
  return [...counts]
    .filter(([, count]) => count * 2 > judgements.length)
    .map(([label]) => label)
    .sort()
}
