import type { ConversationView } from "../conversation-view.ts"
import { compareByClock } from "../hybrid-clock.ts"
import type { Message, MessagePart } from "../message.ts"
import type { TreeNode } from "../message-tree.ts"
import { supersededParts } from "../superseded-parts.ts"
import type { BranchChoices } from "../visible-line.ts"
import { blobUrn, writeDataUrl } from "./data-url.ts"
import type { JsonObject } from "./json-value.ts"
import { without } from "./json-value.ts"

/**
 * What a format could not hold. Codes are API, texts are not: `branch` a message beside the line; `bytes` what is in an attachment;
 * `deleted` the words of a deleted message; `place` that the message before it is missing; `part` a part of a kind that the format lacks;
 * `title`, `time`, `author`, `reactions`, `feedback`, `pin`; `absent` messages that have not arrived where the export is made.
 */
export type LeftCode =
  | "branch"
  | "bytes"
  | "deleted"
  | "place"
  | "part"
  | "title"
  | "time"
  | "author"
  | "reactions"
  | "feedback"
  | "pin"
  | "absent"

/** One thing that is in a conversation and not in its export. */
export interface Left {
  /** The message it belongs to; null for the conversation as a whole. */
  readonly messageId: string | null
  readonly code: LeftCode
  /** For people. */
  readonly what: string
}

/** One conversation in some format, and what that format could not hold of it. */
export interface Exported {
  readonly content: string
  readonly left: readonly Left[]
}

/** What an export is made of beside the conversation. */
export interface ExportOptions {
  /** For formats of one line: which line. Default the one a reader sees who chose nothing. */
  readonly choices?: BranchChoices
  /** Bytes of attachments by their hash (see `blobsOf`), for formats that hold them inline. One that is not given is named by its hash. */
  readonly blobs?: ReadonlyMap<string, Uint8Array>
  /** For OpenAI messages: a record for each message that nothing follows, instead of one for the line. Default false. */
  readonly everyLine?: boolean
}

/** A message where an export puts it. */
export interface Walked {
  readonly message: Message
  /** The message before it; null at the start, and when that is missing. */
  readonly parentId: string | null
}

/** All messages of a conversation, parents first, siblings by their clocks; notes in `left` what stands there without its parent. */
export function walkTree(view: ConversationView, left: Left[]): Walked[] {
  const tree = view.getTree()
  const nodesOf = (ids: readonly string[]): TreeNode[] => ids.flatMap((id) => tree.nodes.get(id) ?? []).toSorted(compareByClock)
  const roots = nodesOf(tree.roots.flatMap((turn) => turn.members))
  const detached = new Set(tree.roots.filter((turn) => turn.detached).flatMap((turn) => turn.members))
  const walked: Walked[] = []
  const stack: (readonly [node: TreeNode, parentId: string | null])[] = roots.toReversed().map((node) => [node, null] as const)
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const [{ id }, parentId] = top
    const message = view.getMessage(id)
    if (message !== undefined) walked.push({ message, parentId })
    if (detached.has(id))
      left.push({ messageId: id, code: "place", what: "the message that it follows is missing: it stands at the start" })
    const children = nodesOf(tree.turnsAfter(id).flatMap((turn) => turn.members))
    for (const child of children.toReversed()) stack.push([child, id])
  }
  return walked
}

/** The messages of the line that is exported; notes in `left` every other message. */
export function walkLine(view: ConversationView, options: ExportOptions, left: Left[]): Message[] {
  const line = view.getLine(options.choices).map((entry) => entry.id)
  const shown = new Set(line)
  for (const id of view.getTree().nodes.keys()) {
    if (!shown.has(id)) left.push({ messageId: id, code: "branch", what: "it stands on another branch" })
  }
  return line.flatMap((id) => view.getMessage(id) ?? [])
}

/**
 * The parts of a message that an export tells: none of a deleted one, which is noted, and of an answer that was written anew not the attempts that broke off, which other programs would take
 * for a part of it.
 */
export function toldParts(message: Message, left: Left[]): readonly MessagePart[] {
  if (message.deletedAt !== null) {
    left.push({ messageId: message.id, code: "deleted", what: "it is deleted: its words are left out" })
    return []
  }
  const superseded = supersededParts(message.parts)
  if (superseded.size === 0) return message.parts
  left.push({ messageId: message.id, code: "part", what: "what was written before it broke off and was written anew" })
  return message.parts.filter(({ pid }) => !superseded.has(pid))
}

/** Notes what people set on a message, which none of the other programs' formats hold. */
export function leaveRecords(message: Message, left: Left[], heldFeedback = 0): void {
  const { id: messageId, reactions, feedback, pinned } = message
  if (reactions.length > 0) left.push({ messageId, code: "reactions", what: "reactions" })
  if (feedback.length > heldFeedback) left.push({ messageId, code: "feedback", what: "what people thought of it" })
  if (pinned) left.push({ messageId, code: "pin", what: "that it is pinned" })
}

/** The fields of a part beside its text, with the state it reached unless that is the usual one. */
export function fieldsOf(part: MessagePart, usual = "done"): JsonObject {
  return { ...without(part.fields, "state"), ...(part.state === usual ? {} : { state: part.state }) }
}

/** A part as it stands, for the place that a format keeps for programs. */
export function wholePart(part: MessagePart): JsonObject {
  return { type: part.type, ...(part.text === null ? {} : { text: part.text }), ...fieldsOf(part) }
}

/** Where a file is: its bytes inline where they are given, else its address or its hash; undefined when the source had neither. */
export function fileUrl(messageId: string, part: MessagePart, options: ExportOptions, left: Left[]): string | undefined {
  const { sha256, url, name, mediaType } = part.fields
  const told = typeof name === "string" ? `: ${name}` : ""
  if (typeof sha256 !== "string") {
    if (typeof url === "string") return url
    left.push({ messageId, code: "bytes", what: `an attachment whose bytes are nowhere${told}` })
    return undefined
  }
  const bytes = options.blobs?.get(sha256)
  if (bytes !== undefined) return writeDataUrl(typeof mediaType === "string" ? mediaType : "application/octet-stream", bytes)
  left.push({ messageId, code: "bytes", what: `an attachment whose bytes are not here${told}` })
  return blobUrn(sha256)
}
