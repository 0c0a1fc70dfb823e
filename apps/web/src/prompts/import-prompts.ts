import {
  applyPromptImport,
  MAX_PROMPT_FILE_LENGTH,
  parsePrompts,
  type PromptImportItem,
  type PromptImportReport,
} from "@polylogue/conversation"
import type { OpenWorkspace, Polylogue } from "@polylogue/react"
import { writingOptions } from "../device/writing-options.ts"
import { withPrompt } from "./with-prompt.ts"

/** A character of a file takes at most so many bytes. */
const MAX_BYTES_A_CHARACTER = 3

/**
 * Reads prompts from files and writes them on this device, one after the other; `told` hears what became of each. Whatever is wrong with one stops no other,
 * and what is here already is not written again. Ends after the present prompt once `signal` is aborted.
 */
export async function importPrompts(
  polylogue: Polylogue,
  workspace: OpenWorkspace,
  files: readonly File[],
  told: (report: PromptImportReport) => void,
  signal: AbortSignal,
): Promise<void> {
  for (const file of files) {
    for (const item of parsePrompts([await contentOf(file)])) {
      if (signal.aborted) return
      told(await write(polylogue, workspace, item))
    }
  }
}

async function write(polylogue: Polylogue, workspace: OpenWorkspace, item: PromptImportItem): Promise<PromptImportReport> {
  if (item.kind === "report") return item.report
  try {
    return await withPrompt(polylogue, item.prompt.id, (_prompt, { ydoc }) =>
      applyPromptImport(item, { promptDoc: ydoc, index: workspace.index, options: writingOptions(polylogue) }),
    )
  } catch {
    // The device's store has the last word: what it cannot open or write is said, and the others go on.
    return { ...nothing(item), reason: { code: "too-large", message: "this device could not store it" } }
  }
}

function nothing({ where, prompt }: Extract<PromptImportItem, { readonly kind: "prompt" }>): PromptImportReport {
  const versions = { imported: 0, unchanged: 0 }
  return { status: "failed", where, promptId: null, name: prompt.name, versions, versionIds: [], labels: [], reason: null, notices: [] }
}

/** A file's bytes; of one that is too large anyway, as many as it takes to be told so. */
async function contentOf(file: File): Promise<{ readonly name: string; readonly content: Uint8Array }> {
  const most = MAX_PROMPT_FILE_LENGTH * MAX_BYTES_A_CHARACTER + 1
  return { name: file.name, content: new Uint8Array(await file.slice(0, most).arrayBuffer()) }
}
