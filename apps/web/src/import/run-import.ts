import {
  applyImport,
  conversationDocumentId,
  documentsOf,
  indexDocumentId,
  type ImportFile,
  type ImportItem,
  type ImportReport,
  importSegments,
  openSegments,
  parseImport,
} from "@polylogue/conversation"
import type { Replica, ReplicaDocument } from "@polylogue/replica"
import { ImportFileError, readImportFiles } from "./import-files.ts"

/** Where an import stands. */
export interface ImportProgress {
  /** The file being read. */
  readonly file: string
  readonly filesDone: number
  readonly filesTotal: number
  readonly reports: readonly ImportReport[]
}

export interface ImportRun {
  readonly files: readonly File[]
  readonly replica: Replica
  readonly workspace: string
  readonly signal: AbortSignal
  /** Called often; the reports of a run are only ever added to. */
  readonly onProgress: (progress: ImportProgress) => void
}

/** The page answers to the pointer in between when it is not held longer than this. */
const SLICE_MS = 24

/** So many conversations are written at once: they share the commits of the device's log, of which each waits for the disk. */
const MAX_UNDER_WAY = 16

/**
 * Imports files one after the other, conversation by conversation. An item is reported once it is durable on this device, so a run that is
 * cancelled or cut off leaves whole conversations and nothing half-written; doing it again goes on from there.
 */
export async function runImport({ files, replica, workspace, signal, onProgress }: ImportRun): Promise<readonly ImportReport[]> {
  const reports: ImportReport[] = []
  const pause = slices()
  const index = await replica.open(indexDocumentId(workspace))
  let underWay: Promise<ImportReport>[] = []
  try {
    for (const [filesDone, file] of files.entries()) {
      const progress = (): void => onProgress({ file: file.name, filesDone, filesTotal: files.length, reports: [...reports] })
      const settle = async (): Promise<void> => {
        reports.push(...(await Promise.all(underWay)))
        underWay = []
        progress()
      }
      progress()
      for await (const item of itemsOf(file, signal)) {
        await pause()
        if (signal.aborted) break
        underWay.push(applyItem(item, replica, workspace, index.ydoc))
        if (underWay.length === MAX_UNDER_WAY) await settle()
      }
      await settle()
      if (signal.aborted) break
    }
    await index.whenDurable("local")
    return reports
  } finally {
    await Promise.allSettled(underWay)
    onProgress({ file: "", filesDone: files.length, filesTotal: files.length, reports: [...reports] })
    await index.close()
  }
}

async function* itemsOf(file: File, signal: AbortSignal): AsyncIterable<ImportItem> {
  const read: ImportFile[] = []
  try {
    for await (const part of readImportFiles(file)) {
      if (signal.aborted) return
      read.length = 0
      read.push(part)
      yield* parseImport(read)
    }
  } catch (error) {
    if (!(error instanceof ImportFileError)) throw error
    yield {
      kind: "report",
      report: { ...NOTHING, where: { file: file.name, position: "" }, reason: { code: error.code, message: error.message } },
    }
  }
}

const NOTHING = { status: "failed", conversationId: null, title: null, messages: { imported: 0, unchanged: 0 }, notices: [] } as const

async function applyItem(item: ImportItem, replica: Replica, workspace: string, indexDoc: ImportTargetDoc): Promise<ImportReport> {
  if (item.kind === "report") return item.report
  const { conversation } = item
  const documents: ReplicaDocument[] = []
  const open = async (segment: number): Promise<ReplicaDocument> => {
    const document = await replica.open(conversationDocumentId(workspace, conversation.id, segment))
    documents.push(document)
    return document
  }
  try {
    const segments = await openSegments(open, (firstDoc) => importSegments(conversation, firstDoc))
    const report = applyImport(item, { conversationDocs: [...documentsOf(segments).values()], indexDoc })
    await Promise.all(documents.map((document) => document.whenDurable("local")))
    return report
  } finally {
    await Promise.all(documents.map((document) => document.close()))
  }
}

type ImportTargetDoc = Awaited<ReturnType<Replica["open"]>>["ydoc"]

/** Waits for the event loop whenever it was held for a while. */
function slices(): () => Promise<void> {
  let start = performance.now()
  return async () => {
    if (performance.now() - start < SLICE_MS) return
    await new Promise((resolve) => setTimeout(resolve, 0))
    start = performance.now()
  }
}
