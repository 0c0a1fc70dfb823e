/** Called without arguments when something changed; read the new state from the view. It must not throw. */
export type Listener = () => void

/** Listeners by key; a listener removed while others are called is not called any more. */
export class Listeners {
  readonly #byKey = new Map<string, Set<Listener>>()

  /** Adds `listener` and returns what takes it away again; doing that twice is harmless. */
  add(key: string, listener: Listener): () => void {
    // A wrapper gives every subscription its own identity, so that one function may be subscribed twice.
    const entry = (): void => listener()
    const listeners = this.#byKey.get(key) ?? new Set<Listener>()
    listeners.add(entry)
    this.#byKey.set(key, listeners)
    return () => {
      listeners.delete(entry)
      if (listeners.size === 0 && this.#byKey.get(key) === listeners) this.#byKey.delete(key)
    }
  }

  /** Calls the listeners of `key`. */
  notify(key: string): void {
    for (const listener of this.#byKey.get(key) ?? []) listener()
  }

  /** Forgets all listeners. */
  clear(): void {
    this.#byKey.clear()
  }
}
