import { mkdirSync } from "node:fs"
import { join } from "node:path"
import type { Writable } from "node:stream"
import {
  ANNOTATION_FORMATS,
  type AnnotationFormat,
  type AnnotationFormatName,
  blobsOf,
  bundledCard,
  type BundleEntry,
  ConversationView,
  documentsOf,
  exportConversation,
  exportFrame,
  type Format,
  type FormatName,
  FORMATS,
  type ImportedCard,
  type Left,
  type TextFormat,
  WorkspaceIndex,
  writeBundle,
} from "@polylogue/conversation"
import { randomBytes } from "@polylogue/replica/node"
import { exportAnnotations } from "./annotation-export.ts"
import { CommandError, fileReasonOf } from "./command-error.ts"
import { checkData, put, writeFile } from "./export-file.ts"
import { exportFileName, leftLine } from "./export-report.ts"
import type { Call } from "./flags.ts"
import { counted } from "./progress.ts"
import { exportRound } from "./round-export.ts"
import { closeAll, Workspace } from "./workspace.ts"

/** Most bytes of attachments that stand inline in the export of one conversation; those past it are named by their hash. */
const MAX_INLINE_BYTES = 64 * 1024 * 1024

/**
 * `polylogue export`: writes all conversations of a workspace, deleted ones too, to one file, or to a folder with a file each for formats of
 * one conversation, and says what the format could not hold. A file appears whole or not at all.
 * @throws CommandError `usage` without `--out`, `failure` when relay or file are not to be had.
 */
export async function exportConversations(call: Call): Promise<number> {
  const named = call.flag("format") ?? "polylogue"
  const annotations = ANNOTATION_FORMATS.find(({ name, exports }) => exports && name === named)
  if (annotations !== undefined) return exportJudged(call, annotations)
  const format = FORMATS.find(({ name, exports }) => exports && name === named)
  if (format === undefined) {
    const names = [...FORMATS, ...ANNOTATION_FORMATS].filter(({ exports }) => exports).map(({ name }) => name)
    throw new CommandError("usage", `--format is one of ${names.join(", ")}, not "${named}".`)
  }
  refuseRound(call, format.name)
  const out = call.flag("out")
  if (out === undefined || out === "") throw new CommandError("usage", "Name the file to write with --out, or - for standard output.")
  if (out === "-" && format.files === "each")
    throw new CommandError("usage", `${format.title} takes a file each: name a folder with --out.`)
  if (call.flag("relay") === undefined) checkData(call.flag("data")!)
  const workspace = await Workspace.open(call)
  try {
    const cards = await conversationCards(workspace)
    if (cards.size === 0)
      throw new CommandError("usage", `There are no conversations in the workspace "${workspace.name}". Nothing was written.`)
    const left = await new Export(workspace, cards, format, call.on("every-line")).write(out)
    const say = out === "-" ? console.error : console.log
    for (const line of left) say(line)
    if (out !== "-") console.log(`${counted(cards.size, "conversation")} written to ${out}`)
    return 0
  } finally {
    await workspace.close()
  }
}

async function exportJudged(call: Call, format: AnnotationFormat<AnnotationFormatName>): Promise<number> {
  const out = call.flag("out")
  if (out === undefined || out === "") throw new CommandError("usage", "Name the file to write with --out, or - for standard output.")
  if (out === "-" && format.files === "folder")
    throw new CommandError("usage", `${format.title} is several files: name a folder with --out.`)
  if (format.name === "webannotation") refuseRound(call, format.name)
  if (call.flag("relay") === undefined) checkData(call.flag("data")!)
  const workspace = await Workspace.open(call)
  try {
    return format.name === "webannotation" ? await exportAnnotations(workspace, out) : await exportRound(workspace, call, format, out)
  } finally {
    await workspace.close()
  }
}

/** Whoever names a round would take a file of all conversations for it. @throws CommandError `usage` */
function refuseRound(call: Call, format: string): void {
  const named = (["round", "judgements"] as const).find((flag) => call.flag(flag) !== undefined)
  if (named === undefined) return
  const formats = ANNOTATION_FORMATS.filter(({ name, exports }) => exports && name !== "webannotation").map(({ name }) => name)
  throw new CommandError(
    "usage",
    `--${named} is for a round of judging, and ${format} holds none: --format is one of ${formats.join(", ")}.`,
  )
}

