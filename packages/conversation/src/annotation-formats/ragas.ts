import type { AnnotationLeft } from "./annotation-left.ts"
import type { CorpusPassage, CorpusQuestion, EvaluationSet, QuestionTurn } from "./annotation-records.ts"
import { inOrder } from "./group-by.ts"

/** How samples of RAGAS are written. */
export interface RagasOptions {
  /** A sample is the question alone, with what was found for it, or the whole dialogue, which has no place for that. A file has one kind. Default `single`. */
  readonly turns?: "single" | "multi"
  /** Passages from this grade on are those that an answer should rest on. Default 1. */
  readonly relevantFrom?: number
}

const MESSAGE_TYPES: Readonly<Record<string, string>> = { user: "human", assistant: "ai" }

/** Writes a sample for each question, in JSON Lines. A passage whose words are not here is told; its name is among the ids. */
export function* writeRagas(set: EvaluationSet, left: AnnotationLeft[], options: RagasOptions = {}): IterableIterator<string> {
  const known = lookUp(set)
  for (const question of set.questions) {
    const sample = options.turns === "multi" ? manyTurns(question, known, left) : oneTurn(question, known, left, options.relevantFrom ?? 1)
    yield `${JSON.stringify(sample)}\n`
  }
}

type Known = ReturnType<typeof lookUp>

function lookUp({ passages, grades, rankings, answers }: EvaluationSet) {
  return {
    passages: new Map(passages.map((passage) => [passage.id, passage])),
    grades: inOrder(grades, ({ questionId }) => questionId),
    rankings: inOrder(rankings, ({ questionId }) => questionId),
    answers: new Map(answers.map((answer) => [answer.questionId, answer])),
  }
}

function oneTurn({ id, text, turns }: CorpusQuestion, known: Known, left: AnnotationLeft[], relevantFrom: number): object {
  if (turns.length > 1) left.push({ item: id, code: "turns", what: `the ${turns.length - 1} turns before it` })
  const ranked = (known.rankings.get(id) ?? []).toSorted((one, other) => one.rank - other.rank)
  const grades = known.grades.get(id) ?? []
  for (const { passageId, grade } of grades)
    if (grade !== null && grade !== 1 && grade >= relevantFrom)
      left.push({ item: `${id} ${passageId}`, code: "grade", what: `its grade ${grade}: that it counts as relevant is kept` })
  for (const { passageId, grade, labels = [], note = "" } of grades) {
    const item = `${id} ${passageId}`
    if (grade !== null && grade < relevantFrom) left.push({ item, code: "grade", what: `its grade ${grade}: that it was judged` })
    if (labels.length > 0) left.push({ item, code: "labels", what: "labels" })
    if (note !== "") left.push({ item, code: "note", what: "a note of the judge" })
  }
  const found = ranked.map(({ passageId }) => passageId)
  const relevant = grades.filter(({ grade }) => grade !== null && grade >= relevantFrom).map(({ passageId }) => passageId)
  return {
    user_input: turns.at(-1)?.text ?? text,
    ...(found.length === 0 ? {} : { retrieved_contexts: wordsOf(id, found, known.passages, left), retrieved_context_ids: found }),
    ...(relevant.length === 0 ? {} : { reference_contexts: wordsOf(id, relevant, known.passages, left), reference_context_ids: relevant }),
    ...answerOf(id, known, left),
  }
}

function manyTurns({ id, turns }: CorpusQuestion, known: Known, left: AnnotationLeft[]): object {
  const answer = known.answers.get(id)
  const dialogue: readonly QuestionTurn[] =
    typeof answer?.response === "string" ? [...turns, { role: "assistant", text: answer.response }] : turns
  const { response: _, ...rest } = answerOf(id, known, left)
  if ((known.rankings.get(id) ?? []).length > 0) left.push({ item: id, code: "rank", what: "what was found for it" })
  if ((known.grades.get(id) ?? []).length > 0) left.push({ item: id, code: "grade", what: "the grades of its passages" })
  return {
    user_input: dialogue.flatMap(({ role, text }) => {
      const type = MESSAGE_TYPES[role]
      if (type !== undefined) return [{ content: text, type }]
      left.push({ item: id, code: "turns", what: `a turn of the role ${role}` })
      return []
    }),
    ...rest,
  }
}

function answerOf(id: string, { answers }: Known, left: AnnotationLeft[]): { readonly response?: string; readonly reference?: string } {
  const answer = answers.get(id)
  if ((answer?.labels ?? []).length > 0) left.push({ item: id, code: "labels", what: "labels of its answer" })
  const opinions = answer?.opinions?.length ?? 0
  if (opinions > 0) left.push({ item: id, code: "answer", what: `what ${opinions} annotator(s) thought of its answer` })
  return {
    ...(typeof answer?.response === "string" ? { response: answer.response } : {}),
    ...(typeof answer?.reference === "string" ? { reference: answer.reference } : {}),
  }
}

/** The words of passages, each at the place of its id. */
function wordsOf(
  questionId: string,
  ids: readonly string[],
  passages: ReadonlyMap<string, CorpusPassage>,
  left: AnnotationLeft[],
): readonly string[] {
  return ids.map((id) => {
    const text = passages.get(id)?.text ?? null
    if (text === null) left.push({ item: `${questionId} ${id}`, code: "passage", what: "its words are not here: an empty text is written" })
    return text ?? ""
  })
}
