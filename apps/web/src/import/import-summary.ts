import { bytesInWords } from "../device/storage-estimate.ts"
import { counted, duration } from "../frame/relative-time.ts"
import { type ImportCounts, itemsOf } from "./import-progress.ts"
import type { ImportState } from "./import-state.ts"

/** What was imported, in one sentence. */
export function summary(counts: ImportCounts): string {
  const { imported, unchanged, skipped, failed, messages } = counts
  if (itemsOf(counts) === 0) return "nothing imported"
  const parts = [`${counted(imported, "conversation")} imported${messages > 0 ? ` with ${counted(messages, "message")}` : ""}`]
  if (unchanged > 0) parts.push(`${unchanged.toLocaleString("en")} here already`)
  if (skipped > 0) parts.push(`${skipped.toLocaleString("en")} skipped`)
  if (failed > 0) parts.push(`${failed.toLocaleString("en")} not imported`)
  return parts.join(", ")
}

/** How far a run is: "12.4 MB of 104 MB, 3.1 MB a second, 30 s left". */
export function pace({ bytesDone, bytesTotal, bytesPerSecond }: ImportState): string {
  const parts = [`${bytesInWords(bytesDone)} of ${bytesInWords(bytesTotal)}`]
  if (bytesPerSecond > 0) {
    parts.push(`${bytesInWords(bytesPerSecond)} a second`)
    if (bytesTotal > bytesDone) parts.push(`${duration(((bytesTotal - bytesDone) / bytesPerSecond) * 1000)} left`)
  }
  return parts.join(", ")
}

/** How a run ended, in one sentence and what to do. */
export function outcome({ ending, counts }: ImportState): string {
  const what = `${summary(counts).charAt(0).toUpperCase()}${summary(counts).slice(1)}.`
  switch (ending?.kind) {
    case undefined:
    case "finished":
      return what
    case "cancelled":
      return `Cancelled. ${what}`
    case "full":
      return `This device is full, so the import stopped. ${what} Nothing is half-written. Free some space, then go on.`
    case "stopped":
      return `The import stopped: ${ending.message} ${what} Nothing is half-written.`
  }
}
