import { snippetOf } from "../conversation-card.ts"
import { foreignConversation } from "../formats/foreign-conversation.ts"
import type { ImportedConversation, ImportReason } from "../formats/import-item.ts"
import { storable } from "../formats/json-value.ts"
import { importedId } from "../identifier.ts"
import { isGrade } from "../judging/judgement.ts"
import type { NewRoundItem } from "../judging/round-items.ts"
import { MAX_ITEM_CHUNKS, MAX_ROUND_ITEMS } from "../judging/round-items.ts"
import { QUESTIONS } from "../message-annotations.ts"
import { recordKey } from "../record-key.ts"
import { importedRetrievalId, type NewRetrieval } from "../sources/retrievals.ts"
import type { StoredMessage } from "../stored-message.ts"
import { canonicalJson, textHash } from "../text/canonical-json.ts"
import type { AnsweredQuestion, CorpusQuestion, EvaluationSet, RankedPassage, RelevanceGrade } from "./annotation-records.ts"
import { type PassagePlace, planCorpora, type PlannedCorpora, type PlannedSource } from "./evaluation-corpora.ts"
import { fitEvaluation, isTooLong } from "./fit-evaluation.ts"
import { inOrder } from "./group-by.ts"
import { conversationKeyOf, type QuestionMessages, questionMessages } from "./question-messages.ts"

/** A conversation to be written, and what was found for its messages. */
export interface PlannedConversation {
  readonly conversation: ImportedConversation
  readonly retrievals: readonly NewRetrieval[]
}

/** A judgement to be written: of a passage, or with null of the answer. */
export interface PlannedJudgement {
  /** Place of its item in the round. */
  readonly item: number
  readonly chunkId: string | null
  readonly grade?: number
  readonly labels?: readonly string[]
}

/** A round of judging to be written. */
export interface PlannedRound {
  /** The same on every device that reads these questions and judgements. */
  readonly id: string
  readonly name: string
  readonly items: readonly NewRoundItem[]
  readonly judgements: readonly PlannedJudgement[]
}

/** A set of questions, passages and judgements as what documents hold. */
export interface EvaluationPlan {
  readonly sources: readonly PlannedSource[]
  readonly conversations: readonly PlannedConversation[]
  readonly rounds: readonly PlannedRound[]
  /** What could not be taken as it is, thing by thing. */
  readonly notices: readonly ImportReason[]
}

/** Of a retrieval whose file gave ranks and no scores. */
export const NO_SCORES = "none"

/**
 * Plans how a set is kept: its passages as sources, its questions as messages of conversations, what was found for them as retrievals, and what was judged
 * as rounds. All ids are made of what the set says, so that whoever imports it, however often, has the same documents.
 * @param source - the format that the set was read from.
 * @param given - whatever the files said: what documents cannot hold is left out and told.
 */
export function planEvaluation(source: string, given: EvaluationSet): EvaluationPlan {
  const { set, notices: unfit } = fitEvaluation(given)
  const corpora = planCorpora(set.name, set.passages)
  const asked = placeQuestions(source, set)
  const absent = new Set([...set.grades, ...set.rankings].map(({ passageId }) => passageId).filter((id) => corpora.placeOf(id).hash === ""))
  const unknown = [...new Set([...set.grades, ...set.rankings].map(({ questionId }) => questionId))].filter((id) => !asked.has(id))
  const judged = new Set([...set.grades, ...set.rankings, ...set.answers].map(({ questionId }) => questionId))
  const notices: ImportReason[] = [...unfit, ...corpora.notices]
  if (absent.size > 0)
    notices.push({
      code: "missing-parent",
      message: `the words of ${absent.size} passage(s) are not in the files: they are named, and can be judged once their corpus is here`,
    })
  const idle = set.questions.filter(({ id }) => !judged.has(id)).length
  if (idle > 0)
    notices.push({
      code: "missing-parent",
      message: `${idle} question(s) have nothing to judge: they are conversations, and not in the round`,
    })
  for (const id of unknown)
    notices.push({
      code: "missing-parent",
      message: `question ${id.slice(0, 80)} is judged and not in the files: its name stands for what it asks`,
    })
  for (const id of unknown) asked.set(id, placeQuestion(source, nameless(id), undefined, id))
  const rankings = inOrder(set.rankings, ({ questionId }) => questionId)
  const retrievals = new Map(
    [...asked].flatMap(([id, place]) => {
      const ranked = rankings.get(id)
      return ranked === undefined ? [] : [[id, retrievalOf(source, place, ranked, corpora)] as const]
    }),
  )
  return {
    sources: corpora.sources,
    conversations: planConversations(source, asked, retrievals),
    rounds: planRounds(source, set, asked, retrievals, corpora),
    notices,
  }
}

