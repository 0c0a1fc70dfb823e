import type { AnswerErrorCode } from "@polylogue/responder"
import type { ProviderAnswer, ProviderApi } from "./provider-server.ts"

/** How a provider says no, in its own words, and what that means. */
export interface ProviderFailure {
  readonly name: string
  readonly api: ProviderApi
  readonly answer: ProviderAnswer
  readonly code: AnswerErrorCode
  /** What people read of it, among other words. */
  readonly told: string
  readonly retryAfterMs?: number
}

const json = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): ProviderAnswer => ({
  status,
  body: JSON.stringify(body),
  headers,
})
const openAi = (status: number, message: string, type: string, code: string | null = null, headers = {}): ProviderAnswer =>
  json(status, { error: { message, type, param: null, code } }, headers)
const anthropic = (status: number, type: string, message: string, headers = {}): ProviderAnswer =>
  json(status, { type: "error", error: { type, message }, request_id: "req_1" }, headers)

/** Reports over HTTP. */
export const REFUSALS: readonly ProviderFailure[] = [
  {
    name: "OpenAI, wrong key",
    api: "responses",
    answer: openAi(401, "Incorrect API key provided: sk-t***93.", "invalid_request_error", "invalid_api_key"),
    code: "unauthorised",
    told: "does not accept the key for Model M (401)",
  },
  {
    name: "Anthropic, wrong key",
    api: "anthropic",
    answer: anthropic(401, "authentication_error", "invalid x-api-key"),
    code: "unauthorised",
    told: "does not accept the key",
  },
  {
    name: "Anthropic, key without rights",
    api: "anthropic",
    answer: anthropic(403, "permission_error", "Your API key does not have permission"),
    code: "unauthorised",
    told: "(403)",
  },
  {
    name: "a proxy that says no in HTML",
    api: "chat",
    answer: { status: 403, body: "<h1>Forbidden</h1>", headers: { "content-type": "text/html" } },
    code: "unauthorised",
    told: "(403)",
  },
  {
    name: "OpenAI, too many requests, in milliseconds",
    api: "responses",
    answer: openAi(429, "Rate limit reached", "requests", "rate_limit_exceeded", { "retry-after-ms": "1250", "retry-after": "2" }),
    code: "rate-limited",
    told: "too many requests",
    retryAfterMs: 1_250,
  },
  {
    name: "Anthropic, too many requests, in seconds",
    api: "anthropic",
    answer: anthropic(429, "rate_limit_error", "This request would exceed your limit", { "retry-after": "17" }),
    code: "rate-limited",
    told: "(429)",
    retryAfterMs: 17_000,
  },
  {
    name: "a server, too many requests, by a date",
    api: "chat",
    answer: openAi(429, "Slow down", "x", null, { "retry-after": new Date(1_700_000_090_000).toUTCString() }),
    code: "rate-limited",
    told: "(429)",
    retryAfterMs: 90_000,
  },
  {
    name: "a server, too many requests, by a date that was",
    api: "chat",
    answer: openAi(429, "Slow down", "x", null, { "retry-after": new Date(1_600_000_000_000).toUTCString() }),
    code: "rate-limited",
    told: "(429)",
    retryAfterMs: 0,
  },
  {
    name: "a server that says to wait for a year",
    api: "chat",
    answer: openAi(429, "Slow down", "x", null, { "retry-after": "31536000" }),
    code: "rate-limited",
    told: "(429)",
    retryAfterMs: 86_400_000,
  },
  {
    name: "a server that says when in no form",
    api: "chat",
    answer: openAi(429, "Slow down", "x", null, { "retry-after": "soon" }),
    code: "rate-limited",
    told: "Try again in a while",
  },
  {
    name: "OpenAI, no credit",
    api: "responses",
    answer: openAi(429, "You exceeded your current quota, please check your plan", "insufficient_quota", "insufficient_quota"),
    code: "rate-limited",
    told: "has no credit left",
  },
  {
    name: "OpenRouter, no credit",
    api: "chat",
    answer: json(402, { error: { code: 402, message: "Insufficient credits" } }),
    code: "rate-limited",
    told: "has no credit left",
  },
  {
    name: "OpenAI, more tokens than fit into a minute",
    api: "responses",
    answer: openAi(429, "Request too large for gpt-5 on tokens per min (TPM): Limit 10000", "tokens", "rate_limit_exceeded"),
    code: "rate-limited",
    told: "(429)",
  },
  {
    name: "Anthropic, overloaded",
    api: "anthropic",
    answer: anthropic(529, "overloaded_error", "Overloaded", { "retry-after": "5" }),
    code: "overloaded",
    told: "cannot answer now (529)",
    retryAfterMs: 5_000,
  },
  {
    name: "llama.cpp, loading",
    api: "chat",
    answer: json(503, { error: { code: 503, message: "Loading model", type: "unavailable_error" } }),
    code: "overloaded",
    told: "(503)",
  },
  {
    name: "a gateway without its server",
    api: "chat",
    answer: { status: 502, body: "<h1>Bad Gateway</h1>" },
    code: "overloaded",
    told: "(502)",
  },
  { name: "a gateway that waited too long", api: "chat", answer: { status: 504, body: "" }, code: "timed-out", told: "(504)" },
  {
    name: "OpenAI, too long",
    api: "responses",
    answer: openAi(400, "Your input exceeds the context window of this model.", "invalid_request_error", "context_length_exceeded"),
    code: "context-overflow",
    told: "too long for Model M",
  },
  {
    name: "Anthropic, too long",
    api: "anthropic",
    answer: anthropic(400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"),
    code: "context-overflow",
    told: "too long",
  },
  {
    name: "Anthropic, question and answer too long",
    api: "anthropic",
    answer: anthropic(400, "invalid_request_error", "input length and `max_tokens` exceed context limit: 199000 + 8192 > 200000"),
    code: "context-overflow",
    told: "too long",
  },
  {
    name: "Anthropic, too many bytes",
    api: "anthropic",
    answer: anthropic(413, "request_too_large", "Request exceeds the maximum size"),
    code: "context-overflow",
    told: "too long",
  },
  {
    name: "llama.cpp, too long",
    api: "chat",
    answer: json(400, {
      error: {
        code: 400,
        message: "the request exceeds the available context size, try increasing it",
        type: "exceed_context_size_error",
        n_ctx: 4096,
      },
    }),
    code: "context-overflow",
    told: "too long",
  },
  {
    name: "vLLM, too long",
    api: "chat",
    answer: json(400, {
      object: "error",
      message: "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens.",
      type: "BadRequestError",
      code: 400,
    }),
    code: "context-overflow",
    told: "too long",
  },
  {
    name: "Google, too long",
    api: "chat",
    answer: json(400, [
      {
        error: {
          code: 400,
          message: "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
          status: "INVALID_ARGUMENT",
        },
      },
    ]),
    code: "context-overflow",
    told: "too long",
  },
  {
    name: "xAI, too long",
    api: "responses",
    answer: json(400, {
      code: "Client specified an invalid argument",
      error: "This model's maximum prompt length is 131072 but the request contains 200000 tokens.",
    }),
    code: "context-overflow",
    told: "too long",
  },
  {
    name: "OpenAI, no such model",
    api: "responses",
    answer: openAi(404, "The model `spoken-1` does not exist or you do not have access to it.", "invalid_request_error", "model_not_found"),
    code: "bad-request",
    told: "There is no model spoken-1 at http://127.0.0.1:",
  },
  {
    name: "Ollama, no such model",
    api: "chat",
    answer: json(404, { error: { message: "model 'spoken-1' not found", type: "api_error", param: null, code: null } }),
    code: "bad-request",
    told: "There is no model spoken-1",
  },
  {
    name: "Anthropic, no such model",
    api: "anthropic",
    answer: anthropic(404, "not_found_error", "model: spoken-1"),
    code: "bad-request",
    told: "There is no model spoken-1",
  },
  {
    name: "OpenAI, an option that it does not have",
    api: "responses",
    answer: openAi(
      400,
      "Unsupported parameter: 'temperature' is not supported with this model.",
      "invalid_request_error",
      "unsupported_parameter",
    ),
    code: "bad-request",
    told: "does not understand the request for Model M (400): invalid_request_error",
  },
  {
    name: "Azure, its filter",
    api: "chat",
    answer: json(400, {
      error: { message: "The response was filtered", code: "content_filter", innererror: { code: "ResponsibleAIPolicyViolation" } },
    }),
    code: "refused",
    told: "did not want to answer",
  },
  {
    name: "a server that moved",
    api: "chat",
    answer: { status: 308, headers: { location: "https://elsewhere.example.org/v1" }, body: "" },
    code: "bad-request",
    told: "sends requests on to another address (308)",
  },
  {
    name: "a page where no model is",
    api: "chat",
    answer: { status: 200, headers: { "content-type": "text/html; charset=utf-8" }, body: "<p>Welcome</p>" },
    code: "bad-request",
    told: "is no model",
  },
]

const started: readonly unknown[] = [{ type: "response.created", response: { id: "r", created_at: 1, model: "m" } }]
const chunk = (delta: object): unknown => ({
  id: "c",
  object: "chat.completion.chunk",
  created: 1,
  model: "m",
  choices: [{ index: 0, delta, finish_reason: null }],
})

/** Reports in a stream that began as if all were well. */
export const REPORTS: readonly ProviderFailure[] = [
  {
    name: "Anthropic, overloaded at once",
    api: "anthropic",
    answer: { events: [{ type: "error", error: { type: "overloaded_error", message: "Overloaded" } }] },
    code: "overloaded",
    told: "cannot answer now",
  },
  {
    name: "Anthropic, too long",
    api: "anthropic",
    answer: { events: [{ type: "error", error: { type: "invalid_request_error", message: "prompt is too long: 2 > 1" } }] },
    code: "context-overflow",
    told: "too long",
  },
  {
    name: "OpenAI, an error of its own",
    api: "responses",
    answer: {
      events: [
        ...started,
        {
          type: "error",
          sequence_number: 1,
          error: { type: "server_error", code: "server_error", message: "The server had an error", param: null },
        },
      ],
    },
    code: "overloaded",
    told: "cannot answer now",
  },
  {
    name: "OpenAI, failed",
    api: "responses",
    answer: {
      events: [
        ...started,
        {
          type: "response.failed",
          sequence_number: 1,
          response: { error: { code: "rate_limit_exceeded", message: "Rate limit reached" }, incomplete_details: null, usage: null },
        },
      ],
    },
    code: "rate-limited",
    told: "too many requests",
  },
  {
    name: "OpenRouter, its provider failed",
    api: "chat",
    answer: { events: [chunk({ content: "The" }), { error: { code: 502, message: "Provider returned error" } }] },
    code: "overloaded",
    told: "(502)",
  },
  {
    name: "a server that says no more than that",
    api: "chat",
    answer: { events: [chunk({ content: "The" }), { error: { message: "Something happened" } }] },
    code: "failed",
    told: "reports an error",
  },
]
