import type { TextRange } from "@polylogue/conversation"

/** The end of a sentence with the quotes and brackets that close behind it, or of a line. */
const SENTENCE_END = /[.!?…]+["'”’»)\]]*(?=\s|$)|[。！？．｡]+[」』”’）]*|\n+/gu

/** The sentences of a text in their order, blanks around them left out: the same on every engine, by signs alone, so "e.g. this" counts as two. */
export function sentencesOf(text: string): readonly TextRange[] {
  const sentences: TextRange[] = []
  let start = 0
  const add = (end: number): void => {
    const said = text.slice(start, end)
    const from = start + (said.length - said.trimStart().length)
    const to = start + said.trimEnd().length
    if (from < to) sentences.push({ from, to })
    start = end
  }
  for (const match of text.matchAll(SENTENCE_END)) add(match.index + match[0].length)
  add(text.length)
  return sentences
}
