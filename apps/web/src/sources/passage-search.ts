import { type SourceCard, sourceCards } from "@polylogue/conversation"
import { type OpenWorkspace, type Polylogue, usePolylogue, type WorkspaceState } from "@polylogue/react"
import { useCallback, useDeferredValue, useEffect, useState, useSyncExternalStore } from "react"
import type { FoundPassage, FromPassages, GivenPassage, ToPassages } from "./passage-messages.ts"
import { withSource } from "./with-source.ts"

export type { FoundPassage } from "./passage-messages.ts"

/** How many of the workspace's sources are read for searching, and how many there are. The same object until it changes. */
export interface PassageProgress {
  readonly done: number
  readonly total: number
}

type Workspace = Pick<OpenWorkspace, "index">

/**
 * Searches the passages of all sources of a workspace that are not deleted, by BM25. Texts are read one source after the other when somebody first searches, and
 * again when a source's card says that somebody was at work on it. What is read is kept in a worker's memory as long as the page is open.
 */
class PassageSearch {
  readonly #polylogue: Polylogue
  readonly #cards: ReturnType<typeof sourceCards>
  readonly #listeners = new Set<() => void>()
  /** What the card of a source said when its passages were read. */
  readonly #read = new Map<string, number>()
  /** Sources of which nothing was there to read. */
  readonly #empty = new Set<string>()
  readonly #asked = new Map<number, (found: readonly FoundPassage[]) => void>()
  #worker: Promise<(message: ToPassages) => void> | undefined
  #reading: Promise<void> | undefined
  #progress: PassageProgress = Object.freeze({ done: 0, total: 0 })
  #lastId = 0

  constructor(polylogue: Polylogue, index: Workspace["index"]) {
    this.#polylogue = polylogue
    this.#cards = sourceCards(index)
    this.#cards.subscribe(() => {
      if (this.#worker !== undefined) void this.#catchUp()
    })
  }

  get progress(): PassageProgress {
    return this.#progress
  }

  /** Calls `listener` after each change of `progress`: more may be found then. Returns the unsubscription. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** At most `limit` passages of what is read so far, best first. */
  async search(query: string, limit: number): Promise<readonly FoundPassage[]> {
    void this.#catchUp()
    const say = await this.#start()
    const id = ++this.#lastId
    return new Promise((resolve) => {
      this.#asked.set(id, resolve)
      say({ type: "search", id, query, limit })
    })
  }

  #catchUp(): Promise<void> {
    this.#reading ??= this.#readAll().finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  async #readAll(): Promise<void> {
    const say = await this.#start()
    for (let next = this.#stale(); next !== undefined; next = this.#stale()) {
      const { id, lastActivity } = next
      this.#read.set(id, lastActivity)
      const passages = await this.#passagesOf(id)
      say({ type: "put", sourceId: id, passages })
      // What has not arrived is looked for again at the next search.
      if (passages.length === 0) this.#empty.add(id)
      this.#tell()
    }
    for (const id of this.#empty) this.#read.delete(id)
    this.#empty.clear()
    const alive = new Set(this.#cards.getCards().map(({ id }) => id))
    for (const id of this.#read.keys()) {
      if (alive.has(id)) continue
      this.#read.delete(id)
      say({ type: "remove", sourceId: id })
    }
    this.#tell()
  }

  #stale(): SourceCard | undefined {
    return this.#cards.getCards().find(({ id, lastActivity }) => this.#read.get(id) !== lastActivity)
  }

  async #passagesOf(sourceId: string): Promise<readonly GivenPassage[]> {
    try {
      return await withSource(this.#polylogue, sourceId, (source) =>
        (source.getChunking()?.places ?? []).flatMap(({ chunkId, page }) => {
          const passage = source.getPassage(chunkId)
          return passage === undefined ? [] : [{ chunkId, text: passage.text, hash: passage.hash, ...(page === undefined ? {} : { page }) }]
        }),
      )
    } catch {
      // The device's store gives no answer for this one; the others are found all the same.
      return []
    }
  }

  #tell(): void {
    const cards = this.#cards.getCards()
    const done = cards.filter(({ id }) => this.#read.has(id)).length
    this.#progress = Object.freeze({ done, total: cards.length })
    for (const listener of this.#listeners) listener()
  }

  #start(): Promise<(message: ToPassages) => void> {
    this.#worker ??= startShelf(({ id, found }) => {
      this.#asked.get(id)?.(found)
      this.#asked.delete(id)
    })
    return this.#worker
  }
}

/** A way to say something to the shelf: in a worker, or where none can be started on the page. */
async function startShelf(heard: (answer: FromPassages) => void): Promise<(message: ToPassages) => void> {
  try {
    const worker = new Worker(new URL("./passage-worker.ts", import.meta.url), { type: "module", name: "passages" })
    worker.addEventListener("message", ({ data }: MessageEvent<FromPassages>) => heard(data))
    return (message) => worker.postMessage(message)
  } catch {
    const { PassageShelf } = await import("./passage-shelf.ts")
    const shelf = new PassageShelf()
    return (message) => {
      if (message.type === "put") shelf.put(message.sourceId, message.passages)
      else if (message.type === "remove") shelf.remove(message.sourceId)
      else heard({ id: message.id, found: shelf.search(message.query, message.limit) })
    }
  }
}

const searches = new WeakMap<Workspace["index"], PassageSearch>()

/** The search of a workspace's sources: one on a page, whoever asks. */
function passageSearch(polylogue: Polylogue, { index }: Workspace): PassageSearch {
  const known = searches.get(index) ?? new PassageSearch(polylogue, index)
  searches.set(index, known)
  return known
}

/** What is found so far. */
export interface PassagesFound extends PassageProgress {
  /** What `found` answers; the words that are sought may have changed since. */
  readonly query: string
  /** Undefined until there is an answer. */
  readonly found: readonly FoundPassage[] | undefined
}

const NO_PROGRESS: PassageProgress = Object.freeze({ done: 0, total: 0 })

/** The passages for `query`, again as sources are read and change; none for blanks. */
export function usePassages(workspace: WorkspaceState, query: string, limit: number): PassagesFound {
  const polylogue = usePolylogue()
  const search = workspace.state === "open" ? passageSearch(polylogue, workspace) : undefined
  const sought = useDeferredValue(query.trim())
  const [answer, setAnswer] = useState<{ readonly query: string; readonly found: readonly FoundPassage[] }>()
  const subscribe = useCallback((listener: () => void) => search?.subscribe(listener) ?? (() => {}), [search])
  const progress = useSyncExternalStore(subscribe, () => search?.progress ?? NO_PROGRESS)
  useEffect(() => {
    if (search === undefined || sought === "") return
    let asked = 0
    const ask = async (): Promise<void> => {
      const turn = ++asked
      const found = await search.search(sought, limit)
      if (turn === asked) setAnswer({ query: sought, found })
    }
    // As sources are read, more is found.
    const again = (): void => void ask()
    const stop = search.subscribe(again)
    again()
    return () => {
      asked = Infinity
      stop()
    }
  }, [search, sought, limit])
  if (sought === "") return { ...progress, query: "", found: [] }
  return { ...progress, query: answer?.query ?? sought, found: answer?.found }
}
