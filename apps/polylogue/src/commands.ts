import { backup } from "./backup.ts"
import { doctor } from "./doctor.ts"
import { erase } from "./erase.ts"
import { exportConversations } from "./export.ts"
import { type Call, environmentName, type FlagName, FLAGS } from "./flags.ts"
import { importFiles } from "./import.ts"
import { restore } from "./restore.ts"
import { token } from "./token-command.ts"
import { serve } from "./serve.ts"

/** One command of the program. */
export interface Command {
  readonly name: string
  readonly about: string
  readonly operands?: string
  readonly flags: readonly FlagName[]
  /** Does the work; the number is the exit code. @throws CommandError */
  readonly run: (call: Call) => Promise<number>
}

const SERVE_FLAGS = ["host", "port", "data", "auth", "auth-key-file", "public-url", "origin", "limits", "log", "config"] as const

const GRANT_FLAGS = ["user", "role", "workspace", "document", "operator", "ttl"] as const
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

/** Every command, once: usage, flags and dispatch derive from here. */
export const COMMANDS: readonly Command[] = [
  {
    name: "serve",
    about: "relay and web app in one process",
    flags: SERVE_FLAGS,
    run: (call) => serve(call, { withWebApp: true }),
  },
  {
    name: "relay",
    about: "the relay alone",
    flags: SERVE_FLAGS,
    run: (call) => serve(call, { withWebApp: false }),
  },
  {
    name: "import",
    about: "bring conversations in, from exports of ChatGPT, Claude, LibreChat, Open WebUI and others; importing twice changes nothing",
    operands: "<file...>",
    flags: ["format", "relay", "token", "data", "workspace", "config"],
    run: importFiles,
  },
  {
    name: "export",
    about: "write the conversations of a workspace to a file, or to a folder with a file each",
    flags: ["format", "every-line", "out", "relay", "token", "data", "workspace", "config"],
    run: exportConversations,
  },
  {
    name: "token",
    about: "make a token for a relay with --auth token, or revoke some; the relay may be running",
    flags: TOKEN_FLAGS,
    run: token,
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

/** The help text: of one command, or of all. */
export function usage(command?: Command): string {
  if (command === undefined) {
    const width = Math.max(...COMMANDS.map(({ name }) => name.length))
    const lines = COMMANDS.map(({ name, about }) => `  ${name.padEnd(width)}  ${about}`)
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
    const flag: { value?: string; about: string; fallback?: string } = FLAGS[name]
    const fallback = flag.fallback === undefined ? "" : ` (default ${flag.fallback})`
    const takes = flag.value === undefined ? "" : ` <${flag.value}>`
    return `  ${`--${name}${takes}`.padEnd(20)}  ${flag.about}${fallback}; or ${environmentName(name)}`
  })
  const operands = command.operands === undefined ? "" : ` ${command.operands}`
  return [`polylogue ${command.name}${operands} [flags]: ${command.about}`, "", ...flags].join("\n")
}
