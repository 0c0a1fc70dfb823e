import type { ImportReason } from "../formats/import-item.ts"
import { isEmpty, isObject, type JsonObject, readTime, stringField, without } from "../formats/json-value.ts"
import { isSegment } from "../document-id.ts"
import type { PromptKind } from "../prompt/prompt-content.ts"
import { LATEST_LABEL, labelProblem } from "../publishing/prompt-registers.ts"
import { isVariableName, type PromptVariable, readVariable } from "../prompt/variables.ts"
import { takeFrontMatter, writeFrontMatter } from "./front-matter.ts"
import { tagsIn } from "./json-prompts.ts"
import { nameOfFile } from "./plain-prompt.ts"
import { PromptNames, textSlot } from "./prompt-columns.ts"
import type { PortablePrompt, PortableSlot, PortableVersion, PromptImportItem } from "./prompt-item.ts"
import type { PromptLeft } from "./prompt-left.ts"
import { foundPrompt } from "./prompt-report.ts"
import { earlier, newest, note } from "./prompt-text.ts"
import { beginsWithSlot, readSections, writeSections } from "./slot-sections.ts"

/** Whether `text` is Markdown with front matter, or begins with the heading of a message. */
export function isPromptMarkdown(text: string): boolean {
  return /^---[ \t]*\r?\n/u.test(text) ? takeFrontMatter(unixLines(text)).fields !== null : beginsWithSlot(text)
}

/**
 * Reads one prompt. Front matter says what is known about it; fields without a place here are kept. The body is the text, or has a section
 * for each message (see `slot-sections.ts`); a file without front matter and such sections is one text, every character of it.
 */
export function readMarkdownPrompt(file: string, given: string): PromptImportItem {
  const { fields, body, comments } = takeFrontMatter(unixLines(given))
  const notices: ImportReason[] = []
  if (comments) notices.push({ code: "reshaped", message: "comments in its front matter are not kept" })
  const taken: string[] = []
  const all = fields ?? {}
  const take = <T>(key: string, read: (value: unknown) => T | undefined, fallback: T): T => {
    const value = Object.hasOwn(all, key) ? read(all[key]) : undefined
    if (value !== undefined) taken.push(key)
    return value ?? fallback
  }
  const name = take("name", lineOf, undefined) ?? take("title", lineOf, undefined) ?? nameOfFile(file)
  const id = take("id", (value) => (isSegment(value) ? value : undefined), undefined) ?? new PromptNames("markdown").take(name).id
  const description = take("description", textOf, "")
  const tags = take("tags", tagsIn, [])
  const type = take<PromptKind | undefined>("type", (value) => (value === "chat" || value === "text" ? value : undefined), undefined)
  const about = {
    variables: take("variables", readVariables, {}),
    config: take("config", (value) => (isObject(value) ? value : undefined), {}),
    message: take("message", textOf, ""),
    createdAt: take<number | null>("created", (value) => (typeof value === "string" ? (readTime(value) ?? undefined) : undefined), null),
    author: take<string | null>("author", lineOf, null),
    labels: take("labels", readLabels, []),
    number: take<number | null>("version", (value) => (Number.isSafeInteger(value) ? (value as number) : undefined), null),
  }
  const { kind, slots, preamble } = readBody(body, type, fields !== null)
  const extra: JsonObject = { ...without(all, ...taken), ...(preamble === "" ? {} : { [PREAMBLE]: preamble }) }
  const version: PortableVersion = { kind, slots, ...about, extra: isEmpty(extra) ? null : { of: "markdown", fields: extra } }
  return foundPrompt({ file, position: "" }, { id, source: "markdown", name, description, tags, versions: [version] }, 0, notices)
}

/** What stands before the first message; no key of YAML that people write. */
const PREAMBLE = "(preamble)"

interface Body {
  readonly kind: PromptKind
  readonly slots: readonly PortableSlot[]
  readonly preamble: string
}

