import { passageHash, sourceDocumentId, SourceView } from "@polylogue/conversation"
import { chunkText, type IndexedPassage, type PassageHit, PassageIndex, wordsFound } from "@polylogue/retrieval"
import { CommandError } from "./command-error.ts"
import { checkData } from "./export-file.ts"
import type { Call } from "./flags.ts"
import { Progress } from "./progress.ts"
import { onLine } from "./prompt-words.ts"
import { knownSources } from "./source-list.ts"
import { Workspace } from "./workspace.ts"

/** A passage of a source as it stands in its text now. */
interface KnownPassage extends IndexedPassage {
  readonly start: number
  readonly end: number
  readonly page?: number
}

/** A source with its passages. */
interface KnownSource {
  readonly id: string
  readonly title: string
  readonly passages: readonly KnownPassage[]
}

/** Sources that are read at once: each of them alone waits for the relay about as long as all together. */
const BATCH = 32
/** So much of a passage is shown, in UTF-16 units. */
const EXCERPT_LENGTH = 240

/**
 * `polylogue source search`: the passages of the workspace's sources that answer a question best, by BM25. Exit code 0 also when there are none.
 * @throws CommandError
 */
export async function searchSources(call: Call): Promise<number> {
  const question = call.files.join(" ")
  if (question.trim() === "") throw new CommandError("usage", "Say what to look for: polylogue source search <words...>.")
  if (call.flag("relay") === undefined) checkData(call.flag("data")!)
  const workspace = await Workspace.open(call)
  try {
    const { sources, missing } = await readSources(workspace)
    const index = new PassageIndex()
    for (const { id, passages } of sources.values()) index.put(id, passages)
    const found = index.search(question, { limit: Number(call.flag("limit")) }).map((hit) => describe(sources.get(hit.sourceId)!, hit))
    if (call.on("json")) console.log(JSON.stringify(found, null, 2))
    else for (const passage of found) console.log(linesOf(passage))
    if (missing > 0) console.error(`polylogue: ${missing} of the sources on the list could not be read here, and were not searched.`)
    if (found.length === 0 && !call.on("json")) console.error(`No passage of ${sources.size} sources has a word of it.`)
    return 0
  } finally {
    await workspace.close()
  }
}

async function readSources(
  workspace: Workspace,
): Promise<{ readonly sources: ReadonlyMap<string, KnownSource>; readonly missing: number }> {
  const cards = await knownSources(workspace)
  const sources = new Map<string, KnownSource>()
  const progress = new Progress("reading sources")
  for (let start = 0; start < cards.length; start += BATCH) {
    const batch = await Promise.all(cards.slice(start, start + BATCH).map(({ id }) => readSource(workspace, id)))
    for (const source of batch) if (source !== undefined) sources.set(source.id, source)
    progress.tell(() => `${sources.size} of ${cards.length}`)
  }
  return { sources, missing: cards.length - sources.size }
}

async function readSource(workspace: Workspace, id: string): Promise<KnownSource | undefined> {
  const document = await workspace.open(sourceDocumentId(workspace.name, id)).catch((error: unknown) => {
    // A source of its own that this token does not open is none of this search's.
    if (error instanceof CommandError && error.cause === "forbidden") return undefined
    throw error
  })
  if (document === undefined) return undefined
  const view = new SourceView(document.ydoc)
  try {
    return view.getState() === "here" ? { id, title: view.getMeta().title, passages: passagesOf(view) } : undefined
  } finally {
    view.destroy()
    await document.close()
  }
}

/** The passages of the text as it is now: those that it was cut into, or would be, under the same ids. */
function passagesOf(view: SourceView): readonly KnownPassage[] {
  const words = view.getText()
  const chunking = view.getChunking()
  if (chunking !== undefined && !view.isStale())
    return chunking.places.map(({ chunkId, start, end, page }) => ({
      chunkId,
      start,
      end,
      text: words.slice(start, end),
      ...(page === undefined ? {} : { page }),
    }))
  const seen = new Map<string, number>()
  return chunkText(words, { pages: view.getPages() }).map((chunk) => {
    const hash = passageHash(chunk.text)
    const count = (seen.get(hash) ?? 0) + 1
    seen.set(hash, count)
    return { chunkId: `${hash}.${count}`, ...chunk }
  })
}

/** A passage found, as programs get it. */
interface FoundPassage {
  readonly rank: number
  readonly score: number
  readonly sourceId: string
  readonly title: string
  readonly chunkId: string
  readonly page?: number
  readonly start: number
  readonly end: number
  readonly text: string
  /** Where the words of the question stand in the text. */
  readonly marks: readonly { readonly start: number; readonly end: number }[]
}

function describe({ title, passages }: KnownSource, { sourceId, chunkId, rank, score, terms }: PassageHit): FoundPassage {
  const passage = passages.find((known) => known.chunkId === chunkId)!
  return { rank, score, sourceId, title, ...passage, marks: wordsFound(passage.text, terms) }
}

function linesOf({ rank, title, page, sourceId, start, end, text, marks }: FoundPassage): string {
  const first = marks[0]?.start ?? 0
  const from = first < EXCERPT_LENGTH / 2 ? 0 : text.lastIndexOf(" ", first - EXCERPT_LENGTH / 4) + 1
  const where = page === undefined ? "" : `, page ${page}`
  return `${rank}. ${onLine(title === "" ? "(no title)" : title)}${where}  ${sourceId} ${start}-${end}\n   ${from > 0 ? "… " : ""}${onLine(text.slice(from), EXCERPT_LENGTH)}`
}
