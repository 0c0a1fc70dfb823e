import type * as Y from "yjs"
import { ConversationView } from "../conversation-view.ts"
import { isObject } from "../formats/json-value.ts"
import type { Gold } from "../judging/decision.ts"
import type { Judgement } from "../judging/judgement.ts"
import type { RoundItem } from "../judging/round-items.ts"
import type { Round } from "../judging/round.ts"
import { QUESTIONS } from "../message-annotations.ts"
import type { Message } from "../message.ts"
import { KeyIndex } from "../record-key.ts"
import { retrievalsOf } from "../sources/retrievals.ts"
import { SourceView } from "../sources/source-view.ts"
import type { AnnotationLeft } from "./annotation-left.ts"
import type {
  AnsweredQuestion,
  CorpusPassage,
  CorpusQuestion,
  EvaluationSet,
  QuestionTurn,
  RankedPassage,
  RelevanceGrade,
} from "./annotation-records.ts"
import { agreedGrade } from "./agreed-grade.ts"
import { readCorpus } from "./corpus-records.ts"
import { NO_SCORES } from "./evaluation-plan.ts"
import { inOrder } from "./group-by.ts"
import { isReference } from "./question-messages.ts"

/** Where the documents that a round names come from. Each is asked for once, and not used any more when the next one is. */
export interface RoundDocuments {
  /** The document of a source; undefined when it is not here. */
  readonly source: (id: string) => Promise<Y.Doc | undefined>
  /** The documents of a conversation by segment; undefined when it is not here. */
  readonly conversation: (id: string) => Promise<ReadonlyMap<number, Y.Doc> | undefined>
  /** What was decided where annotators disagree, as the authority has it; without a chunk, about the answer. */
  readonly gold?: (itemId: string, chunkId: string | null) => Gold | undefined
  /** The correction of an answer that was accepted. */
  readonly reference?: (conversationId: string, messageId: string) => Promise<string | undefined>
}

/** What of a round is collected. */
export interface CollectOptions {
  /**
   * Whose judgements: `agreed`, one for each passage, by the rule of `agreedGrade`; `all`, everybody's, by their names; or those of one annotator.
   * Default `agreed`.
   */
  readonly judgements?: "agreed" | "all" | { readonly annotator: string }
  /** `judged`: those that the round asks about. `sources`: all passages of their sources, as a search needs them. Default `judged`. */
  readonly passages?: "judged" | "sources"
}

/** A round, read into plain records. */
export interface CollectedRound {
  readonly set: EvaluationSet
  /** What of it is not as somebody said it: grades on which people disagree, things that are not here. */
  readonly left: readonly AnnotationLeft[]
}

/**
 * Reads a round, its questions, passages and judgements into plain records, in the order of the round. Questions and passages have the names that the files had
 * from which they were imported; others are named by their ids here.
 */
export async function collectRound(round: Round, documents: RoundDocuments, options: CollectOptions = {}): Promise<CollectedRound> {
  const left: AnnotationLeft[] = []
  const asked = new Map<string, AskedItem>()
  for (const [conversationId, items] of inOrder(round.getItems(), (item) => item.conversationId)) {
    const segments = await documents.conversation(conversationId)
    for (const [id, item] of readConversation(items, segments)) asked.set(id, item)
  }
  const passages = await collectPassages(round.getItems(), documents, options.passages ?? "judged")
  const questions = new Map<string, CorpusQuestion>()
  const answers: AnsweredQuestion[] = []
  const grades: RelevanceGrade[] = []
  const rankings: RankedPassage[] = []
  for (const item of round.getItems()) {
    const found = asked.get(item.id)
    if (found === undefined) continue
    const { question, ranking, answer } = found
    if (!found.isHere) left.push({ item: question.id, code: "turns", what: "its conversation is not here: only the question is known" })
    if (!questions.has(question.id)) {
      questions.set(question.id, question)
      rankings.push(...ranking)
    }
    const judgements = chosen(round.judgementsOf(item.id), options)
    grades.push(...gradesOf(item, question.id, judgements, documents, options, left))
    if (answer !== undefined) answers.push(await answerOf(item, question.id, answer, judgements, documents))
  }
  const { name } = round.getSettings()
  return { set: { name, passages, questions: [...questions.values()], grades, rankings, answers }, left }
}

/** How a passage is called in files: as its corpus calls it, else by its ids here. */
export function passageName({
  sourceId,
  chunkId,
  externalId,
}: {
  readonly sourceId: string
  readonly chunkId: string
  readonly externalId?: string
}): string {
  return externalId ?? `${sourceId}/${chunkId}`
}

interface AskedItem {
  readonly question: CorpusQuestion
  readonly ranking: readonly RankedPassage[]
  readonly answer: Message | undefined
  readonly isHere: boolean
}

