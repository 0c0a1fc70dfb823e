import type { ImportReport } from "@polylogue/conversation"
import type { ImportCounts, ImportStep } from "./import-progress.ts"

/** A file of an import, as it is known again after a reload. */
export interface JournalFile {
  readonly name: string
  readonly size: number
  readonly lastModified: number
  /** Where the browser keeps a way to the file; else the person is asked for it again. */
  readonly handle?: FileSystemFileHandle
}

/** An import that has begun and not ended. */
export interface JournalEntry {
  readonly id: string
  readonly workspace: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly files: readonly JournalFile[]
  /** The file being read, and how many things of it are dealt with. */
  readonly fileIndex: number
  readonly itemsDone: number
  readonly counts: ImportCounts
  /** What was not imported so far, up to {@link MAX_NOTED_FAILURES}. */
  readonly failures: readonly ImportReport[]
}

const DATABASE = "polylogue-imports"
const STORE = "runs"
/** What is kept of an import whose items all fail is bounded. */
const MAX_NOTED_FAILURES = 500

/** The imports of this device that have not ended, in a database of their own: what is lost of it is done again, and changes nothing then. */
export class ImportJournal {
  readonly #database: IDBDatabase | undefined

  private constructor(database: IDBDatabase | undefined) {
    this.#database = database
  }

  /** Opens it; where the browser refuses, nothing is remembered. */
  static async open(): Promise<ImportJournal> {
    try {
      const opening = indexedDB.open(DATABASE, 1)
      opening.addEventListener("upgradeneeded", () => opening.result.createObjectStore(STORE, { keyPath: "id" }))
      return new ImportJournal(await settled(opening))
    } catch {
      return new ImportJournal(undefined)
    }
  }

  /** The import of `workspace` that began last and has not ended. */
  async unfinished(workspace: string): Promise<JournalEntry | undefined> {
    const entries = await this.#do("readonly", (store) => store.getAll() as IDBRequest<JournalEntry[]>)
    return entries?.filter((entry) => entry.workspace === workspace).toSorted((left, right) => right.startedAt - left.startedAt)[0]
  }

  /** Begins an import, in place of those that were left. */
  async begin(entry: JournalEntry): Promise<void> {
    await this.#do("readwrite", (store) => {
      store.clear()
      return store.put(entry)
    })
  }

  /** Notes that a step is durable. */
  async note(id: string, step: ImportStep): Promise<void> {
    const entry = await this.#do("readonly", (store) => store.get(id) as IDBRequest<JournalEntry | undefined>)
    if (entry === undefined) return
    const failed = step.reports.filter(({ status }) => status === "failed" || status === "skipped")
    const failures = [...entry.failures, ...failed].slice(0, MAX_NOTED_FAILURES)
    const { fileIndex, itemsDone, counts } = step
    await this.#do("readwrite", (store) => store.put({ ...entry, fileIndex, itemsDone, counts, failures }))
  }

  /** Forgets an import: it has ended, or nobody wants to go on with it. */
  async end(id: string): Promise<void> {
    await this.#do("readwrite", (store) => store.delete(id))
  }

  close(): void {
    this.#database?.close()
  }

  async #do<T>(mode: IDBTransactionMode, action: (store: IDBObjectStore) => IDBRequest<T>): Promise<T | undefined> {
    if (this.#database === undefined) return undefined
    try {
      return await settled(action(this.#database.transaction(STORE, mode).objectStore(STORE)))
    } catch {
      // A journal that cannot be written costs reading again, and nothing else.
      return undefined
    }
  }
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result))
    request.addEventListener("error", () => reject(request.error ?? new Error("the journal does not answer")))
  })
}
