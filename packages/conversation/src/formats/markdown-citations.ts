import { citationsOf, resolveCitation } from "../citations/citation-records.ts"
import { partText } from "../citations/part-text.ts"
import type { ConversationView } from "../conversation-view.ts"
import type { Message, MessagePart } from "../message.ts"
import { citedFootnote } from "./markdown-parts.ts"

/** Code in a line, a link, an image: a reference within one would be a part of it. */
const WHOLE = /(`+)[^`\n](?:[^\n]*?[^`\n])?\1(?!`)|!?\[[^\]\n]*\]\([^)\n]*\)/gu

interface Reference {
  /** Place in the text; undefined for a citation of all of it, or one whose words are gone. */
  readonly at: number | undefined
  readonly mark: string
}

/**
 * The parts of a message with a footnote for each citation: its reference stands behind the words that rest on it, in no code and no link; behind the part where
 * it is of all of it, or its words are gone. Nothing else of the texts changes.
 * @param footnotes - gets the footnotes.
 */
export function citedParts(view: ConversationView, message: Message, footnotes: string[]): readonly MessagePart[] {
  const references = new Map<string, Reference[]>()
  for (const ydoc of view.documents.values()) {
    for (const citation of citationsOf(ydoc, message.id)) {
      const { answer } = resolveCitation(citation, partText(ydoc, message.id, citation.partId))
      const at = answer !== null && "to" in answer ? answer.to : undefined
      const reference = { at, mark: citedFootnote(citation.source, footnotes) }
      references.set(citation.partId, [...(references.get(citation.partId) ?? []), reference])
    }
  }
  if (references.size === 0) return message.parts
  return message.parts.map((part) => {
    const own = references.get(part.pid)
    return own === undefined || part.text === null ? part : { ...part, text: withReferences(part.text, own) }
  })
}

function withReferences(text: string, references: readonly Reference[]): string {
  const placed = references.map(({ at, mark }) => ({ at: at === undefined ? undefined : outside(text, at), mark }))
  const behind = placed.filter(({ at }) => at === undefined).map(({ mark }) => mark)
  let cited = text
  const inOrder = placed.flatMap(({ at, mark }) => (at === undefined ? [] : [{ at, mark }]))
  // From the end, so that no place moves; of several at one place the first stays first.
  for (const { at, mark } of inOrder.toReversed().toSorted((left, right) => right.at - left.at))
    cited = cited.slice(0, at) + mark + cited.slice(at)
  return behind.length === 0 ? cited : `${cited}\n\n${behind.join("")}`
}

/** The first place from `at` on that is in no code and no link; undefined in a code block. */
function outside(text: string, at: number): number | undefined {
  let open = ""
  let from = 0
  for (const line of text.split("\n")) {
    const fence = /^ {0,3}(`{3,}|~{3,})/u.exec(line)?.[1] ?? ""
    if (at <= from + line.length) {
      if (open !== "" || fence !== "") return undefined
      for (const { index, 0: whole } of line.matchAll(WHOLE)) {
        if (at > from + index && at < from + index + whole.length) return from + index + whole.length
      }
      return at
    }
    if (open === "") open = fence
    else if (fence.startsWith(open)) open = ""
    from += line.length + 1
  }
  return at
}
