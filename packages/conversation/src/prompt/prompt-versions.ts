import { readAuthor } from "../author.ts"
import type * as Y from "yjs"
import { ConversationError } from "../conversation-error.ts"
import type { Author } from "../stored-message.ts"
import { wellFormed } from "../well-formed.ts"
import { canonicalJson, textHash } from "../text/canonical-json.ts"
import { contentJson, EMPTY_CONTENT, type PromptContent, readContent } from "./prompt-content.ts"
import { parsedJson } from "../stored-value.ts"

/**
 * A prompt as it was saved, for ever: nothing of it can change without another id. The same object as long as it is here.
 *
 * Its id is the hash of its record, in which the content stands as the hash of its own: whoever has the id can tell whether both are what was saved, a list
 * of thousands is read without one content, and saving again what was saved before costs a record and no text.
 */
export interface PromptVersion {
  /** SHA-256 of the record as 43 characters of base64url. */
  readonly id: string
  /** Read and checked when it is first asked for, the same object for all versions that say the same; empty should the document hold another content under its hash, see `getVersion`. */
  readonly content: PromptContent
  /** The versions it was made from: none, one, or several where drafts were merged. They need not be here. */
  readonly parents: readonly string[]
  readonly author: Author
  /** Why, in the words of the author. */
  readonly message: string
  /** Wall time of the author's device in ms since 1970. */
  readonly createdAt: number
}

/** Longest message of a version in UTF-16 units; a longer one is cut. */
export const MAX_VERSION_MESSAGE_LENGTH = 2000
/** Most versions that one version is made from. */
export const MAX_PARENTS = 32
/** Length in UTF-16 units above which a record is none: the longest that is written, with room. */
const MAX_RECORD_LENGTH = 32 * 1024
const MAX_TIME = 8.64e15
const VERSION_ID = /^[A-Za-z0-9_-]{43}$/u

/** Whether `value` has the form of a version's id. */
export function isVersionId(value: unknown): value is string {
  return typeof value === "string" && VERSION_ID.test(value)
}

/** Reads the versions in a document's maps `versions` and `contents`. A record under another id than its hash is no version. */
export class VersionStore {
  readonly #records: Y.Map<unknown>
  readonly #contents: Y.Map<unknown>
  readonly #known = new Map<string, StoredVersion | null>()
  /** What was read of contents, by their hashes: versions that say the same share it. */
  readonly #read = new Map<string, PromptContent>()
  #sorted: readonly PromptVersion[] | undefined

  constructor(records: Y.Map<unknown>, contents: Y.Map<unknown>) {
    this.#records = records
    this.#contents = contents
  }

  /** Notes that records or contents changed under `keys`. */
  changed(keys: Iterable<string>): void {
    for (const key of keys) {
      this.#known.delete(key)
      this.#read.delete(key)
    }
    this.#sorted = undefined
  }

  /** All versions that are here, each before those it was made from, else by time, newest first. The same array until one comes. No content is read. */
  list(): readonly PromptVersion[] {
    this.#sorted ??= Object.freeze(
      newestFirst([...this.#records.keys()].map((id) => this.header(id)).filter((found) => found !== undefined)),
    )
    return this.#sorted
  }

  /** Version `id` with its content checked; undefined when it is not here, or not what its id says. */
  get(id: string): PromptVersion | undefined {
    const version = this.header(id)
    return version?.intact === true ? version : undefined
  }

  /** Version `id` without looking into its content. */
  header(id: string): StoredVersion | undefined {
    let known = this.#known.get(id)
    if (known === undefined && this.#records.has(id)) {
      known = this.#readRecord(id) ?? null
      this.#known.set(id, known)
    }
    return known ?? undefined
  }

  #readRecord(id: string): StoredVersion | undefined {
    const text = this.#records.get(id)
    if (typeof text !== "string" || text.length > MAX_RECORD_LENGTH || textHash(text) !== id) return undefined
    const record = parsedJson(text) as {
      content?: unknown
      parents?: unknown
      author?: unknown
      message?: unknown
      createdAt?: unknown
    } | null
    if (typeof record !== "object" || record === null || !isVersionId(record.content)) return undefined
    const hash = record.content
    return new StoredVersion(id, record, () => this.#readContent(hash))
  }

  #readContent(hash: string): PromptContent | undefined {
    const known = this.#read.get(hash)
    if (known !== undefined) return known
    const text = this.#contents.get(hash)
    if (typeof text !== "string" || textHash(text) !== hash) return undefined
    const content = readContent(parsedJson(text))
    this.#read.set(hash, content)
    return content
  }
}