function readBody(body: string, type: PromptKind | undefined, front: boolean): Body {
  if (type !== "text" && (type === "chat" || beginsWithSlot(body))) {
    const { preamble, slots } = readSections(body)
    const before = preamble.trim()
    // A chat without a single heading is what a user says.
    if (slots.length === 0) return { kind: "chat", slots: before === "" ? [] : [textSlot(before)], preamble: "" }
    return { kind: "chat", slots, preamble: before }
  }
  // The empty line after the front matter and the line break at the end of the file are the file's, not the text's.
  const text = front ? body.replace(/^\n/u, "").replace(/\n$/u, "") : body
  return { kind: "text", slots: [textSlot(text)], preamble: "" }
}

/** A file of Windows has other line breaks everywhere, and means none of them. */
function unixLines(text: string): string {
  return /^[^\n]*\r\n/u.test(text) && !/(?:^|[^\r])\n/u.test(text) ? text.replaceAll("\r\n", "\n") : text
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined
}

function lineOf(value: unknown): string | undefined {
  const text = typeof value === "number" ? String(value) : value
  return typeof text === "string" && text.trim() !== "" ? text.trim() : undefined
}

function readLabels(value: unknown): readonly string[] | undefined {
  const labels = Array.isArray(value) ? (value as readonly unknown[]).filter((label) => label !== LATEST_LABEL) : [null]
  return labels.every((label): label is string => typeof label === "string" && labelProblem(label) === undefined) ? labels : undefined
}

/** Variables by name: what each is, or its default alone. Undefined, so that all is kept as it stands, unless each can be one. */
function readVariables(value: unknown): Readonly<Record<string, PromptVariable>> | undefined {
  if (!isObject(value)) return undefined
  const read = Object.entries(value).map(([name, held]) => [name, isVariableName(name) ? variableOf(held) : undefined] as const)
  return read.every((entry): entry is readonly [string, PromptVariable] => entry[1] !== undefined) ? Object.fromEntries(read) : undefined
}

const VARIABLE_FIELDS = ["type", "default", "description", "choices"]

function variableOf(held: unknown): PromptVariable | undefined {
  if (!isObject(held)) return held === null ? { type: "text" } : isScalar(held) ? { type: "text", default: String(held) } : undefined
  const { default: preset, type } = held
  const variable = readVariable({ ...held, ...(isScalar(preset) ? { default: String(preset) } : {}) })
  // What has more in it, or another type, is not read half.
  if (Object.keys(held).some((key) => !VARIABLE_FIELDS.includes(key)) || (type !== undefined && type !== variable?.type)) return undefined
  return variable
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
}

/** Writes the newest version of a prompt, such that {@link readMarkdownPrompt} reads exactly it. What that loses is put into `left`. */
export function writeMarkdownPrompt(prompt: PortablePrompt & { readonly id?: string }, left: PromptLeft[]): string {
  const version = newest(prompt)
  const { kind, slots, variables, config, labels, message, number, createdAt, author, extra } = version
  const { name, description, tags, versions } = prompt
  if (versions.length > 1) note(left, name, "versions", earlier(versions.length - 1))
  if (extra !== null && extra.of !== "markdown") note(left, name, "extra", "fields that came with it from elsewhere")
  if (kind === "text" && slots.length > 1) note(left, name, "roles", "where one of its texts ends")
  const fields = extra?.of === "markdown" ? extra.fields : {}
  const preamble = stringField(fields, PREAMBLE)
  const front = {
    ...(prompt.id === undefined ? {} : { id: prompt.id }),
    name,
    ...(description === "" ? {} : { description }),
    type: kind,
    ...(tags.length === 0 ? {} : { tags }),
    ...(labels.length === 0 ? {} : { labels }),
    ...(number === null ? {} : { version: number }),
    ...(message === "" ? {} : { message }),
    ...(author === null ? {} : { author }),
    ...(createdAt === null ? {} : { created: new Date(createdAt).toISOString() }),
    ...(Object.keys(variables).length === 0 ? {} : { variables }),
    ...(isEmpty(config) ? {} : { config }),
    ...without(fields, PREAMBLE),
  }
  const body = kind === "text" ? `${slots.map(({ text }) => text).join("\n\n")}\n` : writeSections(slots)
  return `${writeFrontMatter(front)}\n${preamble === undefined || kind === "text" ? "" : `${preamble}\n\n`}${body}`
}
