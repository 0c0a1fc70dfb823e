import { writeCsvRow } from "../prompt-formats/csv-text.ts"
import type { AnnotationLeft } from "./annotation-left.ts"
import type { EvaluationSet, RelevanceGrade } from "./annotation-records.ts"

const COLUMNS = ["question_id", "question", "judged", "passage_id", "text", "annotator", "grade", "labels", "confidence", "note"] as const
/** Between the labels of one row; within one it stands doubled. */
const LABEL_SEPARATOR = ";"

/**
 * Writes judgements for people and their spreadsheets: a row for each, of a passage or of an answer, with the words that were judged. A field in which a spreadsheet would see a
 * formula stands behind a `'`, which it takes for "this is text"; each is told.
 */
export function* writeJudgementsCsv(
  { grades, questions, passages, rankings, answers }: EvaluationSet,
  left: AnnotationLeft[],
): IterableIterator<string> {
  const asked = new Map(questions.map(({ id, text }) => [id, text]))
  const words = new Map(passages.map(({ id, text }) => [id, text]))
  const row = (
    questionId: string,
    passageId: string | null,
    text: string,
    judgement: Omit<RelevanceGrade, "questionId" | "passageId">,
  ): string => {
    const item = passageId === null ? questionId : `${questionId} ${passageId}`
    const judged = passageId === null ? "answer" : "passage"
    const fields = [questionId, asked.get(questionId) ?? "", judged, passageId ?? "", text, ...saidIn(judgement)]
    return writeCsvRow(
      fields.map((field) => {
        if (!isFormula(field)) return field
        left.push({
          item,
          code: "line",
          what: `a field begins with ${field.slice(0, 1)}: it is written behind a ', so that no spreadsheet computes it`,
        })
        return `'${field}`
      }),
    )
  }
  yield writeCsvRow(COLUMNS)
  for (const grade of grades) yield row(grade.questionId, grade.passageId, words.get(grade.passageId) ?? "", grade)
  for (const { questionId, response, reference, opinions = [] } of answers) {
    for (const opinion of opinions) yield row(questionId, null, response ?? reference ?? "", opinion)
    if (opinions.length === 0) left.push({ item: questionId, code: "answer", what: "its answer, which nobody judged" })
  }
  for (const item of new Set(rankings.map(({ questionId }) => questionId)))
    left.push({ item, code: "rank", what: "what was found for it, in its order" })
}

function saidIn({
  annotator = "",
  grade,
  labels = [],
  confidence,
  note = "",
}: Omit<RelevanceGrade, "questionId" | "passageId">): readonly string[] {
  const joined = labels.map((label) => label.replaceAll(LABEL_SEPARATOR, LABEL_SEPARATOR.repeat(2))).join(LABEL_SEPARATOR)
  return [annotator, grade === null ? "" : String(grade), joined, confidence === undefined ? "" : String(confidence), note]
}

/** Whether a spreadsheet would compute it; a number is what it says. */
function isFormula(field: string): boolean {
  return /^[=+\-@\t\r]/u.test(field) && !/^-?\d+(?:\.\d+)?$/u.test(field)
}
