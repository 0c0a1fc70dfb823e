import { readClock } from "../hybrid-clock.ts"
import type { RecordReader } from "../record-key.ts"
import { readEntries, type RegisterEntry } from "../register.ts"
import type { Author } from "../stored-message.ts"
import { readAuthor } from "./prompt-versions.ts"
import { readAnchor, type ResolvedAnchor, type TextAnchor } from "../text/text-anchor.ts"

/*
 * The map `threads`, by draft:
 *
 * | key | value |
 * |---|---|
 * | `<draft>/<thread>/about` | `{ slotId, anchor or null }`, written once |
 * | `<draft>/<thread>/resolved/<writer>` | register of `{ by: Author }`, or false |
 * | `<draft>/<thread>/comment/<comment>/made` | `{ author, clock, createdAt }`, written once |
 * | `<draft>/<thread>/comment/<comment>/<text or deleted>/<writer>` | registers |
 */

/** A remark of somebody in a thread. */
export interface PromptComment {
  readonly id: string
  readonly author: Author
  /** The empty string once it was deleted. */
  readonly text: string
  /** Wall time of the author's device in ms since 1970. */
  readonly createdAt: number
  readonly edited: boolean
  readonly deleted: boolean
}

/** A discussion about a place in a slot, or about a slot as a whole. Immutable, and the same object until something of it changes. */
export interface PromptThread {
  readonly id: string
  readonly slotId: string
  /** What it is about as it was said then; null for the whole slot. */
  readonly quote: string | null
  /** Where that is now; null for the whole slot. */
  readonly place: ResolvedAnchor | null
  /** Who called it settled; null while it is open. */
  readonly resolvedBy: Author | null
  /** The first is what it began with; in the order in which they were written, deleted ones included. */
  readonly comments: readonly PromptComment[]
}

/** What is stored of a thread, before its place is looked up in the text. */
export interface StoredThread extends Omit<PromptThread, "place" | "quote"> {
  readonly anchor: TextAnchor | null
  /** Clocks of all its comments. */
  readonly clocks: readonly number[]
}

type Records = (readonly [rest: readonly string[], value: unknown])[]

/** The threads in the records of a draft, oldest first. A thread is one as soon as it has a comment and says what it is about. */
export function readThreads(records: RecordReader, draftId: string): readonly StoredThread[] {
  const threads: StoredThread[] = []
  for (const [id, found] of grouped(records.records(draftId))) {
    const thread = readThread(id, found)
    if (thread !== undefined) threads.push(thread)
  }
  const begun = ({ clocks }: StoredThread): number => clocks[0] ?? 0
  return threads.sort((left, right) => begun(left) - begun(right) || (left.id < right.id ? -1 : 1))
}

function readThread(id: string, records: Records): StoredThread | undefined {
  const fields = grouped(records)
  const about = fieldsOf(fields.get("about")?.find(([rest]) => rest.length === 0)?.[1])
  const { slotId, anchor } = about
  if (typeof slotId !== "string") return undefined
  const comments: (PromptComment & { readonly clock: number })[] = []
  for (const [commentId, found] of grouped(fields.get("comment") ?? [])) {
    const comment = readComment(commentId, found)
    if (comment !== undefined) comments.push(comment)
  }
  if (comments.length === 0) return undefined
  comments.sort((left, right) => left.clock - right.clock || (left.id < right.id ? -1 : 1))
  const resolved = fieldsOf(registerOf(fields, "resolved")?.value)
  return {
    id,
    slotId,
    anchor: readAnchor(anchor) ?? null,
    resolvedBy: "by" in resolved ? readAuthor(resolved["by"]) : null,
    comments: Object.freeze(comments.map(({ clock: _clock, ...comment }) => Object.freeze(comment))),
    clocks: comments.map(({ clock }) => clock),
  }
}

function readComment(id: string, records: Records): (PromptComment & { readonly clock: number }) | undefined {
  const fields = grouped(records)
  const made = fields.get("made")?.find(([rest]) => rest.length === 0)?.[1]
  if (typeof made !== "object" || made === null) return undefined
  const { author, clock, createdAt } = fieldsOf(made)
  const said = registerOf(fields, "text")
  const deleted = registerOf(fields, "deleted")?.value === true
  return {
    id,
    author: readAuthor(author),
    text: !deleted && typeof said?.value === "string" ? said.value : "",
    createdAt: readClock(createdAt),
    edited: (said?.turn ?? 0) > 1,
    deleted,
    clock: readClock(clock),
  }
}

function registerOf(fields: ReadonlyMap<string, Records>, field: string): RegisterEntry | undefined {
  return readEntries(fields.get(field) ?? [])[0]
}

/** Records by the first segment of what is left of their keys. */
function grouped(records: Iterable<readonly [rest: readonly string[], value: unknown]>): ReadonlyMap<string, Records> {
  const groups = new Map<string, Records>()
  for (const [[first = "", ...rest], value] of records) {
    const known = groups.get(first) ?? []
    groups.set(first, known)
    known.push([rest, value])
  }
  return groups
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {}
}
