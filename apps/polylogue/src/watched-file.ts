import { readFileSync, statSync } from "node:fs"

/** Milliseconds for which what was read counts without asking the file system again. */
const FRESH_MS = 1_000

/** How a {@link WatchedFile} is read. */
export interface WatchedFileOptions<T> {
  readonly path: string
  /** What the text says; throws when it says nothing that can be used. */
  readonly parse: (text: string) => T
  /** What a missing file says; absent: a missing file is a failure. */
  readonly missing?: T
  /** Told when a changed file cannot be used: what was read before goes on counting. */
  readonly failed: (error: unknown) => void
  /** Milliseconds that never jump back. */
  readonly monotonic: () => number
}

/** A small file that others may change while the relay runs: what it says is at most a second old. */
export class WatchedFile<T> {
  readonly #options: WatchedFileOptions<T>
  #value: T
  #version: string
  #askedAt: number

  /** @throws what reading and `parse` throw. */
  constructor(options: WatchedFileOptions<T>) {
    this.#options = options
    this.#askedAt = options.monotonic()
    this.#version = this.#look()
    this.#value = this.#read()
  }

  /** What the file says. Never throws. */
  get value(): T {
    const { failed, monotonic } = this.#options
    const now = monotonic()
    if (now - this.#askedAt < FRESH_MS) return this.#value
    this.#askedAt = now
    try {
      const version = this.#look()
      if (version === this.#version) return this.#value
      // Before reading: one failure is told once, not at every look.
      this.#version = version
      this.#value = this.#read()
    } catch (error) {
      failed(error)
    }
    return this.#value
  }

  #look(): string {
    const stats = statSync(this.#options.path, { throwIfNoEntry: false, bigint: true })
    return stats === undefined ? "missing" : `${stats.ino} ${stats.size} ${stats.mtimeNs}`
  }

  #read(): T {
    const { path, parse, missing } = this.#options
    if (this.#version === "missing" && missing !== undefined) return missing
    return parse(readFileSync(path, "utf8"))
  }
}
