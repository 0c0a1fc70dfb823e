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
  #closings = 0
  #steps: Promise<unknown> = Promise.resolve()

  /** @param name - names the store in errors. */
  constructor(name: string) {
    this.#name = name
  }

  /** @throws StorageError `closed` unless open. */
  get resource(): R {
    if (this.#resource === undefined || this.#closings > 0) throw new StorageError("closed", `${this.#name} is not open`)
    return this.#resource
  }

  /** Acquires, unless open already. */
  open(acquire: () => Promise<R>): Promise<void> {
    return this.#step(async () => {
      this.#resource ??= await acquire()
    })
  }

  /** From now on `resource` throws; resolves after `release`. Does nothing when closed already. */
  close(release: (resource: R) => Promise<void>): Promise<void> {
    this.#closings++
    return this.#step(async () => {
      const resource = this.#resource
      this.#resource = undefined
      this.#closings--
      if (resource !== undefined) await release(resource)
    })
  }

  /** Says that what is held was taken away from outside, if `is` recognises it. */
  lost(is: (resource: R) => boolean): void {
    if (this.#resource !== undefined && is(this.#resource)) this.#resource = undefined
  }

  #step(run: () => Promise<void>): Promise<void> {
    const step = this.#steps.then(run)
    this.#steps = step.catch(() => undefined)
    return step
  }
}
