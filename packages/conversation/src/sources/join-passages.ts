import { wellFormed } from "../well-formed.ts"
import type { Chunk } from "./chunking.ts"

/** A passage of a corpus that is not a file: what it says, and what it is called there. */
export interface LoosePassage {
  readonly text: string
  readonly externalId?: string
}

const BETWEEN = "\n\n"

/** One text of many passages, with a blank line between them, and the chunks that they are in it: what `Source.begin` takes for an imported corpus. Empty ones are left out. */
export function joinPassages(passages: Iterable<LoosePassage>): { readonly text: string; readonly chunks: readonly Chunk[] } {
  const pieces: string[] = []
  const chunks: Chunk[] = []
  let start = 0
  for (const { text, externalId } of passages) {
    const said = wellFormed(text)
    if (said === "") continue
    pieces.push(said)
    chunks.push({ start, end: start + said.length, text: said, ...(externalId === undefined ? {} : { externalId }) })
    start += said.length + BETWEEN.length
  }
  return { text: pieces.join(BETWEEN), chunks }
}
