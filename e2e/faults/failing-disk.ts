import { setTimeout as delay } from "node:timers/promises"
import type { Clock, Dial, Socket, SocketHandlers } from "@polylogue/protocol"
import { systemClock } from "@polylogue/replica/node"
import { classicLevel, type LevelDatabase } from "@polylogue/storage/level"

/** A disk whose n-th operation fails, with or without an effect, or whose operations take time. */
export class FailingDisk {
  #left: number
  readonly #effect: boolean
  readonly #slowMs: number
  hit: string | undefined

  /** @param failAt - 1 for the first operation; 0 for none. */
  constructor({ failAt = 0, effect = false, slowMs = 0 }: { failAt?: number; effect?: boolean; slowMs?: number }) {
    this.#left = failAt
    this.#effect = effect
    this.#slowMs = slowMs
  }

  open(location: string): LevelDatabase {
    const database = classicLevel(location)
    return {
      open: () => this.#step("open", () => database.open()),
      close: () => database.close(),
      get: (key, options) => this.#step("get", () => database.get(key, options)),
      getMany: (keys, options) => this.#step("getMany", () => database.getMany(keys, options)),
      batch: (operations, options) => this.#step("batch", () => database.batch(operations, options)),
      compactRange: (start, end) => this.#step("compactRange", () => database.compactRange(start, end)),
      snapshot: () => database.snapshot(),
      iterator: (range) => {
        const iterator = database.iterator(range)
        return {
          nextv: (size) => this.#step("nextv", () => iterator.nextv(size)),
          seek: (target) => iterator.seek(target),
          close: () => iterator.close(),
        }
      },
    }
  }

  async #step<T>(name: string, act: () => Promise<T>): Promise<T> {
    const fails = --this.#left === 0
    if (fails) this.hit = name
    if (fails && !this.#effect) throw new Error(`${name} failed`)
    if (this.#slowMs > 0) await delay(this.#slowMs)
    const result = await act()
    if (fails) throw new Error(`${name} failed`)
    return result
  }
}

/** The machine's clock, many times as fast: what waits seconds for a disk waits no more than it must. */
export function fastClock(times: number): Clock {
  return {
    now: () => systemClock.now(),
    monotonic: () => systemClock.monotonic() * times,
    setTimer(action, delayMs) {
      if (delayMs > 0) return systemClock.setTimer(action, delayMs / times)
      const immediate = setImmediate(action)
      return () => clearImmediate(immediate)
    },
  }
}

/** Dials into the same process: `accept` gets the other end. */
export function dialInside(accept: (socket: Socket) => void): Dial {
  return () => {
    const [near, far] = [new End(), new End()]
    near.other = far
    far.other = near
    setImmediate(() => {
      accept(far)
      near.tell((handlers) => handlers.opened?.())
    })
    return near
  }
}

class End implements Socket {
  other: End | undefined
  readonly bufferedBytes = 0
  #handlers: SocketHandlers | undefined
  #closed = false

  listen(handlers: SocketHandlers): void {
    this.#handlers = handlers
  }

  send(message: Uint8Array): void {
    if (this.#closed) return
    this.other?.tell((handlers) => handlers.message(message.slice()))
    this.tell((handlers) => handlers.drained?.())
  }

  close(code: number, reason: string): void {
    this.other?.end(code, reason)
    this.end(code, reason)
  }

  /** In order, and never from inside a call. */
  tell(what: (handlers: SocketHandlers) => void): void {
    setImmediate(() => {
      if (this.#handlers !== undefined && !this.#closed) what(this.#handlers)
    })
  }

  end(code: number, reason: string): void {
    setImmediate(() => {
      if (this.#closed) return
      this.#closed = true
      this.#handlers?.closed(code, reason)
    })
  }
}
