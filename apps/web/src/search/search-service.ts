import { listenToTabs } from "@polylogue/replica/browser"
import type { EntryLog } from "@polylogue/storage"
import { type FindRequest, findPlaces } from "./find-places.ts"
import { IndexBuilder } from "./index-builder.ts"
import { IndexStore } from "./index-store.ts"
import { SearchEngine } from "./search-engine.ts"
import type { FromWorker, ToWorker } from "./search-messages.ts"
import type { IndexProgress, SearchRequest } from "./search-results.ts"

/*
 * What runs in the worker of one tab. Every tab answers its own queries from the index on the disk; the one that holds the lock keeps that index.
 *
 *   waiting for the lock ── granted ─▶ round ─▶ rest until a hint, at most POLL_MS ─▶ round ─▶ …
 *                                        ▲            │ a query, a tab that asks
 *                                        └────────────┘
 *
 * A tab whose query finds the index behind the store asks the holder to catch up, and takes the lock when it does not answer: a frozen tab keeps
 * its lock. Two holders for a moment cost work and nothing else: a commit that builds on what another has replaced fails.
 */

/** Between two rounds, in ms, at least; and nine times what the last one took, so that following a reply that streams costs a tenth of a core. */
const PAUSE_MS = 1_000
const REST_PER_WORK = 9
const MAX_REST_MS = 20_000
/** Without any hint the store is looked at as often, in ms. */
const POLL_MS = 30_000
/** After a failure, in ms. */
const RETRY_MS = 5_000
/** So long a tab waits for the holder of the lock before it takes it, in ms. */
const STEAL_AFTER_MS = 3_000

/** What a service works with. */
export interface SearchServiceOptions {
  /** The device's store, open; it is only read, and closed with the service. */
  readonly store: EntryLog
  /** Its name: tabs of one store share one index. */
  readonly name: string
  readonly workspace: string
  readonly post: (message: FromWorker) => void
  /** Wall time in ms since 1970. */
  readonly now: () => number
}

/** What tabs say to each other about the index. */
type Said = { readonly type: "progress"; readonly progress: IndexProgress; readonly changed: boolean } | { readonly type: "catch-up" }

/** Answers one page, and keeps the index while it holds the lock. */
export class SearchService {
  readonly #options: SearchServiceOptions
  readonly #index: IndexStore
  readonly #engine: SearchEngine
  readonly #channel: BroadcastChannel
  readonly #stopListening: () => void
  readonly #ended = new AbortController()
  #builder: IndexBuilder | undefined
  #wake: (() => void) | undefined
  #urgent = false
  #heardAt = 0
  #searching = 0
  #finding = 0

