import {
  addAsk,
  type AnsweringConversation,
  type ConversationOptions,
  generationIdOf,
  indexDocumentId,
  responderKey,
  responderValue,
} from "@polylogue/conversation"
import { MAX_REGISTER_TTL_MS } from "@polylogue/protocol"
import type { Replica } from "@polylogue/replica"
import type * as Y from "yjs"

const MODEL = { id: "fern-2", label: "Fern 2", kind: "model", isDefault: true } as const
const PASSAGES = { id: "passages", label: "Passages", kind: "passages", isDefault: false } as const

/** Says that somebody answers in the workspace. Nobody does. */
export async function announceResponder({ registers }: Replica): Promise<void> {
  const card = { id: "r", name: "The relay in the shed", models: [MODEL, PASSAGES], problem: "The model “moss-1” is not there." }
  const change = { expected: null, value: responderValue(card), ttlMs: MAX_REGISTER_TTL_MS }
  const said = await registers.cas(responderKey(indexDocumentId("home"), card.id), change)
  if (said.outcome !== "ok") throw new Error(`no responder could be announced: ${said.outcome}`)
}

/** Questions whose answers were given, were stopped, failed, broke off, and are still awaited. */
export function fillAsked(ydoc: Y.Doc, asked: AnsweringConversation, writing: ConversationOptions, answering: AnsweringConversation): void {
  let parentId: string | null = null
  const ask = (text: string): ReturnType<typeof addAsk> => {
    const messageId = asked.send({ text, parentId })
    parentId = messageId
    return addAsk(ydoc, writing, { messageId, model: MODEL.id })
  }
  const begin = (text: string): ReturnType<AnsweringConversation["startReply"]> => {
    const { messageId, slot } = ask(text)
    const author = { id: MODEL.id, kind: "model", name: MODEL.label }
    const about = { model: MODEL.id, messages: { count: 1 }, tokens: 412 }
    const run = { parentId: messageId, author, model: MODEL.id, token: "1", slot, about }
    const reply = answering.startReply({ ...run, generationId: generationIdOf({ messageId, slot }) })
    parentId = reply.messageId
    return reply
  }
  const given = begin("How deep does the pipe have to lie?")
  given.append("Below the frost: 80 cm here, or less under a layer of leaves.")
  given.done({ finishReason: "stop", usage: { inputTokens: 412, outputTokens: 23 } })
  const stopped = begin("And how long is it?")
  stopped.append("From the barrel to the beds it is")
  stopped.stop()
  begin("What does it cost?").fail("The provider takes no more requests for now.", { code: "rate-limited", retryAfterMs: 60_000 })
  const broken = begin("Could it be done in a weekend?")
  broken.append("With two people, and if the ground")
  broken.interrupt()
  ask("Who could help?")
}
