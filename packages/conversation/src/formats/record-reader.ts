import { ConversationError } from "../conversation-error.ts"
import { isAssistantUi, isAssistantUiRow, readAssistantUi } from "./assistant-ui.ts"
import { isChatbotUi, readChatbotUi } from "./chatbot-ui.ts"
import { isChatLog, readChatLog } from "./chat-log.ts"
import { isChatGpt, readChatGpt } from "./chatgpt.ts"
import { isClaude, readClaude } from "./claude.ts"
import type { FormatName } from "./format-table.ts"
import {
  type ImportedConversation,
  type ImportItem,
  type ImportPlace,
  ImportProblem,
  type ImportReason,
  problemReport,
} from "./import-item.ts"
import { isDeeperThan, isObject, type JsonObject, MAX_DEPTH, stringField } from "./json-value.ts"
import { isLangfuseTrace, readLangfuseTrace } from "./langfuse-trace.ts"
import { isLibreChat, readLibreChat } from "./librechat.ts"
import { isNativeConversation, readNative } from "./native.ts"
import { isOpenAssistant, readOpenAssistant } from "./openassistant.ts"
import { isOpenAiMessage, isOpenAiMessages, readOpenAiMessages } from "./openai-messages.ts"
import { isOpenWebUi, readOpenWebUi } from "./open-webui.ts"
import { isShareGpt, isShareGptTurn, readShareGpt } from "./sharegpt.ts"
import { isTopicTurns, readTopicTurns } from "./topic-turns.ts"
import { isUiMessage, isUiMessages, readUiMessages } from "./ui-messages.ts"

/** How a record is read. */
export interface ReadOptions {
  /** Most messages in one conversation; one with more fails. Default 100 000. */
  readonly maxMessages?: number
  /** The format it has; by default it is told from the content. A native file says so around its records, so they need it. */
  readonly format?: FormatName
}

const DEFAULT_MAX_MESSAGES = 100_000

interface Reader {
  readonly fits: (value: unknown) => value is JsonObject
  readonly read: (value: JsonObject, maxMessages: number) => ImportedConversation
  /** Its messages nest in one another, so it checks their depth itself. */
  readonly nests?: true
}

/** In the order in which they are asked: the first that fits reads; those with more marks of their own come first. */
const READERS: readonly (readonly [FormatName, Reader])[] = [
  ["polylogue", { fits: isNativeConversation, read: readNative }],
  ["chatgpt", { fits: isChatGpt, read: readChatGpt }],
  ["claude", { fits: isClaude, read: readClaude }],
  ["open-webui", { fits: isOpenWebUi, read: readOpenWebUi }],
  ["openassistant", { fits: isOpenAssistant, read: readOpenAssistant, nests: true }],
  ["librechat", { fits: isLibreChat, read: readLibreChat, nests: true }],
  ["assistant-ui", { fits: isAssistantUi, read: readAssistantUi }],
  ["ui-messages", { fits: isUiMessages, read: readUiMessages }],
  ["sharegpt", { fits: isShareGpt, read: readShareGpt }],
  ["chatbot-ui", { fits: isChatbotUi, read: readChatbotUi }],
  ["langfuse", { fits: isLangfuseTrace, read: readLangfuseTrace }],
  ["cast", { fits: isTopicTurns, read: readTopicTurns }],
  ["chat-log", { fits: isChatLog, read: readChatLog }],
  ["openai", { fits: isOpenAiMessages, read: readOpenAiMessages }],
]

/** Whether `value` is a message by itself, so that a list beginning with it is one conversation and not many. */
export function isLooseMessage(value: unknown): boolean {
  return isAssistantUiRow(value) || isUiMessage(value) || isOpenAiMessage(value) || isShareGptTurn(value)
}

/** The format that a record by itself seems to have; undefined when it is no conversation that is known here. */
export function detectFormat(value: unknown): FormatName | undefined {
  return READERS.find(([, { fits }]) => fits(value))?.[0]
}

