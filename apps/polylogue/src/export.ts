import { once } from "node:events"
import { createWriteStream, existsSync, renameSync, rmSync } from "node:fs"
import { join } from "node:path"
import process from "node:process"
import type { Writable } from "node:stream"
import {
  ConversationView,
  documentsOf,
  exportMarkdown,
  exportNative,
  WorkspaceIndex,
  writeNativeFile,
  type NativeConversation,
} from "@polylogue/conversation"
import { randomBytes } from "@polylogue/replica/node"
import { CommandError, fileReasonOf } from "./command-error.ts"
import type { Call } from "./flags.ts"
import { closeAll, Workspace } from "./workspace.ts"

const FORMATS = ["polylogue", "markdown"] as const
type Format = (typeof FORMATS)[number]

/**
 * `polylogue export`: writes all conversations of a workspace, deleted ones too, to one file. The file appears whole or not at all.
 * @throws CommandError `usage` without `--out`, `failure` when relay or file are not to be had.
 */
export async function exportConversations(call: Call): Promise<number> {
  const format = FORMATS.find((name) => name === (call.flag("format") ?? "polylogue"))
  if (format === undefined) throw new CommandError("usage", `--format is one of ${FORMATS.join(", ")}, not "${call.flag("format")}".`)
  const out = call.flag("out")
  if (out === undefined || out === "") throw new CommandError("usage", "Name the file to write with --out, or - for standard output.")
  if (call.flag("relay") === undefined) checkData(call.flag("data")!)
  const workspace = await Workspace.open(call)
  try {
    const ids = await conversationIds(workspace)
    if (ids.length === 0)
      throw new CommandError("usage", `There are no conversations in the workspace "${workspace.name}". Nothing was written.`)
    await writeFile(out, (file) => writeAll(workspace, ids, format, file))
    if (out !== "-") console.log(`${ids.length} conversations written to ${out}`)
    return 0
  } finally {
    await workspace.close()
  }
}

/** An export of a mistyped folder would make that folder, and an empty backup. */
function checkData(data: string): void {
  if (!existsSync(join(data, "store")))
    throw new CommandError("usage", `There is no store in ${data}. Name the folder with --data, or a running relay with --relay.`)
}

async function conversationIds(workspace: Workspace): Promise<string[]> {
  const document = await workspace.index()
  const index = new WorkspaceIndex(document.ydoc, { writer: "export", now: () => Date.now(), randomBytes })
  const ids = [...index.getCards(), ...index.getDeletedCards()].map((card) => card.id)
  index.destroy()
  await document.close()
  return ids
}

async function writeAll(workspace: Workspace, ids: readonly string[], format: Format, file: Writable): Promise<void> {
  for (const [index, id] of ids.entries()) {
    const segments = await workspace.conversation(id)
    const view = new ConversationView(documentsOf(segments))
    const pieces =
      format === "markdown"
        ? [index === 0 ? "" : "\n\n", exportMarkdown(id, view)]
        : nativePieces(exportNative(id, view), index, ids.length)
    for (const piece of pieces) if (!file.write(piece)) await once(file, "drain")
    view.destroy()
    await closeAll(segments.values())
  }
}

/** The pieces of a native file that belong to one of its conversations: the first brings its beginning, the last its end. */
function nativePieces(conversation: NativeConversation, index: number, count: number): string[] {
  const [head = "", body = "", end = ""] = [...writeNativeFile([conversation])]
  return [index === 0 ? head : "", index === 0 ? body : `,${body}`, index === count - 1 ? end : ""]
}

/** Writes beside the target and renames, so that an interrupted export leaves an older file as it was. */
async function writeFile(out: string, write: (file: Writable) => Promise<void>): Promise<void> {
  if (out === "-") return write(process.stdout)
  const partial = `${out}.partial`
  try {
    const file = createWriteStream(partial, { mode: 0o600 })
    await once(file, "open")
    await write(file)
    file.end()
    await once(file, "finish")
    renameSync(partial, out)
  } catch (error) {
    rmSync(partial, { force: true })
    if (error instanceof CommandError) throw error
    throw new CommandError("failure", `${out} cannot be written: ${fileReasonOf(error)}.`, { cause: error })
  }
}
