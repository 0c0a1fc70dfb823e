import { Prompt, promptDocumentId } from "@polylogue/conversation"
import { openReplica, type Replica, type ReplicaDocument } from "@polylogue/replica"
import { dialWith, randomBytes, systemClock } from "@polylogue/replica/node"
import { MemoryEntryLog } from "@polylogue/storage"
import { WebSocket } from "ws"
import type { RelayProcess } from "../relay-process.ts"

const DRAFT = "main"

/** A program that writes in a prompt as one more replica. */
export class PromptProgram {
  readonly prompt: Prompt
  readonly replica: Replica
  readonly #document: ReplicaDocument

  private constructor(replica: Replica, document: ReplicaDocument, name: string) {
    this.replica = replica
    this.#document = document
    this.prompt = new Prompt(document.ydoc, { writer: name, author: { id: name, kind: "person", name }, now: Date.now, randomBytes })
  }

  /** Joins a prompt at a relay. */
  static async join(relay: RelayProcess, promptId: string, name: string): Promise<PromptProgram> {
    const replica = await openReplica({
      store: new MemoryEntryLog(),
      relays: [`ws://127.0.0.1:${relay.port}/sync`],
      dial: dialWith(WebSocket),
      clock: systemClock,
      randomBytes,
    })
    return new PromptProgram(replica, await replica.open(promptDocumentId("home", promptId)), name)
  }

  /** The texts of the main draft in their order, as this program has them. */
  texts(): string[] {
    return this.prompt.getSlots(DRAFT).map(({ id }) => this.prompt.slotText(DRAFT, id).toJSON())
  }

  /** Writes at the beginning of the first text that has `words` in it. */
  writeBefore(words: string, text: string): void {
    const slot = this.prompt.getSlots(DRAFT).find(({ id }) => this.prompt.slotText(DRAFT, id).toJSON().includes(words))
    if (slot === undefined) throw new Error(`no text has ${words} in it`)
    this.prompt.slotText(DRAFT, slot.id).insert(0, text)
  }

  /** Resolves once all that was written is on the relay's disk. */
  async stored(): Promise<void> {
    await this.#document.whenDurable("stored")
  }

  /** As if the network were gone, or back. */
  setCutOff(cutOff: boolean): void {
    this.replica.setCutOff(cutOff)
  }

  async leave(): Promise<void> {
    this.prompt.destroy()
    await this.replica.close()
  }
}
