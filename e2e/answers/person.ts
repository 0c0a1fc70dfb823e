import { randomFillSync } from "node:crypto"
import {
  addAsk,
  type Ask,
  askState,
  asksOf,
  citationsOf,
  Conversation,
  conversationDocumentId,
  type Message,
  type NewAsk,
  partText,
  resolveCitation,
  stopAsk,
} from "@polylogue/conversation"
import type { Replica, ReplicaDocument } from "@polylogue/replica"
import { connectTo, until } from "../crash/connecting.ts"
import type { RelayProcess } from "../relay-process.ts"

/** Longest that something is waited for, in milliseconds: longer than the longest wait of a responder that was told no. */
const PATIENCE_MS = 150_000

/** Somebody at a device of their own, with one conversation open. */
export class Person {
  readonly conversation: Conversation
  readonly #replica: Replica
  readonly #document: ReplicaDocument
  readonly #options: ConstructorParameters<typeof Conversation>[1]

  private constructor(name: string, replica: Replica, document: ReplicaDocument) {
    this.#replica = replica
    this.#document = document
    this.#options = {
      writer: name,
      author: { id: name, kind: "human", name },
      now: () => Date.now(),
      randomBytes: (length) => randomFillSync(new Uint8Array(length)),
    }
    this.conversation = new Conversation(document.ydoc, this.#options)
  }

  /** Opens a conversation of workspace `home`, with all that the relay has of it. */
  static async open(relay: RelayProcess, name: string, conversationId: string): Promise<Person> {
    const replica = await connectTo(relay, name)
    const document = await replica.open(conversationDocumentId("home", conversationId))
    await until(document, () => document.status.synced)
    return new Person(name, replica, document)
  }

  /** Says something and asks for an answer to it, of all that the relay has acknowledged. */
  async ask(text: string, given: Omit<NewAsk, "messageId"> = {}): Promise<Ask> {
    const parentId = this.conversation.getLine().at(-1)?.id ?? null
    const messageId = this.conversation.send({ text, parentId })
    const ask = addAsk(this.#document.ydoc, this.#options, { messageId, ...given })
    await this.#document.whenDurable("stored")
    return ask
  }

  stop(ask: Ask): void {
    stopAsk(this.#document.ydoc, this.#options, ask)
  }

  /** The asks about a message as they stand here. */
  asks(messageId: string): readonly Ask[] {
    return asksOf(this.#document.ydoc, messageId)
  }

  /** The replies that were written for an ask. */
  replies({ messageId, slot }: Ask): readonly Message[] {
    return [...this.conversation.getTree().nodes.keys()]
      .flatMap((id) => this.conversation.getMessage(id) ?? [])
      .filter(({ generationId }) => generationId === `${messageId}/${slot}`)
  }

  /** Resolves with what `find` finds as soon as it does. @throws Error when it takes too long. */
  async until<Found>(what: string, find: () => Found | undefined): Promise<Found> {
    const found = find()
    if (found !== undefined) return found
    return new Promise((resolve, reject) => {
      const { ydoc } = this.#document
      const timer = setTimeout(() => {
        ydoc.off("afterTransaction", look)
        reject(new Error(`${what} did not happen in ${PATIENCE_MS} ms`))
      }, PATIENCE_MS)
      const look = (): void => {
        const found = find()
        if (found === undefined) return
        clearTimeout(timer)
        ydoc.off("afterTransaction", look)
        resolve(found)
      }
      ydoc.on("afterTransaction", look)
    })
  }

  /** The answer to an ask once it has ended, in whatever way. */
  answer(ask: Ask): Message | undefined {
    const { phase, replyId } = askState(ask, this.conversation)
    const hasEnded = phase === "done" || phase === "stopped" || phase === "failed"
    return hasEnded && replyId !== null ? this.conversation.getMessage(replyId) : undefined
  }

  /** What a provider cited in a reply, in its order: as it told it, and the words that it is about. */
  citations(messageId: string): readonly { readonly raw: unknown; readonly words: string }[] {
    const { ydoc } = this.#document
    return citationsOf(ydoc, messageId).map((citation) => {
      const text = partText(ydoc, messageId, citation.partId)
      // oxlint-disable-next-line typescript/no-base-to-string -- reason: a Y.Text as a string is its words.
      const words = text?.toString() ?? ""
      const { answer } = resolveCitation(citation, text)
      return {
        raw: JSON.parse(citation.origin?.raw ?? "null") as unknown,
        words: answer?.state === "exact" ? words.slice(answer.from, answer.to) : words,
      }
    })
  }

  async close(): Promise<void> {
    await this.#replica.close()
  }
}
