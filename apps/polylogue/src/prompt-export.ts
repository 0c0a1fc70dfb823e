import { mkdirSync } from "node:fs"
import { join } from "node:path"
import {
  type ExportedPrompt,
  labelKey,
  portablePrompt,
  promptDocumentId,
  type PromptFormatName,
  PROMPT_FORMATS,
  type PromptLeft,
  PromptView,
  VersionNumbers,
  versionsKey,
  writePrompts,
} from "@polylogue/conversation"
import { CommandError, fileReasonOf } from "./command-error.ts"
import { exportFileName } from "./export-report.ts"
import { checkData, put, writeFile } from "./export-file.ts"
import type { Call } from "./flags.ts"
import { type KnownPrompt, knownPrompts } from "./prompt-list.ts"
import { register } from "./prompt-publish.ts"
import { leftLines, namedFormat } from "./prompt-words.ts"
import { Workspace } from "./workspace.ts"

/**
 * `polylogue prompt export`: writes all prompts of a workspace that are not deleted to one file, or to a folder with a file each for formats of one prompt, and says what the
 * format could not hold. A file appears whole or not at all.
 * @throws CommandError `usage` without `--out`, `failure` when relay or file are not to be had.
 */
export async function exportPrompts(call: Call): Promise<number> {
  const format = namedFormat(call) ?? PROMPT_FORMATS[0]
  const out = call.flag("out")
  if (out === undefined || out === "") throw new CommandError("usage", "Name the file to write with --out, or - for standard output.")
  if (out === "-" && format.files === "each")
    throw new CommandError("usage", `${format.title} takes a file each: name a folder with --out.`)
  if (call.flag("relay") === undefined) checkData(call.flag("data")!)
  const workspace = await Workspace.open(call)
  try {
    const known = await knownPrompts(workspace)
    if (known.length === 0)
      throw new CommandError("usage", `There are no prompts in the workspace "${workspace.name}". Nothing was written.`)
    const left: PromptLeft[] = []
    if (format.files === "each") await writeFolder(out, known, workspace, format, left)
    else {
      const prompts: ExportedPrompt[] = []
      for (const prompt of known) prompts.push(await read(workspace, prompt, left))
      await write(out, format.name, prompts, left)
    }
    const say = out === "-" ? console.error : console.log
    for (const line of leftLines(left)) say(line)
    if (out !== "-") console.log(`${known.length} prompt${known.length === 1 ? "" : "s"} written to ${out}`)
    return 0
  } finally {
    await workspace.close()
  }
}

async function writeFolder(
  out: string,
  known: readonly KnownPrompt[],
  workspace: Workspace,
  { name, extension }: { readonly name: PromptFormatName; readonly extension: string },
  left: PromptLeft[],
): Promise<void> {
  try {
    mkdirSync(out, { recursive: true })
  } catch (error) {
    throw new CommandError("failure", `${out} is no folder and cannot be made one: ${fileReasonOf(error)}.`, { cause: error })
  }
  for (const prompt of known) {
    const exported = await read(workspace, prompt, left)
    await write(join(out, exportFileName(exported.name, prompt.id, extension)), name, [exported], left)
  }
}

async function write(out: string, format: PromptFormatName, prompts: readonly ExportedPrompt[], left: PromptLeft[]): Promise<void> {
  await writeFile(out, async (file) => {
    for (const piece of writePrompts(format, prompts, left)) await put(file, piece)
  })
}

/** A prompt with all its versions, and with the labels and numbers that they have now. */
async function read(workspace: Workspace, { id, name, labels, tags, published }: KnownPrompt, left: PromptLeft[]): Promise<ExportedPrompt> {
  const documentId = promptDocumentId(workspace.name, id)
  const document = await workspace.open(documentId)
  const view = new PromptView(document.ydoc)
  try {
    const standing = new Map<string, string>()
    for (const label of labels) {
      const { value } = await register(workspace, labelKey(documentId, label))
      if (value !== null) standing.set(label, value)
    }
    const numbers = published ? VersionNumbers.read((await register(workspace, versionsKey(documentId))).value) : undefined
    const options = {
      id,
      tags,
      labels: standing,
      ...(numbers === undefined ? {} : { numberOf: (version: string) => numbers.numberOf(version) }),
    }
    const exported = portablePrompt(view, options, left)
    // The name that others ask for; the document may be called otherwise meanwhile.
    return published ? { ...exported, name } : exported
  } finally {
    view.destroy()
    await document.close()
  }
}
