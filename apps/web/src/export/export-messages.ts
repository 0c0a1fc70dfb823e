import type { ExportRequest, LeftOut } from "./run-export.ts"

/** What the page tells the worker. */
export type ToExportWorker =
  | { readonly type: "start"; readonly request: ExportRequest; readonly handle: FileSystemFileHandle | undefined }
  /** Bytes that were asked for; `undefined` when no relay gives them. */
  | { readonly type: "blob"; readonly sha256: string; readonly bytes: Uint8Array | undefined }
  | { readonly type: "cancel" }

/** What the worker tells the page. */
export type FromExportWorker =
  | { readonly type: "progress"; readonly done: number; readonly total: number }
  /** Bytes that are not on the device are wanted. */
  | { readonly type: "blob"; readonly sha256: string }
  /** `file` is what was written, unless it went to the file that the person chose. */
  | { readonly type: "end"; readonly file: Blob | undefined; readonly bytes: number; readonly left: readonly LeftOut[] }
  | { readonly type: "cancelled" }
  | { readonly type: "failed"; readonly message: string }
