import {
  addAsk,
  type Ask,
  asksOf,
  Conversation,
  type ConversationOptions,
  indexDocumentId,
  stopAsk,
  WorkspaceIndex,
} from "@polylogue/conversation"
import type { DocumentId } from "@polylogue/protocol"
import type { ReplicaDocument } from "@polylogue/replica"
import type { World } from "../world.ts"
import type { AnswerCounts } from "./happenings.ts"
import { Machine, type Running } from "./machine.ts"

/** A conversation as somebody has it open. */
export interface OpenConversation {
  readonly document: ReplicaDocument
  readonly conversation: Conversation
}

/** Somebody's device: all conversations of the run are open, and its user asks, asks again, and stops. */
export class AskingDevice extends Machine {
  readonly open = new Map<DocumentId, OpenConversation>()
  readonly #counts: AnswerCounts
  #options: ConversationOptions | undefined

  constructor(world: World, name: string, urls: readonly string[], counts: AnswerCounts) {
    super(world, name, urls)
    this.#counts = counts
  }

  protected async begin({ replica, clock, random }: Running): Promise<void> {
    this.open.clear()
    const options: ConversationOptions = {
      writer: this.name,
      author: { id: this.name, kind: "human", name: this.name },
      now: () => clock.now(),
      randomBytes: (length) => random.bytes(length),
    }
    for (const documentId of this.world.documents) {
      const [workspace = "", , id = ""] = documentId.split("/")
      const { ydoc } = await replica.open(indexDocumentId(workspace))
      const index = new WorkspaceIndex(ydoc, { writer: this.name, now: () => clock.now(), randomBytes: options.randomBytes })
      if (index.getCard(id) === undefined) index.create({ id })
      const document = await replica.open(documentId)
      const show = (): OpenConversation => ({ document, conversation: new Conversation(document.ydoc, options) })
      this.open.set(documentId, show())
      document.onReset(() => this.open.set(documentId, show()))
    }
    this.#options = options
  }

  /** Says something in a conversation. Returns the message. */
  say(documentId: DocumentId): string | undefined {
    const view = this.#view(documentId)
    const last = view?.conversation.getLine().at(-1)
    return view?.conversation.send({ text: `asked on ${this.name}`, parentId: last?.id ?? null })
  }

  /** Asks for an answer to a message that it shows. */
  ask(documentId: DocumentId, messageId: string): Ask | undefined {
    const view = this.#view(documentId)
    if (view?.conversation.getMessage(messageId) === undefined) return undefined
    return this.#asked(addAsk(view.document.ydoc, this.#options!, { messageId }))
  }

  /** Asks again for an answer that was given, or for more of it. Returns nothing where none is. */
  askAgain(documentId: DocumentId, kind: Ask["kind"]): Ask | undefined {
    const view = this.#view(documentId)
    if (view === undefined) return undefined
    const given = view.conversation
      .getLine()
      .flatMap(({ id }) => view.conversation.getMessage(id) ?? [])
      .filter(({ role, generationId, parentId }) => role === "assistant" && generationId !== undefined && parentId !== null)
    const reply = given.length === 0 ? undefined : this.random.pick(given)
    if (reply === undefined) return undefined
    this.#counts.count(kind === "answer" ? "asked again" : "asked to go on")
    return this.#asked(addAsk(view.document.ydoc, this.#options!, { messageId: reply.parentId!, kind, replyId: reply.id }))
  }

  /** Stops an answer that it knows of. */
  stop(documentId: DocumentId, ask: Pick<Ask, "messageId" | "slot">): boolean {
    const view = this.#view(documentId)
    if (view === undefined || !asksOf(view.document.ydoc, ask.messageId).some(({ slot }) => slot === ask.slot)) return false
    this.world.trace(`${this.name} stops ${ask.messageId}/${ask.slot}`)
    stopAsk(view.document.ydoc, this.#options!, ask)
    return true
  }

  #view(documentId: DocumentId): OpenConversation | undefined {
    return this.running === undefined ? undefined : this.open.get(documentId)
  }

  #asked(ask: Ask): Ask {
    this.world.trace(`${this.name} asks ${ask.messageId}/${ask.slot} (${ask.kind})`)
    this.#counts.count("ask written")
    if (this.running?.replica.status.connection !== "online") this.#counts.count("ask written offline")
    return ask
  }
}
