import { readFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { CommandError, fileReasonOf, reasonOf } from "./command-error.ts"

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
  auth: { value: "none", fallback: "none", about: "who may connect; none is for this machine only", check: oneOf("none") },
  config: { value: "file", about: "JSON file with flags by name" },
  relay: {
    value: "url",
    about: "running relay to talk to, such as ws://127.0.0.1:4400",
    check: (value) => (isRelayUrl(value) ? undefined : "is an address such as ws://127.0.0.1:4400"),
  },
  workspace: {
    value: "name",
    fallback: "home",
    about: "workspace to read or write",
    check: (value) =>
      /^[A-Za-z0-9._~-]{1,64}$/.test(value) && !/^\.+$/.test(value) ? undefined : "has 1 to 64 letters, digits, or . _ ~ -",
  },
  token: {
    value: "token",
    about: "token to sign in to a relay with; better in the environment, where others on this machine do not see it",
  },
  yes: { about: "do it, without asking" },
  format: { value: "name", about: "import: auto; export: polylogue or markdown" },
  out: { value: "file", about: "file to write, - for standard output" },
} as const satisfies Record<string, Flag>

/** The name of a flag. */
export type FlagName = keyof typeof FLAGS

function isRelayUrl(value: string): boolean {
  if (!URL.canParse(value)) return false
  const { protocol, hash, username } = new URL(value)
  return (protocol === "ws:" || protocol === "wss:") && hash === "" && username === ""
}

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

/**
 * Reads the arguments of a command.
 * @param allowed - the flags that the command knows.
 * @throws CommandError `usage` for unknown flags, values that do not fit, and configuration files that cannot be read.
 */
export function parseCall(
  args: readonly string[],
  allowed: readonly FlagName[],
  environment: Readonly<Record<string, string | undefined>>,
): Call {
  const { values, positionals } = parse(args, allowed)
  const given = (name: FlagName): string | undefined => values[name] ?? environment[environmentName(name)]
  const configFile = allowed.includes("config") ? given("config") : undefined
  const configured = configFile === undefined ? {} : readConfig(configFile, allowed)
  const chosen = new Map<FlagName, string>()
  for (const name of allowed) {
    const value = given(name) ?? configured[name] ?? flagOf(name).fallback
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
): { values: Partial<Record<FlagName, string>>; positionals: string[] } {
  const options = Object.fromEntries(
    allowed.map((name) => {
      const { value, list = false } = flagOf(name)
      return [name, value === undefined ? { type: "boolean" as const } : { type: "string" as const, multiple: list }]
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
    const known = allowed.find((flag) => flag === name && flag !== "config")
    if (known === undefined) throw new CommandError("usage", `The configuration ${file} has "${name}", which is no flag of this command.`)
    read[known] = configuredValue(file, known, value)
  }
  return read
}

function configuredValue(file: string, name: FlagName, value: unknown): string {
  const { value: takes, list = false } = flagOf(name)
  if (takes === undefined && typeof value === "boolean") return String(value)
  if (takes !== undefined && (typeof value === "string" || typeof value === "number")) return String(value)
  if (list && Array.isArray(value) && value.every((one) => typeof one === "string")) return value.join(",")
  const wanted = takes === undefined ? "true or false" : list ? "a text or a list of texts" : "a text or a number"
  throw new CommandError("usage", `In ${file}, "${name}" must be ${wanted}.`)
}
