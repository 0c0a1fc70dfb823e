import {
  addAsk,
  addCitations,
  AnsweringConversation,
  type Citation,
  citationsOf,
  type ConversationOptions,
  indexDocumentId,
  type NewAsk,
  Source,
  sourceCards,
  sourceDocumentId,
  WorkspaceIndex,
} from "@polylogue/conversation"
import { openReplica, type Replica } from "@polylogue/replica"
import { chunkText } from "@polylogue/retrieval"
import { MemoryEntryLog } from "@polylogue/storage"
import * as Y from "yjs"
import { ManualClock } from "../../../replica/test/support/manual-clock.ts"
import { seededBytes } from "../../../replica/test/support/random.ts"
import type { AnswerAbout, Answerer, AnswerEvent, Question, WrittenPart } from "../../src/index.ts"

export const WORKSPACE = "home"

/** A device without a relay on which somebody keeps sources, and a conversation in which they are asked about. */
export class Library {
  readonly clock: ManualClock
  readonly replica: Replica
  readonly options: ConversationOptions

  private constructor(replica: Replica, clock: ManualClock, seed: number) {
    this.clock = clock
    this.replica = replica
    this.options = seededOptions(seed, "library")
  }

  /** The same over a replica of somebody else's. */
  static over(replica: Replica, clock: ManualClock, seed: number): Library {
    return new Library(replica, clock, seed)
  }

  static async open(seed = 1): Promise<Library> {
    const clock = new ManualClock()
    const dial = (): never => {
      throw new Error("there is no relay")
    }
    const replica = await openReplica({ store: new MemoryEntryLog(), relays: [], dial, clock, randomBytes: seededBytes(seed + 1000) })
    return new Library(replica, clock, seed)
  }

  /** Adds a source, cut into passages, and its card. */
  async add(
    id: string,
    title: string,
    text: string,
    pages: readonly { readonly page: number; readonly start: number }[] = [],
  ): Promise<void> {
    await this.write(sourceDocumentId(WORKSPACE, id), (ydoc) => {
      new Source(ydoc, this.options).begin({ meta: { title }, text, pages, chunks: chunkText(text, { pages }) })
    })
    await this.list(id, title)
  }

  /** Puts a source on the list of the workspace. */
  async list(id: string, name: string): Promise<void> {
    await this.write(indexDocumentId(WORKSPACE), (ydoc) => sourceCards(new WorkspaceIndex(ydoc, this.options)).create({ id, name }))
  }

  /** Writes in a document and waits until the device has it. */
  async write(documentId: string, change: (ydoc: Y.Doc) => void): Promise<void> {
    const document = await this.replica.open(documentId)
    change(document.ydoc)
    await document.whenDurable("local")
    await document.close()
  }

  /** A conversation in memory in which `texts` were said in turn, people and model, and the question about the last one. */
  ask(...texts: readonly string[]): Question {
    const ydoc = new Y.Doc()
    const conversation = new AnsweringConversation(ydoc, this.options)
    let messageId: string | null = null
    for (const [at, text] of texts.entries())
      messageId = conversation.send({ text, parentId: messageId, role: at % 2 === 0 ? "user" : "assistant" })
    return questionAbout(conversation, ydoc, this.options, messageId!)
  }
}

/** Who writes, with a clock and randomness that are the same at each run. */
export function seededOptions(seed = 1, writer = "device"): ConversationOptions {
  let now = 1_700_000_000_000
  return { writer, author: { id: "ada", kind: "person", name: "Ada" }, now: () => ++now, randomBytes: seededBytes(seed) }
}

export function conversationFor(ydoc: Y.Doc, options: ConversationOptions): AnsweringConversation {
  return new AnsweringConversation(ydoc, options)
}

/** The question that an ask about a message makes. */
export function questionAbout(
  conversation: AnsweringConversation,
  ydoc: Y.Doc,
  options: ConversationOptions,
  messageId: string,
  asked: Partial<NewAsk> = {},
): Question {
  const ask = addAsk(ydoc, options, { messageId, ...asked })
  return { ask, workspace: WORKSPACE, conversationId: "talk", ydoc, conversation, options, replyId: "reply", resumes: false }
}

/** What an answerer wrote: its events, and the message that they make with its citations. */
export interface Written {
  readonly events: readonly AnswerEvent[]
  readonly text: string
  readonly about: AnswerAbout
  readonly citations: readonly Citation[]
}

/** Lets an answerer answer, and writes what it says below the message asked about. */
export async function answerOf(answerer: Answerer, question: Question, signal = new AbortController().signal): Promise<Written> {
  const { conversation, ydoc, options, ask } = question
  const events: AnswerEvent[] = []
  for await (const event of answerer.answer(question, signal)) events.push(event)
  const text = events.map((event) => (event.type === "text" ? event.text : "")).join("")
  const about = events.find((event) => event.type === "about")!.about
  const finish = events.find((event) => event.type === "finish")
  const messageId = conversation.send({ text, parentId: ask.messageId, role: "assistant" })
  const parts: readonly WrittenPart[] = conversation
    .getMessage(messageId)!
    .parts.map(({ pid, type, text }) => ({ pid, type, text: text ?? "" }))
  addCitations(
    ydoc,
    options,
    (finish?.citations?.(parts) ?? []).map((citation) => ({ messageId, ...citation })),
  )
  return { events, text, about, citations: citationsOf(ydoc, messageId) }
}
