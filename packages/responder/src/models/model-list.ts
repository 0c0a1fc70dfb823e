import type { Clock } from "@polylogue/protocol"
import { AnswerError } from "../answer.ts"
import type { ConnectedModel, ModelEnvironment } from "./connected-model.ts"
import { guardedFetch } from "./guarded-fetch.ts"
import { askedOf, keyOf } from "./model-key.ts"
import { MAX_CONNECTED_MODELS, MAX_MODEL_NAME_LENGTH, type ModelSettings, type ProviderSettings } from "./model-settings.ts"
import type { Asked } from "./provider-error.ts"

/** How long looking may take, and how it ends. */
export interface LookOptions {
  readonly clock: Pick<Clock, "now" | "setTimer">
  readonly signal?: AbortSignal
  /** Milliseconds for one address; default 10 000. */
  readonly timeoutMs?: number
}

const LOOK_TIMEOUT_MS = 10_000
/** Most bytes of a list of models. */
const MAX_LIST_BYTES = 4 * 1024 * 1024

/** What was found. */
export interface NamedModels {
  readonly settings: readonly ModelSettings[]
  /** What kept models of an address from being found, one sentence each, for people. */
  readonly problems: readonly string[]
}

/**
 * Settings in which each model is named: where none is, all that the address lists become models, in its order. A name that there is already is told apart by its host. At most
 * {@link MAX_CONNECTED_MODELS} are taken. Never throws for what providers do: addresses that do not answer are problems.
 */
export async function namedModels(
  given: readonly (ModelSettings | ProviderSettings)[],
  environment: ModelEnvironment,
  options: LookOptions,
): Promise<NamedModels> {
  const problems: string[] = []
  const found = await Promise.all(
    given.map(async (settings): Promise<readonly ModelSettings[]> => {
      if ("model" in settings) return [settings]
      try {
        const models = await listModels(settings, environment, options)
        if (models.length === 0) problems.push(`${new URL(settings.url).host} lists no models. Name the one that is wanted.`)
        return models.filter(answers).map((model) => ({ ...settings, id: model, label: model, model }))
      } catch (error) {
        if (!(error instanceof AnswerError)) throw error
        problems.push(error.message)
        return []
      }
    }),
  )
  const taken = new Set(given.flatMap((settings) => ("id" in settings ? [settings.id] : [])))
  const settings: ModelSettings[] = []
  for (const [index, models] of found.entries()) {
    for (const model of models) {
      const isGiven = given[index] === model
      const id = isGiven || !taken.has(model.id) ? model.id : `${new URL(model.url).host}/${model.id}`
      if (!isGiven && (taken.has(id) || id.length > MAX_MODEL_NAME_LENGTH)) continue
      taken.add(id)
      settings.push(id === model.id ? model : { ...model, id, label: id })
    }
  }
  if (settings.length > MAX_CONNECTED_MODELS)
    problems.push(`Of ${settings.length} models ${MAX_CONNECTED_MODELS} are offered. Name those that are wanted.`)
  return { settings: settings.slice(0, MAX_CONNECTED_MODELS), problems }
}

/**
 * Whether models can be asked, as far as that costs nothing: each address answers, takes the key, and has the model. Undefined: nothing speaks against it; a server that lists no models is believed.
 * Models at one address are looked for once.
 * @returns in the order of `models`. @throws the reason of `signal`, when that aborts.
 */
export async function checkModels(models: readonly ConnectedModel[], options: LookOptions): Promise<readonly (AnswerError | undefined)[]> {
  const lists = new Map<string, Promise<readonly string[] | AnswerError>>()
  return Promise.all(
    models.map(async (model) => {
      const { api, url, key, headers, environment } = model
      const place = JSON.stringify([api, url, key, headers])
      const listing = lists.get(place) ?? listModels(model, environment, options, askedOf(model)).catch(answerError)
      lists.set(place, listing)
      const list = await listing
      if (list instanceof AnswerError) return list
      // Ollama lists what it knows without a tag under `latest`.
      if (list.length === 0 || list.some((name) => name === model.model || name === `${model.model}:latest`)) return undefined
      return new AnswerError("bad-request", `${new URL(url).host} lists no model ${model.model}. Check its name.`)
    }),
  )
}

function answerError(error: unknown): AnswerError {
  if (error instanceof AnswerError) return error
  throw error
}

/** The models that an address lists, in its order; none where it has no list. @throws AnswerError */
async function listModels(
  provider: ProviderSettings,
  environment: ModelEnvironment,
  { clock, signal, timeoutMs = LOOK_TIMEOUT_MS }: LookOptions,
  asked: Asked = askedOf({ ...provider, label: new URL(provider.url).host, model: "" }),
): Promise<readonly string[]> {
  const abort = new AbortController()
  const stop = (): void => abort.abort(signal?.reason)
  signal?.throwIfAborted()
  signal?.addEventListener("abort", stop, { once: true })
  const cancel = clock.setTimer(
    () =>
      abort.abort(
        new AnswerError("timed-out", `${asked.host} did not answer within ${Math.round(timeoutMs / 1000)} s. Check that it runs.`),
      ),
    timeoutMs,
  )
  try {
    const limits = { firstByteTimeoutMs: Infinity, silenceTimeoutMs: Infinity, maxAnswerBytes: MAX_LIST_BYTES }
    let hasList = true
    const noting: typeof globalThis.fetch = async (input, init) => {
      const response = await environment.fetch(input, init)
      hasList = ![404, 405, 501].includes(response.status)
      return response
    }
    const fetch = guardedFetch(noting, { clock, asked, abort, limits })
    const key = await keyOf({ ...provider, label: asked.label, environment })
    const address = `${provider.url}/models${provider.api === "anthropic" ? "?limit=1000" : ""}`
    const asking = fetch(address, { headers: { ...headersFor(provider, key), ...provider.headers } })
    return await asking
      .then(async (response) => namesIn(await response.text()))
      .catch((error: unknown) => {
        if (hasList) throw error
        return []
      })
  } catch (error) {
    throw abort.signal.aborted && !(error instanceof AnswerError) ? abort.signal.reason : error
  } finally {
    cancel()
    signal?.removeEventListener("abort", stop)
    abort.abort()
  }
}

function headersFor({ api }: ProviderSettings, key: string): Readonly<Record<string, string>> {
  if (api === "anthropic") return { "anthropic-version": "2023-06-01", ...(key === "" ? {} : { "x-api-key": key }) }
  return key === "" ? {} : { authorization: `Bearer ${key}` }
}

/** Names in a list of any provider; what is none is passed over. */
function namesIn(text: string): readonly string[] {
  let list: unknown
  try {
    list = JSON.parse(text)
  } catch {
    return []
  }
  const { data, models } = (typeof list === "object" && list !== null ? list : {}) as { data?: unknown; models?: unknown }
  const entries: unknown[] = Array.isArray(data) ? data : Array.isArray(models) ? models : []
  const names = entries.map((entry) => {
    const { id, name } = (typeof entry === "object" && entry !== null ? entry : {}) as { id?: unknown; name?: unknown }
    return typeof id === "string" ? id : name
  })
  return [
    ...new Set(names.filter((name): name is string => typeof name === "string" && name !== "" && name.length <= MAX_MODEL_NAME_LENGTH)),
  ]
}

/** Models that answer nothing: providers list them with the others. */
const SPEECHLESS = /embed|whisper|tts|dall-e|image|moderation|transcribe|realtime|audio|rerank|sora|babbage|davinci/iu

function answers(name: string): boolean {
  return !SPEECHLESS.test(name)
}
