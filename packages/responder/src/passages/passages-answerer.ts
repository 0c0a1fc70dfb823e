import type { NewCitation, TextRange } from "@polylogue/conversation"
import type { AnswerEvent, Answerer, OfferedModel, Question, WrittenPart } from "../answer.ts"
import { retrieveFor } from "../sources/retrieve-for.ts"
import type { FoundPassage, SourceShelf } from "../sources/source-shelf.ts"
import { CONNECT_A_MODEL, countedSources, NO_MODEL, NO_WORDS } from "./passages-words.ts"
import { asPlainWords, asQuote, excerptOf } from "./quoted-passage.ts"

/** What an ask names to get passages of sources. */
export const PASSAGES_MODEL = "passages"
/** Most passages that an answer quotes. */
export const MAX_QUOTED_PASSAGES = 5

/** How passages are answered with. */
export interface PassagesAnswererOptions {
  /** The sources of a workspace. */
  readonly shelfOf: (workspace: string) => Pick<SourceShelf, "search">
  /** Whether a model is connected to the same responder: then an answer does not say that there is none. Default none is. */
  readonly hasModel?: () => boolean
}

/**
 * Answers with what the workspace's sources say: the best passages, quoted word by word and cited, grouped by source. It makes nothing up: it says that no model is
 * connected, and where nothing is found, or there are no sources, what can be done about it.
 */
export function passagesAnswerer({ shelfOf, hasModel = (): boolean => false }: PassagesAnswererOptions): Answerer {
  return {
    offers: (): readonly OfferedModel[] => [
      { id: PASSAGES_MODEL, label: "Passages of your sources", kind: "passages", isDefault: !hasModel() },
    ],
    answer: (question, signal) => answerWith(question, shelfOf(question.workspace), hasModel(), signal),
  }
}

async function* answerWith(
  question: Question,
  shelf: Pick<SourceShelf, "search">,
  hasModel: boolean,
  signal: AbortSignal,
): AsyncGenerator<AnswerEvent> {
  const { sought, passages, searched, unsearched, retrieval } = await retrieveFor(question, shelf, MAX_QUOTED_PASSAGES, signal)
  if (signal.aborted) return
  yield { type: "about", about: { model: PASSAGES_MODEL, searched, unsearched, retrieval } }
  const quotes: Quote[] = []
  for (const text of wordsOf({ sought, passages, searched, unsearched, hasModel }, quotes)) {
    if (signal.aborted) return
    yield { type: "text", text }
  }
  yield { type: "finish", finishReason: "stop", citations: (parts) => citationsOf(parts, quotes) }
}

/** A passage as it is quoted in the answer. */
interface Quote {
  readonly written: string
  readonly passage: FoundPassage
  /** Within the passage. */
  readonly excerpt: TextRange
}

interface Findings {
  readonly sought: string
  readonly passages: readonly FoundPassage[]
  readonly searched: number
  readonly unsearched: number
  readonly hasModel: boolean
}

/** The answer, block by block; what it quotes is added to `quotes` in its order. */
function* wordsOf({ sought, passages, searched, unsearched, hasModel }: Findings, quotes: Quote[]): Generator<string> {
  const opening = hasModel ? "" : `${NO_MODEL} `
  if (searched + unsearched === 0) {
    yield hasModel
      ? "There are no sources in this workspace yet. Add files under Sources, and ask again."
      : `${NO_MODEL}\n\n${CONNECT_A_MODEL}`
    return
  }
  const missed = unsearched === 0 ? "" : ` ${countedSources(unsearched)} could not be searched.`
  if (passages.length === 0) {
    const outcome =
      sought === ""
        ? NO_WORDS
        : `None of the words were found in ${countedSources(searched)}.${missed} Ask with other words, or add sources.`
    yield `${opening}${outcome}${hasModel ? "" : `\n\n${CONNECT_A_MODEL}`}`
    return
  }
  yield `${opening}This is what your sources say, word by word. ${countedSources(searched)} searched.${missed}`
  for (const ofSource of bySource(passages)) {
    const { title } = ofSource[0]!
    yield `\n\n**${title === "" ? "A source without a title" : asPlainWords(title)}**`
    for (const passage of ofSource) {
      const excerpt = excerptOf(passage.text, passage.terms)
      const written = asQuote(passage.text.slice(excerpt.from, excerpt.to))
      quotes.push({ written, passage, excerpt })
      const place = passage.page === undefined ? "" : ` (page ${passage.page})`
      yield `\n\n${written}${place}`
    }
  }
}

/** Passages by their source, the source of the best one first. */
function bySource(passages: readonly FoundPassage[]): readonly (readonly FoundPassage[])[] {
  const groups = new Map<string, FoundPassage[]>()
  for (const passage of passages) groups.set(passage.sourceId, [...(groups.get(passage.sourceId) ?? []), passage])
  return [...groups.values()]
}

/** Each quote rests on the words that it quotes: the same words at both ends. */
function citationsOf(parts: readonly WrittenPart[], quotes: readonly Quote[]): readonly Omit<NewCitation, "messageId">[] {
  const citations: Omit<NewCitation, "messageId">[] = []
  let [partAt, from] = [0, 0]
  for (const { written, passage, excerpt } of quotes) {
    const texts = parts.filter(({ type }) => type === "text")
    let at = -1
    for (; partAt < texts.length && (at = texts[partAt]!.text.indexOf(written, from)) === -1; partAt++) from = 0
    const part = texts[partAt]
    if (part === undefined) break
    // The sign that begins the quote is none of its words.
    const answer = { from: at + 2, to: at + written.length }
    from = answer.to
    const { sourceId, chunkId, hash, page, start, words } = passage
    const range = { from: start + excerpt.from, to: start + excerpt.to }
    citations.push({
      partId: part.pid,
      answer,
      source: { sourceId, chunkId, hash, ...(page === undefined ? {} : { page }), range, text: words },
    })
  }
  return citations
}
