import type { ConversationCard } from "@polylogue/conversation"

/** What a conversation is called where nobody gave it a title. */
export const UNTITLED = "New conversation"

/** The title to show, without the signs of Markdown. */
export function cardTitle(card: Pick<ConversationCard, "title"> | undefined): string {
  return card === undefined || card.title.trim() === "" ? UNTITLED : plainWords(card.title)
}

/** Somebody's words in quotation marks within a sentence, whose direction is theirs alone. */
export function quoted(words: string): string {
  return `“\u2068${words}\u2069”`
}

/**
 * A line of Markdown as it reads: without the signs of headings, quotations, lists, emphasis, code and links. For showing only; what would be
 * nothing then, or is longer than any line shown, is left as it is.
 */
export function plainWords(text: string): string {
  if (text.length > MAX_PLAIN_LENGTH || !/[#>*_`~[+-]/u.test(text)) return text.trim()
  const plain = text
    .replace(/^(?:\s*(?:#{1,6}|>|[-*+])(?=\s))+/u, "")
    .replace(/\s#{2,6}(?=\s)/gu, "")
    .replace(/!?\[([^[\]]*)\]\([^()\s]*\)/gu, "$1")
    .replace(/`+([^`]+)`+/gu, "$1")
    .replace(/```\w*/gu, "")
    .replace(/(\*\*|__|~~)(?=\S)(.+?)(?<=\S)\1/gu, "$2")
    .replace(/(?<![\p{L}\p{N}*_])([*_])(?=[^\s*_])([^*_]*[^\s*_])\1(?![\p{L}\p{N}*_])/gu, "$2")
    .trim()
  return plain === "" ? text.trim() : plain
}

/** A text as searches compare it: lower case, without combining marks. */
export function fold(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{Mark}/gu, "")
    .toLowerCase()
}

/** The automatic title of a conversation that begins with `text`: its first words, without the signs of Markdown. */
export function autoTitle(text: string): string {
  const line = text
    .split("\n")
    .map((part) =>
      plainWords(part)
        .replace(/^[\s#>*\-`]+/u, "")
        .trim(),
    )
    .find((part) => part !== "")
  if (line === undefined) return ""
  if (line.length <= MAX_TITLE_LENGTH) return line
  const cut = cutText(line, MAX_TITLE_LENGTH)
  const space = cut.lastIndexOf(" ")
  return `${(space > MAX_TITLE_LENGTH / 2 ? cut.slice(0, space) : cut).trimEnd()}…`
}

/** The beginning of a text, at most `length` UTF-16 units, never half a character. */
export function cutText(text: string, length: number): string {
  return text.slice(0, length).replace(/[\uD800-\uDBFF]$/, "")
}

const MAX_TITLE_LENGTH = 60
const MAX_PLAIN_LENGTH = 400