/**
 * Reads one record of a file that was parsed elsewhere: the conversation in it, or the report why there is none. Never throws for
 * what is in it, and remembers nothing from record to record.
 */
export function readRecord(where: ImportPlace, value: unknown, options: ReadOptions = {}): ImportItem {
  const title = isObject(value) && !(value instanceof ImportProblem) ? (stringField(value, "title", "name") ?? null) : null
  try {
    if (value instanceof ImportProblem) throw value
    const list = Array.isArray(value) && isLooseMessage(value[0])
    const conversation = readConversation(list ? { messages: value } : value, options)
    return { kind: "conversation", where, conversation, notices: noticesOf(conversation) }
  } catch (error) {
    return { kind: "report", report: problemReport(where, asProblem(error), title) }
  }
}

function readConversation(value: unknown, { format, maxMessages = DEFAULT_MAX_MESSAGES }: ReadOptions): ImportedConversation {
  const reader = format === "polylogue" ? undefined : readerOf(value, format)
  if (reader?.nests !== true && isDeeperThan(value, MAX_DEPTH)) throw new ImportProblem("too-deep", `nested more than ${MAX_DEPTH} deep`)
  const count = messageCount(value)
  if (count > maxMessages) throw new ImportProblem("too-large", `${count} messages, the most is ${maxMessages}`)
  if (format === "polylogue") return readNative(value)
  if (reader !== undefined && isObject(value)) return reader.read(value, maxMessages)
  const known = isObject(value)
    ? ["mapping", "messages", "chat_messages", "conversations", "history"].find((key) => key in value)
    : undefined
  if (format !== undefined) throw new ImportProblem("unknown-format", `this is not in the format ${format}`)
  if (known === undefined) throw new ImportProblem("not-conversations", "this is no conversation", "skipped")
  throw new ImportProblem("unknown-format", `it looks like a conversation (it has \`${known}\`), in a format that cannot be imported`)
}

function readerOf(value: unknown, format: FormatName | undefined): Reader | undefined {
  return READERS.find(([name, { fits }]) => (format === undefined || name === format) && fits(value))?.[1]
}

function messageCount(value: unknown): number {
  if (!isObject(value)) return 0
  const chat = isObject(value["chat"]) ? value["chat"] : value
  const history = isObject(chat["history"]) ? chat["history"] : {}
  const lists = [
    value["messages"],
    value["chat_messages"],
    value["mapping"],
    value["conversations"],
    value["items"],
    value["turn"],
    history["messages"],
  ]
  return Math.max(...lists.map((list) => (Array.isArray(list) ? list.length : isObject(list) ? Object.keys(list).length : 0)))
}

function noticesOf(conversation: ImportedConversation): ImportReason[] {
  const ids = new Set(conversation.messages.map((message) => message.core.id))
  const orphans = conversation.messages.filter(({ core }) => core.parentId !== null && !ids.has(core.parentId)).length
  const files = conversation.messages.flatMap(({ parts }) => parts).filter((part) => part.type === "file")
  const absent = files.filter((part) => part["sha256"] === undefined && part["url"] === undefined).length
  const notices: ImportReason[] = []
  if (orphans > 0) {
    const message = `${orphans} message(s) follow one that is not in the file: shown at the start, linked when it arrives`
    notices.push({ code: "missing-parent", message })
  }
  if (absent > 0) notices.push({ code: "no-bytes", message: `${absent} attachment(s) are named, but what was in them is not in the file` })
  return notices
}

/**
 * What was thrown while reading, as a problem of what was read.
 * @throws the error itself when it is a mistake of ours, which must be seen.
 */
export function asProblem(error: unknown): ImportProblem {
  if (error instanceof ImportProblem) return error
  if (error instanceof ConversationError && error.code === "bad-encoding") return new ImportProblem("bad-encoding", error.message)
  // What no string or stack can hold.
  if (error instanceof RangeError) return new ImportProblem("too-large", "there is more in it than can be read at once")
  throw error
}