/** All conversations by id, with what the list says of each. */
async function conversationCards(workspace: Workspace): Promise<ReadonlyMap<string, ImportedCard>> {
  const document = await workspace.index()
  const index = new WorkspaceIndex(document.ydoc, { writer: "export", now: () => Date.now(), randomBytes })
  const cards = new Map([...index.getCards(), ...index.getDeletedCards()].map(({ id }) => [id, bundledCard(index, id)]))
  index.destroy()
  await document.close()
  return cards
}

/** One export: its conversations one after the other, one in memory at a time. */
class Export {
  readonly #workspace: Workspace
  readonly #cards: ReadonlyMap<string, ImportedCard>
  readonly #format: Format<FormatName>
  readonly #everyLine: boolean
  readonly #left: string[] = []

  constructor(workspace: Workspace, cards: ReadonlyMap<string, ImportedCard>, format: Format<FormatName>, everyLine: boolean) {
    this.#everyLine = everyLine
    this.#workspace = workspace
    this.#cards = cards
    this.#format = format
  }

  /** Returns what was left out, a line for each conversation of which something was. */
  async write(out: string): Promise<readonly string[]> {
    const { name, files } = this.#format
    if (name === "bundle") await writeFile(out, (file) => this.#bundle(file))
    // The table says of which formats there is text; the bundle is the one that is none.
    else if (files === "each") await this.#folder(out, name as TextFormat)
    else await writeFile(out, (file) => this.#file(file, name as TextFormat))
    return this.#left
  }

  async #file(file: Writable, format: TextFormat): Promise<void> {
    const { open, between, close } = exportFrame(format)
    await put(file, open)
    let first = true
    for await (const { id, view } of this.#conversations()) {
      await put(file, first ? "" : between)
      await put(file, await this.#text(format, id, view))
      first = false
    }
    await put(file, close)
  }

  async #folder(out: string, format: TextFormat): Promise<void> {
    const { open, close } = exportFrame(format)
    try {
      mkdirSync(out, { recursive: true })
    } catch (error) {
      throw new CommandError("failure", `${out} is no folder and cannot be made one: ${fileReasonOf(error)}.`, { cause: error })
    }
    for await (const { id, view } of this.#conversations()) {
      const text = await this.#text(format, id, view)
      await writeFile(join(out, exportFileName(view.getTitle(), id, this.#format.extension)), (file) => put(file, open + text + close))
    }
  }

  async #bundle(file: Writable): Promise<void> {
    const left = new Map<string, Left[]>()
    const bundle = writeBundle(this.#conversations(), {
      createdAt: Date.now(),
      blob: (sha256) => this.#workspace.blobs.get(sha256),
      onLeft: (id, what) => void left.set(id, [...(left.get(id) ?? []), what]),
    })
    for await (const chunk of bundle) await put(file, chunk)
    for (const [id, what] of left) this.#tell(id, "", what)
  }

  async #text(format: TextFormat, id: string, view: ConversationView): Promise<string> {
    const blobs = new Map<string, Uint8Array>()
    let size = 0
    for (const sha256 of format === "polylogue" || format === "markdown" ? [] : blobsOf(view)) {
      const bytes = await this.#workspace.blobs.get(sha256)
      if (bytes === undefined || size + bytes.length > MAX_INLINE_BYTES) continue
      size += bytes.length
      blobs.set(sha256, bytes)
    }
    const { content, left } = exportConversation(format, id, view, { blobs, everyLine: this.#everyLine })
    this.#tell(id, view.getTitle(), left)
    return content
  }

  async *#conversations(): AsyncIterable<BundleEntry> {
    for (const [id, card] of this.#cards) {
      const segments = await this.#workspace.conversation(id)
      const view = new ConversationView(documentsOf(segments))
      try {
        yield { id, view, card }
      } finally {
        view.destroy()
        await closeAll(segments.values())
      }
    }
  }

  #tell(id: string, title: string, left: readonly Left[]): void {
    if (left.length > 0) this.#left.push(leftLine(title === "" ? id : title, left))
  }
}
