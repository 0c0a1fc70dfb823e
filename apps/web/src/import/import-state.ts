import type { ImportReport } from "@polylogue/conversation"
import { type ImportCounts, type ImportEnding, NO_COUNTS } from "./import-progress.ts"

/** Where the import of this device stands, as this tab sees it. Immutable. */
export interface ImportState {
  /**
   * `idle`: nothing runs. `asking`: files were chosen that may not fit. `running`. `done`: see `ending`. `left`: an import of an earlier visit was cut
   * off, see `names`. `elsewhere`: another tab imports.
   */
  readonly phase: "idle" | "asking" | "running" | "done" | "left" | "elsewhere"
  readonly names: readonly string[]
  /** The file being read. */
  readonly file: string
  readonly bytesDone: number
  readonly bytesTotal: number
  /** Bytes a second, of late; 0 when it is not known. */
  readonly bytesPerSecond: number
  readonly counts: ImportCounts
  /** What became of things; of a very long import the first {@link MAX_SHOWN_REPORTS}, and all that failed up to as many. */
  readonly reports: readonly ImportReport[]
  /** Things dealt with that are not among `reports`. */
  readonly unlisted: number
  readonly cancelling: boolean
  readonly ending: ImportEnding | undefined
  /** Bytes that the import may need and that the device has left, while that is asked. */
  readonly space: { readonly needed: number; readonly free: number } | undefined
  /** Going on needs the person to choose the files again. */
  readonly needsFiles: boolean
  /** Why what was asked for could not be done, in words. */
  readonly notice: string | undefined
}

/** Reports that a page holds; of what is beyond only the number is known. */
export const MAX_SHOWN_REPORTS = 20_000

export const IDLE: ImportState = Object.freeze({
  phase: "idle",
  names: [],
  file: "",
  bytesDone: 0,
  bytesTotal: 0,
  bytesPerSecond: 0,
  counts: NO_COUNTS,
  reports: [],
  unlisted: 0,
  cancelling: false,
  ending: undefined,
  space: undefined,
  needsFiles: false,
  notice: undefined,
})

/** `reports` with `more`, within bounds: what failed is kept in any case, for it is what one looks for. */
export function withReports(state: ImportState, more: readonly ImportReport[]): Pick<ImportState, "reports" | "unlisted"> {
  if (more.length === 0) return state
  const room = MAX_SHOWN_REPORTS - state.reports.length
  const isBad = ({ status }: ImportReport): boolean => status === "failed"
  const kept = room >= more.length ? more : [...more.slice(0, Math.max(0, room)), ...more.slice(Math.max(0, room)).filter(isBad)]
  const bounded = kept.slice(0, 2 * MAX_SHOWN_REPORTS - state.reports.length)
  return { reports: [...state.reports, ...bounded], unlisted: state.unlisted + more.length - bounded.length }
}
