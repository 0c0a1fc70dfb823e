import { classicLevel, type LevelDatabase, type LevelRange } from "../src/level/database.ts"

/** Whether what fails has no effect, or has one and is not known to have. */
export type Mode = "before" | "after"

/** Counts operations on all databases that it makes; the n-th fails. */
export class Faults {
  #left: number
  readonly #mode: Mode
  hit: string | undefined
  /** Whether operations neither count nor fail. */
  muted = false

  constructor(failAt: number, mode: Mode) {
    this.#left = failAt
    this.#mode = mode
  }

  open(location: string): LevelDatabase {
    const database = classicLevel(location)
    return {
      open: () => this.#step("open", () => database.open()),
      // What fails in close is the report only: a process that ends releases its lock anyway.
      close: () => this.#step("close", () => database.close(), "after"),
      get: (key, options) => this.#step("get", () => database.get(key, options)),
      getMany: (keys, options) => this.#step("getMany", () => database.getMany(keys, options)),
      compactRange: (start, end) => this.#step("compactRange", () => database.compactRange(start, end)),
      batch: (operations, options) => this.#step("batch", () => database.batch(operations, options)),
      snapshot: () => database.snapshot(),
      iterator: (range: LevelRange) => {
        const iterator = database.iterator(range)
        return {
          nextv: (size) => this.#step("nextv", () => iterator.nextv(size)),
          seek: (target) => iterator.seek(target),
          close: () => this.#step("iterator close", () => iterator.close(), "after"),
        }
      },
    }
  }

  async #step<T>(name: string, act: () => Promise<T>, mode = this.#mode): Promise<T> {
    const fails = !this.muted && --this.#left === 0
    if (fails) this.hit = name
    if (fails && mode === "before") throw new Error(`${name} failed`)
    const result = await act()
    if (fails) throw new Error(`${name} failed`)
    return result
  }
}
