import type { FindRequest, FoundPlaces } from "./find-places.ts"
import type { FromWorker, ToWorker } from "./search-messages.ts"
import type { IndexProgress, SearchGroup, SearchRequest } from "./search-results.ts"

/** What a search is told as it goes on. */
export interface SearchListener {
  /** One more conversation, best first. */
  readonly group: (group: SearchGroup) => void
  /** That was all; `moreGroups` conversations that may answer were not looked at. */
  readonly end: (moreGroups: number) => void
  /** The index could not be read just now; it is being mended. */
  readonly failed: () => void
}

const STARTING: IndexProgress = Object.freeze({ state: "starting", done: 0, total: 0 })
const UNAVAILABLE: IndexProgress = Object.freeze({ state: "unavailable", done: 0, total: 0 })

/** The page's end of its search worker. One search and one find at a time: a new one ends the one before it. */
export class SearchClient {
  #worker: Worker | undefined
  readonly #progressListeners = new Set<() => void>()
  readonly #changeListeners = new Set<() => void>()
  #progress = STARTING
  #id = 0
  #search: { readonly id: number; readonly listener: SearchListener } | undefined
  #find: { readonly id: number; readonly resolve: (places: FoundPlaces | "superseded" | undefined) => void } | undefined

  /**
   * Starts the worker, which begins to keep the index of the store.
   * @param store - name of the device's store; undefined where words are in memory only, which no worker can read.
   */
  constructor(store: string | undefined, workspace: string) {
    this.#worker = store === undefined ? undefined : startWorker()
    if (this.#worker === undefined || store === undefined) {
      this.#progress = UNAVAILABLE
      return
    }
    this.#worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => this.#take(data))
    this.#worker.addEventListener("error", () => this.#fail())
    this.#say({ type: "start", store, workspace })
  }

  /** How far the index is: the same object until it changes. */
  get progress(): IndexProgress {
    return this.#progress
  }

  /** Calls `listener` after each change of `progress`. Returns a function that ends it. */
  subscribeProgress(listener: () => void): () => void {
    this.#progressListeners.add(listener)
    return () => this.#progressListeners.delete(listener)
  }

  /** Calls `listener` when the index has changed, so that results may have as well. Returns a function that ends it. */
  subscribeChanges(listener: () => void): () => void {
    this.#changeListeners.add(listener)
    return () => this.#changeListeners.delete(listener)
  }

  /** Searches all conversations. Returns a function that ends it; `listener` hears nothing more then. */
  search(request: SearchRequest, listener: SearchListener): () => void {
    const id = ++this.#id
    this.#search = { id, listener }
    if (this.#worker === undefined) listener.failed()
    else this.#say({ type: "search", id, request })
    return () => {
      if (this.#search?.id === id) this.#search = undefined
    }
  }

  /** Looks through one whole conversation; undefined when it cannot be read. */
  find(request: FindRequest): Promise<FoundPlaces | "superseded" | undefined> {
    this.#find?.resolve("superseded")
    if (this.#worker === undefined) return Promise.resolve(undefined)
    const id = ++this.#id
    return new Promise((resolve) => {
      this.#find = { id, resolve }
      this.#say({ type: "find", id, request })
    })
  }

  /** Nobody looks at results any more: memory that was kept for the next keystroke is given back. */
  rest(): void {
    this.#search = undefined
    this.#say({ type: "rest" })
  }

  /** The worker could not be loaded, or has stumbled: who waits for it is told, and nobody is left to wait for one that never spoke. */
  #fail(): void {
    if (this.#progress.state === "starting") {
      this.#worker?.terminate()
      this.#worker = undefined
    }
    this.#setProgress(UNAVAILABLE)
    this.#search?.listener.failed()
    this.#endFind(this.#find?.id ?? -1, undefined)
  }

  #say(message: ToWorker): void {
    this.#worker?.postMessage(message)
  }

  #take(message: FromWorker): void {
    switch (message.type) {
      case "progress":
        this.#setProgress(message.progress)
        break
      case "changed":
        for (const listener of this.#changeListeners) listener()
        break
      case "found":
        this.#endFind(message.id, message.places)
        break
      case "group":
        if (this.#search?.id === message.id) this.#search.listener.group(message.group)
        break
      case "end":
        if (this.#search?.id === message.id) this.#search.listener.end(message.moreGroups)
        break
      case "failed":
        if (this.#search?.id === message.id) this.#search.listener.failed()
        this.#endFind(message.id, undefined)
        break
    }
  }

  #endFind(id: number, places: FoundPlaces | undefined): void {
    if (this.#find?.id !== id) return
    const { resolve } = this.#find
    this.#find = undefined
    resolve(places)
  }

  #setProgress(progress: IndexProgress): void {
    const { state, done, total } = this.#progress
    if (state === progress.state && done === progress.done && total === progress.total) return
    this.#progress = progress
    for (const listener of this.#progressListeners) listener()
  }
}

function startWorker(): Worker | undefined {
  try {
    return new Worker(new URL("./search-worker.ts", import.meta.url), { type: "module", name: "search" })
  } catch {
    return undefined
  }
}
