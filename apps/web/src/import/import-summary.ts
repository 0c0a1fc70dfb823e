import type { ImportReport } from "@polylogue/conversation"
import { counted } from "../frame/relative-time.ts"

/** What was imported, in one sentence. */
export function summary(reports: readonly ImportReport[]): string {
  const count = (status: ImportReport["status"]): number => reports.filter((report) => report.status === status).length
  const messages = reports.reduce((sum, report) => sum + report.messages.imported, 0)
  const parts = [`${counted(count("imported"), "conversation")} imported${messages > 0 ? ` with ${counted(messages, "message")}` : ""}`]
  if (count("unchanged") > 0) parts.push(`${count("unchanged")} here already`)
  if (count("skipped") > 0) parts.push(`${count("skipped")} skipped`)
  if (count("failed") > 0) parts.push(`${count("failed")} not imported`)
  return parts.join(", ")
}