function* readConversation(
  items: readonly RoundItem[],
  segments: ReadonlyMap<number, Y.Doc> | undefined,
): IterableIterator<readonly [itemId: string, item: AskedItem]> {
  const view = segments === undefined ? undefined : new ConversationView(segments)
  try {
    for (const item of items) {
      const question = questionOf(item, view, segments)
      const ranking = rankingOf(item, question.id, segments)
      const answer = item.answer === undefined ? undefined : view?.getMessage(item.answer.messageId)
      yield [item.id, { question, ranking, answer, isHere: view?.getMessage(item.messageId) !== undefined }]
    }
  } finally {
    view?.destroy()
  }
}

function questionOf(item: RoundItem, view: ConversationView | undefined, segments: ReadonlyMap<number, Y.Doc> | undefined): CorpusQuestion {
  const turns = view === undefined ? [] : turnsTo(item.messageId, view)
  const named = importedName(item, segments)
  const base = { id: named?.id ?? item.id, text: item.query, turns: turns.length > 0 ? turns : [{ role: "user", text: item.query }] }
  if (named === undefined) return { ...base, extra: { metadata: { conversation: item.conversationId, message: item.messageId } } }
  const { extra, exact } = named
  return { ...base, ...(isObject(extra) ? { extra } : {}), ...(typeof exact === "string" ? { exact } : {}) }
}

/** What the question is called in the file from which it was imported. */
function importedName(
  item: RoundItem,
  segments: ReadonlyMap<number, Y.Doc> | undefined,
): { readonly id: string; readonly extra?: unknown; readonly exact?: unknown } | undefined {
  for (const ydoc of segments?.values() ?? []) {
    for (const [, value] of new KeyIndex(ydoc.getMap(QUESTIONS)).records(item.messageId)) {
      if (!isObject(value)) continue
      const { id, text, extra, exact } = value
      if (typeof id === "string" && text === item.query) return { id, extra, exact }
    }
  }
  return undefined
}

/** The dialogue up to a message, without what was deleted. */
function turnsTo(messageId: string, view: ConversationView): readonly QuestionTurn[] {
  const turns: QuestionTurn[] = []
  const { nodes } = view.getTree()
  const seen = new Set<string>()
  for (let id: string | null = messageId; id !== null && !seen.has(id); id = nodes.get(id)?.parentId ?? null) {
    seen.add(id)
    const message = view.getMessage(id)
    if (message !== undefined && message.deletedAt === null) turns.unshift(turnOf(message))
  }
  return turns
}

function turnOf(message: Message): QuestionTurn {
  const { role, text, createdAt } = message
  return { role, text, ...authorOf(message), ...(createdAt === null ? {} : { createdAt }) }
}

/** Who wrote it, in the words of the file that it came from, as far as that said so. */
function authorOf(message: Message): Pick<QuestionTurn, "author" | "authorKind"> {
  const { imported, authorId, authorKind, authorName } = message
  if (!imported) return { author: authorId, authorKind }
  const { sourceKind } = message as { readonly sourceKind?: unknown }
  return { ...(authorName === null ? {} : { author: authorName }), ...(typeof sourceKind === "string" ? { authorKind: sourceKind } : {}) }
}

function rankingOf(item: RoundItem, questionId: string, segments: ReadonlyMap<number, Y.Doc> | undefined): readonly RankedPassage[] {
  if (item.retrievalId === "") return []
  const messages = [item.messageId, ...(item.answer === undefined ? [] : [item.answer.messageId])]
  const records = [...(segments?.values() ?? [])].flatMap((ydoc) => messages.flatMap((id) => retrievalsOf(ydoc, id)))
  const record = records.find(({ id }) => id === item.retrievalId)
  const scored = record?.config["scores"] !== NO_SCORES
  return (record?.results ?? item.chunks).map((found) => ({
    questionId,
    passageId: passageName(found),
    rank: found.rank,
    score: scored ? found.score : null,
  }))
}

function chosen(judgements: readonly Judgement[], { judgements: whose = "agreed" }: CollectOptions): readonly Judgement[] {
  return typeof whose === "string" ? judgements : judgements.filter(({ annotator }) => annotator === whose.annotator)
}

function gradesOf(
  item: RoundItem,
  questionId: string,
  judgements: readonly Judgement[],
  { gold }: RoundDocuments,
  { judgements: whose = "agreed" }: CollectOptions,
  left: AnnotationLeft[],
): readonly RelevanceGrade[] {
  const byChunk = inOrder(judgements, ({ chunkId }) => chunkId ?? "")
  return item.chunks.flatMap((chunk): readonly RelevanceGrade[] => {
    const passageId = passageName(chunk)
    const given = byChunk.get(chunk.chunkId) ?? []
    if (whose === "all") return given.map((judgement) => ({ questionId, passageId, ...saidIn(judgement), annotator: judgement.annotator }))
    if (whose !== "agreed") return given.map((judgement) => ({ questionId, passageId, ...saidIn(judgement) }))
    const decided = gold?.(item.id, chunk.chunkId)
    if (given.length === 0 && decided === undefined) return []
    const [only] = given
    if (decided === undefined && given.length === 1 && only !== undefined) return [{ questionId, passageId, ...saidIn(only) }]
    const { grade, labels, by } = agreedGrade(given, decided)
    if (by === "mean" || by === "majority") {
      const grades = given.flatMap((judgement) => judgement.grade ?? []).join(", ")
      left.push({
        item: `${questionId} ${passageId}`,
        code: "grade",
        what: `people disagree (${grades}): ${String(grade)} is taken, the ${by}`,
      })
    }
    leaveRest(`${questionId} ${passageId}`, given, decided, left)
    return [{ questionId, passageId, grade, ...(labels.length === 0 ? {} : { labels }) }]
  })
}

