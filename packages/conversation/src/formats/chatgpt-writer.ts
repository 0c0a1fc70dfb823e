import type { ConversationView } from "../conversation-view.ts"
import type { Message } from "../message.ts"
import { type Exported, type ExportOptions, leaveRecords, type Left, toldParts, walkTree, wholePart } from "./exported.ts"
import { isEmpty, type JsonObject, without } from "./json-value.ts"
import { OWN, ownFields } from "./own-fields.ts"

/** A whole conversation in the shape of a ChatGPT export: the tree as a `mapping`, the line's end as `current_node`. Attachments stay behind: there they are files beside it. */
export function exportChatGpt(id: string, view: ConversationView, options: ExportOptions = {}): Exported {
  const left: Left[] = []
  const walked = walkTree(view, left)
  const children = new Map<string | null, string[]>()
  for (const { message, parentId } of walked) children.set(parentId, [...(children.get(parentId) ?? []), message.id])
  // No message has this id, for ids of messages hold no `/`.
  const rootId = `${id}/root`
  const mapping: [string, JsonObject][] = [[rootId, { id: rootId, message: null, parent: null, children: children.get(null) ?? [] }]]
  for (const { message, parentId } of walked) {
    const node = {
      id: message.id,
      message: chatGptMessage(message, left),
      parent: parentId ?? rootId,
      children: children.get(message.id) ?? [],
    }
    mapping.push([message.id, node])
  }
  const times = walked.flatMap(({ message }) => message.createdAt ?? [])
  const first = times.reduce<number | null>((least, time) => (least === null || time < least ? time : least), null)
  const last = times.reduce<number | null>((most, time) => (most === null || time > most ? time : most), null)
  const conversation = {
    title: view.getTitle(),
    create_time: seconds(first),
    update_time: seconds(last),
    mapping: Object.fromEntries(mapping),
    moderation_results: [],
    current_node: view.getLine(options.choices).at(-1)?.id ?? rootId,
    conversation_id: id,
    id,
  }
  return { content: JSON.stringify(conversation), left }
}

function chatGptMessage(message: Message, left: Left[]): JsonObject {
  const told = toldParts(message, left)
  leaveRecords(message, left)
  for (const { type, fields } of told) {
    const named = typeof fields["name"] === "string" ? `: ${fields["name"]}` : ""
    if (type === "file") left.push({ messageId: message.id, code: "bytes", what: `an attachment${named}` })
  }
  const texts = told.flatMap((part) => (part.type === "text" && part.text !== null ? [part.text] : []))
  // Only plain texts are all that ChatGPT's own content says of them; the parts go along where there is more.
  const plain = told.every(
    (part) => part.type === "text" && part.text !== null && part.state === "done" && isEmpty(without(part.fields, "state")),
  )
  const own = { ...ownFields(message), ...(plain ? {} : { parts: told.map(wholePart) }) }
  return {
    id: message.id,
    author: { role: roleOf(message), name: message.authorName, metadata: {} },
    create_time: seconds(message.createdAt),
    update_time: null,
    content: { content_type: "text", parts: texts },
    status: "finished_successfully",
    end_turn: true,
    weight: 1,
    metadata: { ...(message.model === null ? {} : { model_slug: message.model }), [OWN]: own },
    recipient: "all",
  }
}

function roleOf({ role, authorKind }: Message): string {
  if (["system", "user", "assistant", "tool"].includes(role)) return role
  return authorKind === "model" ? "assistant" : authorKind === "tool" ? "tool" : authorKind === "system" ? "system" : "user"
}

function seconds(time: number | null): number | null {
  return time === null ? null : time / 1000
}
