import type { Clock, DocumentId } from "@polylogue/protocol"
import type { Applied, Change, EntryLog } from "@polylogue/storage"
import { doubledMs } from "./doubling.ts"
import { codeOf, RelayError } from "./errors.ts"

/** Waits between attempts to open a store that failed: doubled from the first to the last. */
const FIRST_WAIT_MS = 50
const LAST_WAIT_MS = 5_000
/** How often a read is tried over a store that was reopened under it. */
const READ_ATTEMPTS = 3

/** The wait before attempt number `attempt` (0, 1, 2 …). */
export function backoffMs(attempt: number): number {
  return doubledMs(FIRST_WAIT_MS, LAST_WAIT_MS, attempt)
}

/**
 * The store as the rooms see it. After a failed commit it is closed and opened again, because after a failed fsync what the
 * system caches is not what the disk has; reads wait meanwhile, and one that was caught by the closing is repeated.
 */
export class Store {
  readonly #log: EntryLog
  readonly #clock: Clock
  readonly #waits = new Set<() => void>()
  #reopening: Promise<void> | undefined
  #closed = false

  constructor(log: EntryLog, clock: Clock) {
    this.#log = log
    this.#clock = clock
  }

  /** Milliseconds that never jump back. */
  monotonic(): number {
    return this.#clock.monotonic()
  }

  /** Reads with `action`. @throws StorageError; RelayError `closed` */
  async read<T>(action: (log: EntryLog) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      if (this.#reopening !== undefined) await this.#reopening
      this.#checkOpen()
      try {
        return await action(this.#log)
      } catch (error) {
        const passing = codeOf(error) === "closed" || codeOf(error) === "io"
        if (!passing || attempt === READ_ATTEMPTS) throw error
        if (this.#reopening === undefined) await this.wait(FIRST_WAIT_MS)
      }
    }
  }

  /** Writes; for the committer alone. @throws StorageError; RelayError `closed` */
  async commit(changes: readonly Change[]): Promise<readonly Applied[]> {
    this.#checkOpen()
    return await this.#log.commit(changes)
  }

  /** Sees to it that what was deleted of these documents is gone from where it rests. @throws StorageError; RelayError `closed` */
  async purge(documentIds: readonly DocumentId[]): Promise<void> {
    if (this.#reopening !== undefined) await this.#reopening
    this.#checkOpen()
    await this.#log.purge(documentIds)
  }

  /** Closes the store and opens it, for as long as it takes. Never rejects; gives up only at {@link close}. */
  reopen(): Promise<void> {
    this.#reopening ??= this.#reopen().finally(() => {
      this.#reopening = undefined
    })
    return this.#reopening
  }

  /** Ends all waiting: what is under way is finished, nothing is tried again. */
  stop(): void {
    this.#closed = true
    for (const end of this.#waits) end()
  }

  /** Releases the store. Idempotent. */
  async close(): Promise<void> {
    this.stop()
    if (this.#reopening !== undefined) await this.#reopening
    await this.#log.close()
  }

  /** Resolves after `delayMs`, or at {@link stop}. */
  wait(delayMs: number): Promise<void> {
    if (this.#closed) return Promise.resolve()
    return new Promise((resolve) => {
      const end = (): void => {
        cancel()
        this.#waits.delete(end)
        resolve()
      }
      const cancel = this.#clock.setTimer(end, delayMs)
      this.#waits.add(end)
    })
  }

  async #reopen(): Promise<void> {
    for (let attempt = 0; !this.#closed; attempt++) {
      try {
        await this.#log.close()
        await this.#log.open()
        return
      } catch {
        // Not lost: the store stays away, the committer goes on reporting its failure, and the next attempt follows.
        await this.wait(backoffMs(attempt))
      }
    }
  }

  #checkOpen(): void {
    if (this.#closed) throw new RelayError("closed", "the relay was closed")
  }
}
