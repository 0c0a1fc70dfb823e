import {
  blobsOf,
  type BranchChoices,
  bundledCard,
  type BundleEntry,
  conversationDocumentId,
  ConversationView,
  documentsOf,
  exportConversation,
  exportFrame,
  FORMATS,
  holdsMessages,
  type ImportedCard,
  indexDocumentId,
  type Left,
  openSegments,
  type TextFormat,
  userHomeDocumentId,
  ViewedBranches,
  WorkspaceIndex,
  writeBundle,
  ZipWriter,
} from "@polylogue/conversation"
import type { Replica, ReplicaDocument } from "@polylogue/replica"
import { randomBytes } from "@polylogue/replica/browser"
import { fileName, isArchive } from "./file-name.ts"

/** What is to be written. */
export interface ExportRequest {
  readonly workspace: string
  /** Which conversations; `undefined` for all of the workspace, deleted ones included. */
  readonly ids: readonly string[] | undefined
  /** Whose private document says which line is read: a format of one line gets that one. */
  readonly reader: string
  readonly format: TextFormat | "bundle"
}

/** What a conversation lost on its way into a file. */
export interface LeftOut {
  readonly conversationId: string
  readonly title: string
  readonly left: readonly Left[]
}

export interface ExportRun extends ExportRequest {
  readonly replica: Replica
  readonly signal: AbortSignal
  /** Bytes of an attachment, `undefined` when they are not to be had. */
  readonly blob: (sha256: string) => Promise<Uint8Array | undefined>
  /** Called before each conversation, and at the end. */
  readonly onProgress: (done: number, total: number) => void
  readonly onLeft: (leftOut: LeftOut) => void
}

/** Attachments that a format holds inline, in bytes of one conversation: its text has to fit a string. */
const MAX_INLINE_BYTES = 64 * 1024 * 1024

/** Writes conversations in some format, in chunks, one conversation in memory at a time. Ends early when it is cancelled: what came is no file then. */
export async function* runExport(run: ExportRun): AsyncIterable<Uint8Array> {
  const listed = await readList(run)
  if (run.format === "bundle") {
    const left = new Map<string, Left[]>()
    const onLeft = (id: string, what: Left): void => void left.set(id, [...(left.get(id) ?? []), what])
    yield* writeBundle(conversations(run, listed), { createdAt: Date.now(), blob: run.blob, onLeft })
    for (const [conversationId, what] of left) run.onLeft({ conversationId, title: "", left: what })
  } else if (isArchive(run)) yield* archive(run, listed, run.format)
  else yield* textChunks(run, listed, run.format)
  run.onProgress(listed.length, listed.length)
}

/** A conversation as the list of the workspace has it. */
interface Listed {
  readonly id: string
  readonly title: string
  readonly card: ImportedCard
  readonly choices: BranchChoices
  /** Somebody has written in it. */
  readonly hasWords: boolean
}

async function* textChunks(run: ExportRun, listed: readonly Listed[], format: TextFormat): AsyncIterable<Uint8Array> {
  const encoder = new TextEncoder()
  const { open, between, close } = exportFrame(format)
  yield encoder.encode(open)
  let first = true
  for await (const entry of conversations(run, listed)) {
    const content = await textOf(run, entry, format)
    yield encoder.encode(first ? content : between + content)
    first = false
  }
  yield encoder.encode(close)
}

/** A file for each conversation, named by its title and its id, which no other has. */
async function* archive(run: ExportRun, listed: readonly Listed[], format: TextFormat): AsyncIterable<Uint8Array> {
  const zip = new ZipWriter()
  const encoder = new TextEncoder()
  const { open, close } = exportFrame(format)
  const extension = FORMATS.find(({ name }) => name === format)?.extension ?? "json"
  for await (const entry of conversations(run, listed)) {
    const name = `${fileName(entry.view.getTitle())} ${entry.id}.${extension}`
    yield* zip.member(name, encoder.encode(open + (await textOf(run, entry, format)) + close), true)
  }
  yield* zip.end()
}

/** A conversation in some format; what it loses is told. */
async function textOf(run: ExportRun, { id, view, choices }: BundleEntry & Listed, format: TextFormat): Promise<string> {
  const { content, left } = exportConversation(format, id, view, { blobs: await inlineBlobs(run, format, view), choices })
  if (left.length > 0) run.onLeft({ conversationId: id, title: view.getTitle(), left })
  return content
}

async function inlineBlobs(run: ExportRun, format: TextFormat, view: ConversationView): Promise<ReadonlyMap<string, Uint8Array>> {
  const blobs = new Map<string, Uint8Array>()
  if (format === "polylogue" || format === "markdown") return blobs
  let size = 0
  for (const sha256 of blobsOf(view)) {
    const bytes = await run.blob(sha256)
    if (bytes === undefined || size + bytes.length > MAX_INLINE_BYTES) continue
    size += bytes.length
    blobs.set(sha256, bytes)
  }
  return blobs
}

async function* conversations(run: ExportRun, listed: readonly Listed[]): AsyncIterable<BundleEntry & Listed> {
  for (const [done, one] of listed.entries()) {
    if (run.signal.aborted) return
    const { id, title, hasWords } = one
    run.onProgress(done, listed.length)
    const documents: ReplicaDocument[] = []
    const open = async (segment: number): Promise<ReplicaDocument> => {
      const document = await run.replica.open(conversationDocumentId(run.workspace, id, segment))
      documents.push(document)
      return document
    }
    try {
      const opened = await openSegments(open)
      if (hasWords && isPartial(documents)) run.onLeft({ conversationId: id, title, left: [ABSENT] })
      const view = new ConversationView(documentsOf(opened))
      yield { ...one, view }
      view.destroy()
    } finally {
      await Promise.all(documents.map((document) => document.close()))
    }
  }
}

const ABSENT: Left = { messageId: null, code: "absent", what: "not all of it is on this device yet" }

/** Whether a segment has not arrived here. The last one may be empty: whoever comes to the end of the one before it goes on there. */
function isPartial(documents: readonly ReplicaDocument[]): boolean {
  return documents.some(({ ydoc }, at) => (at === 0 || at < documents.length - 1) && !holdsMessages(ydoc))
}

async function readList({ replica, workspace, ids, reader }: ExportRun): Promise<readonly Listed[]> {
  const document = await replica.open(indexDocumentId(workspace))
  const home = await replica.open(userHomeDocumentId(reader))
  const options = { writer: "export", now: () => Date.now(), randomBytes }
  const index = new WorkspaceIndex(document.ydoc, options)
  const viewed = new ViewedBranches(home.ydoc, options)
  const all = ids ?? [...index.getCards(), ...index.getDeletedCards()].map(({ id }) => id)
  const listed = all.map((id) => {
    const { title = "", snippet = "", erased = false } = index.getCard(id) ?? {}
    return { id, title, card: bundledCard(index, id), choices: viewed.get(id).choices, hasWords: snippet !== "" && !erased }
  })
  index.destroy()
  viewed.destroy()
  await Promise.all([document.close(), home.close()])
  return listed
}
