import { writeCsvRow } from "../prompt-formats/csv-text.ts"
import type { AnnotationLeft } from "./annotation-left.ts"
import type { EvaluationSet } from "./annotation-records.ts"
import { itemOf } from "./qrels.ts"

const COLUMNS = ["question_id", "question", "passage_id", "passage", "annotator", "grade", "labels", "confidence", "note"] as const
/** Between the labels of one row; within one it stands doubled. */
const LABEL_SEPARATOR = ";"

/**
 * Writes judgements for people and their spreadsheets: a row for each, with the words that were judged. A field in which a spreadsheet would see a formula stands behind a
 * `'`, which it takes for "this is text"; each is told.
 */
export function* writeJudgementsCsv(
  { grades, questions, passages, rankings, answers }: EvaluationSet,
  left: AnnotationLeft[],
): IterableIterator<string> {
  const asked = new Map(questions.map(({ id, text }) => [id, text]))
  const words = new Map(passages.map(({ id, text }) => [id, text]))
  yield writeCsvRow(COLUMNS)
  for (const grade of grades) {
    const { questionId, passageId } = grade
    const fields = [
      questionId,
      asked.get(questionId) ?? "",
      passageId,
      words.get(passageId) ?? "",
      grade.annotator ?? "",
      grade.grade === null ? "" : String(grade.grade),
      (grade.labels ?? []).map((label) => label.replaceAll(LABEL_SEPARATOR, LABEL_SEPARATOR.repeat(2))).join(LABEL_SEPARATOR),
      grade.confidence === undefined ? "" : String(grade.confidence),
      grade.note ?? "",
    ]
    yield writeCsvRow(
      fields.map((field) => {
        if (!isFormula(field)) return field
        left.push({
          item: itemOf(grade),
          code: "line",
          what: `a field begins with ${field.slice(0, 1)}: it is written behind a ', so that no spreadsheet computes it`,
        })
        return `'${field}`
      }),
    )
  }
  for (const item of new Set(rankings.map(({ questionId }) => questionId)))
    left.push({ item, code: "rank", what: "what was found for it, in its order" })
  for (const { questionId } of answers) left.push({ item: questionId, code: "answer", what: "its answer" })
}

/** Whether a spreadsheet would compute it; a number is what it says. */
function isFormula(field: string): boolean {
  return /^[=+\-@\t\r]/u.test(field) && !/^-?\d+(?:\.\d+)?$/u.test(field)
}
