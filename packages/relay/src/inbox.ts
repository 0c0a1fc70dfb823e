import type { RelayCore } from "./relay-core.ts"

/** Parts of what may wait at which reading stops, and goes on. */
const PAUSE_AT = 1 / 2
const RESUME_AT = 1 / 4

/**
 * Messages of one session on their way in: handled one at a time, in order. While a handler waits, what comes meanwhile is
 * kept, within bounds: from half of them on nothing more is read from the socket, whose other end then has to wait.
 */
export class Inbox {
  readonly #core: Pick<RelayCore, "limits" | "inbound">
  readonly #handle: (message: Uint8Array) => Promise<void> | void
  readonly #failed: (error: unknown) => void
  readonly #setReading: (reading: boolean) => void
  readonly #waiting: Uint8Array[] = []
  #bytes = 0
  #running = false
  #full = false
  #closed = false

  constructor(
    core: Pick<RelayCore, "limits" | "inbound">,
    handle: (message: Uint8Array) => Promise<void> | void,
    failed: (error: unknown) => void,
    setReading: (reading: boolean) => void,
  ) {
    this.#core = core
    this.#handle = handle
    this.#failed = failed
    this.#setReading = setReading
  }

  /** Whether nothing is read from the socket for now. */
  get full(): boolean {
    return this.#full
  }

  /** Queues a message; `false` when more wait than may. */
  push(message: Uint8Array): boolean {
    if (this.#closed) return true
    const { limits, inbound } = this.#core
    this.#waiting.push(message)
    this.#bytes += message.length
    if (!inbound.take(message.length)) return false
    if (!this.#full && this.#load() >= PAUSE_AT) this.#fill(true)
    if (this.#waiting.length > limits.maxInboxMessages || this.#bytes > limits.maxInboxBytes) return false
    if (!this.#running) void this.#run()
    return true
  }

  /** What waits is dropped. */
  close(): void {
    this.#closed = true
    this.#core.inbound.giveBack(this.#bytes)
    this.#bytes = 0
    this.#waiting.length = 0
    // Also so that a closing handshake is read.
    if (this.#full) this.#fill(false)
  }

  /** How much of what may wait does: 1 for all. */
  #load(): number {
    const { maxInboxBytes, maxInboxMessages } = this.#core.limits
    return Math.max(this.#waiting.length / maxInboxMessages, this.#bytes / maxInboxBytes)
  }

  #fill(full: boolean): void {
    this.#full = full
    this.#setReading(!full)
  }

  async #run(): Promise<void> {
    this.#running = true
    try {
      for (let message = this.#waiting.shift(); message !== undefined; message = this.#waiting.shift()) {
        this.#bytes -= message.length
        try {
          const handled = this.#handle(message)
          // Awaited only when there is something to wait for: a message that is handled at once holds up nobody.
          if (handled !== undefined) await handled
        } finally {
          // Until then its frames, views into it, keep it in memory.
          this.#core.inbound.giveBack(message.length)
          if (this.#full && this.#load() <= RESUME_AT) this.#fill(false)
        }
      }
    } catch (error) {
      this.#failed(error)
    } finally {
      this.#running = false
    }
  }
}
