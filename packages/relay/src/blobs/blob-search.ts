import type { BlobHash, Clock, RelayId } from "@polylogue/protocol"
import type { BlobAsks } from "./blob-asks.ts"
import { blobKey } from "./blob-holder.ts"

/*
 * A relay that wants a blob asks everybody it is linked with how large it is, and they ask on, each once for one who wants it:
 *
 *   A wants ─> B asks ─> C has it: 300 bytes ─> B: 300 bytes ─> A reads from B, and B hands on what it reads from C
 *          └─> C has it: 300 bytes                              A reads from whoever answered first, and from the others when that ends
 *
 * Who was asked on behalf of the same relay already answers that it has none, so a question goes over each link at most twice, in any topology. What stands between
 * keeps nothing: a relay that should have the blob takes it for itself.
 */

/** Milliseconds for which a question is remembered after its answer: copies of it on slower ways end there. */
const REMEMBERED_MS = 3_000
/** Milliseconds for which it is remembered over which link a blob was found. */
const ROUTE_MS = 300_000
/** Most questions under way or remembered, and most routes; beyond, a question is answered with none, and the oldest route goes. */
export const MAX_QUESTIONS = 4_096
const MAX_ROUTES = 4_096

/** Somebody who has the blob, or knows who has. */
export interface BlobSource {
  readonly asks: BlobAsks
  readonly total: number
}

/** What a search has found so far. */
export class BlobSearch {
  /** In the order in which they answered. */
  readonly sources: BlobSource[] = []
  /** Somebody did not answer: that there are no sources does not say that there is no blob. */
  unanswered = false
  /** Resolves with the first source, or when all have answered. */
  readonly first: Promise<void>
  /** Resolves when all have answered. */
  readonly all: Promise<void>

  constructor(asked: readonly { readonly asks: BlobAsks; readonly size: Promise<number | undefined> }[]) {
    let found = (): void => undefined
    const one = new Promise<void>((resolve) => (found = resolve))
    const answered = async (asks: BlobAsks, size: Promise<number | undefined>): Promise<void> => {
      const total = await size
      if (total === undefined) this.unanswered = true
      if (total === undefined || total === 0) return
      this.sources.push({ asks, total })
      found()
    }
    this.all = Promise.all(asked.map(({ asks, size }) => answered(asks, size))).then(() => undefined)
    this.first = Promise.race([this.all, one])
  }
}

/** The searches of one relay, its own and those of others. */
export class BlobSearches {
  readonly #clock: Clock
  /** What was asked, and until when that is remembered: `Infinity` while it is under way. */
  readonly #asked = new Map<string, { readonly search: BlobSearch; readonly untilMs: number }>()
  readonly #routes = new Map<string, { readonly asks: BlobAsks; readonly untilMs: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Asks `neighbours` for a blob for this relay, unless that was done just now. @returns `undefined` when too much else is asked. */
  own(workspace: string, hash: BlobHash, relay: RelayId, neighbours: readonly BlobAsks[]): BlobSearch | undefined {
    this.#forget()
    const known = this.#asked.get(questionOf(workspace, hash, [relay]))?.search
    return known ?? this.#begin(workspace, hash, [relay], neighbours)
  }

  /** Asks `neighbours` on behalf of the first of `path`. @returns `undefined` when that was done just now, or too much else is asked. */
  onBehalf(workspace: string, hash: BlobHash, path: readonly RelayId[], neighbours: readonly BlobAsks[]): BlobSearch | undefined {
    this.#forget()
    return this.#asked.has(questionOf(workspace, hash, path)) ? undefined : this.#begin(workspace, hash, path, neighbours)
  }

  /** Over which link the blob was found lately. */
  route(workspace: string, hash: BlobHash): BlobAsks | undefined {
    const key = blobKey(workspace, hash)
    const route = this.#routes.get(key)
    if (route === undefined || route.untilMs <= this.#clock.monotonic()) return undefined
    this.#remember(key, route.asks)
    return route.asks
  }

  /** A link is over. */
  left(asks: BlobAsks): void {
    for (const [key, route] of this.#routes) if (route.asks === asks) this.#routes.delete(key)
  }

  #begin(workspace: string, hash: BlobHash, path: readonly RelayId[], neighbours: readonly BlobAsks[]): BlobSearch | undefined {
    if (this.#asked.size >= MAX_QUESTIONS) return undefined
    const question = questionOf(workspace, hash, path)
    const search = new BlobSearch(neighbours.map((asks) => ({ asks, size: asks.size({ workspace, hash, path }) })))
    this.#asked.set(question, { search, untilMs: Infinity })
    void this.#follow(search, question, blobKey(workspace, hash))
    return search
  }

  async #follow(search: BlobSearch, question: string, key: string): Promise<void> {
    await search.first
    const [source] = search.sources
    if (source !== undefined) this.#remember(key, source.asks)
    await search.all
    // Behind all others: they are forgotten in order.
    this.#asked.delete(question)
    this.#asked.set(question, { search, untilMs: this.#clock.monotonic() + REMEMBERED_MS })
  }

  #remember(key: string, asks: BlobAsks): void {
    this.#routes.delete(key)
    this.#routes.set(key, { asks, untilMs: this.#clock.monotonic() + ROUTE_MS })
    const [oldest] = this.#routes.keys()
    if (this.#routes.size > MAX_ROUTES) this.#routes.delete(oldest!)
  }

  #forget(): void {
    const now = this.#clock.monotonic()
    for (const [question, { untilMs }] of this.#asked) {
      if (untilMs === Infinity) continue
      if (untilMs > now) return
      this.#asked.delete(question)
    }
  }
}

function questionOf(workspace: string, hash: BlobHash, path: readonly RelayId[]): string {
  return `${path[0]} ${blobKey(workspace, hash)}`
}
