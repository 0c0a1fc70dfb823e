import { backup } from "./backup.ts"
import { doctor } from "./doctor.ts"
import { erase } from "./erase.ts"
import { exportConversations } from "./export.ts"
import { type Call, environmentName, type FlagName, FLAGS, FORMAT_MEANINGS, type OwnFlags } from "./flags.ts"
import { importFiles } from "./import.ts"
import { forgetRelay } from "./forget-command.ts"
import { addPeers, listPeers, removePeers } from "./peer-command.ts"
import { exportPrompts } from "./prompt-export.ts"
import { getPrompt } from "./prompt-get.ts"
import { importPrompts } from "./prompt-import.ts"
import { listPrompts } from "./prompt-list.ts"
import { publishPrompt } from "./prompt-publish.ts"
import { respond } from "./respond.ts"
import { restore } from "./restore.ts"
import { addSources } from "./source-add.ts"
import { listSources } from "./source-list.ts"
import { searchSources } from "./source-search.ts"
import { token } from "./token-command.ts"
import { serve } from "./serve.ts"

/** One command of the program. */
export interface Command {
  readonly name: string
  readonly about: string
  readonly operands?: string
  readonly flags: readonly FlagName[]
  /** Those that count on the command line alone. */
  readonly own?: OwnFlags
  /** What flags mean here, where the table of flags says it for other commands. */
  readonly meanings?: Partial<Readonly<Record<FlagName, string>>>
  /** Does the work; the number is the exit code. @throws CommandError */
  readonly run: (call: Call) => Promise<number>
}

const LISTEN_FLAGS = ["host", "port", "data", "auth", "auth-key-file", "public-url", "origin"] as const
/** Flags that say what a relay is among others. */
export const LINK_FLAGS = ["peer", "peer-token", "peer-token-file", "name", "mirror", "authority", "replicas", "relay-url"] as const
const SERVE_FLAGS = [...LISTEN_FLAGS, ...LINK_FLAGS, "limits", "log", "config"] as const
const SERVE_MEANINGS = { name: "what this relay is called among others (default its host and port)" } as const

/** Flags that say which models answer. */
export const MODEL_FLAGS = ["model-url", "model", "model-api", "api-key-file", "models"] as const
const ANSWERED_WORKSPACES = "workspace whose people are answered; may be repeated"

const GRANT_FLAGS = ["user", "role", "workspace", "document", "operator", "relay", "name", "ttl"] as const
const TOKEN_FLAGS = [
  ...GRANT_FLAGS,
  "rotate",
  "revoke",
  "revoke-user",
  "data",
  "auth-key-file",
  "public-url",
  "host",
  "port",
  "config",
] as const

const PLACE_FLAGS = ["relay", "token", "data", "workspace", "config"] as const

