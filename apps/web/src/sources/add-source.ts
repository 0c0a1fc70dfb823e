import { type NewSource, sourceCards, sourceIdOf } from "@polylogue/conversation"
import type { OpenWorkspace, Polylogue } from "@polylogue/react"
import { cutText } from "../conversation-list/card-text.ts"
import { readFile } from "../conversation/parts/file-fields.ts"
import { type ReadingProgress, readText } from "./read-text.ts"
import { withSource } from "./with-source.ts"

/** What became of a file. */
export interface AddedSource {
  readonly sourceId: string
  readonly title: string
  /** `known`: it was here; `restored`: it was here, among the deleted ones, and is back. */
  readonly outcome: "added" | "known" | "restored"
  readonly pages: number
  readonly passages: number
  /** What of the file could not be read, in sentences. */
  readonly notices: readonly string[]
}

interface AddingOptions {
  readonly signal: AbortSignal
  readonly onProgress: (progress: ReadingProgress) => void
}

type Workspace = Pick<OpenWorkspace, "index">

/** So much of a text is noted on its card. */
const SNIPPET_LENGTH = 300

/**
 * Reads a file and makes it a source: its text and passages, a card on the list, and its bytes on the shelf, from where they go to a relay. All of it is on
 * this device when the promise resolves. A file that is a source already changes nothing, but comes back if it was deleted.
 * @throws ReadingError, ConversationError, ReplicaError; what `signal` was aborted with. Nothing was added then.
 */
export async function addFile(polylogue: Polylogue, workspace: Workspace, file: File, options: AddingOptions): Promise<AddedSource> {
  const { replica, workspace: name } = polylogue
  const bytes = new Uint8Array(await file.arrayBuffer())
  const { name: fileName, mediaType } = readFile({ name: file.name, mediaType: file.type.split(";")[0] })
  const read = await readText({ type: "file", bytes, name: file.name, mime: file.type }, options)
  options.signal.throwIfAborted()
  const sha256 = await replica.blobs.put(name, bytes)
  const { title, text, pages, chunks, config } = read
  const meta = { ...(title === undefined ? {} : { title }), name: fileName, mime: mediaType, size: bytes.length, sha256, blob: true }
  const added = await begin(polylogue, workspace, sourceIdOf(sha256), { meta, text, pages, chunks, config })
  return { ...added, notices: (read.notices ?? []).map(({ message }) => message) }
}

/** Makes a text that was no file a source; returns its id. Its first line is its title. @throws as {@link addFile}. */
export async function addText(polylogue: Polylogue, workspace: Workspace, text: string): Promise<AddedSource> {
  const clean = text.replaceAll(/\r\n?/g, "\n").toWellFormed()
  const { chunks, config } = await readText({ type: "text", text: clean, pages: [] })
  const meta = { title: titleOf(clean), size: new Blob([clean]).size }
  return begin(polylogue, workspace, sourceCards(workspace.index).create(), { meta, text: clean, chunks, config })
}

/** Makes an empty source to write in. */
export function addEmpty(polylogue: Polylogue, workspace: Workspace): Promise<AddedSource> {
  return begin(polylogue, workspace, sourceCards(workspace.index).create(), { meta: {}, text: "" })
}

async function begin(polylogue: Polylogue, { index }: Workspace, sourceId: string, source: NewSource): Promise<AddedSource> {
  const cards = sourceCards(index)
  const [isNew, meta, passages] = await withSource(polylogue, sourceId, (opened) => {
    const begun = opened.begin(source)
    return [begun, opened.getMeta(), opened.getChunking()?.places.length ?? 0] as const
  })
  const before = cards.getCard(sourceId)
  const { title, mime, size, pages } = meta
  index.together("add-source", () => {
    cards.create({ id: sourceId, ...(before === undefined || before.name === "" ? { name: title } : {}), file: { mime, size } })
    if (before?.deletedAt != null) cards.restore(sourceId)
    const clock = polylogue.now() + polylogue.replica.status.relayTimeOffsetMs
    if (isNew) cards.touch(sourceId, { clock, snippet: cutText(source.text, SNIPPET_LENGTH), authorId: polylogue.author.id })
  })
  const outcome = before?.deletedAt != null ? "restored" : isNew ? "added" : "known"
  return { sourceId, title, outcome, pages, passages, notices: [] }
}

const MAX_TITLE_LENGTH = 80

function titleOf(text: string): string {
  const line = text.split("\n").find((words) => words.trim() !== "") ?? ""
  return cutText(line.replace(/^[\s#>*-]+/u, "").trim(), MAX_TITLE_LENGTH)
}
