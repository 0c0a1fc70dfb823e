import { ConversationError } from "./conversation-error.ts"
import { checkSegmentNumber, isSegmentNumber } from "./segment.ts"

/**
 * Names a document: a path of segments such as `home/index` or `home/conv/0190…`. A grant on `home/conv/1` must not open
 * `home/conv/10`, so everything here works on whole segments.
 */
export type DocumentId = string

/** What a document id of this package names. */
export type DocumentName =
  | { readonly kind: "index"; readonly workspace: string }
  | { readonly kind: "conversation"; readonly workspace: string; readonly conversationId: string; readonly segment: number }
  | { readonly kind: "prompt"; readonly workspace: string; readonly promptId: string }
  | { readonly kind: "source"; readonly workspace: string; readonly sourceId: string }
  | { readonly kind: "other"; readonly workspace: string; readonly path: readonly string[] }

const SEGMENT = /^[A-Za-z0-9._~-]{1,128}$/
const MAX_DOCUMENT_ID_LENGTH = 512

/** Whether `value` may be one segment of a document id: 1 to 128 of `A-Z a-z 0-9 . _ ~ -`, but neither `.` nor `..`. */
export function isSegment(value: unknown): value is string {
  return typeof value === "string" && SEGMENT.test(value) && value !== "." && value !== ".."
}

/**
 * The document with the cards of a workspace.
 * @throws ConversationError `bad-id` unless `workspace` is a segment.
 */
export function indexDocumentId(workspace: string): DocumentId {
  return `${checkSegment(workspace, "workspace")}/index`
}

/**
 * The document of one segment of a conversation: of the first, 0, `<ws>/conv/<id>`; of the others `<ws>/conv/<id>/s<n>`.
 * @throws ConversationError `bad-id` unless both are segments of a path. RangeError unless `segment` is a whole number from 0 to 1023.
 */
export function conversationDocumentId(workspace: string, conversationId: string, segment = 0): DocumentId {
  const first = `${checkSegment(workspace, "workspace")}/conv/${checkSegment(conversationId, "conversation id")}`
  return checkSegmentNumber(segment) === 0 ? first : `${first}/s${segment}`
}

/**
 * The document of a prompt.
 * @throws ConversationError `bad-id` unless both are segments of a path.
 */
export function promptDocumentId(workspace: string, promptId: string): DocumentId {
  return `${checkSegment(workspace, "workspace")}/prompt/${checkSegment(promptId, "prompt id")}`
}

/**
 * The document of a source.
 * @throws ConversationError `bad-id` unless both are segments of a path.
 */
export function sourceDocumentId(workspace: string, sourceId: string): DocumentId {
  return `${checkSegment(workspace, "workspace")}/source/${checkSegment(sourceId, "source id")}`
}

/**
 * The document of the notes about a source, or about the messages of a conversation: `<ws>/anno/source.<id>`, `<ws>/anno/conv.<id>`. The latter also has what people think of the answers.
 * @throws ConversationError `bad-id` unless both are segments of a path, the id at most 121 characters long.
 */
export function notesDocumentId(workspace: string, of: { readonly sourceId: string } | { readonly conversationId: string }): DocumentId {
  checkSegment("sourceId" in of ? of.sourceId : of.conversationId, "id")
  const name = "sourceId" in of ? `source.${of.sourceId}` : `conv.${of.conversationId}`
  return `${checkSegment(workspace, "workspace")}/anno/${checkSegment(name, "name of notes")}`
}

/**
 * The private document of one person.
 * @throws ConversationError `bad-id` unless `userId` is a segment.
 */
export function userHomeDocumentId(userId: string): DocumentId {
  return `u/${checkSegment(userId, "user id")}/home`
}

/**
 * Takes a document id from outside apart.
 * @throws ConversationError `bad-id` for anything that is no path of 2 or more valid segments, at most 512 characters.
 */
export function parseDocumentId(value: unknown): DocumentName {
  if (typeof value !== "string" || value.length > MAX_DOCUMENT_ID_LENGTH) throw badId("document id", value)
  const [workspace, ...path] = value.split("/")
  if (!isSegment(workspace) || path.length === 0 || !path.every(isSegment)) throw badId("document id", value)
  if (path.length === 1 && path[0] === "index") return { kind: "index", workspace }
  const [, conversationId, name] = path
  const segment = path.length === 2 ? 0 : segmentNumber(name)
  if (path.length <= 3 && path[0] === "conv" && conversationId !== undefined && segment !== undefined) {
    return { kind: "conversation", workspace, conversationId, segment }
  }
  const [family, id] = path
  if (path.length === 2 && id !== undefined) {
    if (family === "prompt") return { kind: "prompt", workspace, promptId: id }
    if (family === "source") return { kind: "source", workspace, sourceId: id }
  }
  return { kind: "other", workspace, path }
}

function segmentNumber(name: string | undefined): number | undefined {
  const segment = Number(/^s([1-9][0-9]{0,3})$/.exec(name ?? "")?.[1])
  return isSegmentNumber(segment) ? segment : undefined
}

function checkSegment(value: string, what: string): string {
  if (!isSegment(value)) throw badId(what, value)
  return value
}

function badId(what: string, value: unknown): ConversationError {
  const shown = typeof value === "string" ? JSON.stringify(value.slice(0, 80)) : typeof value
  return new ConversationError("bad-id", `${shown} is not a ${what}: segments hold A-Z a-z 0-9 . _ ~ - only`)
}
