import { mintId } from "@polylogue/conversation"
import type { Replica } from "@polylogue/replica"
import { randomBytes } from "@polylogue/replica/browser"
import { fileOf, handleOf } from "./chosen-files.ts"
import { type ElsewhereImport, ImportBeacon, isImporting, whileAlone } from "./import-beacon.ts"
import { ImportJournal, type JournalEntry } from "./import-journal.ts"
import { type ImportCounts, type ImportEnding, type ImportStep, itemsOf, NO_COUNTS } from "./import-progress.ts"
import { IDLE, type ImportState, withReports } from "./import-state.ts"
import { forgetUnfinished, noteUnfinished } from "./import-unfinished.ts"
import type { ImportInput } from "./run-import.ts"
import { spaceFor } from "./space.ts"
import type { FromImportWorker, ToImportWorker } from "./worker-messages.ts"

/** How quickly the shown rate follows: the weight of the last second. */
const RATE_WEIGHT = 0.3
const RATE_EVERY_MS = 1_000

/** What a run is made of. */
interface Plan {
  readonly inputs: readonly ImportInput[]
  readonly counts: ImportCounts
  readonly failures: JournalEntry["failures"]
}

/**
 * The import of this tab: at most one runs on the device, in a worker. Files given meanwhile are taken after it. What a reload or a crash cuts off is
 * offered again, and goes on where it was.
 */
export class ImportSession {
  readonly #replica: Replica
  readonly #workspace: string
  readonly #listeners = new Set<() => void>()
  readonly #beacon: ImportBeacon
  #state: ImportState = IDLE
  #waiting: File[] = []
  #asked: readonly File[] = []
  #left: JournalEntry | undefined
  /** The files of the present or the last run. */
  #files: readonly File[] = []
  #cancel: (() => void) | undefined
  #rate = { at: 0, bytes: 0 }

  constructor(replica: Replica, workspace: string) {
    this.#replica = replica
    this.#workspace = workspace
    this.#beacon = new ImportBeacon((elsewhere) => this.#heard(elsewhere))
  }

