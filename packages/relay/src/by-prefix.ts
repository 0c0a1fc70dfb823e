/** Who wants to hear of what lies below a prefix, found by the paths above what there is to tell. */
export class ByPrefix<T extends { readonly prefix: string }> {
  readonly #byPrefix = new Map<string, Set<T>>()
  #size = 0

  /** How many there are. */
  get size(): number {
    return this.#size
  }

  add(reader: T): void {
    const readers = this.#byPrefix.get(reader.prefix)
    if (readers === undefined) this.#byPrefix.set(reader.prefix, new Set([reader]))
    else if (readers.has(reader)) return
    else readers.add(reader)
    this.#size++
  }

  delete(reader: T): void {
    const readers = this.#byPrefix.get(reader.prefix)
    if (readers?.delete(reader) !== true) return
    this.#size--
    if (readers.size === 0) this.#byPrefix.delete(reader.prefix)
  }

  /** Those whose prefix `path` is, or lies below, by whole segments; below the empty one lies everything. */
  *above(path: string): Generator<T, void> {
    if (this.#size === 0) return
    yield* this.#byPrefix.get("") ?? []
    for (let end = path.indexOf("/"); ; end = path.indexOf("/", end + 1)) {
      yield* this.#byPrefix.get(end < 0 ? path : path.slice(0, end)) ?? []
      if (end < 0) return
    }
  }
}
