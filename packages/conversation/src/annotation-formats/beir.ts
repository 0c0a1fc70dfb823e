import { ImportProblem } from "../formats/import-item.ts"
import { isDeeperThan, isObject, isEmpty, type JsonObject, MAX_DEPTH, without } from "../formats/json-value.ts"
import { canonicalJson } from "../text/canonical-json.ts"
import type { AnnotationLeft } from "./annotation-left.ts"
import type { CorpusPassage, CorpusQuestion, EvaluationSet, QuestionTurn } from "./annotation-records.ts"
import { writeQrels } from "./qrels.ts"
import { type LineParser, type ReadLines, readLines } from "./text-lines.ts"

/*
 * A data set as BEIR has it: `corpus.jsonl` with `_id`, `title` and `text`, `queries.jsonl` with `_id` and `text`, and `qrels/test.tsv`. Other fields are kept, and so is
 * the line itself where it is JSON in other words than are written here.
 */

/** One file of a BEIR data set, by its path in the folder of it. */
export interface BeirFile {
  readonly path: "corpus.jsonl" | "queries.jsonl" | "qrels/test.tsv"
  /** Piece by piece; what could not be held is told as it is written. */
  readonly pieces: Iterable<string>
}

/** Reads a line of `corpus.jsonl`. */
export function passageParser(): LineParser<CorpusPassage> {
  return ({ text: line }) => {
    const record = beirRecord(line)
    const { id, text } = namedText(record)
    const title = record["title"]
    // A title of another kind than text stays among the fields that have no place.
    const titled = typeof title === "string" ? ["title"] : []
    const extra = without(record, "_id", "text", ...titled)
    const passage = { id, ...(typeof title === "string" ? { title } : {}), text, ...(isEmpty(extra) ? {} : { extra }) }
    return { ...passage, ...exactLine(line, passageLine(passage)) }
  }
}

/** Reads a line of `queries.jsonl`. A dialogue (`|user|: …`, as MT-RAG has it) is taken apart into its turns. */
export function questionParser(): LineParser<CorpusQuestion> {
  return ({ text: line }) => {
    const record = beirRecord(line)
    const { id, text } = namedText(record)
    const extra = without(record, "_id", "text")
    const question = { id, text, turns: turnsIn(text), ...(isEmpty(extra) ? {} : { extra }) }
    return { ...question, ...exactLine(line, questionLine(question)) }
  }
}

/** The passages in a text of `corpus.jsonl`, and the lines that are none. */
export function readBeirCorpus(text: string): ReadLines<CorpusPassage> {
  return readLines(text, passageParser())
}

/** The questions in a text of `queries.jsonl`, and the lines that are none. */
export function readBeirQueries(text: string): ReadLines<CorpusQuestion> {
  return readLines(text, questionParser())
}

/** The turns that a question is made of: those of a dialogue, or the question alone. */
export function turnsIn(text: string): readonly QuestionTurn[] {
  const starts = [...text.matchAll(/(?:^|\n)\|(user|agent|assistant)\|: /gu)]
  if (starts[0]?.index !== 0) return [{ role: "user", text }]
  return starts.map((start, at) => ({
    role: start[1] === "user" ? "user" : "assistant",
    text: text.slice(start.index + start[0].length, starts[at + 1]?.index ?? text.length),
  }))
}

/** Writes a set as the files of a BEIR data set. Rankings and answers have no place in one and are told. */
export function writeBeir(set: EvaluationSet, left: AnnotationLeft[]): readonly BeirFile[] {
  return [
    { path: "corpus.jsonl", pieces: writeBeirCorpus(set.passages, left) },
    { path: "queries.jsonl", pieces: writeBeirQueries(set.questions, left) },
    { path: "qrels/test.tsv", pieces: gradesAndRest(set, left) },
  ]
}

/** Writes `corpus.jsonl`. A passage whose words are not here is left out and told: an empty text would be another one. */
export function* writeBeirCorpus(passages: Iterable<CorpusPassage>, left: AnnotationLeft[]): IterableIterator<string> {
  for (const passage of passages) {
    if (passage.collection !== undefined)
      left.push({ item: passage.id, code: "extra", what: `that it is of the collection ${passage.collection}` })
    if (passage.text === null) left.push({ item: passage.id, code: "passage", what: "its words are not here: left out of the corpus" })
    else yield `${kept(passage.exact, passageLine({ ...passage, text: passage.text }))}\n`
  }
}

/** Writes `queries.jsonl`. */
export function* writeBeirQueries(questions: Iterable<CorpusQuestion>, left: AnnotationLeft[]): IterableIterator<string> {
  for (const question of questions) {
    if (question.turns.length > 1 && turnsIn(question.text).length !== question.turns.length)
      left.push({ item: question.id, code: "turns", what: `the ${question.turns.length - 1} turns before it` })
    yield `${kept(question.exact, questionLine(question))}\n`
  }
}

function* gradesAndRest({ grades, rankings, answers }: EvaluationSet, left: AnnotationLeft[]): IterableIterator<string> {
  for (const item of new Set(rankings.map(({ questionId }) => questionId)))
    left.push({ item, code: "rank", what: "what was found for it, in its order" })
  for (const { questionId } of answers) left.push({ item: questionId, code: "answer", what: "its answer" })
  yield* writeQrels(grades, left, "beir")
}

/** The line as it was read, as long as it says what would be written; else what would be written. */
function kept(exact: string | undefined, line: string): string {
  if (exact === undefined || /[\r\n]/u.test(exact)) return line
  try {
    return canonicalJson(JSON.parse(exact)) === canonicalJson(JSON.parse(line)) ? exact : line
  } catch {
    // What is no JSON was changed on its way here.
    return line
  }
}

function exactLine(line: string, written: string): { readonly exact?: string } {
  return line === written ? {} : { exact: line }
}

function passageLine({ id, title, text, extra }: Pick<CorpusPassage, "id" | "title" | "extra"> & { readonly text: string }): string {
  return JSON.stringify({ _id: id, ...(title === undefined ? {} : { title }), text, ...extra })
}

function questionLine({ id, text, extra }: Pick<CorpusQuestion, "id" | "text" | "extra">): string {
  return JSON.stringify({ _id: id, text, ...extra })
}

/** The object on a line of JSONL. @throws ImportProblem when there is none. */
export function beirRecord(line: string): JsonObject {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (error) {
    throw new ImportProblem("not-json", `it is no JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (!isObject(value)) throw new ImportProblem("bad-record", "it is no JSON object")
  if (isDeeperThan(value, MAX_DEPTH)) throw new ImportProblem("too-deep", `nested more than ${MAX_DEPTH} deep`)
  return value
}

function namedText(record: JsonObject): { readonly id: string; readonly text: string } {
  const { _id: id, text } = record
  if (typeof id !== "string" || id === "") throw new ImportProblem("bad-id", "`_id` is missing, or no text")
  if (typeof text !== "string") throw new ImportProblem("bad-record", "`text` is missing, or no text")
  return { id, text }
}