interface PlacedQuestion extends QuestionMessages {
  readonly question: CorpusQuestion
  readonly conversationId: string
}

function placeQuestions(source: string, set: EvaluationSet): Map<string, PlacedQuestion> {
  const placed = new Map<string, PlacedQuestion>()
  const taken = new Set<string>()
  const answers = new Map(set.answers.map((answer) => [answer.questionId, answer]))
  for (const question of set.questions) {
    const answer = answers.get(question.id)
    const shared = placeQuestion(source, question, answer, conversationKeyOf(question))
    // Of two questions with the same words in one dialogue, the second gets a conversation of its own.
    const place = taken.has(shared.messageId) ? placeQuestion(source, question, answer, question.id) : shared
    taken.add(place.messageId)
    if (!placed.has(question.id)) placed.set(question.id, place)
  }
  return placed
}

function placeQuestion(source: string, question: CorpusQuestion, answer: AnsweredQuestion | undefined, key: string): PlacedQuestion {
  return { ...questionMessages(source, question, answer, key), question, conversationId: importedId(source, key) }
}

function nameless(id: string): CorpusQuestion {
  return { id, text: id, turns: [{ role: "user", text: id }] }
}

function retrievalOf(
  source: string,
  { messageId, question }: PlacedQuestion,
  ranked: readonly RankedPassage[],
  corpora: PlannedCorpora,
): NewRetrieval {
  const sorted = ranked.toSorted((one, other) => one.rank - other.rank)
  const scored = sorted.every(({ score }) => score !== null)
  return {
    messageId,
    query: question.text,
    config: { ranker: source, ...(scored ? {} : { scores: NO_SCORES }) },
    results: sorted.map(({ passageId, score }, at) => ({
      ...corpora.placeOf(passageId),
      rank: at + 1,
      score: score ?? 0,
      externalId: passageId,
    })),
  }
}

function planConversations(
  source: string,
  asked: ReadonlyMap<string, PlacedQuestion>,
  retrievals: ReadonlyMap<string, NewRetrieval>,
): readonly PlannedConversation[] {
  return [...inOrder(asked.values(), ({ conversationKey }) => conversationKey)].map(([key, questions]) => {
    const messages = new Map<string, StoredMessage>()
    for (const { messages: some } of questions)
      for (const message of some) if (!messages.has(message.core.id)) messages.set(message.core.id, message)
    const [first] = messages.values()
    const conversation = foreignConversation({
      source,
      sourceId: key,
      title: snippetOf(first?.parts[0]?.text ?? key),
      createdAt: first?.core.createdAt ?? null,
      rest: {},
      messages: [...messages.values()],
    })
    const named = questions.map(({ messageId, question: { id, text, extra, exact } }) => {
      const value = { id, text, ...(extra === undefined ? {} : { extra }), ...(exact === undefined ? {} : { exact }) }
      return [recordKey(messageId, textHash(id).slice(0, 22)), storable(value)] as const
    })
    const records = new Map(conversation.records).set(QUESTIONS, new Map(named))
    return {
      conversation: { ...conversation, records },
      retrievals: questions.flatMap(({ question }) => retrievals.get(question.id) ?? []),
    }
  })
}

