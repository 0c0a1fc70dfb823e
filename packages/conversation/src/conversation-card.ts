import { TITLE_AUTO, TITLE_USER } from "./conversation-layout.ts"
import { readClock } from "./hybrid-clock.ts"
import type { KeyIndex } from "./record-key.ts"
import { readEntries, type RegisterEntry } from "./register.ts"
import { compareTags, foldTag, MAX_TAG_LENGTH } from "./tag.ts"
import { wellFormed } from "./well-formed.ts"

/** What the list shows of a conversation: immutable, and the same object until something of it changes. */
export interface ConversationCard {
  readonly id: string
  /** The title a person gave, else the automatic one, else the empty string. */
  readonly title: string
  /** A person gave the title. */
  readonly titled: boolean
  /** Beginning of the latest message. */
  readonly snippet: string
  /** Clock of the latest activity on any device, else when it was created; 0 when neither is known (an import without times). */
  readonly lastActivity: number
  /** Who wrote the latest message; null where the device that noted it did not say. */
  readonly lastAuthorId: string | null
  readonly createdAt: number
  /** When it was deleted or erased; null while it is in the list. */
  readonly deletedAt: number | null
  /** Its words were erased for good, and nothing was written in it since: there is nothing to restore. */
  readonly erased: boolean
  readonly pinned: boolean
  readonly archived: boolean
  /** The folder it was put into, which may be deleted or not have arrived: ask `FolderForest.placeOf` where it shows. */
  readonly folderId: string | null
  /** Its tags, sorted; of several spellings of a tag one. */
  readonly tags: readonly string[]
}

/** Longest snippet in UTF-16 units; what is longer is cut. */
export const MAX_SNIPPET_LENGTH = 160

/** The latest activity in a conversation, as one device noted it. */
export interface Activity {
  readonly clock: number
  readonly snippet: string
  readonly authorId?: string
}

/** The beginning of a text on one line: at most `maxLength` UTF-16 units, never half a character. */
export function snippetOf(text: string, maxLength = MAX_SNIPPET_LENGTH): string {
  const line = text
    .slice(0, maxLength * 4)
    .replaceAll(/\s+/gu, " ")
    .trim()
  return wellFormed(line.length > maxLength ? `${line.slice(0, maxLength - 1).replace(/\p{Surrogate}$/u, "")}…` : line)
}

type Records = readonly (readonly [rest: readonly string[], value: unknown])[]

/** The card in the records of `id`; undefined when they make none. Each record is looked at once: at the first reading there are very many. */
export function readCard(index: KeyIndex, id: string): ConversationCard | undefined {
  const fields = new Map<string, (readonly [rest: readonly string[], value: unknown])[]>()
  for (const [[field = "", ...rest], value] of index.records(id)) {
    const known = fields.get(field)
    if (known === undefined) fields.set(field, [[rest, value]])
    else known.push([rest, value])
  }
  const of = (field: string): Records => fields.get(field) ?? []
  const register = (field: string): RegisterEntry | undefined => readEntries(of(field))[0]
  const created = of("createdAt").find(([rest]) => rest.length === 0)?.[1]
  const activities = of("activity")
    .map(([, value]) => readActivity(value))
    .filter((value) => value !== undefined)
  const userTitle = textOf(register(TITLE_USER))
  const autoTitle = textOf(register(TITLE_AUTO))
  // A flag alone makes no card: it may arrive before what it is about.
  if (created === undefined && activities.length === 0 && userTitle === "" && autoTitle === "") return undefined
  const createdAt = readClock(created)
  const latest = activities.sort(compareActivities)[0]
  const lastActivity = Math.max(latest?.clock ?? 0, createdAt)
  const deleted = register("deleted")
  const erasedAt = readErased(of("erased"))
  // What was written at the same time, or since, is in no erasure: it must be in the list.
  const erased = erasedAt !== undefined && (latest?.clock ?? 0) <= erasedAt
  const folder = register("folder")?.value
  return Object.freeze({
    id,
    title: userTitle === "" ? autoTitle : userTitle,
    titled: userTitle !== "",
    snippet: latest?.snippet ?? "",
    lastActivity,
    lastAuthorId: latest?.authorId ?? null,
    createdAt,
    deletedAt: deleted?.value === true ? deleted.clock : erased ? erasedAt : null,
    erased,
    pinned: register("pinned")?.value === true,
    archived: register("archived")?.value === true,
    folderId: typeof folder === "string" && folder !== "" ? folder : null,
    tags: readTags(of("tag")),
  })
}

/** What the order of a list goes by. */
type Listed = Pick<ConversationCard, "id" | "pinned" | "lastActivity">

/** Order of the list: pinned ones first, then by latest activity, newest first. */
export function compareCards(left: Listed, right: Listed): number {
  if (left.pinned !== right.pinned) return left.pinned ? -1 : 1
  return right.lastActivity - left.lastActivity || (left.id < right.id ? -1 : 1)
}

/** The activity in a stored value; undefined when it is none. */
export function readActivity(value: unknown): Activity | undefined {
  if (typeof value !== "object" || value === null) return undefined
  const { clock, snippet, authorId } = value as { clock?: unknown; snippet?: unknown; authorId?: unknown }
  return {
    clock: readClock(clock),
    snippet: typeof snippet === "string" ? snippet : "",
    ...(typeof authorId === "string" ? { authorId } : {}),
  }
}

function compareActivities(left: Activity, right: Activity): number {
  return right.clock - left.clock || (left.snippet < right.snippet ? 1 : left.snippet > right.snippet ? -1 : 0)
}

/** The clock up to which everything was erased; undefined when nothing was. */
function readErased(records: Records): number | undefined {
  const clocks = records.filter(([rest, value]) => rest.length === 1 && value === true).map(([rest]) => readClock(Number(rest[0])))
  return clocks.length === 0 ? undefined : Math.max(...clocks)
}

function readTags(records: Records): readonly string[] {
  if (records.length === 0) return NO_TAGS
  const byDigest = new Map<string, (readonly [rest: readonly string[], value: unknown])[]>()
  for (const [[digest = "", ...rest], value] of records) {
    const known = byDigest.get(digest) ?? []
    known.push([rest, value])
    byDigest.set(digest, known)
  }
  const tags = new Map<string, string>()
  for (const entries of byDigest.values()) {
    const tag = textOf(readEntries(entries)[0]).slice(0, MAX_TAG_LENGTH)
    if (tag.trim() === "") continue
    const fold = foldTag(tag)
    const known = tags.get(fold)
    if (known === undefined || tag < known) tags.set(fold, tag)
  }
  return Object.freeze([...tags.values()].sort(compareTags))
}

const NO_TAGS: readonly string[] = Object.freeze([])

function textOf(entry: RegisterEntry | undefined): string {
  return typeof entry?.value === "string" ? entry.value : ""
}
