import { accessSync, constants, statSync } from "node:fs"
import {
  ANNOTATION_FORMATS,
  type AnnotationFileKind,
  applyImport,
  documentsOf,
  FORMATS,
  type ImportItem,
  type ImportReport,
  importSegments,
  readImport,
  type ReadImportOptions,
} from "@polylogue/conversation"
import { importAnnotationFiles } from "./annotation-files.ts"
import { filesOfDataSet, importDataSets, kindOfFile, type Tell } from "./annotation-import.ts"
import { CommandError, EXIT_CODES, fileReasonOf } from "./command-error.ts"
import { fileSource } from "./file-source.ts"
import type { Call } from "./flags.ts"
import { counted } from "./progress.ts"
import { closeAll, Workspace } from "./workspace.ts"

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/**
 * `polylogue import`: reads files of any size, writes what is in them and not yet there, and reports item by item on standard output. Each
 * conversation and its attachments are on the relay's disk before its line is printed. Exit code 2 when something in a file could not be read.
 * @throws CommandError `usage` for files that cannot be read, before anything is written; `failure` when the relay cannot be reached.
 */
export async function importFiles(call: Call): Promise<number> {
  const named = call.flag("format") ?? "auto"
  const annotations = ANNOTATION_FORMATS.some(({ name, imports }) => imports && name === named)
  const options = readOptions(annotations ? "auto" : named)
  if (call.files.length === 0) throw new CommandError("usage", "Name the files to import: polylogue import <file...>.")
  const files = call.files.flatMap(checkedFiles)
  const kinds = files.map((file) => ({ file, kind: annotations || named === "auto" ? kindNamed(file, named) : undefined }))
  const workspace = await Workspace.open(call)
  try {
    const counts = new Map<ImportReport["status"], number>()
    const tell: Tell = (status, line) => {
      counts.set(status, (counts.get(status) ?? 0) + 1)
      console.log(`${status}  ${line}`)
    }
    const told = kinds.flatMap(({ file, kind }) => (kind === undefined || !takes(named, kind) ? [] : { file, kind }))
    await importDataSets(workspace, told, call.flag("name"), tell)
    const annotated = told.filter(({ kind }) => kind === "webannotation").map(({ file }) => file)
    await importAnnotationFiles(workspace, annotated, call.flag("source"), tell)
    for (const { file, kind } of kinds) {
      if (kind !== undefined && takes(named, kind)) continue
      if (annotations) tell("failed", `${file}: it is not in the format ${named} (unknown-format)`)
      else await importConversations(workspace, file, options, tell)
    }
    console.log(counts.size === 0 ? "There was nothing to import." : [...counts].map(([status, count]) => `${count} ${status}`).join(", "))
    return counts.has("failed") ? EXIT_CODES.usage : 0
  } finally {
    await workspace.close()
  }
}

/** A file of conversations. One that has nothing that is known here is told as failed: somebody meant something by it. */
async function importConversations(workspace: Workspace, file: string, options: ReadImportOptions, tell: Tell): Promise<void> {
  let strange = 0
  let known = 0
  for await (const item of readImport(fileSource(file), options)) {
    const report = await apply(workspace, item)
    tell(report.status, describe(report))
    if (report.status === "skipped" && report.reason?.code === "not-conversations") strange++
    else known++
  }
  if (strange > 0 && known === 0)
    tell("failed", `${file}: it has no conversations, no data set of questions, passages and grades, and no annotations (unknown-format)`)
}

/** What a file is; one without headings is qrels at the word of whoever says so. */
function kindNamed(file: string, named: string): AnnotationFileKind | undefined {
  return kindOfFile(file) ?? (named === "qrels" ? "qrels" : undefined)
}

/** Whether a file of some kind is what `--format` says. A data set of BEIR has three kinds, and qrels come with their questions and passages. */
function takes(named: string, kind: AnnotationFileKind): boolean {
  if (named === "auto" || named === kind) return true
  return (named === "beir" || named === "qrels") && ["corpus", "queries", "qrels"].includes(kind)
}

/** A bundle says itself what it is; any other format is told from the content unless it is named. */
function readOptions(named: string): ReadImportOptions {
  const decode = (bytes: Uint8Array): string => UTF8.decode(bytes)
  if (named === "auto") return { decode }
  const format = FORMATS.find(({ name, imports }) => imports && name === named)
  if (format === undefined) {
    const names = [...FORMATS, ...ANNOTATION_FORMATS].filter(({ imports }) => imports).map(({ name }) => name)
    throw new CommandError("usage", `--format is one of auto, ${names.join(", ")} for an import, not "${named}".`)
  }
  return format.name === "bundle" ? { decode } : { decode, format: format.name }
}

/** A file, or those of a folder that is a data set. */
function checkedFiles(file: string): readonly string[] {
  try {
    accessSync(file, constants.R_OK)
    const ofSet = filesOfDataSet(file)
    if (ofSet !== undefined) return ofSet
    if (!statSync(file).isFile()) throw new Error("it is no file, and no folder with corpus.jsonl or queries.jsonl")
    return [file]
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
  const count = status === "imported" || status === "unchanged" ? `, ${counted(messages.imported, "message")}${known}` : ""
  const why = reason === null ? "" : `: ${reason.message} (${reason.code})`
  const notes = notices.map((notice) => `\n  ${notice.message} (${notice.code})`).join("")
  return `${place}${name}${count}${why}${notes}`
}