/** The two records that a version is stored as, each under its hash. */
export interface VersionRecords {
  readonly id: string
  readonly record: string
  readonly contentHash: string
  readonly content: string
}

/**
 * The records of a new version.
 * @throws ConversationError `too-large` as `contentJson`, and for more than {@link MAX_PARENTS} parents.
 */
export function versionRecords(version: Omit<PromptVersion, "id">): VersionRecords {
  const { parents, author, createdAt, message } = version
  if (parents.length > MAX_PARENTS)
    throw new ConversationError("too-large", `a version is made from at most ${MAX_PARENTS}, not ${parents.length}`)
  const content = contentJson(version.content)
  const contentHash = textHash(content)
  const { id, kind, name } = author
  const said = wellFormed(message)
    .slice(0, MAX_VERSION_MESSAGE_LENGTH)
    .replace(/\p{Surrogate}$/u, "")
  const record = canonicalJson({ author: { id, kind, name }, content: contentHash, createdAt, message: said, parents: parents.toSorted() })
  return { id: textHash(record), record, contentHash, content }
}

/** A version whose content is read when it is first asked for. */
class StoredVersion implements PromptVersion {
  readonly id: string
  readonly parents: readonly string[]
  readonly author: Author
  readonly message: string
  readonly createdAt: number
  readonly #read: () => PromptContent | undefined
  #content: PromptContent | undefined

  constructor(
    id: string,
    record: { parents?: unknown; author?: unknown; message?: unknown; createdAt?: unknown },
    read: () => PromptContent | undefined,
  ) {
    const { parents, author, message, createdAt } = record
    this.id = id
    this.parents = Object.freeze(Array.isArray(parents) ? parents.filter(isVersionId).slice(0, MAX_PARENTS) : [])
    this.author = readAuthor(author)
    this.message = typeof message === "string" ? message : ""
    this.createdAt = typeof createdAt === "number" && Math.abs(createdAt) <= MAX_TIME ? createdAt : 0
    this.#read = read
  }

  get content(): PromptContent {
    return this.#checked() ?? EMPTY_CONTENT
  }

  /** Whether the content here is the one that was saved. */
  get intact(): boolean {
    return this.#checked() !== undefined
  }

  #checked(): PromptContent | undefined {
    this.#content ??= this.#read()
    return this.#content
  }
}

/**
 * By time, but never before what it was made from, whatever the clocks of the devices said. A hash names what is hashed, so there are no cycles; a
 * history may be thousands deep, so nothing here calls itself.
 */
function newestFirst(versions: readonly StoredVersion[]): PromptVersion[] {
  const byId = new Map(versions.map((version) => [version.id, version]))
  const times = new Map<string, number>()
  for (const start of versions) {
    const waiting = [start]
    for (let version = waiting.at(-1); version !== undefined; version = waiting.at(-1)) {
      const missing = version.parents.map((id) => byId.get(id)).find((parent) => parent !== undefined && !times.has(parent.id))
      if (missing !== undefined) {
        waiting.push(missing)
        continue
      }
      const after = version.parents.map((id) => (times.get(id) ?? -Infinity) + 1)
      times.set(version.id, Math.max(version.createdAt, ...after))
      waiting.pop()
    }
  }
  const timeOf = (version: PromptVersion): number => times.get(version.id) ?? 0
  return versions.toSorted((left, right) => timeOf(right) - timeOf(left) || (left.id < right.id ? 1 : -1))
}
