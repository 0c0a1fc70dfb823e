import { AnswerError, type AnswerErrorCode } from "../answer.ts"

/** Who was asked, as people know them. */
export interface Asked {
  /** Of the provider, with its port. */
  readonly host: string
  /** Origin and path, without credentials. */
  readonly address: string
  /** The model as people read it. */
  readonly label: string
  /** The model as its provider names it. */
  readonly model: string
}

/** How a provider said no: over HTTP, or in the middle of a stream. */
export interface ProviderReport {
  readonly status?: number
  readonly headers?: Headers
  /** Its words; JSON, or text. Looked into, never passed on: providers repeat keys and questions in them. */
  readonly body: unknown
}

/** Longest wait that is believed, in milliseconds: a day. */
const MAX_RETRY_AFTER_MS = 86_400_000

/**
 * What a provider's report means. Its causes are left out on purpose: what the SDK throws holds the request, with all words of the conversation.
 * @param now - milliseconds since 1970, for providers that say when by date.
 */
export function providerError(asked: Asked, report: ProviderReport, now: number): AnswerError {
  const said = wordsOf(report)
  const code = MEANINGS.find(({ fits }) => fits(said))?.code ?? "failed"
  const retryAfterMs = code === "rate-limited" || code === "overloaded" ? retryAfter(report.headers, now) : undefined
  const error = new AnswerError(code, sentence(asked, code, said), retryAfterMs === undefined ? {} : { retryAfterMs })
  if (code === "bad-request" && NO_TOOLS.test(said.words)) toolRefusals.add(error)
  return error
}

/** Whether a provider said no because the model takes no tools. */
export function refusesTools(error: unknown): boolean {
  return error instanceof AnswerError && toolRefusals.has(error)
}

const toolRefusals = new WeakSet<AnswerError>()

/** What a report says, in lower case: the names that it gives to what went wrong, and all of its words. */
interface Said {
  readonly status: number
  readonly names: string
  readonly words: string
}

/** What an error in a stream means: one that the provider reported, or one that the SDK met when it read the stream. */
export function streamError(asked: Asked, error: unknown): AnswerError {
  if (error instanceof AnswerError) return error
  // Errors of the SDK about what it read; what providers report are plain objects, and texts.
  if (error instanceof Error) return brokenStream(asked)
  return providerError(asked, { body: error }, 0)
}

/** The answer ended in the middle, or in no form that it should have. */
export function brokenStream({ label, host }: Asked): AnswerError {
  return new AnswerError(
    "broken-stream",
    `The answer of ${label} broke off: ${host} ended it in the middle. Continue it, or generate it again.`,
  )
}

/** Nothing answers there. `cause` is what `fetch` threw. */
export function unreachable({ address, label }: Asked, cause: unknown): AnswerError {
  const name = networkCode(cause)
  return new AnswerError(
    "unreachable",
    `${label} cannot be reached: nothing answers at ${address}${name === undefined ? "" : ` (${name})`}. Check that it runs, and its address.`,
  )
}

/** What means what, in their order: the first that fits counts. */
const MEANINGS: readonly { readonly code: AnswerErrorCode; readonly fits: (said: Said) => boolean }[] = [
  { code: "refused", fits: ({ names }) => /content_filter|content_policy|responsibleai|invalid_prompt|safety|refusal/u.test(names) },
  { code: "context-overflow", fits: ({ status }) => status === 413 },
  {
    code: "rate-limited",
    fits: ({ status, names }) =>
      status === 429 || status === 402 || /rate_limit|insufficient_quota|billing|resource_exhausted/u.test(names),
  },
  { code: "context-overflow", fits: ({ names, words }) => OVERFLOW.test(names) || OVERFLOW.test(words) },
  {
    code: "unauthorised",
    fits: ({ status, names }) =>
      status === 401 || status === 403 || /authentication|permission|invalid_api_key|unauthori[sz]ed/u.test(names),
  },
  { code: "timed-out", fits: ({ status, names }) => status === 408 || status === 504 || /timeout/u.test(names) },
  { code: "overloaded", fits: ({ status, names }) => status >= 500 || (status === 0 && BUSY.test(names)) },
  { code: "bad-request", fits: ({ status, names }) => status >= 300 || /not_found|invalid|bad_request|unsupported/u.test(names) },
]

