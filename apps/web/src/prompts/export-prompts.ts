import {
  type ExportedPrompt,
  labelKey,
  portablePrompt,
  PRODUCTION_LABEL,
  type PromptCard,
  promptDocumentId,
  PROMPT_FORMATS,
  type PromptFormatName,
  type PromptLeft,
  VersionNumbers,
  versionsKey,
  writePrompts,
  ZipWriter,
} from "@polylogue/conversation"
import type { Polylogue } from "@polylogue/react"
import { fileName } from "../export/file-name.ts"
import { promptName } from "./prompt-words.ts"
import { withPrompt } from "./with-prompt.ts"

/** A file with prompts, and what its format could not hold. */
export interface PromptExport {
  readonly file: Blob
  readonly name: string
  readonly left: readonly PromptLeft[]
}

/** Writes prompts in a format: one file, or where the format takes a file each and there are several, an archive of files. */
export async function exportPrompts(polylogue: Polylogue, cards: readonly PromptCard[], format: PromptFormatName): Promise<PromptExport> {
  const { extension, mediaType, files } = PROMPT_FORMATS.find(({ name }) => name === format) ?? PROMPT_FORMATS[0]
  const left: PromptLeft[] = []
  const prompts: ExportedPrompt[] = []
  for (const card of cards) prompts.push(await portable(polylogue, card, left))
  const [first] = prompts
  const title = prompts.length === 1 && first !== undefined ? fileName(promptName(first.name)) : "Prompts"
  if (files === "one" || prompts.length === 1) {
    return { file: new Blob([...writePrompts(format, prompts, left)], { type: mediaType }), name: `${title}.${extension}`, left }
  }
  const zip = new ZipWriter()
  const encoder = new TextEncoder()
  const pieces: Uint8Array<ArrayBuffer>[] = []
  for (const prompt of prompts) {
    const text = [...writePrompts(format, [prompt], left)].join("")
    for (const piece of zip.member(`${fileName(promptName(prompt.name))} ${prompt.id ?? ""}.${extension}`, encoder.encode(text), true))
      pieces.push(new Uint8Array(piece))
  }
  for (const piece of zip.end()) pieces.push(new Uint8Array(piece))
  return { file: new Blob(pieces, { type: "application/zip" }), name: `${title}.zip`, left }
}

/** A prompt with its versions, their numbers, and the usual labels as this device heard of them last. */
function portable(polylogue: Polylogue, { id, tags }: PromptCard, left: PromptLeft[]): Promise<ExportedPrompt> {
  const { registers } = polylogue.replica
  const document = promptDocumentId(polylogue.workspace, id)
  const numbers = VersionNumbers.read(registers.cached(versionsKey(document))?.value ?? null)
  const labels = new Map<string, string>()
  for (const label of [PRODUCTION_LABEL, "staging"]) {
    const versionId = registers.cached(labelKey(document, label))?.value
    if (versionId != null) labels.set(label, versionId)
  }
  return withPrompt(polylogue, id, (prompt) =>
    portablePrompt(prompt, { id, tags, labels, numberOf: (versionId) => numbers?.numberOf(versionId) }, left),
  )
}
