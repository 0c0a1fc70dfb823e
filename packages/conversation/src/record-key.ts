import type * as Y from "yjs"

/**
 * Everything mutable stands in top-level maps under keys `<owner>/<field>[/...]`, never in nested Yjs types under an id that
 * two devices can both create: of such a pair one subtree is lost whole. Segments are escaped, so any text may be one.
 */
export function recordKey(...segments: readonly string[]): string {
  return segments.map((segment) => segment.replaceAll("%", "%25").replaceAll("/", "%2F")).join("/")
}

/** The segments a key was made of. */
export function parseRecordKey(key: string): string[] {
  const segments = key.split("/")
  // Nearly no key has anything escaped, and an index of ten thousand conversations has a hundred thousand keys.
  return key.includes("%") ? segments.map((segment) => segment.replaceAll("%2F", "/").replaceAll("%25", "%")) : segments
}

/** What reads the records of an owner, in one document or in several. */
export interface RecordReader {
  /** The records of `owner` below `prefix` (further segments), as [rest of the segments, value]. */
  records(owner: string, ...prefix: readonly string[]): IterableIterator<readonly [rest: string[], value: unknown]>
}

/**
 * The keys of a top-level map by their first segment, so that reading one owner's records costs what it has and not what
 * the map has. Keys are never removed, tombstones are values; the owner of the index feeds it the keys that changed.
 */
export class KeyIndex implements RecordReader {
  readonly map: Y.Map<unknown>
  readonly #keys = new Map<string, Set<string>>()

  /** @param keys - those to begin with. Default: all that the map has. */
  constructor(map: Y.Map<unknown>, keys: Iterable<string> = map.keys()) {
    this.map = map
    for (const key of keys) this.add(key)
  }

  /** Takes `key` in and returns its owner. */
  add(key: string): string {
    const cut = key.indexOf("/")
    const owner = parseRecordKey(cut === -1 ? key : key.slice(0, cut))[0] ?? ""
    const known = this.#keys.get(owner)
    if (known === undefined) this.#keys.set(owner, new Set([key]))
    else known.add(key)
    return owner
  }

  /** All owners that have a key. */
  owners(): Iterable<string> {
    return this.#keys.keys()
  }

  /** The keys of `owner`, in no particular order. */
  keysOf(owner: string): Iterable<string> {
    return this.#keys.get(owner) ?? []
  }

  /** The records of `owner` below `prefix` (further segments), as [rest of the segments, value]. */
  *records(owner: string, ...prefix: readonly string[]): IterableIterator<readonly [rest: string[], value: unknown]> {
    for (const key of this.keysOf(owner)) {
      const segments = parseRecordKey(key).slice(1)
      if (!prefix.every((segment, index) => segments[index] === segment)) continue
      const value = this.map.get(key)
      if (value !== undefined) yield [segments.slice(prefix.length), value]
    }
  }
}

/** The same map of several documents, read as one: of an owner all records, wherever they stand. */
export class JoinedIndex implements RecordReader {
  readonly #byOwner = new Map<string, Set<KeyIndex>>()

  /** Takes in all that `index` has. */
  join(index: KeyIndex): void {
    for (const owner of index.owners()) this.note(index, owner)
  }

  /** Notes that `index` has records of `owner`. */
  note(index: KeyIndex, owner: string): void {
    const known = this.#byOwner.get(owner)
    if (known === undefined) this.#byOwner.set(owner, new Set([index]))
    else known.add(index)
  }

  /** All owners that have, or had, a key. */
  owners(): Iterable<string> {
    return this.#byOwner.keys()
  }

  /** Forgets `index`. */
  part(index: KeyIndex): void {
    for (const owner of index.owners()) this.#byOwner.get(owner)?.delete(index)
  }

  *records(owner: string, ...prefix: readonly string[]): IterableIterator<readonly [rest: string[], value: unknown]> {
    for (const index of this.#byOwner.get(owner) ?? []) yield* index.records(owner, ...prefix)
  }
}
