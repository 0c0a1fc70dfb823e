import { addAsk, AnsweringConversation, type Ask, type ConversationOptions, type NewAsk } from "@polylogue/conversation"
import * as Y from "yjs"
import { RegisterAuthority } from "../../conversation/test/register-authority.ts"
import { seededBytes, seededRandom } from "../../conversation/test/devices.ts"
import { ManualClock } from "../../replica/test/support/manual-clock.ts"
import {
  type AnswerContext,
  type AnswerEvent,
  type AnsweringModel,
  type FoundPassage,
  modelAnswerer,
  type ModelAnswererOptions,
  type Question,
  type StepRequest,
  type Tool,
  Toolbox,
} from "../src/index.ts"
import type { AssistantContent, StepCitations, StepEvent } from "@polylogue/responder/models"

/** What a scripted model does in one step: says something, calls something, breaks off. */
export type Line =
  | { readonly say: string }
  | { readonly call: string; readonly id?: string; readonly input?: unknown; readonly problem?: string; readonly isWhole?: boolean }
  | Error

/** A step, or how it follows from what the model is told. */
type Script = readonly Line[] | ((request: StepRequest) => readonly Line[])

/** A model that does as it is told, and remembers what it was asked. */
export class ScriptedModel implements AnsweringModel {
  readonly id = "scripted"
  readonly label = "Scripted"
  readonly contextTokens: number = 1_000
  readonly requests: StepRequest[] = []
  readonly #steps: Script[]

  /** @param steps - one after the other; the last one again and again when it is a function. */
  constructor(...steps: readonly Script[]) {
    this.#steps = [...steps]
  }

  async *stream(request: StepRequest): AsyncIterable<StepEvent> {
    this.requests.push(request)
    const content: AssistantContent[] = []
    const cited: StepCitations = { texts: [], citations: [] }
    const next = this.#steps[0] ?? []
    if (typeof next !== "function") this.#steps.shift()
    const step = typeof next === "function" ? next(request) : next
    for (const line of step) {
      await Promise.resolve()
      request.signal.throwIfAborted()
      if (line instanceof Error) throw line
      if ("say" in line) {
        content.push({ type: "text", text: line.say })
        for (const word of line.say.split(/(?<= )/u)) yield { type: "text", text: word }
        continue
      }
      const { call: name, id: toolCallId = "call_0", input = {}, problem, isWhole = false } = line
      content.push({ type: "tool-call", toolCallId, name, input })
      if (!isWhole) {
        yield { type: "tool-input-start", toolCallId, name }
        yield { type: "tool-input", toolCallId, text: JSON.stringify(input) }
      }
      yield { type: "tool-call", toolCallId, name, input, byProvider: false, ...(problem === undefined ? {} : { problem }) }
    }
    const finishReason = content.some(({ type }) => type === "tool-call") ? "tool-calls" : "stop"
    yield { type: "finish", finishReason, usage: { inputTokens: 10, outputTokens: 2 }, message: { role: "assistant", content }, cited }
  }
}

/** A conversation in which somebody asks, and a relay's registers. */
export class Scene {
  readonly clock = new ManualClock()
  readonly authority = new RegisterAuthority()
  readonly ydoc = new Y.Doc()
  readonly options: ConversationOptions
  readonly conversation: AnsweringConversation
  readonly messageId: string
  /** How often a context was made shorter. */
  shrinks = 0
  #seed = 1

  constructor() {
    const now = (): number => this.clock.now()
    this.options = { writer: "d", author: { id: "ana", kind: "person", name: "Ana" }, now, randomBytes: this.#bytes() }
    this.conversation = new AnsweringConversation(this.ydoc, this.options)
    this.messageId = this.conversation.send({ parentId: null, parts: [{ type: "text", text: "Which room?" }] })
  }

  ask(given: Partial<NewAsk> = {}): Ask {
    return addAsk(this.ydoc, this.options, { messageId: this.messageId, ...given })
  }

  question(ask: Ask, replyId: string, resumes = false): Question {
    const { ydoc, conversation, options } = this
    return { ask, workspace: "home", conversationId: "c1", ydoc, conversation, options, replyId, resumes }
  }

  answerer(
    model: AnsweringModel,
    tools: readonly Tool[] = [],
    given: Partial<ModelAnswererOptions> = {},
  ): ReturnType<typeof modelAnswerer> {
    const { clock, authority } = this
    return modelAnswerer({
      models: () => [model],
      buildContext: async (_, { budgetTokens }) => this.context(budgetTokens),
      tools: new Toolbox(tools, { clock }),
      registers: authority.client("r1"),
      clock,
      randomBytes: this.#bytes(),
      ...given,
    })
  }

  /** A context that says how many tokens it has. */
  context(tokens: number, passages: readonly FoundPassage[] = []): AnswerContext {
    return {
      messages: [{ role: "user", text: `Which room? (${tokens})` }],
      record: { tokens },
      passages,
      citations: (parts, passages) =>
        [...(parts.at(-1)?.text ?? "").matchAll(/\[(\d+)\]/gu)].flatMap(([, number]) => {
          const passage = passages[Number(number) - 1]
          return passage === undefined ? [] : [{ partId: parts.at(-1)!.pid, answer: null, source: { ...passage, title: passage.title } }]
        }),
      shrink: () => {
        this.shrinks++
        return tokens <= 1 ? undefined : this.context(tokens >> 1, passages)
      },
    }
  }

  #bytes(): ConversationOptions["randomBytes"] {
    return seededBytes(seededRandom(this.#seed++))
  }
}

/** All that an answer yields, the words of neighbours joined. */
export async function eventsOf(answer: AsyncIterable<AnswerEvent>): Promise<AnswerEvent[]> {
  const events: AnswerEvent[] = []
  for await (const event of answer) {
    const last = events.at(-1)
    if (last?.type === "text" && event.type === "text") events[events.length - 1] = { ...last, text: last.text + event.text }
    else events.push(event)
  }
  return events
}
