import type { ImportReport } from "@polylogue/conversation"

/** How many things became what, over the whole run. */
export interface ImportCounts {
  readonly imported: number
  readonly unchanged: number
  readonly skipped: number
  readonly failed: number
  /** Messages written. */
  readonly messages: number
}

export const NO_COUNTS: ImportCounts = Object.freeze({ imported: 0, unchanged: 0, skipped: 0, failed: 0, messages: 0 })

/** One step of a run: what is said of it is durable. */
export interface ImportStep {
  /** Which of the files is being read, from 0; the number of files at the end. */
  readonly fileIndex: number
  /** Things of that file that are dealt with, those of earlier runs included: there a later run goes on. */
  readonly itemsDone: number
  /** Bytes of all files read, as they stand on the disk. */
  readonly bytesDone: number
  readonly bytesTotal: number
  readonly counts: ImportCounts
  /** What became of the things of this step. */
  readonly reports: readonly ImportReport[]
}

/** How a run ended: with everything read, by the person, because the device is full, or by something else. */
export type ImportEnding =
  | { readonly kind: "finished" | "cancelled" | "full" }
  /** `message` is for people. */
  | { readonly kind: "stopped"; readonly message: string }

/** `counts` with one more report. */
export function counted(counts: ImportCounts, { status, messages }: ImportReport): ImportCounts {
  return { ...counts, [status]: counts[status] + 1, messages: counts.messages + messages.imported }
}

/** Things dealt with. */
export function itemsOf({ imported, unchanged, skipped, failed }: ImportCounts): number {
  return imported + unchanged + skipped + failed
}
