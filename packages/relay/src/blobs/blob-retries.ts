import type { BlobHash, Clock } from "@polylogue/protocol"
import { blobKey } from "./blob-holder.ts"

/** Milliseconds until what could not be mirrored is tried again: the first time, and at most, for it doubles. */
const FIRST_MS = 60_000
const LAST_MS = 3_600_000
/** Most blobs that wait to be tried again; beyond, one is brought when somebody asks for it, or after the next start. */
export const MAX_RETRIES = 10_000

/** What could not be mirrored when it was told of: a link that broke, a disk that was full. */
export class BlobRetries {
  readonly #clock: Clock
  readonly #attempt: (workspace: string, hash: BlobHash) => Promise<string>
  readonly #waiting = new Map<string, { readonly workspace: string; readonly hash: BlobHash }>()
  #pauseMs = FIRST_MS
  #cancel: (() => void) | undefined
  #closed = false

  /** @param attempt - resolves with `later` when it is to be tried again. */
  constructor(clock: Clock, attempt: (workspace: string, hash: BlobHash) => Promise<string>) {
    this.#clock = clock
    this.#attempt = attempt
  }

  /** How many wait. */
  get size(): number {
    return this.#waiting.size
  }

  add(workspace: string, hash: BlobHash): void {
    if (this.#closed || this.#waiting.size >= MAX_RETRIES) return
    this.#waiting.set(blobKey(workspace, hash), { workspace, hash })
    this.#schedule()
  }

  /** Idempotent. */
  close(): void {
    this.#closed = true
    this.#cancel?.()
  }

  #schedule(): void {
    this.#cancel ??= this.#clock.setTimer(() => void this.#round(), this.#pauseMs)
  }

  /** One after the other, until one is to be tried again: the next would fare no better. */
  async #round(): Promise<void> {
    for (const [key, { workspace, hash }] of this.#waiting) {
      if (this.#closed) return
      if ((await this.#attempt(workspace, hash)) === "later") {
        // At the end: one that nobody has any more must not keep the others waiting.
        const again = this.#waiting.get(key)!
        this.#waiting.delete(key)
        this.#waiting.set(key, again)
        this.#pauseMs = Math.min(this.#pauseMs * 2, LAST_MS)
        break
      }
      this.#waiting.delete(key)
      this.#pauseMs = FIRST_MS
    }
    this.#cancel = undefined
    if (this.#waiting.size > 0 && !this.#closed) this.#schedule()
  }
}
