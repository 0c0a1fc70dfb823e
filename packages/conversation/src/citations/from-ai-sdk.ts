import type { ForeignCitation, ForeignCitations, ForeignSource } from "./foreign-citation.ts"
import { foreignCount, type ForeignFields, foreignFields, foreignList, foreignRange, foreignText } from "./foreign-fields.ts"
import { fromOpenAi } from "./from-openai.ts"

/**
 * The citations in the `parts` of a UI message of the AI SDK: `source-url` and `source-document` parts, with what their provider noted beside them (the quoted words, places in the document), and
 * the annotations that OpenAI's provider keeps at text parts. Each text part is one of the `texts`. A source rests under the text part before it, as a whole: the SDK does not say under which
 * words. One that an annotation names already is not told twice.
 */
export function fromAiSdk(parts: unknown): ForeignCitations {
  const texts: string[] = []
  const citations: ForeignCitation[] = []
  const sources: ForeignCitation[] = []
  for (const part of foreignList(parts)) {
    const fields = foreignFields(part)
    const { type, text, providerMetadata } = fields
    if (type === "text" && typeof text === "string") {
      const number = texts.push(text) - 1
      const { annotations } = foreignFields(foreignFields(providerMetadata)["openai"])
      for (const citation of fromOpenAi({ text, annotations }).citations) citations.push({ ...citation, text: number })
    } else if (type === "source-url" || type === "source-document") {
      sources.push(sourceCitation(fields, Math.max(0, texts.length - 1), JSON.stringify(part)))
    }
  }
  const told = new Set(citations.map(({ source }) => nameOf(source)))
  return { texts, citations: [...citations, ...sources.filter(({ source }) => !told.has(nameOf(source)))] }
}

function sourceCitation(fields: ForeignFields, text: number, raw: string): ForeignCitation {
  const noted = noteOf(fields["providerMetadata"])
  const quote = foreignText(noted["citedText"])
  return {
    text,
    answer: null,
    source: sourceOf(fields, noted),
    ...(quote === undefined ? {} : { quote }),
    origin: { format: "ai-sdk", raw },
  }
}

/** What the provider noted: its fields, under a key of its name. */
function noteOf(providerMetadata: unknown): ForeignFields {
  return Object.assign({}, ...Object.values(foreignFields(providerMetadata)).map(foreignFields)) as ForeignFields
}

function sourceOf(fields: ForeignFields, noted: ForeignFields): ForeignSource {
  const title = foreignText(fields["title"]) ?? foreignText(fields["filename"])
  const named = title === undefined ? {} : { title }
  const url = foreignText(fields["url"])
  if (fields["type"] === "source-url" && url !== undefined) return { kind: "url", url, ...named }
  const id = foreignText(noted["fileId"]) ?? foreignText(fields["sourceId"])
  const page = foreignCount(noted["startPageNumber"])
  const characters = foreignRange(noted["startCharIndex"], noted["endCharIndex"])
  return {
    kind: "document",
    ...(id === undefined ? {} : { id }),
    ...named,
    ...(page === undefined ? {} : { page }),
    ...(characters === undefined ? {} : { characters }),
  }
}

function nameOf(source: ForeignSource): string {
  return source.kind === "url" ? `url ${source.url}` : `document ${source.id ?? ""}`
}
