import { passageHash, type SourceView } from "@polylogue/conversation"
import { chunkText, type IndexedPassage } from "@polylogue/retrieval"

/** A passage of a source as it stands in its text now. */
export interface SourcePassage extends IndexedPassage {
  /** In UTF-16 units of the source's text, of which it is a slice. */
  readonly start: number
  readonly end: number
  readonly page?: number
}

/** The passages of the text as it is now: those that it was cut into, or would be, under the same ids. No two have the same id. */
export function sourcePassages(view: SourceView): readonly SourcePassage[] {
  const words = view.getText()
  const chunking = view.getChunking()
  if (chunking === undefined || view.isStale()) return freshlyCut(words, view)
  const passages = new Map<string, SourcePassage>()
  for (const { chunkId, start, end, page } of chunking.places) {
    if (!passages.has(chunkId))
      passages.set(chunkId, { chunkId, start, end, text: words.slice(start, end), ...(page === undefined ? {} : { page }) })
  }
  return [...passages.values()]
}

function freshlyCut(words: string, view: SourceView): readonly SourcePassage[] {
  const seen = new Map<string, number>()
  return chunkText(words, { pages: view.getPages() }).map((chunk) => {
    const hash = passageHash(chunk.text)
    const count = (seen.get(hash) ?? 0) + 1
    seen.set(hash, count)
    return { chunkId: `${hash}.${count}`, ...chunk }
  })
}
