import {
  type Author,
  type ConversationOptions,
  type PromptFormat,
  type PromptFormatName,
  PROMPT_FORMATS,
  type PromptImportReport,
  type PromptLeft,
} from "@polylogue/conversation"
import { randomBytes } from "@polylogue/replica/node"
import { createHash } from "node:crypto"
import { hostname } from "node:os"
import { CommandError } from "./command-error.ts"
import type { Call } from "./flags.ts"
import type { Workspace } from "./workspace.ts"

/** The format of prompts that `--format` names; undefined when it names none, or `auto`. @throws CommandError `usage` */
export function namedFormat(call: Call): PromptFormat<PromptFormatName> | undefined {
  const named = call.flag("format")
  if (named === undefined || named === "auto") return undefined
  const format = PROMPT_FORMATS.find(({ name }) => name === named)
  if (format !== undefined) return format
  throw new CommandError("usage", `--format is one of ${PROMPT_FORMATS.map(({ name }) => name).join(", ")} for prompts, not "${named}".`)
}

/** Who writes: whom the relay takes the command for. One person at one machine is one writer, however often the command is called. */
export function writingAs({ principal }: Workspace): ConversationOptions {
  const author: Author = { id: principal, kind: "person", name: principal }
  const writer = createHash("sha256").update(`${principal}\n${hostname()}`).digest("hex").slice(0, 12)
  return { writer: `command-${writer}`, author, now: () => Date.now(), randomBytes }
}

/** What an export could not hold of one prompt, on one line. */
export function leftLines(left: readonly PromptLeft[]): readonly string[] {
  const byPrompt = new Map<string, PromptLeft[]>()
  for (const one of left) byPrompt.set(one.prompt, [...(byPrompt.get(one.prompt) ?? []), one])
  return [...byPrompt].map(
    ([prompt, things]) => `left out of "${onLine(prompt)}": ${onLine(things.map(({ what }) => what).join("; "), 1000)}`,
  )
}

/** What became of one prompt of a file, with what is noteworthy on lines of their own. */
export function importLine({ status, where, name, versions, labels, reason, notices }: PromptImportReport): string {
  const place = where.position === "" ? where.file : `${where.file} ${where.position}`
  const known = versions.unchanged > 0 ? `, ${versions.unchanged} there before` : ""
  const count =
    status === "imported" || status === "unchanged" ? `, ${versions.imported} version${versions.imported === 1 ? "" : "s"}${known}` : ""
  const why = reason === null ? "" : `: ${reason.message} (${reason.code})`
  const set = labels.length === 0 ? [] : [`it has the labels ${labels.map(({ label }) => label).join(", ")} there`]
  const notes = [...notices.map((notice) => `${notice.message} (${notice.code})`), ...set].map((note) => `\n  ${note}`).join("")
  return `${status}  ${place}${name === null ? "" : ` "${onLine(name)}"`}${count}${why}${notes}`
}

/** A text from a file or from people as part of one line. */
export function onLine(text: string, maxLength = 80): string {
  const line = text.replaceAll(/[\p{Cc}\s]+/gu, " ").trim()
  // A pair that is cut in two leaves half a character.
  return line.length <= maxLength ? line : `${line.slice(0, maxLength).replace(/[\ud800-\udbff]$/u, "")}…`
}
