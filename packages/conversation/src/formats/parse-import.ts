import { ConversationError } from "../conversation-error.ts"
import { isChatGpt, readChatGpt } from "./chatgpt.ts"
import {
  type ImportedConversation,
  type ImportFile,
  type ImportItem,
  type ImportPlace,
  ImportProblem,
  type ImportReason,
  problemReport,
} from "./import-item.ts"
import { isDeeperThan, isObject, MAX_DEPTH, stringField } from "./json-value.ts"
import { isNativeFile, NATIVE_VERSION, readNative } from "./native.ts"
import { isOpenAiMessages, readOpenAiMessages } from "./openai-messages.ts"
import { decodeUtf8 } from "./utf8.ts"

/** Bounds of reading an import; what exceeds them becomes a report, never an exception. */
export interface ParseOptions {
  /** Most messages in one conversation; one with more fails. Default 100 000. */
  readonly maxMessages?: number
}

const DEFAULT_MAX_MESSAGES = 100_000

/**
 * Finds the conversations in files, whatever supported format each has: a ChatGPT export (one file or split into many), OpenAI
 * messages (JSONL, JSON), Polylogue's own. Formats are told from the content; file names are for reports only.
 *
 * Lazy: a file is parsed when the iteration reaches it and its conversations are read one by one, so that progress can be
 * shown. Never throws for what is in the files: each conversation, and each thing that is none, gives one item.
 */
export function* parseImport(files: Iterable<ImportFile>, options: ParseOptions = {}): IterableIterator<ImportItem> {
  for (const file of files) {
    const whole: ImportPlace = { file: file.name, position: "" }
    let found = false
    try {
      for (const { position, value } of findRecords(textOf(file))) {
        found = true
        yield readRecord({ file: file.name, position }, value, options)
      }
      if (!found) throw new ImportProblem("empty", "the file is empty", "skipped")
    } catch (error) {
      yield { kind: "report", report: problemReport(whole, asProblem(error)) }
    }
  }
}

interface FoundRecord {
  readonly position: string
  /** A parsed value, or the problem that stands in its place. */
  readonly value: unknown
}

/** The item of one record: a parsed value, or the {@link ImportProblem} that stands in its place. */
export function readRecord(where: ImportPlace, value: unknown, { maxMessages = DEFAULT_MAX_MESSAGES }: ParseOptions = {}): ImportItem {
  const title = isObject(value) ? (stringField(value, "title") ?? null) : null
  try {
    if (value instanceof ImportProblem) throw value
    const conversation = readConversation(value, maxMessages)
    return { kind: "conversation", where, conversation, notices: noticesOf(conversation) }
  } catch (error) {
    return { kind: "report", report: problemReport(where, asProblem(error), title) }
  }
}

function readConversation(value: unknown, maxMessages: number): ImportedConversation {
  if (isDeeperThan(value, MAX_DEPTH)) throw new ImportProblem("too-deep", `nested more than ${MAX_DEPTH} deep`)
  const count = messageCount(value instanceof NativeRecord ? value.value : value)
  if (count > maxMessages) throw new ImportProblem("too-large", `${count} messages, the most is ${maxMessages}`)
  if (value instanceof NativeRecord) return readNative(value.value)
  if (isChatGpt(value)) return readChatGpt(value)
  if (isOpenAiMessages(value)) return readOpenAiMessages(value)
  const known = isObject(value)
    ? ["mapping", "messages", "chat_messages", "conversations", "history"].find((key) => key in value)
    : undefined
  if (known === undefined) throw new ImportProblem("not-conversations", "this is no conversation", "skipped")
  throw new ImportProblem("unknown-format", `it looks like a conversation (it has \`${known}\`), in a format that cannot be imported`)
}

function messageCount(value: unknown): number {
  if (!isObject(value)) return 0
  if (Array.isArray(value["messages"])) return value["messages"].length
  return isObject(value["mapping"]) ? Object.keys(value["mapping"]).length : 0
}

/** Marks what stands in a native file, which is read as nothing else. */
export class NativeRecord {
  readonly value: unknown

  constructor(value: unknown) {
    this.value = value
  }
}