/** Every command, once: usage, flags and dispatch derive from here. */
export const COMMANDS: readonly Command[] = [
  {
    name: "serve",
    about: "relay, web app and responder in one process",
    flags: [...SERVE_FLAGS, "responder", "workspace", ...MODEL_FLAGS],
    meanings: { ...SERVE_MEANINGS, workspace: ANSWERED_WORKSPACES },
    run: (call) => serve(call, { withWebApp: true }),
  },
  {
    name: "relay",
    about: "the relay alone",
    flags: SERVE_FLAGS,
    meanings: SERVE_MEANINGS,
    run: (call) => serve(call, { withWebApp: false }),
  },
  {
    name: "respond",
    about: "answer what people ask, at a relay that runs; several may, and share the work",
    flags: ["relay", "token", "workspace", "name", "data", ...MODEL_FLAGS, "limits", "log", "config"],
    own: { values: ["data"] },
    meanings: {
      relay:
        "running relay to answer at, such as ws://127.0.0.1:4400; of several that are named it is at one, and goes to the next when that is gone",
      workspace: ANSWERED_WORKSPACES,
      name: "what people read of who answers (default the name of this machine)",
      data: "folder for its copy of what it answers in, so that a new start fetches little; default in memory",
    },
    run: respond,
  },
  {
    name: "import",
    about:
      "bring conversations in, from exports of ChatGPT, Claude, LibreChat, Open WebUI and others, data sets of BEIR and MT-RAG, and annotations; importing twice changes nothing",
    operands: "<file...>",
    flags: ["format", "name", "source", "relay", "token", "data", "workspace", "config"],
    meanings: { format: FORMAT_MEANINGS.import, name: "name of a data set; else that of its file" },
    run: importFiles,
  },
  {
    name: "export",
    about: "write the conversations of a workspace, or a round of judging, to a file, or to a folder of files",
    flags: ["format", "round", "judgements", "every-line", "out", "relay", "token", "data", "workspace", "config"],
    meanings: { out: "file to write, - for standard output; a folder for formats of one conversation, and for beir" },
    run: exportConversations,
  },
  {
    name: "prompt get",
    about: "print a published prompt: the version that has a label, production unless another is named, or a number",
    operands: "<name>",
    flags: ["label", "version", "format", "out", "json", ...PLACE_FLAGS],
    meanings: { format: FORMAT_MEANINGS.writePrompts, label: "label that the version has, such as staging (default production)" },
    run: getPrompt,
  },
  {
    name: "prompt list",
    about: "list the prompts of a workspace with their labels and versions",
    flags: ["json", ...PLACE_FLAGS],
    run: listPrompts,
  },
  {
    name: "prompt publish",
    about:
      "store a file, or - for standard input, as a version of a prompt, number it, and give it a label unless that was moved meanwhile",
    operands: "<file>",
    flags: ["name", "label", "message", "base", "format", "json", ...PLACE_FLAGS],
    meanings: { format: FORMAT_MEANINGS.readPrompts, message: "why this version was made" },
    run: publishPrompt,
  },
  {
    name: "prompt import",
    about: "bring prompts in, from Langfuse, CSV, JSON, Markdown and plain text; importing twice changes nothing",
    operands: "<file...>",
    flags: ["format", "labels", "json", ...PLACE_FLAGS],
    meanings: { format: FORMAT_MEANINGS.readPrompts },
    run: importPrompts,
  },
  {
    name: "prompt export",
    about: "write the prompts of a workspace to a file, or to a folder with a file each",
    flags: ["format", "out", ...PLACE_FLAGS],
    meanings: {
      format: FORMAT_MEANINGS.writePrompts,
      out: "file to write, - for standard output; a folder for markdown and text, which have a file for each prompt",
    },
    run: exportPrompts,
  },
  {
    name: "source add",
    about: "read files and keep them as sources, cut into passages: PDF, HTML, Markdown and other text; adding twice changes nothing",
    operands: "<file...>",
    flags: ["json", ...PLACE_FLAGS],
    run: addSources,
  },
  {
    name: "source list",
    about: "list the sources of a workspace",
    flags: ["json", ...PLACE_FLAGS],
    run: listSources,
  },
  {
    name: "source search",
    about: "find the passages of a workspace's sources that answer a question",
    operands: "<words...>",
    flags: ["limit", "json", ...PLACE_FLAGS],
    run: searchSources,
  },
  {
    name: "token",
    about: "make a token for a relay with --auth token, or revoke some; the relay may be running",
    flags: TOKEN_FLAGS,
    own: { switches: ["relay"] },
    meanings: {
      relay: "a token that makes its bearer a relay among others: it may link, and reads everything",
      name: "name of that relay",
    },
    run: token,
  },
  {
    name: "peer add",
    about: "have a relay dial others, beside those that --peer names; it may be running, and looks every second",
    operands: "<address...>",
    flags: ["data", "config"],
    run: addPeers,
  },
  {
    name: "peer remove",
    about: "have a relay dial some no more; it may be running",
    operands: "<address...>",
    flags: ["data", "config"],
    run: removePeers,
  },
  {
    name: "peer list",
    about: "list the relays that a data folder names",
    flags: ["data", "config"],
    run: listPeers,
  },
  {
    name: "peer forget",
    about: "tell relays that another one is gone for good, so that no erasure waits for it; by its name or its id",
    operands: "<relay>",
    flags: ["relay", "token", "data", "config"],
    meanings: { relay: "running relay to tell, such as ws://127.0.0.1:4400; may be repeated" },
    run: forgetRelay,
  },
  {
    name: "erase",
    about: "erase a document, or one message of a conversation, for good: at the relays, on every device, and their attachments",
    flags: ["document", "message", "yes", "relay", "token", "data", "config"],
    run: erase,
  },
  {
    name: "backup",
    about: "write all that a relay has to one file: documents and attachments; the relay may be running",
    flags: ["out", "relay", "token", "data", "config"],
    run: backup,
  },
  {
    name: "restore",
    about: "make a data folder of a backup",
    operands: "<file>",
    flags: ["data", "config"],
    run: restore,
  },
  {
    name: "doctor",
    about: "check a data folder while no relay uses it, repair it, take documents out of quarantine",
    flags: ["repair", "lift", "data", "config"],
    run: doctor,
  },
]

/** The command that `words` begin with, and the words after its name; undefined when they begin with none. */
export function commandIn(words: readonly string[]): { readonly command: Command; readonly rest: readonly string[] } | undefined {
  for (const length of [2, 1]) {
    const command = COMMANDS.find(({ name }) => name === words.slice(0, length).join(" "))
    if (command !== undefined) return { command, rest: words.slice(length) }
  }
  return undefined
}

/** The help text: of one command, or of all, or of those whose name begins with `group`. */
export function usage(command?: Command, group = ""): string {
  if (command === undefined) {
    const commands = COMMANDS.filter(({ name }) => name.startsWith(group))
    const width = Math.max(...commands.map(({ name }) => name.length))
    const lines = commands.map(({ name, about }) => `  ${name.padEnd(width)}  ${about}`)
    return [
      "polylogue: a conversation store that never loses a word",
      "",
      "polylogue <command> [flags]",
      "",
      ...lines,
      "",
      "polylogue <command> --help tells its flags.",
    ].join("\n")
  }
  const flags = command.flags.map((name) => {
    const meaning = command.meanings?.[name]
    if (command.own?.switches?.includes(name) === true) return helpLine(name, "", meaning ?? "")
    const flag: { value?: string; about: string; fallback?: string } = FLAGS[name]
    if (command.own?.values?.includes(name) === true) return helpLine(name, ` <${flag.value}>`, meaning ?? "")
    const fallback = flag.fallback === undefined ? "" : ` (default ${flag.fallback})`
    const takes = flag.value === undefined ? "" : ` <${flag.value}>`
    return helpLine(name, takes, `${meaning ?? flag.about}${fallback}; or ${environmentName(name)}`)
  })
  const operands = command.operands === undefined ? "" : ` ${command.operands}`
  return [`polylogue ${command.name}${operands} [flags]: ${command.about}`, "", ...flags].join("\n")
}

function helpLine(name: FlagName, takes: string, about: string): string {
  return `  ${`--${name}${takes}`.padEnd(20)}  ${about}`
}
