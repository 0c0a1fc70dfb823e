import {
  applyImport,
  conversationDocumentId,
  ConversationOrigin,
  documentsOf,
  type ImportedConversation,
  importSegments,
  type ImportItem,
  type ImportReason,
  type ImportReport,
  indexDocumentId,
  openSegments,
  readImport,
} from "@polylogue/conversation"
import type * as Y from "yjs"
import type { Replica, ReplicaDocument } from "@polylogue/replica"
import { decode, fileSource, inflate } from "./file-source.ts"
import { counted, type ImportCounts, type ImportEnding, type ImportStep, NO_COUNTS } from "./import-progress.ts"

/** A file to import. */
export interface ImportInput {
  readonly file: File
  /** So many things at its beginning were dealt with by an earlier run. */
  readonly itemsDone: number
}

export interface ImportRun {
  readonly inputs: readonly ImportInput[]
  readonly replica: Replica
  readonly workspace: string
  readonly signal: AbortSignal
  /** What earlier runs of the same import came to. Default nothing. */
  readonly counts?: ImportCounts
  /** Called after each batch that is durable, and now and then while a long file is read. Awaited. */
  readonly onStep: (step: ImportStep) => Promise<void> | void
}

/** A thread that shows something answers to the pointer in between when it is not held longer than this. */
const SLICE_MS = 24
/** What is written at once, in one commit of the device's store: so many conversations, or so many bytes of the file, or what came in so long. */
const MAX_BATCH_ITEMS = 128
const MAX_BATCH_BYTES = 4 * 1024 * 1024
const MAX_BATCH_MS = 500

/**
 * Imports files one after the other. What stands in a batch is applied in one turn and committed as one, its attachments before it: a run that is
 * cancelled, cut off or stopped by a full device leaves whole conversations and nothing half-written, and a later one goes on from the last step.
 */
export async function runImport(run: ImportRun): Promise<ImportEnding> {
  const index = await run.replica.open(indexDocumentId(run.workspace))
  try {
    return await new Importing(run, index).files()
  } finally {
    // Of a full device it would wait until there is room.
    void index.close()
  }
}

class Importing {
  readonly #run: ImportRun
  readonly #index: ReplicaDocument
  readonly #bytesTotal: number
  #counts: ImportCounts
  #fileIndex = 0
  #itemsDone = 0
  #bytesDone = 0
  #batch: ImportItem[] = []
  #batchedAtByte = 0
  #batchedAt = performance.now()
  #sliceAt = performance.now()

  constructor(run: ImportRun, index: ReplicaDocument) {
    this.#run = run
    this.#index = index
    this.#counts = run.counts ?? NO_COUNTS
    this.#bytesTotal = run.inputs.reduce((sum, { file }) => sum + file.size, 0)
  }

