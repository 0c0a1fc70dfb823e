import type { RegisterClient } from "@polylogue/conversation"
import type { Clock, RandomBytes } from "@polylogue/protocol"
import { type AnswerAbout, type Answerer, AnswerError, type AnswerEvent, type Question } from "./answer.ts"
import { type AnswerContext, type AnsweringModel, type AnswerLimits, DEFAULT_ANSWER_LIMITS, type StepRequest } from "./answering-model.ts"
import type { ModelTool } from "./models/model-message.ts"
import { AnswerSteps } from "./steps/answer-steps.ts"
import type { Toolbox } from "./tools/toolbox.ts"

/** What a model of which nobody says it is taken to hold. One that holds less says so, and is asked with less, twice. */
export const DEFAULT_CONTEXT_TOKENS = 32_768
/** The share of what a model takes that is left for its answer, where nobody says how long that may be. */
const ANSWER_SHARE = 0.25
/** A token has some four characters of the JSON in which tools are described. */
const JSON_PER_TOKEN = 4

/** What a context is built for. */
export interface BuildOptions {
  readonly budgetTokens: number
  /** Names of the tools that the model may call. */
  readonly tools: ReadonlySet<string>
  readonly signal: AbortSignal
}

/** How models answer. */
export interface ModelAnswererOptions {
  /** The models as they are now; asked at each question, and whenever they are offered. */
  readonly models: () => readonly AnsweringModel[]
  /** What a model is told, in at most so many tokens. @throws AnswerError when it cannot be. */
  readonly buildContext: (question: Question, options: BuildOptions) => Promise<AnswerContext>
  readonly tools: Toolbox
  readonly registers: RegisterClient
  readonly clock: Clock
  readonly randomBytes: RandomBytes
  readonly limits?: Partial<AnswerLimits>
}

/**
 * Answers with models, in steps: what a model calls runs, and it goes on with what that gave. A call that asks people ends the run; once they have answered, whoever gets the question next goes on.
 * @throws RangeError for limits outside their range.
 */
export function modelAnswerer(options: ModelAnswererOptions): Answerer {
  const limits = { ...DEFAULT_ANSWER_LIMITS, ...options.limits }
  if (!(limits.maxSteps >= 1)) throw new RangeError("an answer takes one step or more")
  if (!(limits.maxCalls >= 0)) throw new RangeError("an answer has no calls or more")
  const { models } = options
  return {
    offers: () => models().map(({ id, label, isDefault = false }) => ({ id, label, kind: "model", isDefault })),
    answer: (question, signal) => answerWith(question, { ...options, limits }, signal),
  }
}

async function* answerWith(
  question: Question,
  options: ModelAnswererOptions & { readonly limits: AnswerLimits },
  signal: AbortSignal,
): AsyncGenerator<AnswerEvent> {
  const model = modelFor(question, options.models())
  const hasTools = question.ask.options.tools !== "none"
  const tools = hasTools ? options.tools.describe() : []
  const context = await options.buildContext(question, {
    budgetTokens: budgetOf(model, tools, question),
    tools: new Set(tools.map(({ name }) => name)),
    signal,
  })
  signal.throwIfAborted()
  const about = (context: AnswerContext, shrunk: number, tools: readonly ModelTool[]): AnswerAbout => ({
    ...context.record,
    ...(tools.length === 0 ? {} : { tools: tools.map(({ name }) => name) }),
    ...(shrunk === 0 ? {} : { shrunk }),
    model: model.id,
  })
  const steps = new AnswerSteps({
    ...options,
    toolbox: options.tools,
    question,
    model,
    tools,
    context,
    about,
    request: requestOf(model, question),
    signal,
  })
  yield* steps.run()
}

function modelFor({ ask }: Question, models: readonly AnsweringModel[]): AnsweringModel {
  const model =
    ask.model === null ? (models.find(({ isDefault }) => isDefault === true) ?? models[0]) : models.find(({ id }) => id === ask.model)
  if (model === undefined) throw new AnswerError("no-model", "The model that was asked for is not connected here. Choose another one.")
  return model
}

/** How much of what the model takes is there for the question. */
function budgetOf(model: AnsweringModel, tools: readonly ModelTool[], question: Question): number {
  const { contextTokens = DEFAULT_CONTEXT_TOKENS } = model
  const { maxOutputTokens = Math.floor(contextTokens * ANSWER_SHARE) } = requestOf(model, question)
  const told = tools.length === 0 ? 0 : Math.ceil(JSON.stringify(tools).length / JSON_PER_TOKEN)
  // Where nearly all is kept for the answer, half of it is for the question all the same: models count both together in different ways.
  return Math.max(contextTokens - maxOutputTokens - told, Math.floor(contextTokens / 2), 1)
}

/** What the ask wants of the request. Whoever asked may have written anything. */
function requestOf({ maxOutputTokens: most }: AnsweringModel, { ask }: Question): Pick<StepRequest, "maxOutputTokens" | "temperature"> {
  const { temperature, maxOutputTokens } = ask.options
  const wanted = isAtLeast(maxOutputTokens, 1) ? Math.floor(maxOutputTokens) : undefined
  const tokens = Math.min(wanted ?? Infinity, most ?? Infinity)
  return {
    ...(tokens === Infinity ? {} : { maxOutputTokens: tokens }),
    ...(isAtLeast(temperature, 0) && temperature <= 2 ? { temperature } : {}),
  }
}

function isAtLeast(value: unknown, least: number): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= least
}
