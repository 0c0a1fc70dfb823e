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
import { CommandError } from "./command-error.ts"
import type { Workspace } from "./workspace.ts"

/**
 * Imports annotations as notes on the sources of the workspace that they are about, told by their addresses. One about something that is not here is told and left:
 * whoever adds the source imports the file again, or names the source.
 * @param named - id or title of the source that those are about whose address no source here has.
 * @throws CommandError `usage` when there is no such source, or several.
 */
export async function importAnnotationFiles(
  workspace: Workspace,
  files: readonly string[],
  named: string | undefined,
  tell: Tell,
): Promise<void> {
  if (files.length === 0) return
  const { addresses: sources, titles } = await knownSources(workspace)
  const other = named === undefined ? undefined : sourceNamed(named, titles)
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
      const sourceId = annotation.places.map(({ source }) => sources.get(withoutFragment(source))).find((id) => id !== undefined) ?? other
      if (sourceId === undefined)
        tell(
          "skipped",
          `${place} ${onLine(annotation.id)}: no source here has the address ${onLine(annotation.places[0]?.source ?? "")}: add it, then import again, or name one with --source (missing-parent)`,
        )
      else {
        const known = bySource.get(sourceId)
        if (known === undefined) bySource.set(sourceId, [annotation])
        else known.push(annotation)
      }
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

function sourceNamed(named: string, titles: ReadonlyMap<string, string>): string {
  const [found, second] = titles.has(named) ? [named] : [...titles].flatMap(([id, title]) => (title === named ? id : []))
  if (found !== undefined && second === undefined) return found
  const why =
    second === undefined ? `There is no source "${onLine(named)}".` : `Several sources are called "${onLine(named)}": give the id of one.`
  throw new CommandError("usage", `${why} See polylogue source list.`)
}

interface KnownSources {
  /** Ids by where sources were found, and by what they are called in exports. */
  readonly addresses: ReadonlyMap<string, string>
  /** By id. */
  readonly titles: ReadonlyMap<string, string>
}

async function knownSources(workspace: Workspace): Promise<KnownSources> {
  const found = new Map<string, string>()
  const titles = new Map<string, string>()
  const document = await workspace.index()
  const index = new WorkspaceIndex(document.ydoc, writingAs(workspace))
  const ids = sourceCards(index)
    .getCards()
    .map(({ id }) => id)
  index.destroy()
  await document.close()
  for (const id of ids) {
    const source = await workspace.open(sourceDocumentId(workspace.name, id))
    const { uri, title } = new SourceView(source.ydoc).getMeta()
    titles.set(id, title)
    await source.close()
    for (const address of [sourceAddress(workspace.name, id), uri])
      if (address !== undefined && address !== "") found.set(withoutFragment(address), id)
  }
  return { addresses: found, titles }
}

function withoutFragment(address: string): string {
  const at = address.indexOf("#")
  return at === -1 ? address : address.slice(0, at)
}
