import { readFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { ANNOTATION_FORMATS, FORMATS, labelProblem, LATEST_LABEL, PROMPT_FORMATS } from "@polylogue/conversation"
import { isDocumentId, MAX_RELAYS } from "@polylogue/protocol"
import { CommandError, fileReasonOf, reasonOf } from "./command-error.ts"
import { EVERYTHING, isHolder, isUserName, ROLE_NAMES } from "./grants.ts"
import { durationMs, isModelUrl, isPageUrl } from "./flag-values.ts"
import { LEVELS } from "./journal.ts"
import { isRelayUrl } from "./relay-address.ts"

/** One flag: its twin in the environment is `POLYLOGUE_` and its name in capitals, `_` for `-`; `--config` names a JSON file of them. */
interface Flag {
  /** What stands for its value in the help; absent for a switch, which is on when it is named, and off in environment and file when it is `false`. */
  readonly value?: string
  /** Whether it may be given several times; in environment and file the values are separated by commas. */
  readonly list?: boolean
  readonly fallback?: string
  readonly about: string
  /** Says what is wrong with a value, or nothing. */
  readonly check?: (value: string) => string | undefined
}

const oneOf =
  (...choices: readonly string[]) =>
  (value: string): string | undefined =>
    choices.includes(value) ? undefined : `is one of ${choices.join(", ")}`

const namesOf = (kind: "imports" | "exports"): string =>
  [...FORMATS, ...ANNOTATION_FORMATS]
    .filter((format) => format[kind])
    .map(({ name }) => name)
    .join(", ")
const PROMPT_FORMAT_NAMES = PROMPT_FORMATS.map(({ name }) => name).join(", ")
/** What `--format` says in each kind of command. */
export const FORMAT_MEANINGS = {
  import: `format of the files, when it is not to be told from their content: ${namesOf("imports")}`,
  export: `format of the export: ${namesOf("exports")} (default ${FORMATS.find((format) => format.exports)!.name})`,
  readPrompts: `format of the files, when it is not to be told from their content: ${PROMPT_FORMAT_NAMES}`,
  writePrompts: `format to write: ${PROMPT_FORMAT_NAMES}`,
} as const

/** What `--mirror` says for a relay that holds what is in use there alone. */
export const MIRROR_NOTHING = "none"

/** Where the key for `--model-url` stands in the environment: no flag has it, for others on the machine see a command line. */
export const API_KEY = "POLYLOGUE_API_KEY"

/** Every flag of every command, once. */
export const FLAGS = {
  host: { value: "address", fallback: "127.0.0.1", about: "address to listen on" },
  port: {
    value: "number",
    fallback: "4400",
    about: "port to listen on, 0 for any free one",
    check: (value) => (/^\d{1,5}$/.test(value) && Number(value) <= 65_535 ? undefined : "is a number from 0 to 65535"),
  },
  data: {
    value: "dir",
    fallback: "./polylogue-data",
    about: "folder of the relay's store",
    check: (value) => (value === "" ? "names a folder" : undefined),
  },
  auth: {
    value: "none|token",
    fallback: "none",
    about: "who may connect: anybody on this machine, or whoever shows a token",
    check: oneOf("none", "token"),
  },
  "auth-key-file": { value: "file", about: "keys of tokens; else auth-key in the data folder, made at the first start" },
  "public-url": {
    value: "url",
    about: "address that others know the relay by, such as https://chat.example; links that sign in begin with it",
    check: (value) => (isPageUrl(value) ? undefined : "is an address such as https://chat.example"),
  },
  origin: {
    value: "url",
    list: true,
    about: "origin of pages elsewhere that may connect, such as https://chat.example; may be repeated",
    check: (value) => (isPageUrl(value) ? undefined : "is an origin such as https://chat.example"),
  },
  "relay-url": {
    value: "url",
    list: true,
    about:
      "address under which browsers find another relay, such as wss://two.example; may be repeated. Pages served here go there when this relay is gone; it has to take them, by --origin",
    check: (value) => (isRelayUrl(value) ? undefined : "is the address of a relay such as wss://two.example"),
  },
  limits: { value: "json", about: "limits by name, as JSON; in the configuration file an object. docs/operations.md lists them" },
  log: { value: "level", fallback: "info", about: `least level of what is logged: ${LEVELS.join(", ")}`, check: oneOf(...LEVELS) },
  config: { value: "file", about: "JSON file with flags by name" },
  relay: {
    value: "url",
    list: true,
    about: "running relay to talk to, such as ws://127.0.0.1:4400; for erase it may be repeated",
    check: (value) => (isRelayUrl(value) ? undefined : "is an address such as ws://127.0.0.1:4400"),
  },
  workspace: {
    value: "name",
    list: true,
    fallback: "home",
    about: "workspace to read or write",
    check: (value) =>
      /^[A-Za-z0-9._~-]{1,64}$/.test(value) && !/^\.+$/.test(value) ? undefined : "has 1 to 64 letters, digits, or . _ ~ -",
  },
  token: {
    value: "token",
    about: "token to sign in to a relay with; better in the environment, where others on this machine do not see it",
  },
  user: {
    value: "name",
    about: "user that a token is for",
    check: (value) => (isUserName(value) ? undefined : "has 1 to 128 letters, digits, or . _ ~ -"),
  },
  role: { value: "role", about: `what a token allows: ${ROLE_NAMES.join(", ")}`, check: oneOf(...ROLE_NAMES) },
  document: {
    value: "id",
    list: true,
    about:
      "id of a document, such as home/conv/1; for a token also a folder of documents, and may be repeated: its role counts there alone",
    check: (value) => (isDocumentId(value) ? undefined : "is a document id such as home/conv/1"),
  },
  operator: { about: "a token for everything: metrics, backups and every document" },
  ttl: {
    value: "time",
    fallback: "30d",
    about: "how long a token counts, such as 12h or 30d",
    check: (value) => (durationMs(value) === undefined ? "is a time such as 15m, 12h or 30d, at most 3650d" : undefined),
  },
  rotate: { about: "first make a fresh key; tokens of the older ones go on counting until these are taken out of the key file" },
  revoke: {
    value: "id",
    about: "have the token of that id count no more",
    check: (value) => (/^[^\s#]{1,128}$/.test(value) ? undefined : "is the id of a token"),
  },
  "revoke-user": {
    value: "name",
    about: "have all tokens that a user, or relay/<name>, has until now count no more",
    check: (value) => (isHolder(value) ? undefined : "is the name of a user, or relay/ and the name of a relay"),
  },
  round: { value: "id", about: "id or name of the round of judging to write, when there are several" },
  source: { value: "id", about: "id or title of the source that annotations are about which name an address that no source here has" },
  judgements: {
    value: "whose",
    about: "whose judgements of a round: agreed, all, or the name of an annotator (default agreed, for judgements-csv all)",
  },
  message: {
    value: "id|text",
    about: "the one message of the conversation that is erased",
  },
  name: { value: "name", about: "name of the prompt; else the file says it" },
  peer: {
    value: "url",
    list: true,
    about: "another relay to link with, such as wss://hub.example; may be repeated. More are in the file peers of the data folder",
    check: (value) => (isRelayUrl(value) ? undefined : "is the address of a relay such as wss://hub.example"),
  },
  mirror: {
    value: "names",
    list: true,
    fallback: EVERYTHING,
    about: `workspaces, or beginnings of document ids, that this relay holds whoever uses them: ${EVERYTHING} for all, ${MIRROR_NOTHING} for what is in use here alone`,
    check: (value) =>
      value === EVERYTHING || isDocumentId(value) ? undefined : `names workspaces such as home, or is ${EVERYTHING} or ${MIRROR_NOTHING}`,
  },
  authority: {
    about:
      "decide for all linked relays who sets a register first; exactly one of them does. Default: what it did when it was linked last; at first, a relay without peers does",
  },
  replicas: {
    value: "number",
    fallback: "1",
    about: "on the disks of how many other relays something has to be to count as replicated",
    check: (value) =>
      /^[1-9]\d{0,2}$/.test(value) && Number(value) <= MAX_RELAYS - 1 ? undefined : `is a number from 1 to ${MAX_RELAYS - 1}`,
  },
  "peer-token": {
    value: "token",
    about: "token that makes this relay one at its peers; better in the environment, where others on this machine do not see it",
  },
  "peer-token-file": {
    value: "file",
    about: "file of that token, or a JSON object of tokens by address of the peer; read again when it changes",
  },
  label: {
    value: "label",
    about: "label of a prompt, such as production or staging",
    check: (value) => (value === LATEST_LABEL || labelProblem(value) === undefined ? undefined : "is 1 to 36 of a-z 0-9 _ . -"),
  },
  version: {
    value: "number",
    about: "number of a prompt's version, such as 7",
    check: (value) => (/^[1-9]\d{0,5}$/.test(value) ? undefined : "is a number from 1"),
  },
  base: {
    value: "version",
    about:
      "number, or beginning of the id, of the version that yours was made from; if the label stands elsewhere by now, nothing is published",
    check: (value) =>
      /^[1-9]\d{0,5}$/.test(value) || /^[A-Za-z0-9_-]{8,43}$/.test(value)
        ? undefined
        : "is a number such as 6, or at least 8 characters of an id",
  },
  labels: { about: "give the versions of the files numbers, and set the labels that they have there" },
  json: { about: "answer in JSON, for programs" },
  limit: {
    value: "number",
    fallback: "10",
    about: "how many passages are told at most",
    check: (value) => (/^[1-9]\d{0,2}$/.test(value) ? undefined : "is a number from 1 to 999"),
  },
  responder: {
    value: "on|off",
    fallback: "on",
    about: "whether a responder runs beside the relay, which answers what people ask",
    check: oneOf("on", "off"),
  },
  "model-url": {
    value: "url",
    about: "where models are reached, such as http://127.0.0.1:11434/v1 for Ollama; without models, passages of sources are quoted",
    check: (value) => (isModelUrl(value) ? undefined : "is an address such as http://127.0.0.1:11434/v1, without a key in it"),
  },
  model: {
    value: "name",
    list: true,
    about: "model there that answers; may be repeated, and the first answers where none is asked for. Default what is there",
  },
  "model-api": {
    value: "api",
    about: "what is spoken there: chat, responses or anthropic; else the address says it, and chat is what most speak",
    check: oneOf("chat", "responses", "anthropic"),
  },
  "api-key-file": { value: "file", about: `file of the key for it; else the key is ${API_KEY} in the environment` },
  models: {
    value: "file",
    about:
      "JSON file with a list of models at several addresses; in the configuration file the list itself. docs/answers.md tells its fields",
  },
  yes: { about: "do it, without asking" },
  format: { value: "name", about: FORMAT_MEANINGS.export },
  "every-line": { about: "of an export to openai: a record for every branch, not only for the one that is shown" },
  out: { value: "file", about: "file to write" },
  repair: { about: "mend what is damaged; what cannot be kept is moved aside to damaged/ in the data folder" },
  lift: {
    value: "id",
    about: "document to take out of quarantine",
    check: (value) => (isDocumentId(value) ? undefined : "is a document id such as home/conv/1"),
  },
} as const satisfies Record<string, Flag>

/** The name of a flag. */
export type FlagName = keyof typeof FLAGS

const FLAG_NAMES = Object.keys(FLAGS) as FlagName[]

/** What a command was called with. */
export interface Call {
  readonly files: readonly string[]
  /** The value of a flag, from the command line, else the environment, else the configuration file, else its default. */
  flag(name: FlagName): string | undefined
  /** The values of a flag that may be given several times; empty when it was not. */
  list(name: FlagName): readonly string[]
  /** Whether a switch is on. */
  on(name: FlagName): boolean
}

/** The twin of a flag in the environment. */
export function environmentName(name: FlagName): string {
  return `POLYLOGUE_${name.toUpperCase().replaceAll("-", "_")}`
}

/** Of the flags of a command those that mean something else in others, so that what environment and configuration file say is not meant for it. */
export interface OwnFlags {
  /** Switches here, with a value elsewhere. */
  readonly switches?: readonly FlagName[] | undefined
  /** With a value here, without a default. */
  readonly values?: readonly FlagName[] | undefined
}

/**
 * Reads the arguments of a command.
 * @param allowed - the flags that the command knows.
 * @throws CommandError `usage` for unknown flags, values that do not fit, and configuration files that cannot be read.
 */
export function parseCall(
  args: readonly string[],
  allowed: readonly FlagName[],
  environment: Readonly<Record<string, string | undefined>>,
  { switches = [], values: own = [] }: OwnFlags = {},
): Call {
  const { values, positionals } = parse(args, allowed, switches)
  const given = (name: FlagName): string | undefined => values[name] ?? environment[environmentName(name)]
  const configFile = allowed.includes("config") ? given("config") : undefined
  const configured = configFile === undefined ? {} : readConfig(configFile, allowed)
  const chosen = new Map<FlagName, string>()
  for (const name of switches) if (values[name] !== undefined) chosen.set(name, values[name])
  for (const name of allowed) {
    if (switches.includes(name)) continue
    const value = own.includes(name) ? values[name] : (given(name) ?? configured[name] ?? flagOf(name).fallback)
    if (value === undefined) continue
    for (const one of valuesOf(name, value)) {
      const problem = checkOf(name)(one)
      if (problem !== undefined) throw new CommandError("usage", `--${name} ${problem}, not "${one}".`)
    }
    chosen.set(name, value)
  }
  return {
    files: positionals,
    flag: (name) => chosen.get(name),
    list: (name) => (chosen.has(name) ? valuesOf(name, chosen.get(name)!) : []),
    on: (name) => chosen.get(name) === "true",
  }
}

function flagOf(name: FlagName): Flag {
  return FLAGS[name]
}

function valuesOf(name: FlagName, value: string): readonly string[] {
  if (flagOf(name).list !== true) return [value]
  return value
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "")
}

function checkOf(name: FlagName): NonNullable<Flag["check"]> {
  const { check, value } = flagOf(name)
  return check ?? (value === undefined ? oneOf("true", "false") : () => undefined)
}

function parse(
  args: readonly string[],
  allowed: readonly FlagName[],
  switches: readonly FlagName[],
): { values: Partial<Record<FlagName, string>>; positionals: string[] } {
  const options = Object.fromEntries(
    allowed.map((name) => {
      const { value, list = false } = flagOf(name)
      return [
        name,
        value === undefined || switches.includes(name) ? { type: "boolean" as const } : { type: "string" as const, multiple: list },
      ]
    }),
  )
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
    const texts = Object.entries(values).map(([name, value]) => [name, String(value)] as const)
    return { values: Object.fromEntries(texts) as Partial<Record<FlagName, string>>, positionals }
  } catch (error) {
    // The parser's own advice about `--` follows its first sentence and is of no use here.
    const [reason] = reasonOf(error).split(". ")
    throw new CommandError("usage", `${reason}. See polylogue --help.`, { cause: error })
  }
}

function readConfig(file: string, allowed: readonly FlagName[]): Partial<Record<FlagName, string>> {
  let config: unknown
  try {
    config = JSON.parse(readFileSync(file, "utf8"))
  } catch (error) {
    throw new CommandError("usage", `The configuration ${file} cannot be read: ${fileReasonOf(error)}.`, { cause: error })
  }
  if (typeof config !== "object" || config === null || Array.isArray(config)) {
    throw new CommandError("usage", `The configuration ${file} must be a JSON object of flags.`)
  }
  const read: Partial<Record<FlagName, string>> = {}
  for (const [name, value] of Object.entries(config)) {
    const known = FLAG_NAMES.find((flag) => flag === name && flag !== "config")
    if (known === undefined) throw new CommandError("usage", `The configuration ${file} has "${name}", which is no flag.`)
    // One file may be for several commands: each takes from it what it knows.
    if (!allowed.includes(known)) continue
    read[known] = configuredValue(file, known, value)
  }
  return read
}

function configuredValue(file: string, name: FlagName, value: unknown): string {
  const { value: takes, list = false } = flagOf(name)
  if (takes === undefined && typeof value === "boolean") return String(value)
  if (takes !== undefined && (typeof value === "string" || typeof value === "number")) return String(value)
  if ((name === "limits" || name === "models") && typeof value === "object" && value !== null) return JSON.stringify(value)
  if (list && Array.isArray(value) && value.every((one) => typeof one === "string")) return value.join(",")
  const wanted = takes === undefined ? "true or false" : list ? "a text or a list of texts" : "a text or a number"
  throw new CommandError("usage", `In ${file}, "${name}" must be ${wanted}.`)
}
