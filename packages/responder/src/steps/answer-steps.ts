import { conversationDocumentId, type RegisterClient } from "@polylogue/conversation"
import type { Clock, RandomBytes } from "@polylogue/protocol"
import { type AnswerAbout, AnswerError, type AnswerEvent, type AnswerUsage, type Question, type WrittenPart } from "../answer.ts"
import type { AnswerContext, AnsweringModel, AnswerLimits, StepRequest } from "../answering-model.ts"
import type { ModelMessage, ModelTool, ToolResult } from "../models/model-message.ts"
import { citationsAt, type StepCitations } from "../models/provider-citations.ts"
import type { StepCall, StepEnd, StepEvent } from "../models/step-event.ts"
import { pause } from "../pause.ts"
import { claimRun, settleApproval } from "../tools/approvals.ts"
import type { Tool, ToolRun } from "../tools/tool.ts"
import type { Toolbox } from "../tools/toolbox.ts"
import { boundedOutput, keepable } from "../tools/tool-output.ts"
import { CallNames } from "./call-names.ts"
import { CitedPassages } from "./cited-passages.ts"
import { inOrderOfEnd } from "./in-order-of-end.ts"
import { type OpenCall, type ReplyHistory, replyHistory, withResults } from "./reply-history.ts"

/** What the answer to one question is made with. */
export interface AnswerStepsOptions {
  readonly registers: RegisterClient
  readonly clock: Clock
  readonly randomBytes: RandomBytes
  readonly toolbox: Toolbox
  readonly question: Question
  readonly model: AnsweringModel
  /** Those that the model is told of. */
  readonly tools: readonly ModelTool[]
  readonly context: AnswerContext
  readonly about: (context: AnswerContext, shrunk: number, tools: readonly ModelTool[]) => AnswerAbout
  readonly request: Pick<StepRequest, "maxOutputTokens" | "temperature">
  readonly limits: AnswerLimits
  readonly signal: AbortSignal
}

/** Of an answer that waits for people, or is over. */
type Finish = Extract<AnswerEvent, { type: "finish" }>

/** How often a question that is too long is made shorter. */
const MAX_SHRINKS = 2
/** Largest output of a tool that is told again to a model for which all was too long, in bytes; at each further time a quarter of it. */
const SHRUNK_OUTPUT_BYTES = 4 * 1024

/** Longest time that a provider may ask to wait for between two steps, in ms, and how often. */
const MAX_HELD_MS = 20_000
const MAX_HOLDS = 3

const LAST_STEP = "No more tools can be called. Answer now, with what you have."
const NO_MORE_CALLS = "No more tools can be called in this answer."
const NOT_KNOWN =
  "Whether it ran is not known: whoever ran it went away before it could say. Look first, and call it anew where it did not."
const DENIED = "Nobody may run this: it was denied."

/**
 * The steps of one answer, in one run:
 *
 *     (people answered) ─▶ what they allowed runs ─▶ ask the model ─▶ its calls run ─▶ ask again … ─▶ the end
 *                                                        │                └─▶ some ask people ─▶ the run ends, the answer waits
 *                                                        └─▶ too long for it ─▶ shorten, ask again
 */
export class AnswerSteps {
  readonly #options: AnswerStepsOptions
  readonly #history: ReplyHistory
  readonly #names: CallNames
  readonly #cited: StepCitations[] = []
  readonly #passages: CitedPassages
  readonly #run: ToolRun
  #context: AnswerContext
  #tools: readonly ModelTool[]
  /** What was said in this answer before the next step, by the model and its tools. */
  #said: readonly ModelMessage[]
  #shrunk = 0
  #isAboutTold = false
  #hasWords: boolean
  #calls = 0
  #usage: AnswerUsage = {}

