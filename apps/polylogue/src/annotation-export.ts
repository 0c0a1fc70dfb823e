import {
  type AnnotationLeft,
  type AnnotationRecord,
  citationAnnotations,
  documentsOf,
  noteAnnotations,
  notesDocumentId,
  partText,
  sourceCards,
  sourceDocumentId,
  SourceView,
  WorkspaceIndex,
  writeWebAnnotations,
} from "@polylogue/conversation"
import type { ReplicaDocument } from "@polylogue/replica"
import { addressesOf } from "./annotation-addresses.ts"
import { put, writeFile } from "./export-file.ts"
import { counted } from "./progress.ts"
import { writingAs } from "./prompt-words.ts"
import { leftLines } from "./round-report.ts"
import { closeAll, type Workspace } from "./workspace.ts"

/**
 * `polylogue export --format webannotation`: writes the notes on all sources and conversations of a workspace, and its citations, as one collection, and says of which the words are not in their text
 * any more. The file appears whole or not at all.
 */
export async function exportAnnotations(workspace: Workspace, out: string): Promise<number> {
  const left: AnnotationLeft[] = []
  const { sourceIds, conversationIds } = await idsOf(workspace)
  const sources = new OpenSources(workspace)
  try {
    const records: AnnotationRecord[] = []
    const uris = new Map<string, string>()
    for (const id of sourceIds) {
      const { uri } = (await sources.open(id)).getMeta()
      if (uri !== undefined && uri !== "") uris.set(id, uri)
    }
    for (const id of sourceIds) records.push(...(await notesOfSource(workspace, id, sources, uris, left)))
    for (const id of conversationIds) records.push(...(await annotationsOfConversation(workspace, id, sources, uris, left)))
    const collection = {
      id: `urn:polylogue:${workspace.name}:annotations`,
      label: `Annotations of ${workspace.name}`,
      total: records.length,
    }
    await writeFile(out, async (file) => {
      for (const piece of writeWebAnnotations(records, collection)) await put(file, piece)
    })
    const say = out === "-" ? console.error : console.log
    for (const line of leftLines(left)) say(line)
    if (out !== "-") console.log(`${counted(records.length, "annotation")} written to ${out}`)
    return 0
  } finally {
    await sources.close()
  }
}

/** The sources that texts are asked of, each opened once. */
class OpenSources {
  readonly #workspace: Workspace
  readonly #open = new Map<string, { readonly document: ReplicaDocument; readonly view: SourceView }>()

  constructor(workspace: Workspace) {
    this.#workspace = workspace
  }

  async open(id: string): Promise<SourceView> {
    const known = this.#open.get(id)
    if (known !== undefined) return known.view
    const document = await this.#workspace.open(sourceDocumentId(this.#workspace.name, id))
    const view = new SourceView(document.ydoc)
    this.#open.set(id, { document, view })
    return view
  }

  /** The text of a source that was opened; undefined of one that is not here. */
  text(id: string): SourceView["text"] | undefined {
    const view = this.#open.get(id)?.view
    return view?.getState() === "here" ? view.text : undefined
  }

  async close(): Promise<void> {
    for (const { view } of this.#open.values()) view.destroy()
    await closeAll([...this.#open.values()].map(({ document }) => document))
  }
}

async function idsOf(
  workspace: Workspace,
): Promise<{ readonly sourceIds: readonly string[]; readonly conversationIds: readonly string[] }> {
  const document = await workspace.index()
  const index = new WorkspaceIndex(document.ydoc, writingAs(workspace))
  const cards = sourceCards(index)
  const sourceIds = [...cards.getCards(), ...cards.getDeletedCards()].map(({ id }) => id)
  const conversationIds = [...index.getCards(), ...index.getDeletedCards()].map(({ id }) => id)
  index.destroy()
  await document.close()
  return { sourceIds, conversationIds }
}

async function notesOfSource(
  workspace: Workspace,
  id: string,
  sources: OpenSources,
  uris: ReadonlyMap<string, string>,
  left: AnnotationLeft[],
): Promise<readonly AnnotationRecord[]> {
  const notes = await workspace.open(notesDocumentId(workspace.name, { sourceId: id }))
  try {
    return noteAnnotations(notes.ydoc, () => sources.text(id), addressesOf(workspace.name, "", uris), left, id)
  } finally {
    await notes.close()
  }
}

async function annotationsOfConversation(
  workspace: Workspace,
  id: string,
  sources: OpenSources,
  uris: ReadonlyMap<string, string>,
  left: AnnotationLeft[],
): Promise<readonly AnnotationRecord[]> {
  const addresses = addressesOf(workspace.name, id, uris)
  const notes = await workspace.open(notesDocumentId(workspace.name, { conversationId: id }))
  const segments = await workspace.conversation(id)
  try {
    const docs = [...documentsOf(segments).values()]
    const cited = docs.flatMap((ydoc) => citationAnnotations(ydoc, (sourceId) => sources.text(sourceId), addresses, left))
    const noted = noteAnnotations(
      notes.ydoc,
      ({ target }) =>
        target.kind === "message"
          ? docs.map((ydoc) => partText(ydoc, target.messageId, target.partId)).find((text) => text !== undefined)
          : undefined,
      addresses,
      left,
    )
    return [...noted, ...cited]
  } finally {
    await closeAll([notes, ...segments.values()])
  }
}
