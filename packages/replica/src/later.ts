import { ReplicaError } from "./errors.ts"

/**
 * A part of the replica whose code comes after the page: no message needs it to be read. Where the code cannot be loaded, whoever asks is told
 * `unavailable`, and the next one who asks tries again.
 */
export class Later<Part extends { stop(): unknown }> {
  readonly #load: () => Promise<Part>
  #loading: Promise<Part> | undefined
  #here: Part | undefined
  #stopped = false

  constructor(load: () => Promise<Part>) {
    this.#load = load
  }

  /** The part, if its code is there. */
  get here(): Part | undefined {
    return this.#here
  }

  /** The part, as soon as its code is there. @throws ReplicaError `unavailable`; `closed`: nothing is loaded after `stop`. */
  async part(): Promise<Part> {
    if (this.#stopped && this.#loading === undefined) throw new ReplicaError("closed", "the replica is closed")
    this.#loading ??= this.#begin()
    try {
      return await this.#loading
    } catch (cause) {
      this.#loading = undefined
      throw new ReplicaError("unavailable", "a part of the program cannot be loaded at the moment", { cause })
    }
  }

  /** Passes something on that needs no answer. */
  tell(action: (part: Part) => unknown): void {
    this.part().then(action, () => {})
  }

  /** Stops the part, also one whose code is on its way. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#loading?.then(
      (part) => part.stop(),
      () => {},
    )
  }

  async #begin(): Promise<Part> {
    const part = await this.#load()
    if (this.#stopped) await part.stop()
    this.#here = part
    return part
  }
}
