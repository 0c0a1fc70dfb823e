import type { ConversationView } from "../conversation-view.ts"
import type { Message, MessagePart } from "../message.ts"
import { encodeBase64 } from "./base64.ts"
import {
  type Exported,
  type ExportOptions,
  fieldsOf,
  fileUrl,
  leaveRecords,
  type Left,
  toldParts,
  walkTree,
  wholePart,
} from "./exported.ts"
import { isEmpty, isObject, type JsonObject, without } from "./json-value.ts"
import { OWN, OWN_PART, ownFields } from "./own-fields.ts"
import { neutralRole } from "./ui-message-writer.ts"

/** A whole conversation as assistant-ui exports a thread: every branch, the line's end as the head. */
export function exportAssistantUi(id: string, view: ConversationView, options: ExportOptions = {}): Exported {
  const left: Left[] = []
  const messages = walkTree(view, left).map(({ message, parentId }) => ({ parentId, message: threadMessage(message, options, left) }))
  const headId = view.getLine(options.choices).at(-1)?.id ?? null
  return { content: JSON.stringify({ headId, threadId: id, title: view.getTitle(), messages }, null, 2), left }
}

function threadMessage(message: Message, options: ExportOptions, left: Left[]): JsonObject {
  const role = neutralRole(message)
  const told = toldParts(message, left)
  const feedback = role === "assistant" ? ratingOf(message) : undefined
  leaveRecords(message, left, feedback === undefined ? 0 : 1)
  const custom = { [OWN]: ownFields({ ...message, parts: told }) }
  const content = told.map((part) => threadPart(message.id, part, options, left))
  const common = { id: message.id, createdAt: isoTime(message.createdAt ?? message.clock), role, content }
  if (role === "user") return { ...common, attachments: [], metadata: { custom } }
  if (role === "system") return { ...common, metadata: { custom } }
  const ended = told.find(({ state }) => state === "stopped" || state === "failed")?.state
  const status =
    ended === undefined
      ? { type: "complete", reason: "unknown" }
      : { type: "incomplete", reason: ended === "stopped" ? "cancelled" : "error" }
  const unused = { unstable_state: null, unstable_annotations: [], unstable_data: [], steps: [] }
  return {
    ...common,
    status,
    metadata: { ...unused, ...(feedback === undefined ? {} : { submittedFeedback: { type: feedback } }), custom },
  }
}

function threadPart(messageId: string, part: MessagePart, options: ExportOptions, left: Left[]): JsonObject {
  const own = (fields: JsonObject): JsonObject => (isEmpty(fields) ? {} : { providerMetadata: { [OWN]: fields } })
  const { type, text, fields } = part
  const { url, title, mediaType } = fields
  if ((type === "text" || type === "reasoning") && text !== null) return { type, text, ...own(fieldsOf(part)) }
  if (type === "file") return threadFile(messageId, part, options, left) ?? ownPart(part)
  if (type === "source" && typeof url === "string") {
    const known = ["url", ...(typeof title === "string" ? ["title"] : [])]
    const named = { sourceType: "url", id: part.pid, url, ...(typeof title === "string" ? { title } : {}) }
    return { type, ...named, providerMetadata: { [OWN]: without(fieldsOf(part), ...known) } }
  }
  if (type === "source" && typeof title === "string" && typeof mediaType === "string") {
    return {
      type,
      sourceType: "document",
      id: part.pid,
      title,
      mediaType,
      providerMetadata: { [OWN]: without(fieldsOf(part), "title", "mediaType") },
    }
  }
  if (type === "tool" && typeof fields["name"] === "string") return threadTool(part, fields["name"], own)
  const { name, data } = fields
  const plain = type === "data" && text === null && part.state === "done" && isEmpty(without(fields, "name", "data", "state"))
  if (plain && typeof name === "string" && name !== OWN_PART && "data" in fields) return { type, name, data }
  return ownPart(part)
}

function ownPart(part: MessagePart): JsonObject {
  return { type: "data", name: OWN_PART, data: wholePart(part) }
}

function threadFile(messageId: string, part: MessagePart, options: ExportOptions, left: Left[]): JsonObject | undefined {
  const place = fileUrl(messageId, part, options, left)
  if (place === undefined) return undefined
  const { sha256, mediaType, name } = part.fields
  const type = typeof mediaType === "string" ? mediaType : "application/octet-stream"
  const filename = typeof name === "string" ? name : "file"
  const rest = without(fieldsOf(part), "sha256", "url", "name")
  if (type.startsWith("image/")) return { type: "image", image: place, filename, providerMetadata: { [OWN]: rest } }
  const bytes = typeof sha256 === "string" ? options.blobs?.get(sha256) : undefined
  const data = bytes === undefined ? { data: place, sourceType: place.startsWith("urn:") ? "id" : "url" } : { data: encodeBase64(bytes) }
  const more = without(rest, "mediaType")
  return { type: "file", filename, mimeType: type, ...data, providerMetadata: { [OWN]: more } }
}

function threadTool(part: MessagePart, toolName: string, own: (fields: JsonObject) => JsonObject): JsonObject {
  const { fields } = part
  const { input, inputText, output, errorText, toolCallId } = fields
  const argsText = typeof inputText === "string" ? inputText : JSON.stringify(input ?? null)
  const isError = typeof errorText === "string"
  const usual = isError ? "output-error" : output !== undefined ? "output-available" : "input-available"
  const known = ["name", "toolCallId", "input", "inputText", "errorText", ...(isError ? [] : ["output"])]
  return {
    type: "tool-call",
    toolCallId: typeof toolCallId === "string" ? toolCallId : part.pid,
    toolName,
    args: isObject(input) ? input : {},
    argsText,
    ...(isError ? { result: errorText, isError: true } : output === undefined ? {} : { result: output }),
    ...own(without(fieldsOf(part, usual), ...known)),
  }
}

/** The one rating of a message, when it is the only thing that anybody thought of it. */
function ratingOf({ feedback }: Message): "positive" | "negative" | undefined {
  const [only, other] = feedback
  const rating = other === undefined && isObject(only?.value) ? only.value["rating"] : undefined
  return rating === "up" ? "positive" : rating === "down" ? "negative" : undefined
}

function isoTime(time: number): string {
  return new Date(Math.min(Math.max(Math.trunc(time), 0), 8.64e15)).toISOString()
}
