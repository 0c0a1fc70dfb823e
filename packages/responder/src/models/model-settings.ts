import { type ApiAddress, readAddress } from "./api-address.ts"

/** How a provider is spoken to: Chat Completions, as most servers have it; OpenAI's Responses; Anthropic's Messages. */
export type ModelApi = "chat" | "responses" | "anthropic"

/** Where a key is; never the key. */
export type KeyPlace = { readonly file: string } | { readonly env: string }

/** Models at an address, where it is not said yet which. */
export interface ProviderSettings {
  readonly api: ModelApi
  /** Of the API, up to what comes before `/chat/completions`, `/responses` or `/messages`; without credentials, query and trailing slash. */
  readonly url: string
  readonly key?: KeyPlace
  /** How much a model takes, in tokens, question and answer together. */
  readonly contextTokens?: number
  readonly maxOutputTokens?: number
  /** 0 to 2. */
  readonly temperature?: number
  /** Sent with each request. May hold secrets. */
  readonly headers?: Readonly<Record<string, string>>
}

/** A model, and where it is. */
export interface ModelSettings extends ProviderSettings {
  /** What asks name; 1 to 200 characters, different from those of all others. */
  readonly id: string
  /** What people read. */
  readonly label: string
  /** As the provider names it. */
  readonly model: string
}

/** What was read of settings. */
export interface ReadModelSettings {
  /** Those with nothing wrong, in their order. The ones without a `model` mean all that is at their address: see `namedModels`. */
  readonly settings: readonly (ModelSettings | ProviderSettings)[]
  /** What is wrong, one sentence each: where, what, and what to do. Values are never told: somebody may have written a key into them. */
  readonly problems: readonly string[]
}

/** Most models of one responder. */
export const MAX_CONNECTED_MODELS = 100
/** Longest `id`, `label` and `model`, in UTF-16 units. */
export const MAX_MODEL_NAME_LENGTH = 200

/**
 * Settings of models from JSON: a list of objects with the fields of {@link ModelSettings}, of which only `url` is needed. `api` is guessed from the address, `id` and `label` are the name of the
 * model. An address without a path gets `/v1`, and one that names a request loses that.
 */
export function readModelSettings(given: unknown): ReadModelSettings {
  if (!Array.isArray(given))
    return { settings: [], problems: ['models: is no list; give one such as [{ "url": "http://127.0.0.1:11434/v1" }].'] }
  const problems: string[] = []
  const settings: (ModelSettings | ProviderSettings)[] = []
  if (given.length > MAX_CONNECTED_MODELS) problems.push(`models: holds ${given.length} models; leave at most ${MAX_CONNECTED_MODELS}.`)
  const ids = new Map<string, number>()
  for (const [index, one] of (given as unknown[]).slice(0, MAX_CONNECTED_MODELS).entries()) {
    const reading = new SettingsReading(`models[${index}]`)
    const read = reading.read(one)
    problems.push(...reading.problems)
    if (read === undefined || reading.problems.length > 0) continue
    const other = "id" in read ? ids.get(read.id) : undefined
    if (other === undefined) settings.push(read)
    else problems.push(`models[${index}]: is called as models[${other}] is; give one of them another "id".`)
    if ("id" in read) ids.set(read.id, index)
  }
  return { settings, problems }
}

/** The fields of a model in JSON. */
const FIELDS = ["id", "label", "api", "url", "model", "key", "contextTokens", "maxOutputTokens", "temperature", "headers"] as const
type Field = (typeof FIELDS)[number]
type Fields = Readonly<Record<string, unknown>>

class SettingsReading {
  readonly problems: string[] = []
  readonly #where: string

  constructor(where: string) {
    this.#where = where
  }

