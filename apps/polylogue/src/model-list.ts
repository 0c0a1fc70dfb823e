import type { KeyPlace } from "@polylogue/responder/models"
import { readFileSync } from "node:fs"
import { CommandError, fileReasonOf } from "./command-error.ts"
import { API_KEY, type Call } from "./flags.ts"
import type { NamedOrListed } from "./model-desk.ts"
import { readKey } from "./model-key.ts"

/** Providers whose keys have names of their own in the environment; such a key goes to its own host alone. */
const OWN_KEYS: Readonly<Record<string, string>> = Object.freeze({
  "api.openai.com": "OPENAI_API_KEY",
  "api.anthropic.com": "ANTHROPIC_API_KEY",
})

/** Where models are when nothing but what is spoken there is named. */
const OWN_ADDRESSES: Readonly<Record<string, string>> = Object.freeze({
  responses: "https://api.openai.com/v1",
  anthropic: "https://api.anthropic.com/v1",
})

type Fields = Readonly<Record<string, unknown>>
type Environment = Readonly<Record<string, string | undefined>>

/**
 * The models that a call names, keys by their place. Empty: no model answers.
 * @throws CommandError `usage` for flags that do not go together, a file that cannot be read, what is no list of models, and a key that is not where it should be.
 */
export async function modelList(call: Call, environment: Environment): Promise<readonly NamedOrListed[]> {
  const listed = call.flag("models")
  const ofOne = (["model-url", "model", "model-api", "api-key-file"] as const).filter((name) => call.flag(name) !== undefined)
  if (listed !== undefined && ofOne.length > 0)
    throw new CommandError("usage", `Name models once: leave out --models, or --${ofOne.join(" and --")}.`)
  const list = listed === undefined ? modelsOfFlags(call, environment) : readList(listed)
  if (list.length === 0) return []
  // What reaches providers is large, and nobody else waits for it.
  const { readModelSettings } = await import("@polylogue/responder/models")
  const { settings, problems } = readModelSettings(list.map((model) => withOwnKey(model, environment)))
  if (problems[0] !== undefined) throw new CommandError("usage", problems[0])
  return settings
}

/**
 * Looks whether each key can be read: what is wrong with one is better told at the start than to whoever asks first.
 * @throws CommandError `usage`
 */
export function checkKeys(models: readonly NamedOrListed[]): void {
  for (const { key } of models) {
    if (key === undefined) continue
    const place = "file" in key ? key.file : `the variable ${key.env}`
    try {
      if (readKey(key).trim() === "") throw new Error("it is empty")
    } catch (error) {
      throw new CommandError("usage", `The key of a model cannot be read from ${place}: ${fileReasonOf(error)}.`, { cause: error })
    }
  }
}

function modelsOfFlags(call: Call, environment: Environment): readonly Fields[] {
  const [given, api, keyFile] = [call.flag("model-url"), call.flag("model-api"), call.flag("api-key-file")]
  const models = call.list("model")
  if (given === undefined && models.length === 0 && api === undefined && keyFile === undefined) return []
  const url = given ?? OWN_ADDRESSES[api ?? ""]
  if (url === undefined)
    throw new CommandError("usage", "Say where the models are, with --model-url: Ollama, for one, is at http://127.0.0.1:11434/v1.")
  const place: KeyPlace | undefined = keyFile !== undefined ? { file: keyFile } : isSet(environment, API_KEY) ? { env: API_KEY } : undefined
  const common = { url, ...(api === undefined ? {} : { api }), ...(place === undefined ? {} : { key: place }) }
  return models.length === 0 ? [common] : models.map((model) => ({ ...common, model }))
}

/** What a file holds, or the configuration file itself. */
function readList(value: string): readonly unknown[] {
  const inPlace = /^\s*[[{]/.test(value)
  const where = inPlace ? `"models" of the configuration` : value
  let list: unknown
  try {
    list = JSON.parse(inPlace ? value : readFileSync(value, "utf8"))
  } catch (error) {
    // What the parser says quotes the text, in which somebody may have written a key.
    const why = error instanceof SyntaxError ? "it is no JSON" : fileReasonOf(error)
    throw new CommandError("usage", `The models in ${where} cannot be read: ${why}.`, error instanceof SyntaxError ? {} : { cause: error })
  }
  if (!Array.isArray(list))
    throw new CommandError(
      "usage",
      `${where} must be a JSON list of models, such as [{"url": "http://127.0.0.1:11434/v1", "model": "qwen3"}].`,
    )
  return list as unknown[]
}

function withOwnKey(model: unknown, environment: Environment): unknown {
  const { url, key } = (model ?? {}) as Fields
  if (key !== undefined || typeof url !== "string" || !URL.canParse(url)) return model
  const own = OWN_KEYS[new URL(url).hostname]
  return own !== undefined && isSet(environment, own) ? { ...(model as Fields), key: { env: own } } : model
}

function isSet(environment: Environment, name: string): boolean {
  return (environment[name] ?? "") !== ""
}
