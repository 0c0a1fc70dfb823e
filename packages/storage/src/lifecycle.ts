import { StorageError } from "./errors.ts"

/*
 *            open()              acquired
 *   closed ─────────> opening ───────────> open ──┐
 *     ^ ^                │ failed                 │ close(), lost()
 *     │ └────────────────┘                        v
 *     └───────────────────────────────────────  closing (waits for open() and for release)
 *
 * The steps run one at a time in the order in which they were asked for; `resource` is there exactly while the store is open.
 */

/** Holds what a store acquires by `open` and releases by `close`, so that both may be called at any time and in any number. */
export class Lifecycle<R> {
  readonly #name: string
  #resource: R | undefined
  #steps: Promise<unknown> = Promise.resolve()

  /** @param name - names the store in errors. */
  constructor(name: string) {
    this.#name = name
  }

  /** @throws StorageError `closed` unless open. */
  get resource(): R {
    if (this.#resource === undefined) throw new StorageError("closed", `${this.#name} is not open`)
    return this.#resource
  }

  /** Acquires, unless open already. */
  open(acquire: () => Promise<R>): Promise<void> {
    return this.#step(async () => {
      this.#resource ??= await acquire()
    })
  }

  /** From now on `resource` throws; resolves after `release`. */
  close(release: (resource: R) => Promise<void>): Promise<void> {
    const held = this.#resource
    this.#resource = undefined
    return this.#step(async () => {
      const resource = held ?? this.#resource
      this.#resource = undefined
      if (resource !== undefined) await release(resource)
    })
  }

  /** Says that `resource` was taken away from outside. Does nothing when another one is held by now. */
  lost(resource: R): void {
    if (this.#resource === resource) this.#resource = undefined
  }

  #step(run: () => Promise<void>): Promise<void> {
    const step = this.#steps.then(run)
    this.#steps = step.catch(() => undefined)
    return step
  }
}
