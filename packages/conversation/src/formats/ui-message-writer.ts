import type { ConversationView } from "../conversation-view.ts"
import type { Message, MessagePart } from "../message.ts"
import {
  type Exported,
  type ExportOptions,
  fieldsOf,
  fileUrl,
  leaveRecords,
  type Left,
  toldParts,
  walkLine,
  wholePart,
} from "./exported.ts"
import { isEmpty, isObject, type JsonObject, without } from "./json-value.ts"
import { OWN, OWN_PART, ownFields } from "./own-fields.ts"

/** The states of a tool's part that the AI SDK knows, beside those that follow from what the part holds. */
const TOOL_STATES = new Set([
  "input-available",
  "approval-requested",
  "approval-responded",
  "output-available",
  "output-error",
  "output-denied",
])

/**
 * The line of a conversation as UI messages of the AI SDK, in the shape that its `validateUIMessages` takes. Tools are `dynamic-tool`
 * parts, for their own types belong to a program; what the shape has no place for travels in its metadata and comes back with an import.
 */
export function exportUiMessages(_id: string, view: ConversationView, options: ExportOptions = {}): Exported {
  const left: Left[] = []
  const messages = walkLine(view, options, left).map((message) => uiMessage(message, options, left))
  if (view.getTitle() !== "") left.push({ messageId: null, code: "title", what: "the title" })
  return { content: JSON.stringify(messages, null, 2), left }
}

function uiMessage(message: Message, options: ExportOptions, left: Left[]): JsonObject {
  leaveRecords(message, left)
  const parts = toldParts(message, left).map((part) => uiPart(message.id, part, options, left))
  const createdAt = message.createdAt === null ? {} : { createdAt: message.createdAt }
  return {
    id: message.id,
    role: neutralRole(message),
    metadata: { ...createdAt, [OWN]: ownFields({ ...message, parts: message.deletedAt === null ? message.parts : [] }) },
    // A message without parts is none to the AI SDK.
    parts: parts.length === 0 ? [{ type: "step-start" }] : parts,
  }
}

/** The role by which programs know the author: they have three. */
export function neutralRole({ role, authorKind }: Message): string {
  if (role === "system" || role === "user" || role === "assistant") return role
  return authorKind === "model" || authorKind === "tool" ? "assistant" : authorKind === "system" ? "system" : "user"
}

function uiPart(messageId: string, part: MessagePart, options: ExportOptions, left: Left[]): JsonObject {
  const own = (fields: JsonObject, key = "providerMetadata"): JsonObject => (isEmpty(fields) ? {} : { [key]: { [OWN]: fields } })
  const { type, text, fields } = part
  const { url, title, mediaType } = fields
  if ((type === "text" || type === "reasoning") && text !== null) return { type, text, ...own(fieldsOf(part)) }
  if (type === "file") {
    const place = fileUrl(messageId, part, options, left)
    const rest = without(fieldsOf(part), "sha256", "url", "name", "mediaType")
    const named = { mediaType: textOr(mediaType, "application/octet-stream"), filename: textOr(fields["name"], "file") }
    if (place !== undefined) return { type, ...named, url: place, ...own(rest) }
  }
  if (type === "source" && typeof url === "string") {
    const named = { sourceId: part.pid, url, ...(typeof title === "string" ? { title } : {}) }
    return {
      type: "source-url",
      ...named,
      providerMetadata: { [OWN]: without(fieldsOf(part), "url", ...(typeof title === "string" ? ["title"] : [])) },
    }
  }
  if (type === "source" && typeof title === "string" && typeof mediaType === "string") {
    return {
      type: "source-document",
      sourceId: part.pid,
      mediaType,
      title,
      providerMetadata: { [OWN]: without(fieldsOf(part), "title", "mediaType") },
    }
  }
  if (type === "tool" && typeof fields["name"] === "string") return uiTool(part, fields["name"], own)
  const { name, data } = fields
  const plain = type === "data" && text === null && part.state === "done" && isEmpty(without(fields, "name", "data", "state"))
  if (plain && typeof name === "string" && name !== OWN_PART && "data" in fields) return { type: `data-${name}`, data }
  return { type: `data-${OWN_PART}`, data: wholePart(part) }
}

function uiTool(part: MessagePart, toolName: string, own: (fields: JsonObject, key: string) => JsonObject): JsonObject {
  const { fields } = part
  const { input, output, errorText } = fields
  const held = typeof errorText === "string" ? "output-error" : output !== undefined ? "output-available" : "input-available"
  const needsResult = part.state === "output-available" || part.state === "output-error"
  const state = TOOL_STATES.has(part.state) && (!needsResult || part.state === held) ? part.state : held
  const known = ["name", "toolCallId", "input", "output", "errorText", "approval"]
  const result = state === "output-available" ? { output: output ?? null } : state === "output-error" ? { errorText } : {}
  const unheld = {
    ...(state !== "output-available" && output !== undefined ? { output } : {}),
    ...(state !== "output-error" && errorText !== undefined ? { errorText } : {}),
  }
  return {
    type: "dynamic-tool",
    toolName,
    toolCallId: textOr(fields["toolCallId"], part.pid),
    state,
    input: input ?? null,
    ...result,
    ...approvalOf(part, state),
    ...own({ ...without(fieldsOf(part, state), ...known), ...unheld }, "callProviderMetadata"),
  }
}

/** The answer to a tool that asked, as each state has to have it. */
function approvalOf({ fields, pid, approvals }: MessagePart, state: string): JsonObject {
  const given = isObject(fields["approval"]) ? fields["approval"] : {}
  const id = textOr(given["id"], textOr(fields["toolCallId"], pid))
  if (state === "approval-requested") return { approval: { id } }
  const reason = typeof given["reason"] === "string" ? { reason: given["reason"] } : {}
  if (state === "approval-responded") {
    const approved = typeof given["approved"] === "boolean" ? given["approved"] : !approvals.some((approval) => !approval.approved)
    return { approval: { id, approved, ...reason } }
  }
  return state === "output-denied" ? { approval: { id, approved: false, ...reason } } : {}
}

function textOr(value: unknown, fallback: string): string {
  return typeof value === "string" ? value : fallback
}
