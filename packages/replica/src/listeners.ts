/** Who wants to be told. A listener that throws stops no other; its error goes to `failed`. */
export class Listeners<T extends readonly unknown[]> {
  readonly #listeners = new Set<{ readonly call: (...values: T) => void }>()
  readonly #failed: (error: unknown) => void

  constructor(failed: (error: unknown) => void) {
    this.#failed = failed
  }

  /** Adds `listener`, also when it is there already; returns a function that removes this addition. */
  add(listener: (...values: T) => void): () => void {
    const entry = { call: listener }
    this.#listeners.add(entry)
    return () => {
      this.#listeners.delete(entry)
    }
  }

  /** Calls all listeners in the order in which they were added. */
  emit(...values: T): void {
    // A copy: a listener that removes and adds itself must not be called again and again.
    const present = [...this.#listeners]
    for (const listener of present) {
      try {
        listener.call(...values)
      } catch (error) {
        this.#failed(error)
      }
    }
  }
}
