import * as Y from "yjs"

/** Consecutive Yjs ids: the `length` clocks of `client` from `clock` on. */
export interface IdRange {
  readonly client: number
  readonly clock: number
  readonly length: number
}

/** What is to be erased for good, for `ReplicaDocument.erase`; plain data and one function, so that no package has to know another. */
export interface Erasing {
  /** Every id that ever held the words, those of earlier values and deleted words included; never one of a living container. */
  readonly ranges: readonly IdRange[]
  /** Blobs, by the hex form of their SHA-256, that nothing else in the document refers to. */
  readonly blobs: readonly string[]
  /** Writes what stays in the place of the words. To be called in the same turn, once, after `ranges` were deleted. */
  readonly after: () => void
}

/** Any shared type of Yjs, as far as it is looked into here. */
type SharedType = Pick<Y.AbstractType<unknown>, "_start" | "_map">

/**
 * All ids that were ever inside `type`, deleted ones included: characters, marks, values, what nested types hold. With `key`, only the values of
 * that key of a `Y.Map`, earlier ones included. Containers that live (`type` itself, nested types) are left out: whoever erases their ids erases
 * what others write inside them meanwhile. What a deleted nested type held is gone where garbage was collected, and not found any more.
 */
export function idRangesOf(type: SharedType, key?: string): IdRange[] {
  const sweep = new Sweep()
  if (key === undefined) sweep.inside(type)
  else sweep.value(type, key)
  return sweep.ranges()
}

const NOTHING: ReadonlySet<string> = new Set()

/** Collects ids to be erased. */
export class Sweep {
  readonly #found: IdRange[] = []

  /** Everything in `type`, but the present values of the keys `keep` in it, and of the keys `keepBelow` in the types directly in it. */
  inside(type: SharedType, keep: ReadonlySet<string> = NOTHING, keepBelow: ReadonlySet<string> = NOTHING): void {
    const { list, keys } = contentOf(type)
    for (let item = list; item !== null; item = item.right) this.#take(item, false, keepBelow)
    for (const [key, present] of keys) this.#takeKey(present, keep.has(key), keepBelow)
  }

  /** All that stands or stood under `key` of `type`. */
  value(type: SharedType, key: string): void {
    const present = contentOf(type).keys.get(key)
    if (present !== undefined) this.#takeKey(present, false, NOTHING)
  }

  /** All that stood under `key` of `type` before its present value. */
  history(type: SharedType, key: string): void {
    const present = contentOf(type).keys.get(key)
    if (present !== undefined) this.#takeKey(present, true, NOTHING)
  }

  /** What was collected: ascending, apart from one another. */
  ranges(): IdRange[] {
    const joined: { client: number; clock: number; length: number }[] = []
    for (const range of this.#found.toSorted((left, right) => left.client - right.client || left.clock - right.clock)) {
      const last = joined.at(-1)
      if (last?.client === range.client && range.clock <= last.clock + last.length) {
        last.length = Math.max(last.length, range.clock + range.length - last.clock)
      } else joined.push({ ...range })
    }
    return joined
  }

  #takeKey(present: Y.Item, keepPresent: boolean, keepBelow: ReadonlySet<string>): void {
    for (let item: Y.Item | null = present; item !== null; item = item.left) this.#take(item, keepPresent && item === present, keepBelow)
  }

  #take(item: Y.Item, keep: boolean, keepBelow: ReadonlySet<string>): void {
    if (keep && !item.deleted) return
    const { content, deleted, id, length } = item
    if (content instanceof Y.ContentType) this.inside(content.type, keepBelow)
    if (deleted || !(content instanceof Y.ContentType)) this.#found.push({ client: id.client, clock: id.clock, length })
  }
}

/** The items of a type: the first of its list, and the last of each key, with the earlier ones to its left. */
function contentOf(type: SharedType): { readonly list: Y.Item | null; readonly keys: ReadonlyMap<string, Y.Item> } {
  // oxlint-disable-next-line no-underscore-dangle -- reason: Yjs has no other way to what was deleted in a type.
  return { list: type._start, keys: type._map }
}