  private constructor(options: SearchServiceOptions, index: IndexStore) {
    this.#options = options
    this.#index = index
    this.#engine = new SearchEngine({ store: options.store, index, workspace: options.workspace, now: options.now })
    this.#channel = new BroadcastChannel(indexName(options.name, options.workspace))
    this.#channel.addEventListener("message", ({ data }: MessageEvent<Said>) => this.#hear(data))
    this.#stopListening = listenToTabs(options.name, (documentIds) => {
      this.#builder?.noteWritten(documentIds)
      this.#wake?.()
    })
  }

  /** Opens the index and begins to keep it. Rejects where the browser has no database or no locks. */
  static async start(options: SearchServiceOptions): Promise<SearchService> {
    const index = await IndexStore.open(indexName(options.name, options.workspace))
    const service = new SearchService(options, index)
    const { complete } = await index.state()
    options.post({ type: "progress", progress: { state: complete ? "ready" : "starting", done: 0, total: 0 } })
    service.#lead(false)
    return service
  }

  /** Does what the page asks. */
  handle(message: Exclude<ToWorker, { readonly type: "start" }>): void {
    switch (message.type) {
      case "search":
        void this.#search(message.id, message.request)
        break
      case "find":
        void this.#find(message.id, message.request)
        break
      case "rest":
        this.#searching++
        this.#finding++
        this.#engine.clear()
        break
    }
  }

  /** Ends it; what is stored stays. */
  async close(): Promise<void> {
    this.#ended.abort()
    this.#wake?.()
    this.#stopListening()
    this.#channel.close()
    this.#engine.clear()
    this.#index.close()
    await this.#options.store.close()
  }

  async #search(id: number, request: SearchRequest): Promise<void> {
    const { post } = this.#options
    this.#searching = id
    const cancelled = (): boolean => this.#searching !== id || this.#ended.signal.aborted
    void this.#catchUp()
    try {
      const { moreGroups } = await this.#engine.search(request, (group) => post({ type: "group", id, group }), cancelled)
      if (!cancelled()) post({ type: "end", id, moreGroups })
    } catch {
      // Damaged, or rewritten while it was read: who keeps the index mends it, and says so.
      this.#engine.clear()
      if (!cancelled()) post({ type: "failed", id })
    }
  }

  async #find(id: number, { conversationId, text, choices }: FindRequest): Promise<void> {
    const { post } = this.#options
    this.#finding = id
    try {
      await this.#engine.reader.readWhole(conversationId, (view) => {
        // Somebody typed on while the conversation was read: the next one in turn looks for that.
        if (this.#finding === id) post({ type: "found", id, places: findPlaces(view, text, new Set(choices)) })
      })
    } catch {
      if (this.#finding === id) post({ type: "failed", id })
    }
  }

  /** Sees to it that what was written just now is found soon, whoever keeps the index. */
  async #catchUp(): Promise<void> {
    if (this.#builder !== undefined) {
      this.#hurry()
      return
    }
    const behind = await this.#isBehind().catch(() => false)
    if (!behind || this.#ended.signal.aborted) return
    this.#channel.postMessage({ type: "catch-up" } satisfies Said)
    const askedAt = this.#options.now()
    setTimeout(() => {
      if (this.#heardAt < askedAt && this.#builder === undefined && !this.#ended.signal.aborted) this.#lead(true)
    }, STEAL_AFTER_MS)
  }

  async #isBehind(): Promise<boolean> {
    const { store, workspace } = this.#options
    const { cursor } = await this.#index.state()
    return (await store.changes({ prefix: workspace, after: cursor, limit: 1 })).changes.length > 0
  }

  #hurry(): void {
    this.#urgent = true
    this.#wake?.()
  }

  #hear(said: Said): void {
    if (said.type === "catch-up") this.#hurry()
    else {
      this.#heardAt = this.#options.now()
      this.#tellPage(said.progress, said.changed)
    }
  }

  #tell(progress: IndexProgress, changed: boolean): void {
    this.#channel.postMessage({ type: "progress", progress, changed } satisfies Said)
    this.#tellPage(progress, changed)
  }

  #tellPage(progress: IndexProgress, changed: boolean): void {
    if (this.#ended.signal.aborted) return
    this.#options.post({ type: "progress", progress })
    if (changed) this.#options.post({ type: "changed" })
  }

  #lead(steal: boolean): void {
    const lost = (): void => {
      this.#builder = undefined
      // Another tab took it, which thought this one frozen: wait in line again.
      if (!this.#ended.signal.aborted) this.#lead(false)
    }
    const { signal } = this.#ended
    navigator.locks
      .request(indexName(this.#options.name, this.#options.workspace), steal ? { steal } : { signal }, () => this.#keep())
      .catch(lost)
  }

  /** Keeps the index until the service ends, or another takes the lock. */
  async #keep(): Promise<void> {
    const { store, workspace } = this.#options
    const builder = new IndexBuilder({
      store,
      index: this.#index,
      workspace,
      onProgress: (done, total) => this.#tell({ state: "building", done, total }, false),
      stopped: () => this.#ended.signal.aborted || this.#builder !== builder,
    })
    this.#builder = builder
    while (!this.#ended.signal.aborted && this.#builder === builder) await this.#rest(await this.#round(builder))
  }

  /** @returns how long to rest at least, in ms. */
  async #round(builder: IndexBuilder): Promise<number> {
    const began = performance.now()
    this.#urgent = false
    try {
      const changed = await builder.round()
      if (this.#builder !== builder) return 0
      this.#tell({ state: "ready", done: 0, total: 0 }, changed)
      return Math.min(MAX_REST_MS, Math.max(PAUSE_MS, REST_PER_WORK * (performance.now() - began)))
    } catch (error) {
      if (this.#ended.signal.aborted) return 0
      const code = (error as { code?: unknown } | null)?.code
      if (code === "index-moved") return 0
      if (code === "index-damaged") {
        this.#engine.clear()
        await this.#index.clear()
        return 0
      }
      this.#tell({ state: "unavailable", done: 0, total: 0 }, false)
      return RETRY_MS
    }
  }

  /** Rests for `atLeastMs` unless somebody waits, then until something happens. */
  async #rest(atLeastMs: number): Promise<void> {
    let hinted = false
    await this.#pause(atLeastMs, () => {
      hinted = true
      return this.#urgent
    })
    if (!hinted && !this.#urgent) await this.#pause(POLL_MS, () => true)
  }

  /** Waits for `ms`, or until `ends` says yes to a hint. */
  #pause(ms: number, ends: () => boolean): Promise<void> {
    if (this.#ended.signal.aborted || this.#urgent || ms === 0) return Promise.resolve()
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        this.#wake = undefined
        resolve()
      }
      const timer = setTimeout(done, ms)
      this.#wake = () => {
        if (this.#ended.signal.aborted || ends()) done()
      }
    })
  }
}

/** Name of the database, the lock and the channel of the index of a workspace in the store `name`. */
export function indexName(name: string, workspace: string): string {
  return `${name}-search-${workspace}`
}
