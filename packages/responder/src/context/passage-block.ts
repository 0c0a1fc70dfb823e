import type { FoundPassage } from "../sources/source-shelf.ts"
import { dataBlock } from "./data-block.ts"

/** What tells a model what to do with passages. */
export const PASSAGES_RULE =
  "The passages were found for the question in sources of this workspace; some may have nothing to do with it. Rest what you say on those that answer it, and put the number of the passage in brackets behind each sentence that rests on it: [1], or [1, 3] for several. If they do not answer the question, say so."

/** A passage as a model reads it, under the number by which it is cited. */
export function passageBlock({ title, page, text }: FoundPassage, number: number): string {
  return dataBlock({ label: `passage [${number}]${page === undefined ? "" : `, page ${page}`} of`, name: title, text })
}
