import { canonicalJson, MAX_QUERY_LENGTH, recordRetrieval, retrievalsOf } from "@polylogue/conversation"
import { PASSAGE_RANKING } from "@polylogue/retrieval"
import type * as Y from "yjs"
import type { Question } from "../answer.ts"
import { soughtFor } from "./question-words.ts"
import type { FoundPassage, FoundPassages, SourceShelf } from "./source-shelf.ts"

/** What was found in the sources for a question. */
export interface Retrieved extends FoundPassages {
  /** What was searched for; the empty string when the question has no words. */
  readonly sought: string
  /** Id of the record of it at the reply; null where nothing was found, for there is nothing to note then. */
  readonly retrieval: string | null
}

/**
 * Searches the sources for a question and notes at the reply what was found, for ever. An ask that wants no sources finds nothing.
 * @param limit - most passages. @param signal - once it has aborted nothing is noted any more.
 */
export async function retrieveFor(
  question: Question,
  shelf: Pick<SourceShelf, "search">,
  limit: number,
  signal: AbortSignal,
): Promise<Retrieved> {
  if (question.ask.options.sources === "none") return { sought: "", passages: [], searched: 0, unsearched: 0, retrieval: null }
  const sought = soughtFor(question)
  const found = await shelf.search(sought, limit)
  const retrieval = found.passages.length === 0 || signal.aborted ? null : noteRetrieval(question, sought, found.passages, limit)
  return { sought, ...found, retrieval }
}

function noteRetrieval(question: Question, query: string, passages: readonly FoundPassage[], limit: number): string {
  const ydoc = replyDocument(question)
  const noted = {
    messageId: question.replyId,
    query: query.slice(0, MAX_QUERY_LENGTH),
    config: { ranker: PASSAGE_RANKING.method, ...PASSAGE_RANKING, limit },
    results: passages.map(({ sourceId, chunkId, rank, score, hash }) => ({ sourceId, chunkId, rank, score, hash })),
  }
  const { messageId: _messageId, ...found } = noted
  const wanted = canonicalJson(found)
  // Who goes on with an answer, after people were asked or another responder went away, mostly finds the same.
  const same = retrievalsOf(ydoc, question.replyId).find(
    ({ query, config, results }) => canonicalJson({ query, config, results }) === wanted,
  )
  return same?.id ?? recordRetrieval(ydoc, question.options, noted)
}

/** The document of the segment in which the reply stands: it may be a later one than that of the question. */
function replyDocument({ conversation, ydoc, replyId }: Question): Y.Doc {
  const [segment] = conversation.segmentsOf(replyId)
  return (segment === undefined ? undefined : conversation.documents.get(segment)) ?? ydoc
}
