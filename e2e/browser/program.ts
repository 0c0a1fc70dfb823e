import { AnsweringConversation, conversationDocumentId } from "@polylogue/conversation"
import { openReplica, type Replica, type ReplicaDocument } from "@polylogue/replica"
import { dialWith, randomBytes, systemClock } from "@polylogue/replica/node"
import { MemoryEntryLog } from "@polylogue/storage"
import { WebSocket } from "ws"
import type { RelayProcess } from "../relay-process.ts"

/** A program that takes part in a conversation as one more replica, the way whatever answers for a model does. */
export class Program {
  readonly conversation: AnsweringConversation
  readonly #replica: Replica
  readonly #document: ReplicaDocument

  private constructor(replica: Replica, document: ReplicaDocument, name: string) {
    this.#replica = replica
    this.#document = document
    this.conversation = new AnsweringConversation(document.ydoc, {
      writer: name,
      author: { id: `model:${name}`, kind: "model", name },
      now: Date.now,
      randomBytes,
    })
  }

  /** Joins a conversation at a relay. */
  static async join(relay: RelayProcess, conversationId: string, name: string): Promise<Program> {
    const replica = await openReplica({
      store: new MemoryEntryLog(),
      relays: [`ws://127.0.0.1:${relay.port}/sync`],
      dial: dialWith(WebSocket),
      clock: systemClock,
      randomBytes,
    })
    return new Program(replica, await replica.open(conversationDocumentId("home", conversationId)), name)
  }

  /** The texts of the visible line, as this program has them. */
  texts(): string[] {
    return this.conversation.getLine().map(({ id }) => this.conversation.getMessage(id)?.text ?? "")
  }

  /** Id of the last message of the line. */
  get tip(): string | null {
    return this.conversation.getLine().at(-1)?.id ?? null
  }

  /** Resolves once all that was written is on the relay's disk. */
  async stored(): Promise<void> {
    await this.#document.whenDurable("stored")
  }

  /** Goes away without a word to the others: what it wrote stays as it is. */
  async leave(): Promise<void> {
    this.conversation.destroy()
    await this.#replica.close()
  }
}
