import { promptCards, WorkspaceIndex } from "@polylogue/conversation"
import { checkData } from "./export-file.ts"
import { CommandError } from "./command-error.ts"
import type { Call } from "./flags.ts"
import { askForPrompts } from "./prompt-get.ts"
import { onLine, writingAs } from "./prompt-words.ts"
import { Workspace } from "./workspace.ts"

/** A prompt of the workspace: with a name of its own when it was published, else with the one it is called by until then. */
export interface KnownPrompt {
  readonly id: string
  readonly name: string
  readonly published: boolean
  readonly labels: readonly string[]
  /** How many versions have a number, which is the highest. */
  readonly versions: number
  readonly tags: readonly string[]
}

/** `polylogue prompt list`: a line for each prompt, by name. @throws CommandError */
export async function listPrompts(call: Call): Promise<number> {
  if (call.flag("relay") === undefined) checkData(call.flag("data")!)
  const workspace = await Workspace.open(call)
  try {
    const prompts = await knownPrompts(workspace)
    if (call.on("json")) console.log(JSON.stringify(prompts, null, 2))
    else for (const prompt of prompts) console.log(lineOf(prompt))
    if (prompts.length === 0 && !call.on("json")) console.error(`There are no prompts in the workspace ${workspace.name}.`)
    return 0
  } finally {
    await workspace.close()
  }
}

function lineOf({ id, name, published, labels, versions, tags }: KnownPrompt): string {
  const standing = published ? `v${versions}${labels.length === 0 ? "" : ` (${labels.join(", ")})`}` : "not published"
  const tagged = tags.length === 0 ? "" : `  #${tags.map((tag) => onLine(tag)).join(" #")}`
  return `${onLine(name === "" ? "(no name)" : name)}  ${standing}${tagged}  ${id}`
}

/** All prompts that are not deleted, and all that are published, by name. To a token that does not open the list of the workspace only the latter are known. */
export async function knownPrompts(workspace: Workspace): Promise<readonly KnownPrompt[]> {
  const known = new Map<string, KnownPrompt>()
  try {
    const document = await workspace.index()
    const index = new WorkspaceIndex(document.ydoc, writingAs(workspace))
    for (const { id, name, tags } of promptCards(index).getCards())
      known.set(id, { id, name, published: false, labels: [], versions: 0, tags })
    index.destroy()
    await document.close()
  } catch (error) {
    if (!(error instanceof CommandError) || error.cause !== "forbidden") throw error
  }
  for await (const { name, promptId, labels, versions, tags } of publishedPrompts(workspace))
    known.set(promptId, { id: promptId, name, published: true, labels, versions: versions.length, tags: known.get(promptId)?.tags ?? tags })
  return [...known.values()].toSorted((one, other) => (one.name < other.name ? -1 : 1))
}

interface Published {
  readonly name: string
  readonly promptId: string
  readonly labels: readonly string[]
  readonly versions: readonly number[]
  readonly tags: readonly string[]
}

const PAGE_LENGTH = 100

async function* publishedPrompts(workspace: Workspace): AsyncIterable<Published> {
  for (let page = 1; ; page++) {
    const query = new URLSearchParams({ workspace: workspace.name, page: String(page), limit: String(PAGE_LENGTH) })
    const { data, meta } = (await askForPrompts(workspace, `?${query.toString()}`)) as unknown as {
      readonly data: readonly Published[]
      readonly meta: { readonly totalPages: number }
    }
    yield* data
    if (page >= meta.totalPages) return
  }
}