  constructor(options: AnswerStepsOptions) {
    const { question, context, toolbox, signal } = options
    this.#options = options
    this.#context = context
    this.#tools = options.tools
    const parts = question.conversation.getMessage(question.replyId)?.parts ?? []
    this.#history = replyHistory(parts, question.ask.slot, (name) => toolbox.get(name) !== undefined)
    this.#said = this.#history.messages
    this.#hasWords = this.#said.length > 0
    this.#names = new CallNames(this.#history.callIds)
    this.#passages = new CitedPassages(context.passages, this.#said)
    this.#run = { question, signal, cite: (passage) => this.#passages.cite(passage) }
  }

  async *run(): AsyncGenerator<AnswerEvent> {
    const { maxSteps } = this.#options.limits
    if (this.#history.open.length > 0) {
      const waits = yield* this.#resume()
      if (waits) return yield this.#finish("tool-calls")
    }
    for (let step = 1; ; step++) {
      const isLast = step >= maxSteps
      const { calls, end } = yield* this.#step(isLast && step > 1)
      if (calls.length === 0) return yield this.#finish(end.finishReason)
      const waits = yield* this.#call(calls, end, isLast)
      if (waits || isLast) return yield this.#finish(waits ? "tool-calls" : "tool-limit")
    }
  }

