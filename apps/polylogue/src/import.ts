import { accessSync, constants, statSync } from "node:fs"
import {
  applyImport,
  documentsOf,
  FORMATS,
  type ImportItem,
  type ImportReport,
  importSegments,
  readImport,
  type ReadImportOptions,
} from "@polylogue/conversation"
import { CommandError, EXIT_CODES, fileReasonOf } from "./command-error.ts"
import { fileSource } from "./file-source.ts"
import type { Call } from "./flags.ts"
import { closeAll, Workspace } from "./workspace.ts"

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/**
 * `polylogue import`: reads files of any size, writes what is in them and not yet there, and reports item by item on standard output. Each
 * conversation and its attachments are on the relay's disk before its line is printed. Exit code 2 when something in a file could not be read.
 * @throws CommandError `usage` for files that cannot be read, before anything is written; `failure` when the relay cannot be reached.
 */
export async function importFiles(call: Call): Promise<number> {
  const options = readOptions(call.flag("format") ?? "auto")
  if (call.files.length === 0) throw new CommandError("usage", "Name the files to import: polylogue import <file...>.")
  for (const file of call.files) checkFile(file)
  const workspace = await Workspace.open(call)
  try {
    const counts = new Map<ImportReport["status"], number>()
    for (const file of call.files) {
      for await (const item of readImport(fileSource(file), options)) {
        const report = await apply(workspace, item)
        counts.set(report.status, (counts.get(report.status) ?? 0) + 1)
        console.log(describe(report))
      }
    }
    console.log([...counts].map(([status, count]) => `${count} ${status}`).join(", "))
    return counts.has("failed") ? EXIT_CODES.usage : 0
  } finally {
    await workspace.close()
  }
}

/** A bundle says itself what it is; any other format is told from the content unless it is named. */
function readOptions(named: string): ReadImportOptions {
  const decode = (bytes: Uint8Array): string => UTF8.decode(bytes)
  if (named === "auto") return { decode }
  const format = FORMATS.find(({ name, imports }) => imports && name === named)
  if (format === undefined) {
    const names = FORMATS.filter(({ imports }) => imports).map(({ name }) => name)
    throw new CommandError("usage", `--format is one of auto, ${names.join(", ")} for an import, not "${named}".`)
  }
  return format.name === "bundle" ? { decode } : { decode, format: format.name }
}

function checkFile(file: string): void {
  try {
    accessSync(file, constants.R_OK)
    if (!statSync(file).isFile()) throw new Error("it is no file")
  } catch (error) {
    throw new CommandError("usage", `${file} cannot be read: ${fileReasonOf(error)}. Nothing was imported.`, { cause: error })
  }
}

async function apply(workspace: Workspace, item: ImportItem): Promise<ImportReport> {
  if (item.kind === "report") return item.report
  const segments = await workspace.conversation(item.conversation.id, (firstDoc) => importSegments(item.conversation, firstDoc))
  const index = await workspace.index()
  try {
    const refused = await storeBlobs(workspace, item.conversation.blobs ?? [])
    const report = applyImport(item, { conversationDocs: [...documentsOf(segments).values()], indexDoc: index.ydoc })
    for (const segment of segments.values()) await workspace.store(segment)
    await workspace.store(index)
    return { ...report, notices: [...report.notices, ...refused] }
  } finally {
    await closeAll([...segments.values(), index])
  }
}

/** Brings the attachments to the relay before the conversation that names them; those that it refuses are told and stay named. */
async function storeBlobs(
  workspace: Workspace,
  blobs: readonly { readonly sha256: string; readonly bytes: Uint8Array }[],
): Promise<ImportReport["notices"]> {
  const refused: ImportReport["notices"][number][] = []
  for (const { sha256, bytes } of blobs) {
    const reason = await workspace.blobs.put(bytes)
    if (reason === undefined) continue
    refused.push({
      code: "no-bytes",
      message: `the relay does not take attachment ${sha256.slice(0, 12)} of ${bytes.length} bytes: ${reason}`,
    })
  }
  return refused
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
