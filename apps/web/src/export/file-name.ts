import { FORMATS } from "@polylogue/conversation"
import { cutText } from "../conversation-list/card-text.ts"
import type { ExportRequest } from "./run-export.ts"

/** A file name from a title: what file systems do not take becomes a dash. */
export function fileName(title: string): string {
  const name = cutText(title.replace(/[\p{Control}\\/:*?"<>|]+/gu, "-"), 80)
    .trim()
    .replace(/^\.+|\.+$/g, "")
  return name === "" ? "conversation" : name
}

/** Whether an export is an archive with a file for each conversation: of several, in a format that takes a file each. */
export function isArchive({ ids, format }: Pick<ExportRequest, "ids" | "format">): boolean {
  return ids?.length !== 1 && FORMATS.some(({ name, files }) => name === format && files === "each")
}

/** The name of the file that an export is written to: of one conversation its title. */
export function exportFileName(request: Pick<ExportRequest, "ids" | "format">, title: string): string {
  const extension = FORMATS.find(({ name }) => name === request.format)?.extension ?? "json"
  return `${request.ids?.length === 1 ? fileName(title) : "Polylogue"}.${isArchive(request) ? "zip" : extension}`
}