  /** What people allowed runs, what they denied is told. Returns whether some of them are still to answer. */
  async *#resume(): AsyncGenerator<AnswerEvent, boolean> {
    yield* this.#tellAbout()
    const results: ToolResult[] = []
    let waits = false
    for await (const { call, result } of inOrderOfEnd(this.#history.open.map((call) => this.#settle(call)))) {
      const { toolCallId, name } = call
      if (result === null) waits = true
      else {
        results.push({ toolCallId, name, ...result })
        yield resultEvent(toolCallId, result)
      }
    }
    this.#options.signal.throwIfAborted()
    const order = this.#history.open.map(({ toolCallId }) => toolCallId)
    this.#said = withResults(
      this.#said,
      results.toSorted((left, right) => order.indexOf(left.toolCallId) - order.indexOf(right.toolCallId)),
    )
    return waits
  }

  /** What becomes of a call that people were asked about; null when they have not answered. */
  async #settle(call: OpenCall): Promise<{ readonly call: OpenCall; readonly result: Outcome | null }> {
    const { question, registers, clock, signal, toolbox } = this.#options
    const { workspace, conversationId, replyId } = question
    const conversationDocument = conversationDocumentId(workspace, conversationId)
    const place = { registers, clock, conversationDocument, messageId: replyId, pid: call.pid }
    const decision = await settleApproval(place, call.approvals, signal)
    if (decision === null) return { call, result: null }
    if (decision === "denied") return { call, result: { denied: reasonOf(call) } }
    const problem = toolbox.problemOf(call.name, call.input)
    const tool = toolbox.get(call.name)
    if (problem !== undefined || tool === undefined) return { call, result: { failed: problem ?? NO_MORE_CALLS } }
    if (!(await claimRun(place, this.#claim(), signal))) return { call, result: { failed: NOT_KNOWN } }
    return { call, result: await toolbox.run(tool, call.input, this.#run) }
  }

  /** Asks the model once, in as many tries as it takes to make the question short enough. */
  async *#step(isLast: boolean): AsyncGenerator<AnswerEvent, { readonly calls: readonly StepCall[]; readonly end: StepEnd }> {
    const { model, request, signal } = this.#options
    let tries = 0
    for (;;) {
      const closing: readonly ModelMessage[] = isLast ? [{ role: "user", text: LAST_STEP }] : []
      const messages = [...this.#context.messages, ...this.#said, ...closing]
      let hasBegun = false
      try {
        const calls: StepCall[] = []
        for await (const event of model.stream({ messages, tools: this.#tools, ...request, signal })) {
          if (!hasBegun) yield* this.#tellAbout()
          hasBegun = true
          if (event.type === "finish") {
            this.#usage = sumOf(this.#usage, event.usage)
            this.#cited.push(event.cited)
            return { calls, end: event }
          }
          const told = this.#tell(event)
          if (told !== undefined) yield told
          if (event.type === "tool-call" && !event.byProvider) calls.push({ ...event, toolCallId: this.#names.of(event.toolCallId) })
        }
        throw new AnswerError("broken-stream", `${model.label} stopped in the middle of its answer. Try again.`)
      } catch (error) {
        if (hasBegun || !(error instanceof AnswerError) || !(await this.#mayAskAgain(error, tries++))) throw error
      }
    }
  }

  /** What the reply shows of what a model gives. */
  #tell(event: Exclude<StepEvent, StepEnd>): AnswerEvent | undefined {
    switch (event.type) {
      case "text":
      case "reasoning":
      case "part":
        if (event.type === "text" && event.text !== "") this.#hasWords = true
        return event
      case "tool-input-start":
        return { ...event, toolCallId: this.#names.start(event.toolCallId) }
      case "tool-input":
      case "tool-failed":
        return { ...event, toolCallId: this.#names.of(event.toolCallId) }
      case "tool-output":
        return this.#providerOutput(this.#names.of(event.toolCallId), event.output)
      case "tool-call": {
        const { name, input } = event
        this.#hasWords = true
        return { type: "tool-call", toolCallId: this.#names.complete(event.toolCallId), name, input: keepable(input) }
      }
    }
  }

  #providerOutput(toolCallId: string, output: unknown): AnswerEvent {
    try {
      return { type: "tool-output", toolCallId, output: boundedOutput(output, this.#options.toolbox.limits.maxOutputBytes) }
    } catch {
      return { type: "tool-failed", toolCallId, reason: "What it gave cannot be kept." }
    }
  }

  /** Runs what a step called, all at once; what asks people asks them. Returns whether any does. */
  async *#call(calls: readonly StepCall[], end: StepEnd, isLast: boolean): AsyncGenerator<AnswerEvent, boolean> {
    const { signal, toolbox } = this.#options
    const results = new Map<StepCall, Outcome>()
    const running: Promise<{ readonly call: StepCall; readonly result: Outcome }>[] = []
    const asking: { readonly call: StepCall; readonly tool: Tool }[] = []
    for (const call of calls) {
      const tool = toolbox.get(call.name)
      const problem = this.#problemOf(call, isLast)
      if (problem !== undefined || tool === undefined) running.push(Promise.resolve({ call, result: { failed: problem ?? NO_MORE_CALLS } }))
      else if (toolbox.asks(tool, call.input)) asking.push({ call, tool })
      else running.push(toolbox.run(tool, call.input, this.#run).then((result) => ({ call, result })))
    }
    for await (const { call, result } of inOrderOfEnd(running)) {
      results.set(call, result)
      yield resultEvent(call.toolCallId, result)
    }
    signal.throwIfAborted()
    for (const { call, tool } of asking)
      yield { type: "tool-asks", toolCallId: call.toolCallId, details: { description: tool.description } }
    this.#said = [...this.#said, end.message, { role: "tool", results: resultsFor(end, calls, results) }]
    return asking.length > 0
  }

  #problemOf({ name, input, problem }: StepCall, isLast: boolean): string | undefined {
    const { limits, toolbox } = this.#options
    if (++this.#calls > limits.maxCalls || isLast || this.#tools.length === 0) return NO_MORE_CALLS
    return problem ?? toolbox.problemOf(name, input)
  }

  /**
   * Whether a step that failed before its first word is to be asked again: with less, without tools, or once its provider can. The first step of an answer is not held here: nothing stands yet, and whoever runs the
   * answer sees to that.
   */
  async #mayAskAgain({ code, retryAfterMs }: AnswerError, tries: number): Promise<boolean> {
    const { clock, signal } = this.#options
    if (code === "context-overflow") return this.#shrink()
    // Models that cannot call refuse a request that offers it, each provider in words of its own.
    if (code === "bad-request" && this.#tools.length > 0 && this.#said.length === 0) {
      this.#tools = []
      return true
    }
    const isBusy = code === "rate-limited" || code === "overloaded"
    if (!isBusy || !this.#isAboutTold || retryAfterMs === undefined || retryAfterMs > MAX_HELD_MS || tries >= MAX_HOLDS) return false
    await pause(clock, retryAfterMs, signal)
    signal.throwIfAborted()
    return true
  }

  /** Makes shorter what the model is told. Returns whether there is any use in asking again. */
  #shrink(): boolean {
    if (this.#shrunk >= MAX_SHRINKS) return false
    const context = this.#context.shrink()
    if (context === undefined && this.#said.length === 0) return false
    this.#context = context ?? this.#context
    const maxBytes = SHRUNK_OUTPUT_BYTES / 4 ** this.#shrunk
    this.#shrunk++
    this.#said = this.#said.map((message) =>
      message.role === "tool" ? { ...message, results: message.results.map((one) => cut(one, maxBytes)) } : message,
    )
    return true
  }

  /** Told once, and not before the model takes what it is told: by then it is known how much of it there is. */
  *#tellAbout(): Generator<AnswerEvent> {
    if (this.#isAboutTold) return
    this.#isAboutTold = true
    yield { type: "about", about: this.#options.about(this.#context, this.#shrunk, this.#tools) }
  }

  #finish(finishReason: string): Finish {
    if (!this.#hasWords && finishReason === "stop")
      throw new AnswerError("failed", `${this.#options.model.label} ended without a word. Try again, or ask in other words.`)
    const context = this.#context
    const citations = (parts: readonly WrittenPart[]): ReturnType<AnswerContext["citations"]> => [
      ...context.citations(parts, this.#passages.list()),
      ...citationsAt(this.#cited, parts),
    ]
    return { type: "finish", finishReason, usage: this.#usage, citations }
  }

  #claim(): string {
    return [...this.#options.randomBytes(16)].map((byte) => byte.toString(16).padStart(2, "0")).join("")
  }
}

/** What came of a call. */
type Outcome = { readonly output: unknown } | { readonly failed: string } | { readonly denied: string }

function resultEvent(toolCallId: string, result: Outcome): AnswerEvent {
  if ("output" in result) return { type: "tool-output", toolCallId, output: result.output }
  if ("denied" in result) return { type: "tool-denied", toolCallId, reason: result.denied }
  return { type: "tool-failed", toolCallId, reason: result.failed }
}

/** The results as the model gets them: in the order and by the names of its own calls. */
function resultsFor({ message }: StepEnd, calls: readonly StepCall[], results: ReadonlyMap<StepCall, Outcome>): readonly ToolResult[] {
  const own = message.content.filter((content) => content.type === "tool-call" && content.byProvider !== true)
  return calls.flatMap((call, index) => {
    const result = results.get(call)
    const said = own[index]
    return result === undefined || said?.type !== "tool-call" ? [] : [{ toolCallId: said.toolCallId, name: call.name, ...result }]
  })
}

function cut(result: ToolResult, maxBytes: number): ToolResult {
  return "output" in result ? { ...result, output: boundedOutput(result.output, maxBytes) } : result
}

function reasonOf({ approvals }: OpenCall): string {
  const reason = approvals.find(({ approved }) => !approved)?.reason ?? null
  return reason === null ? DENIED : `It was denied: ${reason}`
}

function sumOf(left: AnswerUsage, right: AnswerUsage): AnswerUsage {
  const counts = [...Object.entries(left), ...Object.entries(right)] as [keyof AnswerUsage, number][]
  const sums: { -readonly [K in keyof AnswerUsage]: number } = {}
  for (const [name, count] of counts) sums[name] = (sums[name] ?? 0) + count
  return sums
}
