import type { Clock } from "@polylogue/protocol"
import { APICallError } from "ai"
import { AnswerError } from "../answer.ts"
import type { ConnectedModel } from "./connected-model.ts"
import { DEFAULT_REQUEST_LIMITS, guardedFetch, type RequestLimits } from "./guarded-fetch.ts"
import { askedOf, keyOf } from "./model-key.ts"
import type { ModelMessage, ModelTool } from "./model-message.ts"
import { type Asked, providerError, refusesTools, streamError } from "./provider-error.ts"
import { PROVIDER_OPTIONS, providerModel } from "./provider-model.ts"
import { providerPrompt, providerTools } from "./provider-prompt.ts"
import { StepReader } from "./step-reader.ts"
import type { StepEvent } from "./step-event.ts"

/** One request to one model. */
export interface StepOptions extends RequestLimits {
  readonly model: ConnectedModel
  readonly messages: readonly ModelMessage[]
  readonly tools?: readonly ModelTool[]
  /** Default that of the model. */
  readonly maxOutputTokens?: number
  /** Default that of the model. */
  readonly temperature?: number
  readonly signal: AbortSignal
  readonly clock: Pick<Clock, "now" | "setTimer">
}

/**
 * Asks a model once, and gives what it says as it comes. Nothing is tried again: whoever asks decides, and people see it. But a model that takes no tools is asked without them, now and from then on,
 * and the end says so. When `signal` aborts, or the reader leaves, the connection to the provider is closed at once.
 * @throws AnswerError for whatever goes wrong; the reason of `signal` when that aborts. What was given before stays true.
 */
export async function* streamStep(options: StepOptions): AsyncGenerator<StepEvent, void, undefined> {
  const { model, tools = [] } = options
  if (tools.length === 0) return yield* request(options)
  if (!toolless.has(model)) {
    let isBegun = false
    try {
      for await (const event of request(options)) {
        isBegun = true
        yield event
      }
      return
    } catch (error) {
      if (isBegun || !refusesTools(error)) throw error
      toolless.add(model)
    }
  }
  for await (const event of request({ ...options, tools: [] })) yield event.type === "finish" ? { ...event, withoutTools: true } : event
}

/** Models that were found to take no tools. */
const toolless = new WeakSet<ConnectedModel>()

async function* request(options: StepOptions): AsyncGenerator<StepEvent, void, undefined> {
  const { model, messages, tools = [], signal, clock } = options
  signal.throwIfAborted()
  const abort = new AbortController()
  const stop = (): void => abort.abort(signal.reason)
  signal.addEventListener("abort", stop, { once: true })
  const asked = askedOf(model)
  try {
    const fetch = guardedFetch(model.environment.fetch, { clock, asked, limits: limitsOf(options), abort })
    const provider = providerModel(model, await keyOf(model), fetch)
    const { maxOutputTokens = model.maxOutputTokens, temperature = model.temperature } = options
    const { stream } = await provider.doStream({
      prompt: providerPrompt(messages),
      ...(tools.length === 0 ? {} : { tools: providerTools(tools) }),
      ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
      ...(temperature === undefined ? {} : { temperature }),
      providerOptions: PROVIDER_OPTIONS,
      includeRawChunks: true,
      abortSignal: abort.signal,
    })
    const step = new StepReader(model.api, asked)
    const reader = stream.getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) throw streamError(asked, new Error("the stream has no end"))
      const events = step.take(value)
      if (value.type === "finish") await closed(reader, clock)
      yield* events
      if (value.type === "finish") return
    }
  } catch (cause) {
    if (signal.aborted) throw signal.reason
    throw abort.signal.reason instanceof AnswerError ? abort.signal.reason : whatWentWrong(asked, cause, clock.now())
  } finally {
    signal.removeEventListener("abort", stop)
    abort.abort()
  }
}

/** Milliseconds that a provider has to end its response once it has said that its answer is complete. */
const CLOSING_MS = 1_000

/** Resolves when the response has ended, so that its connection can be used again, or when that takes too long to wait for. */
async function closed(reader: ReadableStreamDefaultReader<unknown>, clock: Pick<Clock, "setTimer">): Promise<void> {
  await new Promise<void>((resolve) => {
    const cancel = clock.setTimer(resolve, CLOSING_MS)
    const end = (): void => {
      cancel()
      resolve()
    }
    const read = (): void => void reader.read().then(({ done }) => (done ? end() : read()), end)
    read()
  })
}

function limitsOf(given: RequestLimits): Required<RequestLimits> {
  const { firstByteTimeoutMs, silenceTimeoutMs, maxAnswerBytes } = DEFAULT_REQUEST_LIMITS
  return {
    firstByteTimeoutMs: given.firstByteTimeoutMs ?? firstByteTimeoutMs,
    silenceTimeoutMs: given.silenceTimeoutMs ?? silenceTimeoutMs,
    maxAnswerBytes: given.maxAnswerBytes ?? maxAnswerBytes,
  }
}

function whatWentWrong(asked: Asked, cause: unknown, now: number): AnswerError {
  // What our own `fetch` said is wrapped by the SDK, together with the request.
  for (let at = cause, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) if (at instanceof AnswerError) return at
  // A stream that begins with the report of an error, after a response that said all is well.
  if (APICallError.isInstance(cause)) {
    // Its status is the SDK's own guess.
    return providerError(asked, { body: cause.responseBody ?? cause.data }, now)
  }
  return streamError(asked, cause instanceof Error ? cause : new Error("no error"))
}
