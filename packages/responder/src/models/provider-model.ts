import { createAnthropic } from "@ai-sdk/anthropic"
import { createOpenAI } from "@ai-sdk/openai"
import { createOpenAICompatible } from "@ai-sdk/openai-compatible"
import type { ModelSettings } from "./model-settings.ts"

/** A model of the SDK. Its types stay in this folder. */
export type ProviderModel = ReturnType<ReturnType<typeof createOpenAI>["chat"]>
export type ProviderOptions = Parameters<ProviderModel["doStream"]>[0]
export type ProviderStream = Awaited<ReturnType<ProviderModel["doStream"]>>["stream"]
export type StreamPart = ProviderStream extends ReadableStream<infer Part> ? Part : never

/**
 * The model of `settings`, for one request. Providers fall back to variables of the environment where they are given no key and no address; both are always given here, and what was not set is
 * taken out of the request by {@link withoutEmptyKey}.
 */
export function providerModel(
  { api, url, model, headers = {} }: ModelSettings,
  apiKey: string,
  fetch: typeof globalThis.fetch,
): ProviderModel {
  const connection = { baseURL: url, apiKey, headers: { ...headers }, fetch: withoutEmptyKey(fetch, apiKey) }
  if (api === "anthropic") return createAnthropic(connection)(model)
  if (api === "responses") return createOpenAI(connection).responses(model)
  // OpenAI's own models want their limits under names that servers which follow it do not know.
  if (new URL(url).hostname === "api.openai.com") return createOpenAI(connection).chat(model)
  return createOpenAICompatible({ ...connection, name: CHAT, includeUsage: true })(model)
}

/** Options that only one provider has: nothing of a conversation is kept at OpenAI for later requests to refer to. */
export const PROVIDER_OPTIONS: NonNullable<ProviderOptions["providerOptions"]> = { openai: { store: false } }

const CHAT = "chat"

/** A request without a key carries no header for one: some servers take an empty one for a wrong one. */
function withoutEmptyKey(fetch: typeof globalThis.fetch, apiKey: string): typeof globalThis.fetch {
  if (apiKey !== "") return fetch
  return async (input, init) => {
    const headers = new Headers(init?.headers)
    if (/^Bearer\s*$/u.test(headers.get("authorization") ?? "")) headers.delete("authorization")
    if (headers.get("x-api-key") === "") headers.delete("x-api-key")
    return fetch(input, { ...init, headers })
  }
}