  read(given: unknown): ModelSettings | ProviderSettings | undefined {
    if (!isFields(given)) {
      this.problems.push(`${this.#where}: is no object; give one such as { "url": "http://127.0.0.1:11434/v1", "model": "qwen3" }.`)
      return undefined
    }
    for (const name of Object.keys(given)) if (!(FIELDS as readonly string[]).includes(name)) this.#unknown(name)
    const address = this.#address(given)
    if (address === undefined) return undefined
    const provider: ProviderSettings = {
      api: this.#api(given) ?? address.api,
      url: address.url,
      ...optional("key", this.#key(given)),
      ...optional("contextTokens", this.#number(given, "contextTokens", 1, Number.MAX_SAFE_INTEGER)),
      ...optional("maxOutputTokens", this.#number(given, "maxOutputTokens", 1, Number.MAX_SAFE_INTEGER)),
      ...optional("temperature", this.#number(given, "temperature", 0, 2)),
      ...optional("headers", this.#headers(given)),
    }
    const [id, label, model] = [this.#name(given, "id"), this.#name(given, "label"), this.#name(given, "model")]
    if (model !== undefined) return { ...provider, id: id ?? model, label: label ?? model, model }
    for (const [field, value] of [
      ["id", id],
      ["label", label],
    ] as const)
      if (value !== undefined) this.#problem(field, 'names no model; give its "model" as well')
    return provider
  }

  #address({ url }: Fields): ApiAddress | undefined {
    const read = typeof url === "string" ? readAddress(url) : "is missing; give the address of the API, such as http://127.0.0.1:11434/v1"
    if (typeof read !== "string") return read
    this.#problem("url", read)
    return undefined
  }

  #api({ api }: Fields): ModelApi | undefined {
    if (api === undefined || api === "chat" || api === "responses" || api === "anthropic") return api
    this.#problem("api", 'is none of "chat", "responses" and "anthropic"; leave it out to have it guessed from the address')
    return undefined
  }

  #key({ key }: Fields): KeyPlace | undefined {
    if (key === undefined) return undefined
    const names = isFields(key) ? Object.keys(key) : []
    if (isFields(key) && names.length === 1) {
      const { file, env } = key
      if (typeof file === "string" && file !== "") return { file }
      if (typeof env === "string" && /^[A-Za-z_][A-Za-z0-9_]*$/u.test(env)) return { env }
    }
    this.#problem("key", 'says where the key is, not what it is: give { "file": "path" } or { "env": "NAME" }')
    return undefined
  }

  #name(given: Fields, field: "id" | "label" | "model"): string | undefined {
    const value = given[field]
    if (value === undefined) return undefined
    if (typeof value === "string" && value.trim() !== "" && value.length <= MAX_MODEL_NAME_LENGTH) return value
    this.#problem(field, `is no text of 1 to ${MAX_MODEL_NAME_LENGTH} characters; give one`)
    return undefined
  }

  #number(given: Fields, field: Field, least: number, most: number): number | undefined {
    const value = given[field]
    if (value === undefined) return undefined
    const isWhole = field === "temperature" || Number.isInteger(value)
    if (typeof value === "number" && isWhole && value >= least && value <= most) return value
    this.#problem(
      field,
      field === "temperature"
        ? "is no number from 0 to 2; give one, or leave it out"
        : "is no whole number of tokens; give one, or leave it out",
    )
    return undefined
  }

  #headers({ headers }: Fields): Readonly<Record<string, string>> | undefined {
    if (headers === undefined) return undefined
    const isHeader = ([name, value]: readonly [string, unknown]): boolean =>
      /^[A-Za-z0-9-]+$/u.test(name) && typeof value === "string" && /^[\x20-\x7e]*$/u.test(value)
    if (isFields(headers) && Object.entries(headers).every(isHeader)) return headers as Readonly<Record<string, string>>
    this.#problem("headers", 'holds something that is no header of HTTP; give names of letters, digits and "-" with a line of text each')
    return undefined
  }

  #unknown(name: string): void {
    const looksLikeKey = /key|token|secret|auth/iu.test(name)
    const advice = looksLikeKey
      ? 'keys are not written here: give "key": { "file": "path" } or { "env": "NAME" }'
      : `known are ${FIELDS.join(", ")}`
    this.problems.push(`${this.#where}: has a field ${JSON.stringify(name.slice(0, 40))} that nothing reads; ${advice}.`)
  }

  #problem(field: Field, problem: string): void {
    this.problems.push(`${this.#where}.${field}: ${problem}.`)
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

function optional<Name extends string, Value>(name: Name, value: Value | undefined): { readonly [Key in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [Key in Name]: Value })
}
