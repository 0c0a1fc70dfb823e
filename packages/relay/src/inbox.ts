import type { InboundAccount } from "./inbound-budget.ts"
import type { RelayCore } from "./relay-core.ts"

/** Parts of what may wait at which reading stops, and goes on. */
const PAUSE_AT = 1 / 2
const RESUME_AT = 1 / 4

/**
 * Messages of one session on their way in: handled one at a time, in order. While a handler waits, what comes meanwhile is
 * kept, within bounds: from half of them on nothing more is read from the socket, whose other end then has to wait.
 */
export class Inbox {
  readonly #limits: RelayCore["limits"]
  readonly #handle: (message: Uint8Array) => Promise<void> | void
  readonly #failed: (error: unknown) => void
  readonly #setReading: (reading: boolean) => void
  readonly #waiting: Uint8Array[] = []
  #account: InboundAccount
  #bytes = 0
  /** Of the message that is being handled. */
  #inHandBytes = 0
  /** Of transfers under way. */
  #transferBytes = 0
  #running = false
  #full = false
  /** Whether what comes next waits for room elsewhere. */
  #held = false
  #closed = false

  constructor(
    { limits, inbound }: Pick<RelayCore, "limits" | "inbound">,
    handle: (message: Uint8Array) => Promise<void> | void,
    failed: (error: unknown) => void,
    setReading: (reading: boolean) => void,
  ) {
    this.#limits = limits
    this.#account = inbound
    this.#handle = handle
    this.#failed = failed
    this.#setReading = setReading
  }

  /** Whether nothing is read from the socket for now. */
  get full(): boolean {
    return this.#full || this.#held
  }

  /** Whether a message is being handled, or waits for that. */
  get busy(): boolean {
    return this.#running
  }

  /** From now on, and for what it holds already, its bytes count there. */
  countIn(account: InboundAccount): void {
    const bytes = this.#bytes + this.#inHandBytes + this.#transferBytes
    this.#account.giveBack(bytes)
    this.#account = account
    account.take(bytes)
  }

  /** Queues a message; `false` when more wait than may. */
  push(message: Uint8Array): boolean {
    if (this.#closed) return true
    const { maxInboxMessages, maxInboxBytes } = this.#limits
    this.#waiting.push(message)
    this.#bytes += message.length
    if (!this.#account.take(message.length)) return false
    if (!this.#full && this.#load() >= PAUSE_AT) this.#stop(true, this.#held)
    if (this.#waiting.length > maxInboxMessages || this.#bytes > maxInboxBytes) return false
    if (!this.#running) void this.#run()
    return true
  }

  /** Transfers under way take `bytes` of memory now; `false` when that is more than may be. */
  holds(bytes: number): boolean {
    if (this.#closed) return true
    const more = bytes - this.#transferBytes
    this.#transferBytes = bytes
    return this.#account.take(more)
  }

  /** What waits is dropped. */
  close(): void {
    this.#closed = true
    this.#account.giveBack(this.#bytes + this.#transferBytes)
    this.#bytes = 0
    this.#transferBytes = 0
    this.#waiting.length = 0
    this.#account.leave?.()
    // Also so that a closing handshake is read.
    this.#stop(false, false)
  }

  /** How much of what may wait does: 1 for all. */
  #load(): number {
    const { maxInboxBytes, maxInboxMessages } = this.#limits
    return Math.max(this.#waiting.length / maxInboxMessages, this.#bytes / maxInboxBytes)
  }

  #stop(full: boolean, held: boolean): void {
    const before = this.full
    this.#full = full
    this.#held = held
    if (this.full !== before) this.#setReading(!this.full)
  }

  async #run(): Promise<void> {
    this.#running = true
    try {
      for (let message = this.#waiting.shift(); message !== undefined; message = this.#waiting.shift()) {
        this.#bytes -= message.length
        this.#inHandBytes = message.length
        try {
          const handled = this.#handle(message)
          // Awaited only when there is something to wait for: a message that is handled at once holds up nobody.
          if (handled !== undefined) await handled
        } finally {
          // Until then its frames, views into it, keep it in memory.
          this.#inHandBytes = 0
          this.#account.giveBack(message.length)
          if (this.#full && this.#load() <= RESUME_AT) this.#stop(false, this.#held)
        }
        const room = this.#account.goOn?.()
        if (room !== undefined) await this.#waitFor(room)
      }
    } catch (error) {
      this.#failed(error)
    } finally {
      this.#running = false
    }
  }

  async #waitFor(room: Promise<void>): Promise<void> {
    if (this.#closed) return
    this.#stop(this.#full, true)
    await room
    this.#stop(this.#full, false)
  }
}
