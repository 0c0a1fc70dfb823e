import { readFileSync } from "node:fs"
import {
  type AnnotationRecord,
  importNotes,
  notesDocumentId,
  readWebAnnotations,
  sourceCards,
  sourceDocumentId,
  SourceView,
  WorkspaceIndex,
} from "@polylogue/conversation"
import type { Tell } from "./annotation-import.ts"
import { onLine, writingAs } from "./prompt-words.ts"
import { sourceAddress } from "./annotation-addresses.ts"
import type { Workspace } from "./workspace.ts"

/**
 * Imports annotations as notes on the sources of the workspace that they are about, told by their addresses. One about something that is not here is told and left:
 * whoever adds the source imports the file again.
 */
export async function importAnnotationFiles(workspace: Workspace, files: readonly string[], tell: Tell): Promise<void> {
  if (files.length === 0) return
  const sources = await addressedSources(workspace)
  for (const file of files) {
    const bySource = new Map<string, AnnotationRecord[]>()
    for (const result of readWebAnnotations(readFileSync(file, "utf8")).results) {
      const place = result.position === "" ? file : `${file} ${result.position}`
      if ("problems" in result) {
        const why = result.problems.map(({ path, message }) => `${path === "" ? "" : `${path}: `}${message}`).join("; ")
        tell("failed", `${place}: ${onLine(why, 400)} (bad-record)`)
        continue
      }
      const { annotation } = result
      const sourceId = annotation.places.map(({ source }) => sources.get(withoutFragment(source))).find((id) => id !== undefined)
      if (sourceId === undefined)
        tell(
          "skipped",
          `${place} ${onLine(annotation.id)}: no source here has the address ${onLine(annotation.places[0]?.source ?? "")}: add it, then import again (missing-parent)`,
        )
      else bySource.set(sourceId, [...(bySource.get(sourceId) ?? []), annotation])
    }
    for (const [sourceId, annotations] of bySource) await apply(workspace, sourceId, annotations, tell)
  }
}

async function apply(workspace: Workspace, sourceId: string, annotations: readonly AnnotationRecord[], tell: Tell): Promise<void> {
  const source = await workspace.open(sourceDocumentId(workspace.name, sourceId))
  const notes = await workspace.open(notesDocumentId(workspace.name, { sourceId }))
  try {
    const applied = importNotes(annotations, new SourceView(source.ydoc).text, notes.ydoc, writingAs(workspace))
    await workspace.store(notes)
    for (const { status, id, place, reason, notices } of applied) {
      const why = reason === null ? "" : `: ${reason.message} (${reason.code})`
      tell(status, `note ${onLine(id, 120)}, ${place}${why}${notices.map(({ message, code }) => `\n  ${message} (${code})`).join("")}`)
    }
  } finally {
    await source.close()
    await notes.close()
  }
}

/** The sources of the workspace by where they were found, and by what they are called in exports. */
async function addressedSources(workspace: Workspace): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  const document = await workspace.index()
  const index = new WorkspaceIndex(document.ydoc, writingAs(workspace))
  const ids = sourceCards(index)
    .getCards()
    .map(({ id }) => id)
  index.destroy()
  await document.close()
  for (const id of ids) {
    const source = await workspace.open(sourceDocumentId(workspace.name, id))
    const { uri } = new SourceView(source.ydoc).getMeta()
    await source.close()
    for (const address of [sourceAddress(workspace.name, id), uri])
      if (address !== undefined && address !== "") found.set(withoutFragment(address), id)
  }
  return found
}

function withoutFragment(address: string): string {
  const at = address.indexOf("#")
  return at === -1 ? address : address.slice(0, at)
}
