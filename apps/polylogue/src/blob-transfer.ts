import { BlobError } from "./blob-error.ts"

/** One body on its way in or out. Silence, a newer attempt or an erasure ends it from outside. */
export class Transfer {
  /** Resolves once it holds no file open any more. */
  readonly settled: Promise<void>
  readonly #idleMs: number
  #settle: () => void = () => undefined
  #ended: BlobError | undefined
  #interrupt: ((error: BlobError) => void) | undefined

  constructor(idleMs: number) {
    this.#idleMs = idleMs
    this.settled = new Promise((resolve) => (this.#settle = resolve))
  }

  /** Ends it: what it waits for, and every later wait, throws `error`. */
  end(error: BlobError): void {
    this.#ended ??= error
    this.#interrupt?.(this.#ended)
  }

  /** What `step` resolves to, unless the transfer is ended first, or nothing happens for too long (`cut`). */
  async wait<T>(step: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    try {
      return await new Promise<T>((resolve, reject) => {
        this.#interrupt = reject
        if (this.#ended !== undefined) reject(this.#ended)
        if (this.#idleMs < 2 ** 31) {
          timer = setTimeout(() => reject(new BlobError("cut", `no byte came for ${this.#idleMs} ms`)), this.#idleMs)
        }
        step.then(resolve, reject)
      })
    } finally {
      clearTimeout(timer)
      this.#interrupt = undefined
    }
  }

  /** To be called at its end, whichever. */
  settle(): void {
    this.#settle()
  }
}

/** Transfers under way, by what they are about. */
export class Transfers {
  readonly #byKey = new Map<string, Set<Transfer>>()

  /** Runs `act` as a transfer about each of `keys`. */
  async run<T>(keys: readonly string[], idleMs: number, act: (transfer: Transfer) => Promise<T>): Promise<T> {
    const transfer = new Transfer(idleMs)
    for (const key of keys) this.#byKey.set(key, (this.#byKey.get(key) ?? new Set()).add(transfer))
    try {
      return await act(transfer)
    } finally {
      for (const key of keys) {
        const about = this.#byKey.get(key)
        about?.delete(transfer)
        if (about?.size === 0) this.#byKey.delete(key)
      }
      transfer.settle()
    }
  }

  /**
   * Ends those about `key` that began before `newer`, or all, and waits until they have let go of their files. Two that end each other would wait for
   * each other for ever.
   */
  async end(key: string, error: BlobError, newer?: Transfer): Promise<void> {
    const about = [...(this.#byKey.get(key) ?? [])]
    const place = newer === undefined ? -1 : about.indexOf(newer)
    const ending = place === -1 ? about : about.slice(0, place)
    for (const transfer of ending) transfer.end(error)
    await Promise.all(ending.map((transfer) => transfer.settled))
  }

  /** Ends every one. */
  async endAll(failure: BlobError): Promise<void> {
    await Promise.all([...this.#byKey.keys()].map((key) => this.end(key, failure)))
  }

  /** Whether one is about `key`. */
  has(key: string): boolean {
    return this.#byKey.has(key)
  }
}