  async files(): Promise<ImportEnding> {
    const { inputs, signal } = this.#run
    try {
      await this.#step([])
      for (const [fileIndex, input] of inputs.entries()) {
        this.#fileIndex = fileIndex
        this.#itemsDone = input.itemsDone
        await this.#file(input)
        if (signal.aborted) return { kind: "cancelled" }
      }
      this.#fileIndex = inputs.length
      this.#itemsDone = 0
      this.#bytesDone = this.#bytesTotal
      await this.#step([])
      return { kind: "finished" }
    } catch (error) {
      if (error instanceof DeviceFull) return { kind: "full" }
      return { kind: "stopped", message: describe(error, inputs[this.#fileIndex]?.file.name) }
    }
  }

  async #file({ file, itemsDone }: ImportInput): Promise<void> {
    const source = fileSource(file, (bytes) => {
      this.#bytesDone = Math.min(this.#bytesTotal, this.#bytesDone + bytes)
    })
    const before = this.#run.inputs.slice(0, this.#fileIndex).reduce((sum, input) => sum + input.file.size, 0)
    this.#bytesDone = before
    for await (const item of readImport(this.#pausing(source), { decode, inflate, skipItems: itemsDone })) {
      if (this.#run.signal.aborted) return
      // Where its messages go depends on those of the same conversation that were written before.
      if (this.#batch.some((other) => idOf(other) !== undefined && idOf(other) === idOf(item))) await this.#commit()
      this.#batch.push(item)
      if (this.#isFull()) await this.#commit()
      await this.#pause()
    }
    if (!this.#run.signal.aborted) await this.#commit()
    this.#bytesDone = before + file.size
  }

  /** The source, which gives the thread up now and then and ends early when the run was cancelled. */
  #pausing(source: ReturnType<typeof fileSource>): ReturnType<typeof fileSource> {
    const pause = async (): Promise<boolean> => {
      await this.#pause()
      if (performance.now() - this.#batchedAt > MAX_BATCH_MS && this.#batch.length === 0) await this.#step([])
      return this.#run.signal.aborted
    }
    return {
      name: source.name,
      size: source.size,
      async *read(start, end) {
        for await (const chunk of source.read(start, end)) {
          yield chunk
          if (await pause()) return
        }
      },
    }
  }

  #isFull(): boolean {
    return (
      this.#batch.length >= MAX_BATCH_ITEMS ||
      this.#bytesDone - this.#batchedAtByte >= MAX_BATCH_BYTES ||
      performance.now() - this.#batchedAt > MAX_BATCH_MS
    )
  }

  async #commit(): Promise<void> {
    const batch = this.#batch
    this.#batch = []
    if (batch.length > 0) await this.#step(await this.#write(batch))
  }

  async #step(reports: readonly ImportReport[]): Promise<void> {
    for (const report of reports) this.#counts = counted(this.#counts, report)
    this.#itemsDone += reports.length
    this.#batchedAtByte = this.#bytesDone
    this.#batchedAt = performance.now()
    await this.#run.onStep({
      fileIndex: this.#fileIndex,
      itemsDone: this.#itemsDone,
      bytesDone: this.#bytesDone,
      bytesTotal: this.#bytesTotal,
      counts: this.#counts,
      reports,
    })
  }

  /** Writes a batch; resolves when all of it is on the device's disk. */
  async #write(found: readonly ImportItem[]): Promise<readonly ImportReport[]> {
    const batch: ImportItem[] = []
    for (const item of found) batch.push(await this.#keepBlobs(item))
    const documents: ReplicaDocument[] = []
    try {
      // Side by side: the store answers many questions in the time of one.
      const opening = batch.map((item) => (item.kind === "report" ? Promise.resolve([]) : this.#open(item.conversation, documents)))
      const targets = await settled(opening)
      // All in one turn, so that it becomes one commit, and all cards in one transaction, so that they become one entry.
      const indexDoc = this.#index.ydoc
      const reports = indexDoc.transact(
        () => batch.map((item, at) => applyImport(item, { conversationDocs: targets[at] ?? [], indexDoc })),
        new ConversationOrigin("import"),
      )
      await this.#durable([...documents, this.#index])
      return reports
    } finally {
      // What is durable closes at once, and a full device is not waited for.
      for (const document of documents) void document.close()
    }
  }

  /** Brings the attachments of `item` to the device before the words that name them; says which it does not take. */
  async #keepBlobs(item: ImportItem): Promise<ImportItem> {
    if (item.kind === "report") return item
    const notices: ImportReason[] = []
    for (const { bytes } of item.conversation.blobs ?? []) {
      try {
        await this.#run.replica.blobs.put(this.#run.workspace, bytes)
      } catch (error) {
        const { code, cause } = error as { readonly code?: unknown; readonly cause?: { readonly code?: unknown } }
        if (cause?.code === "quota-exceeded") throw new DeviceFull()
        if (code !== "too-large") throw error
        notices.push({ code: "no-bytes", message: `an attachment of ${Math.ceil(bytes.length / 1e6)} MB is too large to be kept` })
      }
    }
    return notices.length === 0 ? item : { ...item, notices: [...item.notices, ...notices] }
  }

  /** Opens the documents of a conversation, and notes them in `opened`, which are to be closed. */
  async #open(conversation: ImportedConversation, opened: ReplicaDocument[]): Promise<readonly Y.Doc[]> {
    const { replica, workspace } = this.#run
    const open = async (segment: number): Promise<ReplicaDocument> => {
      const document = await replica.open(conversationDocumentId(workspace, conversation.id, segment))
      opened.push(document)
      return document
    }
    return [...documentsOf(await openSegments(open, (firstDoc) => importSegments(conversation, firstDoc))).values()]
  }

  async #durable(documents: readonly ReplicaDocument[]): Promise<void> {
    const { replica } = this.#run
    let stop = (): void => {}
    const full = new Promise<never>((_resolve, reject) => {
      const check = (): void => {
        if (replica.status.storageError !== undefined) reject(deviceError(replica.status.storageError))
      }
      stop = replica.subscribe(check)
      check()
    })
    try {
      await Promise.race([Promise.all(documents.map((document) => document.whenDurable("local"))), full])
    } finally {
      stop()
    }
  }

  /** Waits for the event loop whenever it was held for a while. */
  async #pause(): Promise<void> {
    if (performance.now() - this.#sliceAt < SLICE_MS) return
    await new Promise((resolve) => setTimeout(resolve, 0))
    this.#sliceAt = performance.now()
  }
}

/** As `Promise.all`, but when one fails, the others have ended too: what they opened can be closed. */
async function settled<T>(promises: readonly Promise<T>[]): Promise<readonly T[]> {
  await Promise.allSettled(promises)
  return await Promise.all(promises)
}

function idOf(item: ImportItem): string | undefined {
  return item.kind === "conversation" ? item.conversation.id : undefined
}

/** The device has no room for what was to be written; nothing of it was. */
class DeviceFull extends Error {}

function deviceError(code: "quota-exceeded" | "io" | "closed"): Error {
  return code === "quota-exceeded" ? new DeviceFull() : new Error("this device’s storage does not answer")
}

/** Why a run stopped, in words. */
function describe(error: unknown, file: string | undefined): string {
  if ((error as { name?: unknown } | null)?.name === "NotReadableError" || (error as { name?: unknown } | null)?.name === "NotFoundError") {
    return `${file ?? "The file"} cannot be read any more: it was changed, moved or taken away.`
  }
  return error instanceof Error && error.message !== "" ? `${error.message}.` : "The device does not answer."
}
