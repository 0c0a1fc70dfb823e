import type { Clock } from "@polylogue/protocol"

const NOTHING: ReadonlyMap<number, number> = new Map()

/**
 * Notices a transfer to the relay that stands still: what has arrived of it takes memory that others want. Looks every `stallMs` while any is under
 * way, so that one is found out after once to twice as long.
 */
export class TransferWatch {
  readonly #clock: Clock
  readonly #stallMs: number
  readonly #progress: () => ReadonlyMap<number, number> | undefined
  readonly #stalled: () => void
  #before: ReadonlyMap<number, number> = new Map()
  #cancel: (() => void) | undefined

  /** `progress` says how far each transfer under way has come, by its number; `undefined` while that is not up to who sends them. */
  constructor(clock: Clock, stallMs: number, progress: () => ReadonlyMap<number, number> | undefined, stalled: () => void) {
    this.#clock = clock
    this.#stallMs = stallMs
    this.#progress = progress
    this.#stalled = stalled
  }

  /** Transfers may be under way. */
  watch(): void {
    if (this.#cancel !== undefined || this.#stallMs === Infinity) return
    this.#before = this.#progress() ?? NOTHING
    this.#cancel = this.#clock.setTimer(this.#check, this.#stallMs)
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }

  readonly #check = (): void => {
    this.#cancel = undefined
    const now = this.#progress()
    for (const [number, received] of now ?? NOTHING) if (this.#before.get(number) === received) return this.#stalled()
    if (now === undefined || now.size > 0) this.watch()
  }
}
