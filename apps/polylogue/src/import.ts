import { accessSync, constants, readFileSync, statSync } from "node:fs"
import {
  applyImport,
  documentsOf,
  type ImportFile,
  type ImportItem,
  type ImportReport,
  importSegments,
  parseImport,
} from "@polylogue/conversation"
import { CommandError, EXIT_CODES, fileReasonOf } from "./command-error.ts"
import type { Call } from "./flags.ts"
import { closeAll, Workspace } from "./workspace.ts"

/** Largest file in bytes: its text has to fit a JavaScript string while it is parsed. */
const MAX_FILE_BYTES = 512 * 1024 * 1024
/** Formats that `--format` accepts; they are told from the content, so there is only this one to name. */
const FORMATS = ["auto"]

/**
 * `polylogue import`: reads files, writes what is in them and not yet there, and reports item by item on standard output. Each
 * conversation is on the relay's disk before its line is printed. Exit code 2 when something in a file could not be read.
 * @throws CommandError `usage` for files that cannot be read, before anything is written; `failure` when the relay cannot be reached.
 */
export async function importFiles(call: Call): Promise<number> {
  const format = call.flag("format") ?? "auto"
  if (!FORMATS.includes(format)) throw new CommandError("usage", `--format is ${FORMATS.join(" or ")} for an import, not "${format}".`)
  if (call.files.length === 0) throw new CommandError("usage", "Name the files to import: polylogue import <file...>.")
  for (const file of call.files) checkFile(file)
  const workspace = await Workspace.open(call)
  try {
    const counts = new Map<ImportReport["status"], number>()
    for (const item of parseImport(readFiles(call.files))) {
      const report = await apply(workspace, item)
      counts.set(report.status, (counts.get(report.status) ?? 0) + 1)
      console.log(describe(report))
    }
    console.log([...counts].map(([status, count]) => `${count} ${status}`).join(", "))
    return counts.has("failed") ? EXIT_CODES.usage : 0
  } finally {
    await workspace.close()
  }
}

function checkFile(file: string): void {
  try {
    accessSync(file, constants.R_OK)
    const stats = statSync(file)
    if (!stats.isFile()) throw new Error("it is no file")
    if (stats.size > MAX_FILE_BYTES) throw new Error(`it has ${stats.size} bytes, the most is ${MAX_FILE_BYTES}; split it`)
  } catch (error) {
    throw new CommandError("usage", `${file} cannot be read: ${fileReasonOf(error)}. Nothing was imported.`, { cause: error })
  }
}

/** One file in memory at a time. */
function* readFiles(files: readonly string[]): IterableIterator<ImportFile> {
  for (const name of files) yield { name, content: readFileSync(name) }
}

async function apply(workspace: Workspace, item: ImportItem): Promise<ImportReport> {
  if (item.kind === "report") return item.report
  const segments = await workspace.conversation(item.conversation.id, (firstDoc) => importSegments(item.conversation, firstDoc))
  const index = await workspace.index()
  try {
    const report = applyImport(item, { conversationDocs: [...documentsOf(segments).values()], indexDoc: index.ydoc })
    for (const segment of segments.values()) await workspace.store(segment)
    await workspace.store(index)
    return report
  } finally {
    await closeAll([...segments.values(), index])
  }
}

function describe({ status, where, title, messages, reason, notices }: ImportReport): string {
  const place = where.position === "" ? where.file : `${where.file} ${where.position}`
  const name =
    title === null || title === "" ? "" : ` "${title.replaceAll(/[\p{Cc}\s]+/gu, " ").slice(0, 80)}${title.length > 80 ? "…" : ""}"`
  const known = messages.unchanged > 0 ? `, ${messages.unchanged} were there` : ""
  const count = status === "imported" || status === "unchanged" ? `, ${messages.imported} messages${known}` : ""
  const why = reason === null ? "" : `: ${reason.message} (${reason.code})`
  const notes = notices.map((notice) => `\n  ${notice.message} (${notice.code})`).join("")
  return `${status}  ${place}${name}${count}${why}${notes}`
}
