import type { Message } from "../message.ts"
import type { MessageCore } from "../stored-message.ts"
import { isEmpty, isObject, type JsonObject, stringField, without } from "./json-value.ts"

/**
 * Fields of ours that other programs' formats have no place for travel under this key, in the metadata that each of them keeps for
 * its programs, so that an export that comes back is what it was.
 */
export const OWN = "polylogue"
/** The name of a `data` part that holds a part of a type that the format does not know. */
export const OWN_PART = "polylogue-part"

/** What {@link ownFields} wrote of a message's core. */
export interface OwnCore {
  readonly role: string
  readonly alternativeOf: string | null
  readonly clock: number
  readonly createdAt: number | null
  readonly author: Pick<MessageCore, "authorId" | "authorKind"> & Partial<MessageCore>
  /** It has no parts; what stands for them is for the format's sake. */
  readonly empty: boolean
}

/** The fields of a message's core that other formats lack. Ids in it are those of the export. */
export function ownFields(message: Message): JsonObject {
  const { role, authorId, authorKind, authorName, alternativeOf, clock, createdAt, hidden, model, parts } = message
  const optional = { ...(authorName === null ? {} : { authorName }), ...(model === null ? {} : { model }), ...(hidden ? { hidden } : {}) }
  return { role, authorId, authorKind, ...optional, alternativeOf, clock, createdAt, ...(parts.length === 0 ? { empty: true } : {}) }
}

/** Reads back what {@link ownFields} wrote, under {@link OWN} in `metadata`; undefined when another program made it. */
export function readOwnFields(metadata: unknown): OwnCore | undefined {
  const own = isObject(metadata) ? metadata[OWN] : undefined
  if (!isObject(own)) return undefined
  const { role, authorId, authorKind, alternativeOf, clock, createdAt, hidden } = own
  if (typeof role !== "string" || typeof authorId !== "string" || typeof authorKind !== "string") return undefined
  const authorName = stringField(own, "authorName")
  const model = stringField(own, "model")
  return {
    role,
    empty: own["empty"] === true,
    alternativeOf: typeof alternativeOf === "string" ? alternativeOf : null,
    clock: typeof clock === "number" && Number.isFinite(clock) ? clock : 0,
    createdAt: typeof createdAt === "number" && Number.isFinite(createdAt) ? createdAt : null,
    author: {
      authorId,
      authorKind,
      ...(authorName === undefined ? {} : { authorName }),
      ...(model === undefined ? {} : { model }),
      ...(hidden === true ? { hidden } : {}),
    },
  }
}

/** The own fields of a part under `key`, `part` without them, and whether an export of ours wrote it. */
export function takeOwn(part: JsonObject, key: string): { readonly own: JsonObject; readonly rest: JsonObject; readonly ours: boolean } {
  const metadata = part[key]
  const own = isObject(metadata) ? metadata[OWN] : undefined
  if (!isObject(metadata) || !isObject(own)) return { own: {}, rest: part, ours: false }
  const others = without(metadata, OWN)
  return {
    own: without(own, "pid", "type", "text"),
    rest: { ...without(part, key), ...(isEmpty(others) ? {} : { [key]: others }) },
    ours: true,
  }
}
