import { hexHash } from "../content-hash.ts"
import { snippetOf } from "../conversation-card.ts"
import { importedId } from "../identifier.ts"
import type { StoredMessage } from "../stored-message.ts"
import { authorship } from "./authorship.ts"
import { foreignConversation } from "./foreign-conversation.ts"
import { ImportProblem, type ImportedConversation } from "./import-item.ts"
import type { JsonObject } from "./json-value.ts"

const SOURCE = "chat-log"
const MAX_TITLE_LENGTH = 80
const SAMPLE_LINES = 20
const FIELD = "chat-log"

/**
 * A line of a log as IRC programs write them: something before the time, the time, then `<name> words`, `* name does something`, or a notice.
 * Groups: before, hours to seconds, rest.
 */
const LINE = /^([^[\]<>{}"]{0,80}?)\[(\d{1,2}:\d{2}(?::\d{2})?)\] ?(.*)$/su
const SAID = /^<([^<>]{1,64})> ?(.*)$/su
const DONE = /^ ?\* ?(\S{1,64}) ?(.*)$/su
const NOTICE = /^(?:===|---|-!-|\*\*\*) /u
const DATE = /(\d{4})-(\d{2})-(\d{2})/u

/** Whether a text is a chat log, told from its first lines: most of them have a time and a name. */
export function looksLikeChatLog(text: string): boolean {
  const lines = text
    .slice(0, 64 * 1024)
    .split("\n", SAMPLE_LINES * 2)
    .filter((line) => line.trim() !== "" && !NOTICE.test(line))
    .slice(0, SAMPLE_LINES)
  const said = lines.filter((line) => SAID.test(LINE.exec(line)?.[3] ?? ""))
  return said.length > 0 && said.length * 2 >= lines.length
}

/** A chat log as a record, among records that are JSON. */
export function chatLogRecord(text: string): JsonObject {
  return { [FIELD]: text }
}

/** Whether `value` is what {@link chatLogRecord} makes. */
export function isChatLog(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && typeof (value as JsonObject)[FIELD] === "string" && Object.keys(value).length === 1
}

/**
 * Reads a chat log: one message a line, many authors, one line of conversation; a log does not say who answers whom. What is before the words
 * of a line is kept in `origin.raw`, and a line that is no message is a hidden one, so that every character is in the conversation.
 * Times without a date have no place in the calendar: only lines with a date have one.
 * @throws ImportProblem `too-large` above `maxMessages`.
 */
export function readChatLog(value: JsonObject, maxMessages: number): ImportedConversation {
  const text = String(value[FIELD])
  const lines = text.split("\n").map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line))
  if (lines.at(-1) === "") lines.pop()
  if (lines.length > maxMessages) throw new ImportProblem("too-large", `${lines.length} messages, the most is ${maxMessages}`)
  // The first line decides which log it is, so that a longer copy of it adds to what is here.
  const sourceId = hexHash(lines[0] ?? "")
  let parentId: string | null = null
  let clock = 0
  const messages: StoredMessage[] = []
  for (const [index, line] of lines.entries()) {
    const { author, words, before, time } = readLine(line)
    const id = importedId(SOURCE, sourceId, String(index))
    clock = Math.max(clock + 1, time ?? 0)
    const role = author === null ? "system" : "user"
    const who = authorship({ source: SOURCE, role, ...(author === null ? {} : { name: author }) })
    messages.push({
      core: { id, parentId, ...who, clock, createdAt: time },
      parts: [{ pid: "0", type: "text", text: words }],
      origin: { source: SOURCE, sourceId: String(index), raw: JSON.stringify({ before }) },
    })
    parentId = id
  }
  const first = messages.find(({ core }) => core.role === "user")
  return foreignConversation({
    source: SOURCE,
    sourceId,
    title: snippetOf(first?.parts[0]?.text ?? lines[0] ?? "", MAX_TITLE_LENGTH),
    createdAt: messages.find(({ core }) => core.createdAt !== null)?.core.createdAt ?? null,
    rest: {},
    messages,
  })
}

interface LogLine {
  readonly author: string | null
  readonly words: string
  /** All of the line before its words. */
  readonly before: string
  readonly time: number | null
}

function readLine(line: string): LogLine {
  const [, stamp = "", clock = "", rest = ""] = LINE.exec(line) ?? []
  const [, author, words] = SAID.exec(rest) ?? DONE.exec(rest) ?? []
  if (author === undefined || words === undefined) return { author: null, words: line, before: "", time: null }
  return { author, words, before: line.slice(0, line.length - words.length), time: timeOf(stamp, clock) }
}

function timeOf(stamp: string, clock: string): number | null {
  const [date] = DATE.exec(stamp) ?? []
  const time = date === undefined ? Number.NaN : Date.parse(`${date}T${clock.padStart(clock.length < 6 ? 5 : 8, "0")}Z`)
  return Number.isNaN(time) ? null : time
}
