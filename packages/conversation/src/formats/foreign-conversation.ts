import { TITLE_AUTO } from "../conversation-layout.ts"
import { importedId } from "../identifier.ts"
import { recordKey } from "../record-key.ts"
import type { StoredMessage } from "../stored-message.ts"
import type { ImportedConversation } from "./import-item.ts"
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
}

/** The conversation as `applyImport` takes it: origin, title and head become records of its `meta` map. */
export function foreignConversation({
  source,
  sourceId,
  title,
  createdAt,
  rest,
  messages,
  head,
}: ForeignConversation): ImportedConversation {
  const meta = new Map<string, unknown>([["origin", { source, sourceId, raw: JSON.stringify(rest) }]])
  if (title !== "") meta.set(recordKey(TITLE_AUTO, "import"), { turn: 1, clock: createdAt ?? 0, value: title })
  if (head !== undefined) meta.set("head", head)
  return {
    id: importedId(source, sourceId),
    source,
    title,
    titled: false,
    createdAt,
    ...latest(messages),
    messages,
    records: new Map([["meta", meta]]),
  }
}
