import { type Conversation, conversationDocumentId, generationKey, readGeneration } from "@polylogue/conversation"
import { type OpenConversation, type Polylogue, usePolylogue } from "@polylogue/react"
import { useMemo, useSyncExternalStore } from "react"

/** Whoever writes an answer at the moment. */
export interface AnswerWriter {
  readonly id: string
  readonly name: string
}

const NOBODY: readonly AnswerWriter[] = Object.freeze([])

/** Who writes answers in a conversation, wherever in it: whoever has the lease, by the authority's word, and whose reply is here. The same array until that changes. */
export function useWriters({ conversation, conversationId }: OpenConversation): readonly AnswerWriter[] {
  const polylogue = usePolylogue()
  const writers = useMemo(() => new Writers(polylogue, conversation, conversationId), [polylogue, conversation, conversationId])
  return useSyncExternalStore(writers.subscribe, writers.get)
}

class Writers {
  readonly #polylogue: Polylogue
  readonly #conversation: Conversation
  readonly #documentId: string
  readonly #keys = new Set<string>()
  #writers = NOBODY

  constructor(polylogue: Polylogue, conversation: Conversation, conversationId: string) {
    this.#polylogue = polylogue
    this.#conversation = conversation
    this.#documentId = conversationDocumentId(polylogue.workspace, conversationId)
  }

  readonly get = (): readonly AnswerWriter[] => this.#writers

  readonly subscribe = (listener: () => void): (() => void) => {
    const { replica } = this.#polylogue
    // The empty names of a message and a slot leave what all keys begin with.
    const start = generationKey(this.#documentId, { messageId: "", slot: "" }).slice(0, -1)
    const look = (): void => {
      if (this.#read()) listener()
    }
    const stops = [
      replica.registers.watch(this.#documentId, (key) => {
        if (!key.startsWith(start)) return
        this.#keys.add(key)
        look()
      }),
      // The lease is known before the reply has come.
      this.#conversation.subscribeLine(look),
      replica.subscribe(look),
    ]
    return () => stops.forEach((stop) => stop())
  }

  /** Whether they are others than before. */
  #read(): boolean {
    const byId = new Map([...this.#keys].flatMap((key) => this.#writerOf(key)).map((writer) => [writer.id, writer]))
    const writers = [...byId.values()]
    if (JSON.stringify(writers) === JSON.stringify(this.#writers)) return false
    this.#writers = Object.freeze(writers)
    return true
  }

  #writerOf(key: string): readonly AnswerWriter[] {
    const { registers, status } = this.#polylogue.replica
    const generation = readGeneration(registers.cached(key))
    // Cut off one does not hear who ends.
    if (status.connection !== "online" || generation?.state !== "writing" || generation.replyId === null) return NOBODY
    const reply = this.#conversation.getMessage(generation.replyId)
    return reply === undefined ? NOBODY : [{ id: reply.authorId, name: reply.authorName ?? generation.holderName }]
  }
}
