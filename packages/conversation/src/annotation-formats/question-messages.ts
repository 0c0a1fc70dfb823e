import { importedId } from "../identifier.ts"
import type { StoredMessage } from "../stored-message.ts"
import { authorship } from "../formats/authorship.ts"
import type { AnsweredQuestion, CorpusQuestion, QuestionTurn } from "./annotation-records.ts"

/** Between the name of a conversation and the number of its turn, as MT-RAG names questions. */
const TURN_MARK = "<::>"
const KINDS: Readonly<Record<string, string>> = { human: "person", model: "model" }

/** A question with the messages that it is in, of a conversation that other questions may be of too. */
export interface QuestionMessages {
  /** Names the conversation within its data set. */
  readonly conversationKey: string
  /** Of the message that asks. */
  readonly messageId: string
  /** Of the reference answer; null when there is none. */
  readonly answerId: string | null
  /** Those of the dialogue, oldest first, then the reference answer. */
  readonly messages: readonly StoredMessage[]
}

/** Names the conversation that a question is of. Questions of one dialogue share it: their turns follow one another there. */
export function conversationKeyOf({ id, turns }: CorpusQuestion): string {
  const at = id.lastIndexOf(TURN_MARK)
  return turns.length > 1 && at > 0 ? id.slice(0, at) : id
}

/**
 * A question as messages. Each has its id of what was said up to it, so turns that several questions begin with are the same messages.
 * The reference answer is a reply that says of itself that it is one: nobody gave it.
 */
export function questionMessages(
  source: string,
  question: CorpusQuestion,
  answer: AnsweredQuestion | undefined,
  conversationKey: string,
): QuestionMessages {
  const messages: StoredMessage[] = []
  let parentId: string | null = null
  for (const [n, turn] of question.turns.entries()) {
    const id: string = importedId(source, conversationKey, parentId ?? "", turn.role, turn.text)
    messages.push(message(source, { id, parentId, n }, turn))
    parentId = id
  }
  const messageId = parentId ?? ""
  if (typeof answer?.reference !== "string") return { conversationKey, messageId, answerId: null, messages }
  const answerId = importedId(source, conversationKey, messageId, "reference", answer.reference)
  const { author, authorKind, createdAt } = answer
  const said: QuestionTurn = {
    role: "assistant",
    text: answer.reference,
    ...(author === undefined ? {} : { author }),
    ...(authorKind === undefined ? {} : { authorKind }),
    ...(createdAt === undefined ? {} : { createdAt }),
  }
  const reply = message(source, { id: answerId, parentId: messageId, n: question.turns.length }, said)
  return {
    conversationKey,
    messageId,
    answerId,
    messages: [...messages, { ...reply, core: { ...reply.core, reference: true } as StoredMessage["core"] }],
  }
}

/** Whether a message is what should have been answered, and not an answer. @param core - of the message; the mark is kept among its other fields. */
export function isReference(core: object): boolean {
  return (core as { readonly reference?: unknown }).reference === true
}

function message(
  source: string,
  { id, parentId, n }: { readonly id: string; readonly parentId: string | null; readonly n: number },
  turn: QuestionTurn,
): StoredMessage {
  const { role, text, author, authorKind, createdAt } = turn
  const by = authorship({ source, role, name: author })
  return {
    core: {
      id,
      parentId,
      ...by,
      ...(authorKind === undefined ? {} : { authorKind: KINDS[authorKind] ?? authorKind, sourceKind: authorKind }),
      clock: createdAt ?? n,
      createdAt: createdAt ?? null,
    },
    parts: [{ pid: "0", type: "text", text }],
    origin: { source, sourceId: id },
  }
}
