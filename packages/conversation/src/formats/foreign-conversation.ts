import { TITLE_AUTO } from "../conversation-layout.ts"
import { importedId } from "../identifier.ts"
import { recordKey } from "../record-key.ts"
import type { StoredMessage } from "../stored-message.ts"
import type { ImportedCard, ImportedConversation } from "./import-item.ts"
import type { ImportedBlobs } from "./imported-blobs.ts"
import type { JsonObject } from "./json-value.ts"
import { latest } from "./latest-message.ts"

/** What an importer of another program's format has read of one conversation. */
interface ForeignConversation {
  readonly source: string
  /** Names it within `source`; with it the id, the same on every device. */
  readonly sourceId: string
  /** The empty string for none. No source says who gave it, so it counts as automatic. */
  readonly title: string
  readonly createdAt: number | null
  /** Fields without a place of their own. */
  readonly rest: JsonObject
  readonly messages: readonly StoredMessage[]
  /** Id of the message that the source had open. */
  readonly head?: string | undefined
  /** What its one user thought of messages. */
  readonly feedback?: readonly { readonly messageId: string; readonly value: unknown }[]
  /** Ids of the messages that are deleted there, though their words are still in it. */
  readonly deleted?: readonly string[]
  readonly blobs?: ImportedBlobs
  readonly card?: ImportedCard
}

// Who used the source: exports are of one person, whom they do not always name.
const SOURCE_USER = "user"
const IMPORT_WRITER = "import"

/** The conversation as `applyImport` takes it: origin, title and head become records of its `meta` map. */
export function foreignConversation({
  source,
  sourceId,
  title,
  createdAt,
  rest,
  messages,
  head,
  feedback = [],
  deleted = [],
  blobs,
  card,
}: ForeignConversation): ImportedConversation {
  const meta = new Map<string, unknown>([["origin", { source, sourceId, raw: JSON.stringify(rest) }]])
  if (title !== "") meta.set(recordKey(TITLE_AUTO, IMPORT_WRITER), { turn: 1, clock: createdAt ?? 0, value: title })
  if (head !== undefined) meta.set("head", head)
  const records = new Map([["meta", meta]])
  const entry = (value: unknown): unknown => ({ turn: 1, clock: createdAt ?? 0, value })
  const given = feedback.map(
    ({ messageId, value }) => [recordKey(messageId, `${source}:${SOURCE_USER}`, IMPORT_WRITER), entry(value)] as const,
  )
  if (given.length > 0) records.set("feedback", new Map(given))
  const gone = deleted.map((messageId) => [recordKey(messageId, "deleted", IMPORT_WRITER), entry(true)] as const)
  if (gone.length > 0) records.set("flags", new Map(gone))
  const bytes = blobs?.list() ?? []
  return {
    id: importedId(source, sourceId),
    source,
    title,
    titled: false,
    createdAt,
    ...latest(messages),
    messages,
    records,
    ...(bytes.length > 0 ? { blobs: bytes } : {}),
    ...(card === undefined || Object.values(card).every((value) => value === undefined) ? {} : { card }),
  }
}