  get state(): ImportState {
    return this.#state
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Looks for an import that was cut off, and for one that another tab runs. */
  async look(): Promise<void> {
    if (!this.#rests()) return
    if (await isImporting()) return this.#set({ ...IDLE, phase: "elsewhere" })
    const journal = await ImportJournal.open()
    const left = await journal.unfinished(this.#workspace)
    journal.close()
    // It may have begun meanwhile.
    if (!this.#rests()) return
    if (left === undefined) {
      forgetUnfinished()
      return this.#set(IDLE)
    }
    this.#left = left
    const files = left.files.slice(left.fileIndex)
    this.#set({
      ...IDLE,
      phase: "left",
      names: files.map(({ name }) => name),
      counts: left.counts,
      needsFiles: files.some(({ handle }) => handle === undefined),
    })
  }

  /** Imports `files`, after what runs. Of an import that was left, the same files go on where it was. */
  start(files: readonly File[]): void {
    if (files.length === 0) return
    if (this.#state.phase === "running") {
      this.#waiting.push(...files)
      return
    }
    void this.#ask(files)
  }

  /** Goes on although there may not be room for all of it. */
  startAnyway(): void {
    if (this.#state.phase === "asking") void this.#run(this.#planOf(this.#asked))
  }

  /**
   * Goes on with the import that was left or has stopped, with the files as the browser still knows them. Call it in a click: the browser may ask.
   */
  async goOn(): Promise<void> {
    if (this.#state.phase === "done") return this.#goOnFromEnd()
    const left = this.#left
    if (left === undefined) return
    const files = await Promise.all(
      left.files.slice(left.fileIndex).map(({ handle }) => (handle === undefined ? Promise.resolve(undefined) : fileOf(handle))),
    )
    const found = files.filter((file) => file !== undefined)
    if (found.length < files.length) this.#set({ ...this.#state, needsFiles: true, notice: "Choose the files again to go on." })
    else await this.#run(this.#planOf(found))
  }

  /** Ends what runs within a moment, or forgets what was asked or left. What is imported stays. */
  cancel(): void {
    this.#waiting = []
    if (this.#state.phase === "running") {
      this.#set({ ...this.#state, cancelling: true })
      this.#cancel?.()
    } else if (this.#state.phase === "left") void this.#forget()
    else if (this.#state.phase === "asking") this.#set(IDLE)
  }

  /** Forgets what a finished run reported. */
  reset(): void {
    if (this.#state.phase === "done") this.#set(IDLE)
  }

  /** The files are still at hand: those that are not done, from where the last step was. */
  async #goOnFromEnd(): Promise<void> {
    const journal = await ImportJournal.open()
    this.#left = await journal.unfinished(this.#workspace)
    journal.close()
    const { fileIndex = 0 } = this.#left ?? {}
    await this.#run(this.#planOf(this.#files.slice(fileIndex)))
  }

  #rests(): boolean {
    return this.#state.phase === "idle" || this.#state.phase === "elsewhere"
  }

  async #ask(files: readonly File[]): Promise<void> {
    const space = await spaceFor(files)
    if (space === undefined) return this.#run(this.#planOf(files))
    this.#asked = files
    this.#set({ ...IDLE, phase: "asking", names: files.map(({ name }) => name), space })
  }

  /** Skips of `files` what an import that was left has dealt with. A file that changed since is read from its beginning. */
  #planOf(files: readonly File[]): Plan {
    const left = this.#left
    const rest = left?.files.slice(left.fileIndex) ?? []
    const goesOn = left !== undefined && rest.every((known) => files.some((file) => file.name === known.name && file.size === known.size))
    if (!goesOn) return { inputs: files.map((file) => ({ file, itemsDone: 0 })), counts: NO_COUNTS, failures: [] }
    const [current] = rest
    const isCurrent = (file: File): boolean =>
      file.name === current?.name && file.size === current.size && file.lastModified === current.lastModified
    const inputs = files.map((file) => ({ file, itemsDone: isCurrent(file) ? left.itemsDone : 0 }))
    return { inputs, counts: left.counts, failures: left.failures }
  }

  async #run(plan: Plan): Promise<void> {
    let ending: ImportEnding = { kind: "finished" }
    this.#begin(plan)
    const alone = await whileAlone(async () => {
      try {
        ending = await this.#runAll(plan)
      } catch (error) {
        ending = { kind: "stopped", message: error instanceof Error ? `${error.message}.` : "The device does not answer." }
      }
    })
    this.#cancel = undefined
    if (!alone) return this.#set({ ...IDLE, phase: "elsewhere" })
    this.#set({ ...this.#state, phase: "done", cancelling: false, ending })
    this.#tell(true)
  }

  #begin({ inputs, counts, failures }: Plan): void {
    this.#left = undefined
    this.#rate = { at: performance.now(), bytes: 0 }
    const bytesTotal = inputs.reduce((sum, { file }) => sum + file.size, 0)
    const names = inputs.map(({ file }) => file.name)
    const unlisted = itemsOf(counts) - failures.length
    this.#set({ ...IDLE, phase: "running", names, file: names[0] ?? "", bytesTotal, counts, reports: failures, unlisted })
  }

  /** Runs `plan`, then what was given meanwhile. */
  async #runAll(plan: Plan): Promise<ImportEnding> {
    let next = plan
    for (;;) {
      const ending = await this.#runOne(next)
      const files = this.#waiting.splice(0)
      if (ending.kind !== "finished" || files.length === 0) return ending
      next = { inputs: files.map((file) => ({ file, itemsDone: 0 })), counts: this.#state.counts, failures: [] }
      this.#rate = { at: performance.now(), bytes: 0 }
      this.#set({
        ...this.#state,
        names: files.map(({ name }) => name),
        bytesDone: 0,
        bytesTotal: files.reduce((sum, { size }) => sum + size, 0),
      })
    }
  }

  async #runOne({ inputs, counts, failures }: Plan): Promise<ImportEnding> {
    this.#files = inputs.map(({ file }) => file)
    const id = mintId(Date.now(), randomBytes)
    const journal = await ImportJournal.open()
    const files = await Promise.all(
      inputs.map(async ({ file: { name, size, lastModified }, ...rest }, at) => {
        const handle = await handleOf(inputs[at]!.file)
        return { ...rest, name, size, lastModified, ...(handle !== undefined && { handle }) }
      }),
    )
    const itemsDone = inputs[0]?.itemsDone ?? 0
    await journal.begin({ id, workspace: this.#workspace, startedAt: Date.now(), files, fileIndex: 0, itemsDone, counts, failures })
    noteUnfinished()
    const ending = this.#replica.status.keeps === "durable" ? await this.#inWorker(inputs, counts, id) : await this.#here(inputs, counts)
    // A device that was full, or a file that was away, is worth another try.
    if (ending.kind === "finished" || ending.kind === "cancelled") {
      await journal.end(id)
      forgetUnfinished()
    }
    journal.close()
    return ending
  }

  #inWorker(inputs: readonly ImportInput[], counts: ImportCounts, journalId: string): Promise<ImportEnding> {
    const worker = new Worker(new URL("./import-worker.ts", import.meta.url), { type: "module", name: "import" })
    const post = (message: ToImportWorker): void => worker.postMessage(message)
    this.#cancel = () => post({ type: "cancel" })
    if (this.#state.cancelling) this.#cancel()
    return new Promise<ImportEnding>((resolve, reject) => {
      worker.addEventListener("message", ({ data }: MessageEvent<FromImportWorker>) => {
        if (data.type === "step") this.#stepped(data.step, inputs)
        else resolve(data.ending)
      })
      worker.addEventListener("error", () => reject(new Error("the browser stopped the import: there may not be enough memory")))
      post({ type: "start", inputs, workspace: this.#workspace, counts, journalId })
    }).finally(() => worker.terminate())
  }

  /** Where the device keeps nothing, a worker would share nothing with the page: the import runs in it. */
  async #here(inputs: readonly ImportInput[], counts: ImportCounts): Promise<ImportEnding> {
    const { runImport } = await import("./run-import.ts")
    const abort = new AbortController()
    this.#cancel = () => abort.abort()
    if (this.#state.cancelling) abort.abort()
    const onStep = (step: ImportStep): void => this.#stepped(step, inputs)
    return await runImport({ inputs, counts, replica: this.#replica, workspace: this.#workspace, signal: abort.signal, onStep })
  }

  #stepped({ fileIndex, bytesDone, bytesTotal, counts, reports }: ImportStep, inputs: readonly ImportInput[]): void {
    const now = performance.now()
    let { bytesPerSecond } = this.#state
    if (now - this.#rate.at >= RATE_EVERY_MS) {
      const latest = ((bytesDone - this.#rate.bytes) * 1000) / (now - this.#rate.at)
      bytesPerSecond = bytesPerSecond === 0 ? latest : bytesPerSecond * (1 - RATE_WEIGHT) + latest * RATE_WEIGHT
      this.#rate = { at: now, bytes: bytesDone }
      this.#tell(false)
    }
    const file = inputs[fileIndex]?.file.name ?? this.#state.file
    this.#set({ ...this.#state, file, bytesDone, bytesTotal, bytesPerSecond, counts, ...withReports(this.#state, reports) })
  }

  async #forget(): Promise<void> {
    const left = this.#left
    this.#left = undefined
    this.#set(IDLE)
    forgetUnfinished()
    if (left === undefined) return
    const journal = await ImportJournal.open()
    await journal.end(left.id)
    journal.close()
  }

  #tell(over: boolean): void {
    const { counts, bytesDone, bytesTotal } = this.#state
    this.#beacon.tell({ conversations: counts.imported, bytesDone, bytesTotal, over })
  }

  #heard({ conversations, bytesDone, bytesTotal, over }: ElsewhereImport): void {
    const { phase } = this.#state
    if (phase !== "idle" && phase !== "elsewhere" && phase !== "left") return
    if (over) return this.#set(IDLE)
    this.#set({ ...IDLE, phase: "elsewhere", counts: { ...NO_COUNTS, imported: conversations }, bytesDone, bytesTotal })
  }

  #set(state: ImportState): void {
    this.#state = state
    for (const listener of this.#listeners) listener()
  }
}