const BUSY = /overloaded|api_error|server_error|slow_down|unavailable|internal/u
/** How servers say that a model cannot call tools. */
const NO_TOOLS =
  /(?:tools?|tool use|tool choice|functions?|function calling)\b.{0,40}(?:not supported|unsupported|not enabled|requires)|(?:not|n't) support (?:the use of )?(?:tools?|functions?)\b|no endpoints found that support tool/u

/** How providers and servers of models say that a question is too long: OpenAI, Anthropic, llama.cpp, vLLM, Ollama, xAI, Mistral, Google and others, each in words of its own. */
const OVERFLOW =
  /context_length|exceed_context|context[_ ](?:size|window|length|limit)|maximum context|(?:prompt|input|request)(?: is)? too (?:long|large)|too many (?:input )?tokens|maximum prompt length|(?:prompt|input) (?:tokens|length).{0,40}exceed|exceed\w* (?:the )?(?:maximum|max|model).{0,30}(?:tokens|length)|reduce the length|request_too_large/u

function sentence({ host, label, model, address }: Asked, code: AnswerErrorCode, { status, names, words }: Said): string {
  const told = status === 0 ? "" : ` (${status})`
  switch (code) {
    case "unauthorised":
      return `${host} does not accept the key for ${label}${told}. Whoever runs the responder can give it another key.`
    case "rate-limited":
      return /insufficient_quota|billing/u.test(names) || status === 402
        ? `${host} has no credit left for ${label}. Whoever pays for it can add some.`
        : `${host} gets too many requests for ${label}${told}. Try again in a while.`
    case "overloaded":
      return `${host} cannot answer now${told}. Try again in a while, or choose another model.`
    case "context-overflow":
      return `This conversation is too long for ${label}. Ask in a shorter one, or choose a model that takes more.`
    case "refused":
      return `${host} did not want to answer this. Ask in other words, or choose another model.`
    case "timed-out":
      return `${host} took too long for ${label}${told}. Try again.`
    case "bad-request":
      if (status >= 300 && status < 400)
        return `${host} sends requests on to another address${told}. Give the responder that address for ${label}.`
      if (NO_TOOLS.test(words)) return `${label} cannot use tools at ${host}${told}. Choose another model.`
      if (isMissing({ status, names, words })) return `There is no model ${model} at ${address}${told}. Check its name, and the address.`
      return `${host} does not understand the request for ${label}${told}${name(names)}. Check its settings.`
    default:
      return `${label} could not answer: ${host} reports an error${told}${name(names)}. Try again, or choose another model.`
  }
}

function isMissing({ status, names, words }: Said): boolean {
  return status === 404 || /model_not_found|not_found_error/u.test(names) || /model .{0,80}(?:not found|does not exist)/u.test(words)
}

/** A name of an error, where it is no more than that. */
function name(names: string): string {
  const [first] = names.split(" ").filter((one) => /^[a-z_]{3,48}$/u.test(one))
  return first === undefined ? "" : `: ${first}`
}

function wordsOf({ status, body }: ProviderReport): Said {
  const names: string[] = []
  const words: string[] = []
  const numbers: number[] = []
  const collect = (value: unknown, depth: number): void => {
    if (typeof value === "string") words.push(value.slice(0, MAX_WORDS))
    if (typeof value !== "object" || value === null || depth > MAX_REPORT_DEPTH) return
    for (const [key, inner] of Object.entries(value)) {
      if (NAMES.has(key) && typeof inner === "string") names.push(inner.slice(0, MAX_WORDS))
      // In the middle of a stream the status of HTTP has been told long ago.
      if (NAMES.has(key) && typeof inner === "number" && inner >= 400 && inner < 600) numbers.push(inner)
      collect(inner, depth + 1)
    }
  }
  collect(typeof body === "string" ? json(body) : body, 0)
  return { status: status ?? numbers[0] ?? 0, names: names.join(" ").toLowerCase(), words: words.join("\n").toLowerCase() }
}

const NAMES: ReadonlySet<string> = new Set(["type", "code", "status", "error_type", "reason"])
const MAX_REPORT_DEPTH = 5
/** Of one text in a report, in UTF-16 units. */
const MAX_WORDS = 2_000

function json(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

/** When to try again, in milliseconds from now: `retry-after-ms`, or `retry-after` in seconds or as a date. */
function retryAfter(headers: Headers | undefined, now: number): number | undefined {
  const precise = Number(headers?.get("retry-after-ms") ?? Number.NaN)
  const given = headers?.get("retry-after") ?? ""
  const seconds = /^\s*\d+(?:\.\d+)?\s*$/u.test(given) ? Number(given) * 1000 : Date.parse(given) - now
  const wait = Number.isFinite(precise) && precise >= 0 ? precise : seconds
  return Number.isFinite(wait) ? Math.min(Math.max(0, Math.ceil(wait)), MAX_RETRY_AFTER_MS) : undefined
}

/** The name of what went wrong in the network, somewhere in the causes. */
function networkCode(cause: unknown): string | undefined {
  let at = cause
  for (let depth = 0; depth < 5 && typeof at === "object" && at !== null; depth++) {
    const { code, cause: inner } = at as { code?: unknown; cause?: unknown }
    if (typeof code === "string" && /^[A-Z_]{3,48}$/u.test(code)) return code
    at = inner
  }
  return undefined
}