/** What several people said beside the grade that they come to. */
function leaveRest(item: string, given: readonly Judgement[], decided: Gold | undefined, left: AnnotationLeft[]): void {
  const notes = [...given, ...(decided === undefined ? [] : [decided])].filter(({ note }) => note !== "").length
  if (notes > 0) left.push({ item, code: "note", what: `${notes} note(s) of those who judged it` })
  if (given.some(({ confidence }) => confidence !== null)) left.push({ item, code: "confidence", what: "how sure the judges were" })
}

function saidIn({ grade, labels, confidence, note }: Judgement): Pick<RelevanceGrade, "grade" | "labels" | "confidence" | "note"> {
  return {
    grade,
    ...(labels.length === 0 ? {} : { labels }),
    ...(confidence === null ? {} : { confidence }),
    ...(note === "" ? {} : { note }),
  }
}

async function answerOf(
  item: RoundItem,
  questionId: string,
  message: Message,
  judgements: readonly Judgement[],
  { gold, reference }: RoundDocuments,
): Promise<AnsweredQuestion> {
  const given = judgements.filter(({ chunkId }) => chunkId === null)
  const { labels } = agreedGrade(given, gold?.(item.id, null))
  const opinions = given.map((judgement) => ({ annotator: judgement.annotator, ...saidIn(judgement) }))
  const said = { questionId, ...(labels.length === 0 ? {} : { labels }), ...(opinions.length === 0 ? {} : { opinions }) }
  const text = message.deletedAt === null ? message.text : null
  if (!isReference(message)) return { ...said, response: text, reference: (await reference?.(item.conversationId, message.id)) ?? null }
  const { createdAt } = message
  return { ...said, response: null, reference: text, ...authorOf(message), ...(createdAt === null ? {} : { createdAt }) }
}

async function collectPassages(
  items: readonly RoundItem[],
  documents: RoundDocuments,
  which: "judged" | "sources",
): Promise<readonly CorpusPassage[]> {
  const chunks = inOrder(
    items.flatMap((item) => item.chunks),
    ({ sourceId }) => sourceId,
  )
  const passages = new Map<string, CorpusPassage>()
  for (const [sourceId, named] of chunks) {
    const ydoc = await documents.source(sourceId)
    const wanted = new Map(named.map((chunk) => [passageName(chunk), chunk.chunkId]))
    for (const passage of ydoc === undefined ? [] : passagesIn(sourceId, ydoc, wanted, which))
      if (!passages.has(passage.id)) passages.set(passage.id, passage)
    for (const id of wanted.keys()) if (!passages.has(id)) passages.set(id, { id, text: null })
  }
  return [...passages.values()]
}

/** The passages of a source: first those of the corpus that it is, in the order of that. */
function passagesIn(
  sourceId: string,
  ydoc: Y.Doc,
  wanted: ReadonlyMap<string, string>,
  which: "judged" | "sources",
): readonly CorpusPassage[] {
  const source = new SourceView(ydoc)
  try {
    const textOf = (chunkId: string): string | null => source.getPassage(chunkId)?.text ?? null
    const corpus = readCorpus(ydoc, textOf)
    const known = new Set(corpus.map(({ passage }) => passage.id))
    const title = source.getMeta().title
    const own =
      which === "judged"
        ? []
        : (source.getChunking()?.places ?? []).map(
            ({ chunkId }) => [passageName({ sourceId, chunkId, ...externalIdOf(source, chunkId) }), chunkId] as const,
          )
    const all = new Map([...wanted, ...own].filter(([id]) => !known.has(id)))
    return [
      ...corpus.flatMap(({ passage }) => (which === "sources" || wanted.has(passage.id) ? [passage] : [])),
      ...[...all].map(([id, chunkId]) => ({ id, ...(title === "" ? {} : { title }), text: textOf(chunkId) })),
    ]
  } finally {
    source.destroy()
  }
}

function externalIdOf(source: SourceView, chunkId: string): { readonly externalId?: string } {
  const externalId = source.getPassage(chunkId)?.externalId
  return externalId === undefined ? {} : { externalId }
}
