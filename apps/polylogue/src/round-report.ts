import type { AnnotationFormatName, AnnotationLeft, CollectedRound } from "@polylogue/conversation"
import { counted } from "./progress.ts"
import { onLine } from "./prompt-words.ts"

/** So many things of which the same was left out are named; the others are counted. */
const NAMED = 3

/** What was left out: a line for each thing, or for many of which it is the same. A grade on which people disagree has a line of its own. */
export function leftLines(left: readonly AnnotationLeft[]): readonly string[] {
  const byItem = new Map<string, AnnotationLeft[]>()
  for (const one of left) byItem.set(one.item, [...(byItem.get(one.item) ?? []), one])
  const byWords = new Map<string, string[]>()
  for (const [item, things] of byItem) {
    const words = onLine(things.map(({ what }) => what).join("; "), 1000)
    const key = things.some(({ code }) => code === "grade") ? `${item}\n${words}` : `\n${words}`
    byWords.set(key, [...(byWords.get(key) ?? []), onLine(item, 120)])
  }
  return [...byWords].flatMap(([key, items]) => {
    const words = key.slice(key.indexOf("\n") + 1)
    if (items.length <= NAMED) return items.map((item) => `left out of ${item}: ${words}`)
    return `left out of ${items.slice(0, NAMED).join(", ")} and ${items.length - NAMED} more: ${words}`
  })
}

/** What people judged of answers, which qrels do not hold. */
export function answersLeft(format: AnnotationFormatName, { answers }: CollectedRound["set"]): readonly AnnotationLeft[] {
  if (format !== "qrels") return []
  return answers.flatMap(({ questionId, opinions = [] }) =>
    opinions.length === 0 ? [] : { item: questionId, code: "answer", what: "what was judged of its answer" },
  )
}

/** What of a round is in a file. */
export function writtenOf(format: AnnotationFormatName, { questions, grades, answers, rankings }: CollectedRound["set"]): string {
  const asked = counted(questions.length, "question")
  const ofAnswers = answers.reduce((sum, { opinions = [] }) => sum + opinions.length, 0)
  if (format === "run") return `${counted(rankings.length, "passage")} found for ${asked}`
  if (format === "judgements-csv") return `${asked} and ${counted(grades.length + ofAnswers, "judgement")}`
  return format === "qrels" || format === "beir" ? `${asked} and ${counted(grades.length, "judgement")}` : asked
}
