import type { ImportReason } from "../formats/import-item.ts"
import { isGrade, MAX_GRADE, MAX_JUDGEMENT_LABEL_LENGTH, MAX_JUDGEMENT_LABELS } from "../judging/judgement.ts"
import { MAX_ITEM_QUERY_LENGTH } from "../judging/round-items.ts"
import { MAX_RESULTS } from "../sources/retrieval-record.ts"
import type { EvaluationSet, RankedPassage, RelevanceGrade } from "./annotation-records.ts"
import { inOrder } from "./group-by.ts"

/** Longest name of a passage that is judged, in UTF-16 units: an item of a round names some two hundred. */
const MAX_PASSAGE_NAME_LENGTH = 1000

/** A set that documents can hold. */
export interface FittedSet {
  readonly set: EvaluationSet
  /** What of it they cannot hold, and was left out. */
  readonly notices: readonly ImportReason[]
}

/** Leaves out of a set what no document can hold, and tells it, so that one line past a limit does not take the others with it; tells also which of two lines about one thing counts. */
export function fitEvaluation(set: EvaluationSet): FittedSet {
  const notices: ImportReason[] = []
  tellTwins(set, notices)
  const names = [...set.grades, ...set.rankings].map(({ questionId }) => questionId)
  // A question that is not in the files is asked by its name.
  const asked = [...set.questions, ...names.map((id) => ({ id, text: id }))]
  const long = new Set(asked.filter(isTooLong).map(({ id }) => id))
  for (const id of long)
    notices.push({
      code: "too-large",
      message: `question ${named(id)} has more than ${MAX_ITEM_QUERY_LENGTH} characters: it is a conversation, and what was found or judged for it is left out`,
    })
  const isHeld = ({ questionId, passageId }: { readonly questionId: string; readonly passageId: string }): boolean =>
    !long.has(questionId) && passageId.length <= MAX_PASSAGE_NAME_LENGTH
  tellNames(set, notices)
  return {
    notices,
    set: {
      ...set,
      grades: toldGrades(set.grades.filter(isHeld), notices),
      rankings: fittedRankings(set.rankings.filter(isHeld), notices),
      answers: set.answers.map((answer) => (answer.labels === undefined ? answer : { ...answer, labels: fittedLabels(answer, notices) })),
    },
  }
}

/** Whether a question is too long to be an item of a round. */
export function isTooLong(question: { readonly text: string }): boolean {
  return question.text.length > MAX_ITEM_QUERY_LENGTH
}

/** Things that have one name and say different things. */
function tellTwins({ questions, passages }: EvaluationSet, notices: ImportReason[]): void {
  const tell = (kind: string, records: Iterable<{ readonly id: string; readonly text: string | null }>): void => {
    for (const [id, same] of inOrder(records, (record) => record.id))
      if (same.some(({ text }) => text !== same[0]?.text))
        notices.push({
          code: "other-text",
          message: `${kind} ${named(id)} is there ${same.length} times, with other words: the first counts`,
        })
  }
  tell("question", questions)
  tell("passage", passages)
}

function tellNames({ grades, rankings }: EvaluationSet, notices: ImportReason[]): void {
  const long = new Set([...grades, ...rankings].map(({ passageId }) => passageId).filter((id) => id.length > MAX_PASSAGE_NAME_LENGTH))
  for (const id of long)
    notices.push({
      code: "too-large",
      message: `passage ${named(id)} has a name of ${id.length} characters, the most is ${MAX_PASSAGE_NAME_LENGTH}: what was found or judged of it is left out`,
    })
}

/** A passage with a grade that none can be is judged by nobody, and stays to be. */
function toldGrades(grades: readonly RelevanceGrade[], notices: ImportReason[]): readonly RelevanceGrade[] {
  const held = grades.filter(({ grade }) => grade === null || isGrade(grade))
  const wild = grades.length - held.length
  if (wild > 0)
    notices.push({ code: "bad-record", message: `${wild} grade(s) are not whole numbers from -${MAX_GRADE} to ${MAX_GRADE}: left out` })
  for (const [, same] of inOrder(held, ({ questionId, passageId }) => JSON.stringify([questionId, passageId]))) {
    const [{ questionId, passageId } = { questionId: "", passageId: "" }] = same
    if (same.some(({ grade }) => grade !== same[0]?.grade))
      notices.push({
        code: "reshaped",
        message: `${named(questionId)} ${named(passageId)} is judged ${same.length} times (${same
          .map(({ grade }) => String(grade))
          .slice(0, 10)
          .join(", ")}): the last counts`,
      })
  }
  const iterated = held.filter(({ iteration }) => iteration !== undefined).length
  if (iterated > 0)
    notices.push({ code: "reshaped", message: `${iterated} judgement(s) name an iteration, for which a round has no place: left out` })
  return grades
}

function fittedRankings(rankings: readonly RankedPassage[], notices: ImportReason[]): readonly RankedPassage[] {
  return [...inOrder(rankings, ({ questionId }) => questionId)].flatMap(([questionId, ranked]) => {
    if (ranked.length <= MAX_RESULTS) return ranked
    notices.push({
      code: "too-large",
      message: `for question ${named(questionId)} ${ranked.length} passages were found: the first ${MAX_RESULTS} are taken`,
    })
    return ranked.toSorted((one, other) => one.rank - other.rank).slice(0, MAX_RESULTS)
  })
}

function fittedLabels(
  { questionId, labels = [] }: { readonly questionId: string; readonly labels?: readonly string[] },
  notices: ImportReason[],
): readonly string[] {
  const held = labels.filter((label) => label.length <= MAX_JUDGEMENT_LABEL_LENGTH).slice(0, MAX_JUDGEMENT_LABELS)
  if (held.length < labels.length)
    notices.push({
      code: "too-large",
      message: `${labels.length - held.length} label(s) of the answer to ${named(questionId)} are left out: at most ${MAX_JUDGEMENT_LABELS}, of ${MAX_JUDGEMENT_LABEL_LENGTH} characters each`,
    })
  return held
}

function named(id: string): string {
  return id.slice(0, 80)
}
