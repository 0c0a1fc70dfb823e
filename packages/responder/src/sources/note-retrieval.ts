import { type ConversationOptions, MAX_QUERY_LENGTH, recordRetrieval } from "@polylogue/conversation"
import { PASSAGE_RANKING } from "@polylogue/retrieval"
import type * as Y from "yjs"
import type { Question } from "../answer.ts"
import type { FoundPassage } from "./source-shelf.ts"

/** Notes at the reply what was found for it, for ever; returns the id of the record. The document is that in which the reply stands, which may be a later segment than that of the question. */
export function noteRetrieval(
  { conversation, ydoc, options, replyId }: Pick<Question, "conversation" | "ydoc" | "options" | "replyId">,
  query: string,
  passages: readonly FoundPassage[],
): string {
  return recordRetrieval(replyDocument({ conversation, ydoc, replyId }), options satisfies ConversationOptions, {
    messageId: replyId,
    query: query.slice(0, MAX_QUERY_LENGTH),
    config: { ranker: PASSAGE_RANKING.method, ...PASSAGE_RANKING, limit: passages.length },
    results: passages.map(({ sourceId, chunkId, rank, score, hash }) => ({ sourceId, chunkId, rank, score, hash })),
  })
}

function replyDocument({ conversation, ydoc, replyId }: Pick<Question, "conversation" | "ydoc" | "replyId">): Y.Doc {
  const [segment] = conversation.segmentsOf(replyId)
  return (segment === undefined ? undefined : conversation.documents.get(segment)) ?? ydoc
}
