import type { ConversationView } from "../conversation-view.ts"
import type { Message, MessagePart } from "../message.ts"
import { pathTo } from "../message-tree.ts"
import { encodeBase64 } from "./base64.ts"
import { type Exported, type ExportOptions, fileUrl, leaveRecords, type Left, toldParts, walkLine } from "./exported.ts"
import type { JsonObject } from "./json-value.ts"
import { neutralRole } from "./ui-message-writer.ts"

/**
 * The line of a conversation as one record of OpenAI messages, on one line; or with `everyLine` a record for each message that nothing follows.
 * What a tool gave stands in a message of its own after the call.
 */
export function exportOpenAi(_id: string, view: ConversationView, options: ExportOptions = {}): Exported {
  const left: Left[] = []
  const lines = options.everyLine === true ? allLines(view) : [walkLine(view, options, left)]
  if (view.getTitle() !== "") left.push({ messageId: null, code: "title", what: "the title" })
  const told = new Map<string, readonly JsonObject[]>()
  const records = lines.map((line) => {
    const messages = line.flatMap((message) => {
      const known = told.get(message.id) ?? openAiMessages(message, options, left)
      told.set(message.id, known)
      return known
    })
    return `${JSON.stringify({ messages })}\n`
  })
  return { content: records.join(""), left }
}

/** The path to each message that nothing follows. */
function allLines(view: ConversationView): Message[][] {
  const tree = view.getTree()
  const leaves = [...tree.nodes.keys()].filter((id) => tree.turnsAfter(id).length === 0)
  return leaves.map((leaf) => pathTo(tree, leaf).flatMap((id) => view.getMessage(id) ?? []))
}

function openAiMessages(message: Message, options: ExportOptions, left: Left[]): JsonObject[] {
  leaveRecords(message, left)
  const messageId = message.id
  if (message.createdAt !== null) left.push({ messageId, code: "time", what: "when it was written" })
  const parts = toldParts(message, left)
  if (message.deletedAt !== null) return []
  const role = message.role === "developer" || message.role === "tool" ? message.role : neutralRole(message)
  const blocks = parts.flatMap((part) => block(message.id, part, options, left))
  const reasoning = parts.filter((part) => part.type === "reasoning").map((part) => part.text ?? "")
  const calls = parts.filter((part) => part.type === "tool")
  const onlyText = blocks.every((item) => item["type"] === "text")
  const content = onlyText ? blocks.map((item) => item["text"] as string).join("\n\n") : blocks
  const said = {
    // A result that no call stands before is taken by nobody.
    role: role === "tool" ? "user" : role,
    content: blocks.length === 0 && calls.length > 0 ? null : content,
    ...(message.authorName === null || role === "assistant" ? {} : { name: message.authorName }),
    ...(reasoning.length === 0 ? {} : { reasoning_content: reasoning.join("\n\n") }),
    ...(calls.length === 0 ? {} : { tool_calls: calls.map(toolCall) }),
  }
  const results = calls.flatMap((part) => toolResult(part))
  return [said, ...results]
}

function block(messageId: string, part: MessagePart, options: ExportOptions, left: Left[]): JsonObject[] {
  const { type, text } = part
  if (type === "reasoning" || type === "tool") return []
  if (type === "text") return [{ type: "text", text: text ?? "" }]
  if (type === "quote" && text !== null) return [{ type: "text", text: text.replaceAll(/^/gmu, "> ") }]
  if (type === "code" && text !== null) return [{ type: "text", text: `\`\`\`\n${text}\n\`\`\`` }]
  if (type === "file") return fileBlock(messageId, part, options, left)
  left.push({ messageId, code: "part", what: `a part of the kind "${type}"` })
  return text === null ? [] : [{ type: "text", text }]
}

function fileBlock(messageId: string, part: MessagePart, options: ExportOptions, left: Left[]): JsonObject[] {
  const url = fileUrl(messageId, part, options, left)
  const { sha256, mediaType, name } = part.fields
  if (url === undefined || url.startsWith("urn:")) return []
  if (typeof mediaType === "string" && mediaType.startsWith("image/")) return [{ type: "image_url", image_url: { url } }]
  const bytes = typeof sha256 === "string" ? options.blobs?.get(sha256) : undefined
  if (mediaType === "audio/wav" && bytes !== undefined)
    return [{ type: "input_audio", input_audio: { data: encodeBase64(bytes), format: "wav" } }]
  if (bytes !== undefined) return [{ type: "file", file: { filename: typeof name === "string" ? name : "file", file_data: url } }]
  left.push({ messageId, code: "bytes", what: `an attachment that is only an address${typeof name === "string" ? `: ${name}` : ""}` })
  return []
}

function toolCall(part: MessagePart): JsonObject {
  const { toolCallId, name, input, inputText } = part.fields
  const args = typeof inputText === "string" ? inputText : JSON.stringify(input ?? null)
  return { id: idOf(toolCallId, part.pid), type: "function", function: { name: typeof name === "string" ? name : "tool", arguments: args } }
}

function toolResult(part: MessagePart): JsonObject[] {
  const { toolCallId, output, errorText } = part.fields
  const result = typeof errorText === "string" ? errorText : output
  if (result === undefined) return []
  return [{ role: "tool", tool_call_id: idOf(toolCallId, part.pid), content: typeof result === "string" ? result : JSON.stringify(result) }]
}

function idOf(toolCallId: unknown, pid: string): string {
  return typeof toolCallId === "string" ? toolCallId : `call-${pid}`
}
