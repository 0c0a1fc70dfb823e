import { ImportProblem } from "../formats/import-item.ts"
import { readCsv } from "../prompt-formats/csv-text.ts"
import type { AnnotationLeft } from "./annotation-left.ts"
import type { RelevanceGrade } from "./annotation-records.ts"
import { type LineParser, type ReadLines, readLines } from "./text-lines.ts"
import { type ColumnForm, ColumnIds, unescapeId } from "./column-id.ts"

/*
 * Relevance judgements, one a line, in the two forms that are about. TREC: question, iteration, passage, grade, separated by any white space. BEIR: question, passage, grade,
 * separated by tabs, after a line of headings. Grades are whole numbers.
 */

/** The two forms of qrels. */
export type QrelsForm = ColumnForm

const BEIR_HEADINGS = /^"?query-id"?\t"?corpus-id"?\t"?score"?$/iu
/** First line of BEIR qrels, which its programs pass over without a look. */
const BEIR_HEADER = "query-id\tcorpus-id\tscore\n"
const USUAL_ITERATION = "0"

/** Reads qrels line by line. The form is told from the first line: BEIR by its headings or its three columns. */
export function qrelsParser(): LineParser<RelevanceGrade> {
  let form: QrelsForm | undefined
  return ({ text }) => {
    if (form === undefined) {
      form = qrelsForm(text)
      if (BEIR_HEADINGS.test(text)) return undefined
    }
    return form === "beir" ? beirGrade(text) : trecGrade(text)
  }
}

/** The grades in a text of qrels, and the lines that are none. */
export function readQrels(text: string): ReadLines<RelevanceGrade> {
  return readLines(text, qrelsParser())
}

/** Which form a first line says that it has: BEIR by its headings, TREC by four columns with two numbers in their places; undefined for anything else. */
export function detectQrels(firstLine: string): QrelsForm | undefined {
  if (BEIR_HEADINGS.test(firstLine)) return "beir"
  return /^\S+\s+Q?\d+\s+\S+\s+[+-]?\d+$/iu.test(firstLine.trim()) ? "trec" : undefined
}

/** The form of what is taken for qrels. */
function qrelsForm(firstLine: string): QrelsForm {
  return firstLine.split("\t").length === 3 ? "beir" : (detectQrels(firstLine) ?? "trec")
}

function beirGrade(text: string): RelevanceGrade {
  const [row] = readCsv(text, "\t")
  if (row === undefined || row.problem !== undefined) throw new ImportProblem("bad-record", row?.problem ?? "there is nothing in it")
  const [questionId, passageId, grade, ...more] = row.fields
  if (questionId === undefined || passageId === undefined || grade === undefined || more.length > 0)
    throw new ImportProblem(
      "bad-record",
      `it has ${row.fields.length} columns: question, passage and grade are three, with tabs between them`,
    )
  return graded("beir", questionId, passageId, grade)
}

function trecGrade(text: string): RelevanceGrade {
  const columns = text.trim().split(/\s+/u)
  const [questionId, iteration, passageId, grade, ...more] = columns
  if (questionId === undefined || iteration === undefined || passageId === undefined || grade === undefined || more.length > 0)
    throw new ImportProblem("bad-record", `it has ${columns.length} columns: question, iteration, passage and grade are four`)
  return { ...graded("trec", questionId, passageId, grade), ...(iteration === USUAL_ITERATION ? {} : { iteration }) }
}

function graded(form: QrelsForm, questionId: string, passageId: string, grade: string): RelevanceGrade {
  if (questionId === "" || passageId === "")
    throw new ImportProblem("bad-record", `the ${questionId === "" ? "question" : "passage"} has no name`)
  const value = /^[+-]?\d{1,15}$/u.test(grade.trim()) ? Number(grade) : undefined
  if (value === undefined) throw new ImportProblem("bad-record", `its grade is "${grade.slice(0, 40)}": a grade is a whole number`)
  // Not -0, which no text gives back.
  return { questionId: unescapeId(questionId, form), passageId: unescapeId(passageId, form), grade: value === 0 ? 0 : value }
}

/** Writes grades as lines of qrels, in their order. What the form cannot hold is put into `left`. */
export function* writeQrels(grades: Iterable<RelevanceGrade>, left: AnnotationLeft[], form: QrelsForm = "trec"): IterableIterator<string> {
  const ids = new ColumnIds(left, form)
  if (form === "beir") yield BEIR_HEADER
  const written = new Set<string>()
  for (const grade of grades) {
    const { questionId, passageId } = grade
    leaveRest(grade, form, left)
    if (grade.grade === null) continue
    if (!Number.isSafeInteger(grade.grade)) {
      left.push({ item: itemOf(grade), code: "grade", what: `its grade ${grade.grade} is no whole number: left out` })
      continue
    }
    const [question, passage] = [columnOf(form, ids, questionId), columnOf(form, ids, passageId)]
    if (question === undefined || passage === undefined) continue
    const key = JSON.stringify([questionId, passageId])
    if (written.has(key))
      left.push({ item: itemOf(grade), code: "line", what: "it is judged more than once: of lines about one pair programs take the last" })
    written.add(key)
    yield form === "beir"
      ? `${question}\t${passage}\t${grade.grade}\n`
      : `${question} ${ids.write(grade.iteration ?? USUAL_ITERATION) ?? USUAL_ITERATION} ${passage} ${grade.grade}\n`
  }
}

/** A column of the form; those of BEIR are quoted as CSV is. */
function columnOf(form: QrelsForm, ids: ColumnIds, id: string): string | undefined {
  const written = ids.write(id)
  return form === "beir" && written?.includes('"') === true ? `"${written.replaceAll('"', '""')}"` : written
}

function leaveRest(grade: RelevanceGrade, form: QrelsForm, left: AnnotationLeft[]): void {
  const item = itemOf(grade)
  if (grade.grade === null) left.push({ item, code: "ungraded", what: "it was looked at and has no grade" })
  if (grade.annotator !== undefined) left.push({ item, code: "annotator", what: "who judged it" })
  if ((grade.labels ?? []).length > 0) left.push({ item, code: "labels", what: "labels" })
  if (grade.confidence !== undefined) left.push({ item, code: "confidence", what: "how sure the judge was" })
  if ((grade.note ?? "") !== "") left.push({ item, code: "note", what: "a note of the judge" })
  if (grade.iteration !== undefined && form === "beir") left.push({ item, code: "extra", what: "its iteration" })
}

/** How a grade is called in reports. */
export function itemOf({ questionId, passageId }: { readonly questionId: string; readonly passageId: string }): string {
  return `${questionId} ${passageId}`
}
