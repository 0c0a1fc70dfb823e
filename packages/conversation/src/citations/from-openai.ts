import type { TextRange } from "../text/text-anchor.ts"
import { type ForeignCitation, type ForeignCitations, type ForeignSource, verifiedRange } from "./foreign-citation.ts"
import { foreignCount, type ForeignFields, foreignFields, foreignList, foreignRange, foreignText } from "./foreign-fields.ts"

/**
 * The citations in the content of an answer of OpenAI's APIs, or of one that follows them: of the Responses API (`output_text` parts with `annotations`), of Chat Completions (a message with
 * `annotations`), of Assistants (`text` parts with `value` and `annotations`). Kinds: `url_citation`, `file_citation`, `container_file_citation`, `file_path`, and those to come.
 *
 * Offsets are taken for what they lead to, never for their numbers. In recordings those of `url_citation` lead to the link that the model wrote, in UTF-16 units and code points alike, for they have no
 * character beyond the first plane; nothing says which it is. So a range counts when the words there are a link to the address, or are those that the annotation repeats, in whichever unit; else
 * when both units give the same words; else the citation is one of the whole text. `index` is a point: what rests on it is taken to be what stands before it in its sentence.
 */
export function fromOpenAi(content: unknown): ForeignCitations {
  const texts: string[] = []
  const citations: ForeignCitation[] = []
  for (const part of Array.isArray(content) ? content : [content]) {
    const { text, annotations } = textOf(foreignFields(part))
    if (text === undefined) continue
    const number = texts.push(text) - 1
    let last = 0
    for (const annotation of foreignList(annotations)) {
      const fields = flat(foreignFields(annotation))
      const answer = answerRange(text, fields, last)
      last = Math.max(last, answer?.to ?? 0)
      const quote = foreignText(fields["quote"])
      citations.push({
        text: number,
        answer,
        source: sourceOf(fields),
        ...(quote === undefined ? {} : { quote }),
        origin: { format: "openai", raw: JSON.stringify(annotation) },
      })
    }
  }
  return { texts, citations }
}

function textOf(part: ForeignFields): { readonly text: string | undefined; readonly annotations: unknown } {
  const { text, content, annotations } = part
  if (typeof text === "string") return { text, annotations }
  if (typeof content === "string") return { text: content, annotations }
  const inner = foreignFields(text)
  return { text: typeof inner["value"] === "string" ? inner["value"] : undefined, annotations: inner["annotations"] }
}

/** Some kinds hold what they say in an object of their own name. */
function flat(annotation: ForeignFields): ForeignFields {
  const { type } = annotation
  return typeof type === "string" ? { ...annotation, ...foreignFields(annotation[type]) } : annotation
}

function answerRange(text: string, fields: ForeignFields, last: number): TextRange | null {
  const claimed = foreignRange(fields["start_index"], fields["end_index"])
  if (claimed !== undefined) {
    const [url, repeated] = [foreignText(fields["url"]), foreignText(fields["text"])]
    const isExpected = (found: string): boolean => (repeated === undefined ? url !== undefined && isLinkTo(found, url) : found === repeated)
    return verifiedRange(text, claimed, isExpected) ?? (repeated === undefined ? agreedRange(text, claimed) : null)
  }
  const index = foreignCount(fields["index"])
  return index === undefined ? null : sentenceBefore(text, index, last)
}

/** Whether `words` are a link that a model wrote, neither more nor less: an offset that is counted in another unit leads to one that is cut off at an end. */
function isLinkTo(words: string, url: string): boolean {
  if (words === url) return true
  const isWhole = words.split("(").length === words.split(")").length && words.split("[").length === words.split("]").length
  return words.includes(url) && isWhole && /^(?:\(?\[|\()/u.test(words) && words.endsWith(")")
}

/** The range, where UTF-16 units and code points are the same up to its end. */
function agreedRange(text: string, { from, to }: TextRange): TextRange | null {
  return to <= text.length && !/\p{Surrogate}|[\u{10000}-\u{10FFFF}]/u.test(text.slice(0, to)) ? { from, to } : null
}

const SENTENCE_END = /[.!?](?=\s)|[。！？\n]/gu

/** What stands before `index` in its sentence, after what was cited before. */
function sentenceBefore(text: string, index: number, last: number): TextRange | null {
  if (agreedRange(text, { from: 0, to: index }) === null) return null
  const before = text.slice(0, index).trimEnd()
  let start = last < before.length ? last : 0
  for (const { index: at } of before.slice(0, -1).matchAll(SENTENCE_END)) start = Math.max(start, at + 1)
  const from = start + (/^[\s.,;:!?]*/u.exec(before.slice(start))?.[0].length ?? 0)
  return from < before.length ? { from, to: before.length } : null
}

function sourceOf(fields: ForeignFields): ForeignSource {
  const title = foreignText(fields["title"]) ?? foreignText(fields["filename"])
  const named = title === undefined ? {} : { title }
  const url = foreignText(fields["url"])
  if (url !== undefined) return { kind: "url", url, ...named }
  const id = foreignText(fields["file_id"])
  return { kind: "document", ...(id === undefined ? {} : { id }), ...named }
}
