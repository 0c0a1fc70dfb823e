import type { ImportCounts, ImportEnding, ImportStep } from "./import-progress.ts"
import type { ImportInput } from "./run-import.ts"

/** What the page tells the worker. */
export type ToImportWorker =
  | {
      readonly type: "start"
      readonly inputs: readonly ImportInput[]
      readonly workspace: string
      readonly counts: ImportCounts
      /** Where in the journal the steps are noted. */
      readonly journalId: string
    }
  | { readonly type: "cancel" }

/** What the worker tells the page. */
export type FromImportWorker =
  | { readonly type: "step"; readonly step: ImportStep }
  | { readonly type: "end"; readonly ending: ImportEnding }
