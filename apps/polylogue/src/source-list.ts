import { type SourceCard, sourceCards, WorkspaceIndex } from "@polylogue/conversation"
import { checkData } from "./export-file.ts"
import type { Call } from "./flags.ts"
import { bytesText } from "./progress.ts"
import { onLine, writingAs } from "./prompt-words.ts"
import { Workspace } from "./workspace.ts"

/** `polylogue source list`: a line for each source that is not deleted, by title. @throws CommandError */
export async function listSources(call: Call): Promise<number> {
  if (call.flag("relay") === undefined) checkData(call.flag("data")!)
  const workspace = await Workspace.open(call)
  try {
    const cards = await knownSources(workspace)
    if (call.on("json"))
      console.log(
        JSON.stringify(
          cards.map(({ id, name, mime, size, tags }) => ({ id, title: name, mime, size, tags })),
          null,
          2,
        ),
      )
    else for (const card of cards) console.log(lineOf(card))
    if (cards.length === 0 && !call.on("json")) console.error(`There are no sources in the workspace ${workspace.name}.`)
    return 0
  } finally {
    await workspace.close()
  }
}

/** The cards of all sources that are not deleted, by title. */
export async function knownSources(workspace: Workspace): Promise<readonly SourceCard[]> {
  const document = await workspace.index()
  const index = new WorkspaceIndex(document.ydoc, writingAs(workspace))
  try {
    return sourceCards(index)
      .getCards()
      .toSorted((one, other) => (one.name < other.name ? -1 : one.name > other.name ? 1 : one.id < other.id ? -1 : 1))
  } finally {
    index.destroy()
    await document.close()
  }
}

function lineOf({ id, name, mime, size, tags }: SourceCard): string {
  const kind = [mime, size === null || size === 0 ? null : bytesText(size)].filter((part) => part !== null).join(", ")
  const tagged = tags.length === 0 ? "" : `  #${tags.map((tag) => onLine(tag)).join(" #")}`
  return `${onLine(name === "" ? "(no title)" : name)}${kind === "" ? "" : `  ${kind}`}${tagged}  ${id}`
}
