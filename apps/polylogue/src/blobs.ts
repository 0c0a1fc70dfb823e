import type { BlobHolder, RelayBlobs } from "@polylogue/relay"
import { randomBytes } from "@polylogue/replica/node"
import type { EntryLog } from "@polylogue/storage"
import { BlobCollector } from "./blob-collector.ts"
import { blobEndpoint } from "./blob-endpoint.ts"
import { BlobsElsewhere } from "./blobs-elsewhere.ts"
import { holderOf } from "./blob-holder.ts"
import type { BlobLimits } from "./blob-limits.ts"
import { BlobStore } from "./blob-store.ts"
import { reasonOf } from "./command-error.ts"
import type { Endpoint } from "./endpoint.ts"
import type { Journal } from "./journal.ts"

/** Milliseconds between two looks at what is due. The first collection waits as long, for a relay that has just started has other things to do. */
const ROUND_MS = 600_000

/** What a running relay needs for its blobs. */
export interface BlobsOptions {
  readonly data: string
  /** Open until `close` has resolved. */
  readonly log: EntryLog
  readonly limits?: Partial<BlobLimits>
  readonly journal: Journal
}

/** The blobs of a running relay: what stores them, answers for them, and tidies up behind them. */
export class Blobs {
  readonly store: BlobStore
  readonly endpoint: Endpoint
  /** What linked relays are given, and give. */
  readonly holder: BlobHolder
  readonly #elsewhere = new BlobsElsewhere()
  readonly #collector: BlobCollector
  readonly #journal: Journal
  readonly #timer: NodeJS.Timeout
  #round: Promise<void>
  #collectMs = Date.now() + ROUND_MS
  #stopped = false

  constructor({ data, log, limits = {}, journal }: BlobsOptions) {
    this.store = new BlobStore({ data, randomBytes, limits })
    this.endpoint = blobEndpoint(this.store, journal, this.#elsewhere)
    this.holder = holderOf(this.store)
    this.#journal = journal
    this.#collector = new BlobCollector({
      store: this.store,
      log,
      now: Date.now,
      pause: () => new Promise((resolve) => setImmediate(resolve)),
      stopped: () => this.#stopped,
    })
    this.#round = this.#tidy()
    this.#timer = setInterval(() => {
      this.#round = this.#round.then(() => this.#tidy())
    }, ROUND_MS)
    this.#timer.unref()
  }

  /** From now on what is not here is asked of linked relays. @param reached - whether all of them are at the moment. */
  link(relay: RelayBlobs, reached: () => boolean): void {
    this.#elsewhere.link(relay, reached)
  }

  /** Ends what is under way. Idempotent. */
  async close(): Promise<void> {
    this.#stopped = true
    clearInterval(this.#timer)
    await this.store.close()
    await this.#round
  }

  async #tidy(): Promise<void> {
    await this.#attempt(() => this.store.sweep())
    if (Date.now() < this.#collectMs) return
    this.#collectMs = Date.now() + this.store.limits.collectBlobsMs
    await this.#attempt(async () => {
      for (const workspace of await this.store.workspaces()) await this.#attempt(() => this.#collect(workspace))
    })
  }

  async #collect(workspace: string): Promise<void> {
    const { blobs, bytes } = await this.#collector.collect(workspace)
    if (blobs > 0) this.#journal("blobs-collected", { workspace, blobs, bytes })
  }

  /** What cannot be looked at stays until the next round. */
  async #attempt(act: () => Promise<void>): Promise<void> {
    if (this.#stopped) return
    try {
      await act()
    } catch (error) {
      if (!this.#stopped) this.#journal("blobs-not-tidied", { error: reasonOf(error) }, "error")
    }
  }
}
