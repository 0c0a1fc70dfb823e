import type { ImportReport } from "@polylogue/conversation"
import type { ImportState } from "./import-state.ts"
import { outcome } from "./import-summary.ts"

/** A report as text, to keep or to send: the outcome, then a line for each item. */
export function reportText(state: ImportState, reports: readonly ImportReport[]): string {
  const rest = state.unlisted > 0 ? [`and ${state.unlisted} more`] : []
  return [outcome(state), "", ...reports.map(line), ...rest, ""].join("\n")
}

function line({ status, where, title, messages, reason, notices }: ImportReport): string {
  const place = where.position === "" ? where.file : `${where.file}, ${where.position}`
  // A title is a stranger's: it stays in its line.
  const name = title === null || title === "" ? "" : ` “${title.replaceAll(/[\p{Cc}\s]+/gu, " ")}”`
  const count = messages.imported > 0 ? `, ${messages.imported} messages` : ""
  const why = [...(reason === null ? [] : [reason]), ...notices].map(({ message }) => `\n  ${message}`).join("")
  return `${status}: ${place}${name}${count}${why}`
}