function* findRecords(text: string): IterableIterator<FoundRecord> {
  if (text.trim() === "") return
  const parsed = parseJson(text)
  if (parsed instanceof ImportProblem) yield* findLines(text, parsed)
  else if (isNativeFile(parsed)) {
    if (parsed["version"] !== NATIVE_VERSION) {
      const version = JSON.stringify(parsed["version"]) ?? "none"
      throw new ImportProblem(
        "unsupported-version",
        `version ${version.slice(0, 20)} of the format is not known here, only ${NATIVE_VERSION}`,
      )
    }
    const list = parsed["conversations"]
    if (!Array.isArray(list)) throw new ImportProblem("bad-record", "`conversations` is not a list")
    for (const [index, value] of (list as unknown[]).entries())
      yield { position: `conversations[${index}]`, value: new NativeRecord(value) }
  } else if (Array.isArray(parsed)) {
    for (const [index, value] of (parsed as unknown[]).entries()) yield { position: `[${index}]`, value }
  } else if (isObject(parsed) && Array.isArray(parsed["conversations"])) {
    for (const [index, value] of (parsed["conversations"] as unknown[]).entries()) yield { position: `conversations[${index}]`, value }
  } else yield { position: "", value: parsed }
}

/**
 * Reads JSONL, when `text` is that: of its first lines at least half are JSON objects. Otherwise the file is `problem`: a JSON
 * document that was cut off also has lines that parse by themselves, but few.
 */
function* findLines(text: string, problem: ImportProblem): IterableIterator<FoundRecord> {
  const sample: boolean[] = []
  for (const { content } of linesOf(text)) {
    const value = parseJson(content)
    sample.push(isObject(value) && !(value instanceof ImportProblem))
    if (sample.length === SAMPLE_LINES) break
  }
  if (sample.filter(Boolean).length * 2 < Math.max(1, sample.length)) throw problem
  for (const { line, content } of linesOf(text)) yield { position: `line ${line}`, value: parseJson(content) }
}

const SAMPLE_LINES = 10

function* linesOf(text: string): IterableIterator<{ readonly line: number; readonly content: string }> {
  for (let start = 0, line = 1; start < text.length; line++) {
    const newline = text.indexOf("\n", start)
    const end = newline === -1 ? text.length : newline
    const content = text.slice(start, end)
    start = end + 1
    if (content.trim() !== "") yield { line, content }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // What the engine says is neither for people nor the same everywhere.
    return new ImportProblem("not-json", breaksOff(text.trim()) ? "this breaks off before its end: export it again" : "this is no JSON")
  }
}

function breaksOff(text: string): boolean {
  return (text.startsWith("{") && !text.endsWith("}")) || (text.startsWith("[") && !text.endsWith("]"))
}

function textOf(file: ImportFile): string {
  const { content } = file
  if (typeof content === "string") return content.startsWith("\ufeff") ? content.slice(1) : content
  const [first, second] = content
  if (first === 0x50 && second === 0x4b)
    throw new ImportProblem("bad-encoding", "this is a zip archive: unpack it and import the JSON files in it")
  if (first === 0x1f && second === 0x8b) throw new ImportProblem("bad-encoding", "this is gzip: unpack it first")
  return decodeUtf8(content)
}

function noticesOf(conversation: ImportedConversation): ImportReason[] {
  const ids = new Set(conversation.messages.map((message) => message.core.id))
  const orphans = conversation.messages.filter(({ core }) => core.parentId !== null && !ids.has(core.parentId)).length
  if (orphans === 0) return []
  return [
    {
      code: "missing-parent",
      message: `${orphans} message(s) follow one that is not in the file: shown at the start, linked when it arrives`,
    },
  ]
}

/** What is reported for `error`; one that no input explains is thrown on. */
export function asProblem(error: unknown): ImportProblem {
  if (error instanceof ImportProblem) return error
  if (error instanceof ConversationError && error.code === "bad-encoding") return new ImportProblem("bad-encoding", error.message)
  // What no string or stack can hold; anything else is a mistake of ours and must be seen.
  if (error instanceof RangeError) return new ImportProblem("too-large", "there is more in it than can be read at once")
  throw error
}
