/** How a provider is spoken to: Chat Completions, as most servers have it; OpenAI's Responses; Anthropic's Messages. */
export type ModelApi = "chat" | "responses" | "anthropic"

/** Where a key is; never the key. */
export type KeyPlace = { readonly file: string } | { readonly env: string }

/** A model, and where it is. */
export interface ModelSettings {
  /** What asks name; 1 to 200 characters, different from those of all others. */
  readonly id: string
  /** What people read. */
  readonly label: string
  readonly api: ModelApi
  /** Of the API, up to what comes before `/chat/completions`, `/responses` or `/messages`; without credentials, query and trailing slash. */
  readonly url: string
  /** As the provider names it. */
  readonly model: string
  readonly key?: KeyPlace
  /** How much it takes, question and answer together. */
  readonly contextTokens?: number
  readonly maxOutputTokens?: number
  /** 0 to 2. */
  readonly temperature?: number
  /** Sent with each request. May hold secrets. */
  readonly headers?: Readonly<Record<string, string>>
}
