import { readAuthor } from "../author.ts"
import { groupedRecords, ownValue, type Records } from "../grouped-records.ts"
import { readClock } from "../hybrid-clock.ts"
import type { RecordReader } from "../record-key.ts"
import { readEntries, type RegisterEntry } from "../register.ts"
import type { Author } from "../stored-message.ts"
import { fieldsOf } from "../stored-value.ts"

/*
 * Threads in a top-level map, by what they belong to (`owner`: a draft of a prompt, a message, the text of a source):
 *
 * | key | value |
 * |---|---|
 * | `<owner>/<thread>/about` | what it is about, written once; what stands in it is its owner's to say |
 * | `<owner>/<thread>/resolved/<writer>` | register of `{ by: Author }`, or false |
 * | `<owner>/<thread>/comment/<comment>/made` | `{ author, clock, createdAt }`, written once |
 * | `<owner>/<thread>/comment/<comment>/<text or deleted>/<writer>` | registers |
 */

/** A remark of somebody in a thread. */
export interface ThreadComment {
  readonly id: string
  readonly author: Author
  /** The empty string once it was deleted. */
  readonly text: string
  /** Wall time of the author's device in ms since 1970. */
  readonly createdAt: number
  readonly edited: boolean
  readonly deleted: boolean
}

/** What all threads have. */
export interface ThreadState {
  readonly id: string
  /** Who called it settled; null while it is open. */
  readonly resolvedBy: Author | null
  /** In the order in which they were written, deleted ones included. */
  readonly comments: readonly ThreadComment[]
}

/** A thread as it is stored. */
export interface StoredThread extends ThreadState {
  /** The value under `about`: an object. */
  readonly about: Readonly<Record<string, unknown>>
  /** Clocks of all its comments, ascending. */
  readonly clocks: readonly number[]
  /** The registers directly below it, by field: the deciding entry. */
  readonly register: (field: string) => RegisterEntry | undefined
  /** All registers below `field`, by their names. */
  readonly registers: (field: string) => IterableIterator<readonly [name: string, entry: RegisterEntry]>
}

/** The threads in the records of `owner` that say what they are about, in no particular order. */
export function* readThreads(records: RecordReader, owner: string): IterableIterator<StoredThread> {
  for (const [id, found] of groupedRecords(records.records(owner))) {
    const fields = groupedRecords(found)
    const about = ownValue(fields.get("about"))
    if (typeof about === "object" && about !== null) yield readThread(id, about as Record<string, unknown>, fields)
  }
}

/** Order of threads: by when they were begun, then by id. */
export function compareThreads(
  left: { readonly id: string; readonly begun: number },
  right: { readonly id: string; readonly begun: number },
): number {
  return left.begun - right.begun || (left.id < right.id ? -1 : 1)
}

function readThread(id: string, about: Readonly<Record<string, unknown>>, fields: ReadonlyMap<string, Records>): StoredThread {
  const comments: (ThreadComment & { readonly clock: number })[] = []
  for (const [commentId, found] of groupedRecords(fields.get("comment") ?? [])) {
    const comment = readComment(commentId, found)
    if (comment !== undefined) comments.push(comment)
  }
  comments.sort((left, right) => left.clock - right.clock || (left.id < right.id ? -1 : 1))
  const resolved = fieldsOf(readEntries(fields.get("resolved") ?? [])[0]?.value)
  return {
    id,
    about,
    resolvedBy: "by" in resolved ? readAuthor(resolved["by"]) : null,
    comments: Object.freeze(comments.map(({ clock: _clock, ...comment }) => Object.freeze(comment))),
    clocks: comments.map(({ clock }) => clock),
    register: (field) => readEntries(fields.get(field) ?? [])[0],
    *registers(field) {
      for (const [name, found] of groupedRecords(fields.get(field) ?? [])) {
        const entry = readEntries(found)[0]
        if (entry !== undefined) yield [name, entry]
      }
    },
  }
}

function readComment(id: string, records: Records): (ThreadComment & { readonly clock: number }) | undefined {
  const fields = groupedRecords(records)
  const made = ownValue(fields.get("made"))
  if (typeof made !== "object" || made === null) return undefined
  const { author, clock, createdAt } = fieldsOf(made)
  const said = readEntries(fields.get("text") ?? [])[0]
  const deleted = readEntries(fields.get("deleted") ?? [])[0]?.value === true
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
