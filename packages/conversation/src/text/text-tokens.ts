/*
 * Texts in the pieces that people see change: words, runs of blanks, line ends, and every other character with all that belongs to it (marks, joined emoji,
 * flags). A piece is never cut, so no surrogate pair and no accent is. Scripts that write without blanks are taken character by character.
 */
const UNSPACED =
  "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}\\p{Script=Tibetan}"
const WORD = `(?:(?![${UNSPACED}])[\\p{L}\\p{N}_]\\p{M}*)+`
const CLUSTER = "(?:\\p{RI}\\p{RI}|[^])(?:[\\p{M}\\p{Emoji_Modifier}\\u200c]|\\u200d[^\\s])*"
const TOKEN = new RegExp(`\\r\\n|[\\r\\n]|[^\\S\\r\\n]+(?!\\p{M})|${WORD}(?![\\u200c\\u200d])|${CLUSTER}`, "gu")
const LINE = /[^\n]*\n|[^\n]+$/gu

/** The pieces of a text; joined they are the text. */
export function tokensOf(text: string): readonly string[] {
  return text.match(TOKEN) ?? []
}

/** The lines of a text with their ends; joined they are the text. */
export function linesOf(text: string): readonly string[] {
  return text.match(LINE) ?? []
}
