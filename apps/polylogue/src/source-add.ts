import { accessSync, constants, readFileSync, statSync } from "node:fs"
import { basename } from "node:path"
import { createHash } from "node:crypto"
import { ConversationError, Source, sourceCards, sourceDocumentId, sourceIdOf, WorkspaceIndex } from "@polylogue/conversation"
import type { ReplicaDocument } from "@polylogue/replica"
import { chunkText, DEFAULT_CHUNKING, extractText, mediaTypeOf, RetrievalError, type SourceFile } from "@polylogue/retrieval"
import { CommandError, EXIT_CODES, fileReasonOf } from "./command-error.ts"
import type { Call } from "./flags.ts"
import { Progress } from "./progress.ts"
import { counted } from "./progress.ts"
import { onLine, writingAs } from "./prompt-words.ts"
import { Workspace } from "./workspace.ts"

/** What became of one file. */
interface AddedFile {
  readonly file: string
  /** `unchanged`: it was a source already; `restored`: it was one, among the deleted. */
  readonly status: "added" | "unchanged" | "restored" | "failed"
  readonly sourceId?: string
  readonly title?: string
  readonly pages?: number
  readonly passages?: number
  /** Why it failed. */
  readonly reason?: { readonly code: string; readonly message: string }
  /** What of the file is not there. */
  readonly notices: readonly { readonly code: string; readonly message: string }[]
}

/** So much of a text is noted on its card, in UTF-16 units. */
const SNIPPET_LENGTH = 300

/**
 * `polylogue source add`: reads files, cuts what they say into passages, and makes each a source of the workspace, with its bytes beside it. Each is on the relay's disk before
 * its line is printed; one that is there already is not added again, whatever it is called. Exit code 2 when a file could not be read.
 * @throws CommandError `usage` for files that are not there, before anything is written; `failure` when the relay cannot be reached.
 */
export async function addSources(call: Call): Promise<number> {
  if (call.files.length === 0) throw new CommandError("usage", "Name the files to add: polylogue source add <file...>.")
  for (const file of call.files) checkFile(file)
  const workspace = await Workspace.open(call)
  const all: AddedFile[] = []
  try {
    const document = await workspace.index()
    const index = new WorkspaceIndex(document.ydoc, writingAs(workspace))
    for (const file of call.files) {
      const added = await addFile(workspace, { document, index }, file)
      all.push(added)
      if (!call.on("json")) console.log(lineOf(added))
    }
    index.destroy()
    await document.close()
  } finally {
    await workspace.close()
  }
  const counts = new Map<string, number>()
  for (const { status } of all) counts.set(status, (counts.get(status) ?? 0) + 1)
  console.log(call.on("json") ? JSON.stringify(all, null, 2) : [...counts].map(([status, count]) => `${count} ${status}`).join(", "))
  return counts.has("failed") ? EXIT_CODES.usage : 0
}

function checkFile(file: string): void {
  try {
    accessSync(file, constants.R_OK)
    if (!statSync(file).isFile()) throw new Error("it is no file")
  } catch (error) {
    throw new CommandError("usage", `${file} cannot be read: ${fileReasonOf(error)}. Nothing was added.`, { cause: error })
  }
}

/** The workspace's index, read once for all files. */
interface Index {
  readonly document: ReplicaDocument
  readonly index: WorkspaceIndex
}

async function addFile(workspace: Workspace, to: Index, name: string): Promise<AddedFile> {
  const file: SourceFile = { bytes: readFileSync(name), name: basename(name) }
  const progress = new Progress(`reading ${name}`)
  try {
    const {
      text,
      pages,
      title,
      notices = [],
    } = await extractText(file, {
      onProgress: (done, all) => progress.tell(() => `page ${done} of ${all}`),
    })
    const sha256 = createHash("sha256").update(file.bytes).digest("hex")
    const refusal = await workspace.blobs.put(file.bytes)
    const meta = { name: file.name, mime: mediaTypeOf(file), size: file.bytes.length, sha256, blob: refusal === undefined }
    const chunks = chunkText(text, { pages })
    const source = { meta: { ...meta, ...(title === undefined ? {} : { title }) }, text, pages, chunks, config: DEFAULT_CHUNKING }
    const unkept = refusal === undefined ? [] : [{ code: "no-bytes", message: `the relay does not keep the file itself: ${refusal}` }]
    return { file: name, ...(await begin(workspace, to, sourceIdOf(sha256), source)), notices: [...notices, ...unkept] }
  } catch (error) {
    if (!(error instanceof RetrievalError || error instanceof ConversationError)) throw error
    return { file: name, status: "failed", reason: { code: error.code, message: error.message }, notices: [] }
  }
}

async function begin(
  workspace: Workspace,
  { document, index }: Index,
  sourceId: string,
  content: Parameters<Source["begin"]>[0],
): Promise<Omit<AddedFile, "file" | "notices">> {
  const options = writingAs(workspace)
  const opened = await workspace.open(sourceDocumentId(workspace.name, sourceId))
  const source = new Source(opened.ydoc, options)
  try {
    const isNew = source.begin(content)
    await workspace.store(opened)
    const { title, mime, size, pages } = source.getMeta()
    const cards = sourceCards(index)
    const before = cards.getCard(sourceId)
    const deleted = before !== undefined && before.deletedAt !== null
    index.together("add-source", () => {
      cards.create({ id: sourceId, ...(before === undefined || before.name === "" ? { name: title } : {}), file: { mime, size } })
      if (deleted) cards.restore(sourceId)
      if (isNew) cards.touch(sourceId, { clock: options.now(), snippet: onLine(content.text, SNIPPET_LENGTH), authorId: options.author.id })
    })
    await workspace.store(document)
    const passages = source.getChunking()?.places.length ?? 0
    return { status: deleted ? "restored" : isNew ? "added" : "unchanged", sourceId, title, pages, passages }
  } finally {
    source.destroy()
    await opened.close()
  }
}

function lineOf({ file, status, sourceId, title, pages = 0, passages = 0, reason, notices }: AddedFile): string {
  const notes = notices.map(({ code, message }) => `\n  ${message} (${code})`).join("")
  if (reason !== undefined) return `${status}  ${file}: ${reason.message} (${reason.code})`
  const count = [countedIfAny(pages, "page"), countedIfAny(passages, "passage")].filter((part) => part !== "").join(", ")
  return `${status}  ${file} "${onLine(title ?? "")}"${count === "" ? "" : `, ${count}`}  ${sourceId}${notes}`
}

function countedIfAny(count: number, what: string): string {
  return count === 0 ? "" : counted(count, what)
}
