import type { ForeignCitation, ForeignCitations, ForeignSource } from "./foreign-citation.ts"
import { foreignCount, type ForeignFields, foreignFields, foreignList, foreignRange, foreignText } from "./foreign-fields.ts"

/**
 * The citations in the `content` of an answer of Anthropic's Messages API: each text block, as a whole, rests on what its `citations` name (`char_location`, `page_location`,
 * `content_block_location`, `search_result_location`, `web_search_result_location`, or a kind to come). The block is one of the `texts`. Of a stream, give the blocks
 * put together: `citations_delta` events belong to the block of their index.
 *
 * What the API counts as characters is nowhere said (its own clients leave it open, and no recording has a character beyond the first plane before a citation), so nothing here relies on it: see `newCitations`. The end of a page range
 * is exclusive, and pages count from 1.
 */
export function fromAnthropic(content: unknown): ForeignCitations {
  const texts: string[] = []
  const citations: ForeignCitation[] = []
  for (const block of foreignList(content)) {
    const { type, text, citations: cited } = foreignFields(block)
    if (type !== "text" || typeof text !== "string") continue
    const number = texts.push(text) - 1
    for (const citation of foreignList(cited)) {
      const fields = foreignFields(citation)
      const quote = foreignText(fields["cited_text"])
      citations.push({
        text: number,
        answer: text === "" ? null : { from: 0, to: text.length },
        source: sourceOf(fields),
        ...(quote === undefined ? {} : { quote }),
        origin: { format: "anthropic", raw: JSON.stringify(citation) },
      })
    }
  }
  return { texts, citations }
}

function sourceOf(fields: ForeignFields): ForeignSource {
  const title = foreignText(fields["document_title"]) ?? foreignText(fields["title"])
  const named = title === undefined ? {} : { title }
  const address = foreignText(fields["url"]) ?? webAddress(fields["source"])
  if (address !== undefined) return { kind: "url", url: address, ...named }
  const index = foreignCount(fields["document_index"]) ?? foreignCount(fields["search_result_index"])
  const id = foreignText(fields["file_id"]) ?? foreignText(fields["source"])
  const page = foreignCount(fields["start_page_number"])
  const characters = foreignRange(fields["start_char_index"], fields["end_char_index"])
  const blocks = foreignRange(fields["start_block_index"], fields["end_block_index"])
  return {
    kind: "document",
    ...(index === undefined ? {} : { index }),
    ...(id === undefined ? {} : { id }),
    ...named,
    ...(page === undefined ? {} : { page }),
    ...(characters === undefined ? {} : { characters }),
    ...(blocks === undefined ? {} : { blocks }),
  }
}

/** What a search result calls its source, where that is an address of the web. */
function webAddress(source: unknown): string | undefined {
  const text = foreignText(source)
  return text !== undefined && /^https?:\/\//iu.test(text) ? text : undefined
}
