import { ConversationError } from "../conversation-error.ts"
import { type DocumentId, isSegment } from "../document-id.ts"
import { mintId, type RandomBytes } from "../identifier.ts"

/** `blind`: nobody sees what others judge before all have finished. */
export type RoundKind = "open" | "blind"

const BLIND = "blind."

/**
 * The id of a new round. What kind of round it is stands in the id: were it a setting, any annotator could make a blind round an open one while others judge.
 */
export function mintRoundId(kind: RoundKind, wallTime: number, randomBytes: RandomBytes): string {
  return (kind === "blind" ? BLIND : "") + mintId(wallTime, randomBytes)
}

/** What kind of round an id names. */
export function roundKindOf(roundId: string): RoundKind {
  return roundId.startsWith(BLIND) ? "blind" : "open"
}

/** How the ids of documents with notes begin, which stand beside the rounds below `<ws>/anno`. */
const RESERVED = /^(?:conv|source)\./u

/** Whether `id` is the name of a document with notes, and so of no round. */
export function namesNotes(id: string): boolean {
  return RESERVED.test(id)
}

/**
 * The document of a judging round, `<ws>/anno/<round>`.
 * @throws ConversationError `bad-id` unless both are segments of a path, and the second no name of a document with notes.
 */
export function roundDocumentId(workspace: string, roundId: string): DocumentId {
  if (namesNotes(roundId)) throw new ConversationError("bad-id", `${JSON.stringify(roundId)} is not a round id: it names notes`)
  return `${checked(workspace, "workspace")}/anno/${checked(roundId, "round id")}`
}

/**
 * The document in which one annotator of a blind round judges, `<ws>/blind/<round>/<annotator>`: a relay with authentication opens it to nobody else.
 * @throws ConversationError `bad-id` unless all are segments of a path.
 */
export function blindDocumentId(workspace: string, roundId: string, annotator: string): DocumentId {
  return `${checked(workspace, "workspace")}/blind/${checked(roundId, "round id")}/${checked(annotator, "name of an annotator")}`
}

/**
 * The document with what people think of the answers in a conversation, `<ws>/anno/conv.<id>`. Notes on its messages stand in it too.
 * @throws ConversationError `bad-id` unless both are segments of a path.
 */
export function opinionsDocumentId(workspace: string, conversationId: string): DocumentId {
  return `${checked(workspace, "workspace")}/anno/${checked(`conv.${conversationId}`, "conversation id")}`
}

/** The authority's register in which an annotator says that they have finished. */
export function doneKey(roundDocument: DocumentId, annotator: string): string {
  return `${roundDocument}#done/${checked(annotator, "name of an annotator")}`
}

/** The document and the annotator of a register that {@link doneKey} names; `undefined` for any other. */
export function parseDoneKey(key: string): { readonly roundDocument: DocumentId; readonly annotator: string } | undefined {
  const [roundDocument = "", annotator] = key.split("#done/")
  return annotator !== undefined && isSegment(annotator) ? { roundDocument, annotator } : undefined
}

/** The authority's register that ends a round for those who have not finished. */
export function closedKey(roundDocument: DocumentId): string {
  return `${roundDocument}#closed`
}

/** The authority's register of one of the places that an item has for annotators, counted from 0. */
export function taskKey(roundDocument: DocumentId, itemId: string, place: number): string {
  return `${roundDocument}#task/${encodeURIComponent(itemId)}/${place}`
}

/** The authority's register with what was decided where annotators disagree; without a chunk, about the answer. */
export function goldKey(roundDocument: DocumentId, itemId: string, chunkId: string | null): string {
  const target = chunkId === null ? "answer" : `chunk/${encodeURIComponent(chunkId)}`
  return `${roundDocument}#gold/${encodeURIComponent(itemId)}/${target}`
}

/** The authority's register that says which correction of a message was accepted. */
export function correctionKey(opinionsDocument: DocumentId, messageId: string): string {
  return `${opinionsDocument}#correction/${encodeURIComponent(messageId)}`
}

function checked(value: string, what: string): string {
  if (!isSegment(value))
    throw new ConversationError(
      "bad-id",
      `${JSON.stringify(String(value).slice(0, 80))} is not a ${what}: segments hold A-Z a-z 0-9 . _ ~ - only`,
    )
  return value
}