function planRounds(
  source: string,
  set: EvaluationSet,
  asked: ReadonlyMap<string, PlacedQuestion>,
  retrievals: ReadonlyMap<string, NewRetrieval>,
  corpora: PlannedCorpora,
): readonly PlannedRound[] {
  const grades = inOrder(set.grades, ({ questionId }) => questionId)
  const answers = new Map(set.answers.map((answer) => [answer.questionId, answer]))
  const planned: { readonly item: NewRoundItem; readonly judgements: readonly Omit<PlannedJudgement, "item">[] }[] = []
  for (const [id, place] of asked) {
    if (isTooLong(place.question)) continue
    const labels = answers.get(id)?.labels ?? []
    const items = itemsOf(place, retrievals.get(id), grades.get(id) ?? [], corpora)
    for (const [n, [item, judged]] of items.entries()) {
      const ofAnswer = n === 0 && item.answer !== undefined && labels.length > 0 ? [{ chunkId: null, labels }] : []
      planned.push({ item, judgements: [...judged, ...ofAnswer] })
    }
  }
  const rounds: PlannedRound[] = []
  for (let start = 0; start < planned.length; start += MAX_ROUND_ITEMS) {
    const some = planned.slice(start, start + MAX_ROUND_ITEMS)
    const id = importedId("round", source, textHash(canonicalJson(some)))
    rounds.push({
      id,
      name: start === 0 ? set.name : `${set.name} ${start / MAX_ROUND_ITEMS + 1}`,
      items: some.map(({ item }) => item),
      judgements: some.flatMap(({ judgements }, item) => judgements.map((judgement) => ({ ...judgement, item }))),
    })
  }
  return rounds
}

/** The items of one question: as many as its passages take, the answer with the first of them. */
function itemsOf(
  { conversationId, messageId, answerId, question }: PlacedQuestion,
  retrieval: NewRetrieval | undefined,
  grades: readonly RelevanceGrade[],
  corpora: PlannedCorpora,
): readonly (readonly [NewRoundItem, readonly Omit<PlannedJudgement, "item">[]])[] {
  const found = (retrieval?.results ?? []).map(({ externalId = "", score }) => ({ id: externalId, score }))
  const ids = new Set(found.map(({ id }) => id))
  // A passage that was judged and not found stands behind those found.
  const all = [
    ...found,
    ...[...new Set(grades.map(({ passageId }) => passageId))].filter((id) => !ids.has(id)).map((id) => ({ id, score: 0 })),
  ]
  const graded = new Map(grades.map(({ passageId, grade }) => [passageId, grade]))
  const base = {
    conversationId,
    messageId,
    retrievalId: retrieval === undefined ? "" : importedRetrievalId(retrieval),
    query: question.text,
  }
  const items: (readonly [NewRoundItem, readonly Omit<PlannedJudgement, "item">[]])[] = []
  // An answer is an item also without a passage.
  const count = Math.max(all.length, answerId === null ? 0 : 1)
  for (let start = 0; start < count; start += MAX_ITEM_CHUNKS) {
    const some = all
      .slice(start, start + MAX_ITEM_CHUNKS)
      .map(({ id, score }, at) => ({ id, place: corpora.placeOf(id), rank: start + at + 1, score }))
    const chunks = some.map(({ id, place: { sourceId, chunkId }, rank, score }) => ({ sourceId, chunkId, rank, score, externalId: id }))
    const judged = some.flatMap(({ id, place }) => judgementOf(place, graded.get(id)))
    items.push([{ ...base, chunks, ...(start === 0 && answerId !== null ? { answer: { messageId: answerId } } : {}) }, judged])
  }
  return items
}

function judgementOf({ chunkId }: PassagePlace, grade: number | null | undefined): readonly Omit<PlannedJudgement, "item">[] {
  return isGrade(grade) ? [{ chunkId, grade }] : []
}
