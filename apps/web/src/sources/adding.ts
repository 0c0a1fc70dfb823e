import type { OpenWorkspace, Polylogue } from "@polylogue/react"
import { useCallback, useSyncExternalStore } from "react"
import { MAX_FILE_BYTES } from "../composer/attach-words.ts"
import { type AddedSource, addFile } from "./add-source.ts"
import { addingProblem } from "./adding-words.ts"
import { ReadingError, type ReadingProgress } from "./read-text.ts"

/** A file on its way to being a source. Immutable. */
export interface AddingFile {
  readonly key: number
  readonly name: string
  readonly state: "waiting" | "reading" | "done" | "refused" | "cancelled"
  /** How far it is, where it has pages. */
  readonly progress?: ReadingProgress
  readonly added?: AddedSource
  /** Why it was refused, and what to do. */
  readonly problem?: string
}

interface Entry {
  readonly file: File
  readonly abort: AbortController
}

const NONE: readonly AddingFile[] = Object.freeze([])

/** The files that are being added in a workspace, one after the other, whatever is on screen. */
export class Adding {
  readonly #polylogue: Polylogue
  readonly #index: OpenWorkspace["index"]
  readonly #listeners = new Set<() => void>()
  readonly #entries = new Map<number, Entry>()
  #files = NONE
  #run: Promise<void> | undefined
  #lastKey = 0

  constructor(polylogue: Polylogue, index: OpenWorkspace["index"]) {
    this.#polylogue = polylogue
    this.#index = index
  }

  /** What was given so far, in order; the same array until something of it changes. */
  get files(): readonly AddingFile[] {
    return this.#files
  }

  /** Calls `listener` after each change of `files`. Returns the unsubscription. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Adds files behind those that wait. Resolves when these have ended, one way or another. */
  async add(files: readonly File[]): Promise<readonly AddingFile[]> {
    // What ended before is told of; the next files begin a report of their own.
    this.#forget()
    const keys = files.map((file) => {
      const key = ++this.#lastKey
      this.#entries.set(key, { file, abort: new AbortController() })
      this.#set([...this.#files, { key, name: file.name, state: "waiting" }])
      return key
    })
    await this.#start()
    return this.#files.filter(({ key }) => keys.includes(key))
  }

  /** Ends the reading of a file, or of all that have not ended; nothing of them is added. */
  cancel(key?: number): void {
    for (const { key: own, state } of this.#files) {
      if ((key !== undefined && key !== own) || (state !== "waiting" && state !== "reading")) continue
      this.#entries.get(own)?.abort.abort()
      this.#change(own, { state: "cancelled" })
    }
  }

  /** Tries one that was refused or cancelled once more, in its place of the report. */
  retry(key: number): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#entries.set(key, { file: entry.file, abort: new AbortController() })
    this.#set(this.#files.map((file) => (file.key === key ? { key, name: file.name, state: "waiting" } : file)))
    void this.#start()
  }

  /** Lets go of the report, once there is nothing more to tell. */
  #forget(): void {
    if (this.#run !== undefined) return
    this.#entries.clear()
    this.#set(NONE)
  }

  #start(): Promise<void> {
    this.#run ??= this.#runAll().finally(() => {
      this.#run = undefined
    })
    return this.#run
  }

  async #runAll(): Promise<void> {
    for (let next = this.#waiting(); next !== undefined; next = this.#waiting()) await this.#one(next.key)
  }

  #waiting(): AddingFile | undefined {
    return this.#files.find(({ state }) => state === "waiting")
  }

  async #one(key: number): Promise<void> {
    const entry = this.#entries.get(key)
    if (entry === undefined) return this.#change(key, { state: "cancelled" })
    const { file, abort } = entry
    this.#change(key, { state: "reading" })
    try {
      if (file.size > MAX_FILE_BYTES) throw new ReadingError("file-too-large")
      const onProgress = (progress: ReadingProgress): void => this.#change(key, { progress })
      const added = await addFile(this.#polylogue, { index: this.#index }, file, { signal: abort.signal, onProgress })
      this.#change(key, { state: "done", added })
    } catch (error) {
      if (!abort.signal.aborted) this.#change(key, { state: "refused", problem: addingProblem(error) })
    }
  }

  #change(key: number, change: Partial<AddingFile>): void {
    this.#set(this.#files.map((file) => (file.key === key ? { ...file, ...change } : file)))
  }

  #set(files: readonly AddingFile[]): void {
    this.#files = files
    for (const listener of this.#listeners) listener()
  }
}

const byIndex = new WeakMap<OpenWorkspace["index"], Adding>()

/** What adds files to a workspace: one on a page. */
export function addingTo(polylogue: Polylogue, { index }: Pick<OpenWorkspace, "index">): Adding {
  const known = byIndex.get(index) ?? new Adding(polylogue, index)
  byIndex.set(index, known)
  return known
}

/** The files that are being added, again after each change. */
export function useAddingFiles(adding: Adding | undefined): readonly AddingFile[] {
  const subscribe = useCallback((listener: () => void) => adding?.subscribe(listener) ?? (() => {}), [adding])
  return useSyncExternalStore(subscribe, () => adding?.files ?? NONE)
}
