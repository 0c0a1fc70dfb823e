import { readAuthor } from "../author.ts"
import { compareThreads, readThreads, type StoredThread, type ThreadState } from "../discussion/thread-records.ts"
import { readClock } from "../hybrid-clock.ts"
import type { RecordReader } from "../record-key.ts"
import type { Author } from "../stored-message.ts"
import { compareTags } from "../tag.ts"
import { readAnchor, type TextAnchor } from "../text/text-anchor.ts"

/*
 * The map `notes` holds threads as `discussion/thread-records.ts` has them, by what they are about: the id of a message (without the `~` of another text of it), or `source`. Beside what all
 * threads have:
 *
 * | key | value |
 * |---|---|
 * | `<owner>/<thread>/about` | `{ kind, target, anchor or null, author, clock, createdAt }`; null once it was erased |
 * | `<owner>/<thread>/anchor/<writer>` | register: the anchor, where a person attached it anew |
 * | `<owner>/<thread>/tag/<digest>/<writer>` | register: the tag as it is spelled, or null |
 * | `<owner>/<thread>/removed/<writer>` | register: true |
 */
export const NOTES = "notes"

/** Owner of what is about a source. */
export const SOURCE_OWNER = "source"

/** What a note is about: the text of the source whose notes these are, or a part of a message. */
export type NoteTarget = { readonly kind: "source" } | { readonly kind: "message"; readonly messageId: string; readonly partId: string }

/** `highlight`: the place is marked, and something may be said about it. */
export type NoteKind = "note" | "highlight"

/** A note: a place, and what people say about it. Immutable, and the same object until something of it changes. */
export interface NoteThread extends ThreadState {
  readonly kind: NoteKind
  readonly target: NoteTarget
  /** The words it is about; null for the whole text. */
  readonly anchor: TextAnchor | null
  /** Who made it. */
  readonly author: Author
  /** Wall time of their device in ms since 1970. */
  readonly createdAt: number
  /** Sorted. */
  readonly tags: readonly string[]
}

/** A note with the clocks that what is written next in it stands after. */
export interface StoredNote extends NoteThread {
  readonly owner: string
  readonly begun: number
  readonly clocks: readonly number[]
}

/** All notes, oldest first, removed ones left out. */
export function readNotes(records: RecordReader, owners: Iterable<string>): readonly StoredNote[] {
  const notes: StoredNote[] = []
  for (const owner of owners) {
    for (const thread of readThreads(records, owner)) {
      const note = readNote(owner, thread)
      if (note !== undefined && thread.register("removed")?.value !== true) notes.push(note)
    }
  }
  return notes.sort(compareThreads)
}

function readNote(owner: string, thread: StoredThread): StoredNote | undefined {
  const { id, about, resolvedBy, comments, clocks } = thread
  const target = readTarget(about["target"])
  if (target === undefined) return undefined
  return Object.freeze({
    id,
    owner,
    kind: about["kind"] === "highlight" ? "highlight" : "note",
    target,
    anchor: readAnchor(thread.register("anchor")?.value) ?? readAnchor(about["anchor"]) ?? null,
    author: readAuthor(about["author"]),
    createdAt: readClock(about["createdAt"]),
    tags: Object.freeze(tagsOf(thread)),
    resolvedBy,
    comments,
    begun: readClock(about["clock"]),
    clocks,
  })
}

function tagsOf(thread: StoredThread): string[] {
  const tags: string[] = []
  for (const [, { value }] of thread.registers("tag")) if (typeof value === "string" && value !== "") tags.push(value)
  return tags.sort(compareTags)
}

function readTarget(value: unknown): NoteTarget | undefined {
  const { kind, messageId, partId } = (typeof value === "object" && value !== null ? value : {}) as Readonly<Record<string, unknown>>
  if (kind === "source") return Object.freeze({ kind })
  return kind === "message" && typeof messageId === "string" && typeof partId === "string"
    ? Object.freeze({ kind, messageId, partId })
    : undefined
}
