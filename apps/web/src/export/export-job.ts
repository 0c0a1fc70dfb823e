import type { Replica } from "@polylogue/replica"
import { downloadFile } from "./download.ts"
import type { FromExportWorker, ToExportWorker } from "./export-messages.ts"
import type { ExportRequest, LeftOut } from "./run-export.ts"

/** How an export stands. Immutable. */
export interface ExportState {
  readonly phase: "idle" | "running" | "done" | "cancelled" | "failed"
  readonly done: number
  readonly total: number
  readonly bytes: number
  readonly left: readonly LeftOut[]
  readonly message: string
}

export const NO_EXPORT: ExportState = Object.freeze({ phase: "idle", done: 0, total: 0, bytes: 0, left: [], message: "" })

/** An export under way; its state is told as it changes. */
export interface ExportJob {
  readonly cancel: () => void
}

/**
 * Writes `request` in a worker to the file that the person chooses, where the browser lets them, else to a download named `name`. Call it in their
 * click.
 */
export async function startExport(
  replica: Replica,
  request: ExportRequest,
  name: string,
  tell: (state: ExportState) => void,
): Promise<ExportJob> {
  const handle = await chooseFile(name)
  if (handle === null) {
    tell(NO_EXPORT)
    return { cancel: () => {} }
  }
  const worker = new Worker(new URL("./export-worker.ts", import.meta.url), { type: "module", name: "export" })
  const post = (message: ToExportWorker): void => worker.postMessage(message)
  let state: ExportState = { ...NO_EXPORT, phase: "running" }
  const end = (last: Partial<ExportState>): void => {
    worker.terminate()
    tell({ ...state, ...last })
  }
  worker.addEventListener("error", () => end({ phase: "failed", message: "there may not be enough memory" }))
  worker.addEventListener("message", ({ data }: MessageEvent<FromExportWorker>) => {
    switch (data.type) {
      case "progress":
        state = { ...state, done: data.done, total: data.total }
        return tell(state)
      case "blob":
        replica.blobs.get(request.workspace, data.sha256).then(
          (bytes) => post({ ...data, bytes }),
          () => post({ ...data, bytes: undefined }),
        )
        return
      case "end":
        if (data.file !== undefined) downloadFile(data.file, name)
        return end({ phase: "done", bytes: data.bytes, left: data.left })
      case "cancelled":
        return end({ phase: "cancelled" })
      case "failed":
        return end({ phase: "failed", message: data.message })
      default:
        return data satisfies never
    }
  })
  tell(state)
  post({ type: "start", request, handle })
  return { cancel: () => post({ type: "cancel" }) }
}

/** The file to write; `undefined` where the browser has no such thing, `null` when the person changed their mind. */
async function chooseFile(name: string): Promise<FileSystemFileHandle | undefined | null> {
  if (!("showSaveFilePicker" in window)) return undefined
  const picker = window as unknown as { showSaveFilePicker(options: object): Promise<FileSystemFileHandle> }
  try {
    return await picker.showSaveFilePicker({ suggestedName: name })
  } catch (error) {
    return (error as { name?: unknown }).name === "AbortError" ? null : undefined
  }
}
