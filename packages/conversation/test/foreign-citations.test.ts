import { describe, expect, test } from "vitest"
import * as Y from "yjs"
import {
  addCitations,
  type Citation,
  citationsOf,
  type ForeignCitations,
  fromAiSdk,
  fromAnthropic,
  fromOpenAi,
  type KnownSource,
  newCitations,
  partText,
  resolveCitation,
} from "@polylogue/conversation"
import { countUpdates, device, seededBytes, seededRandom } from "./devices.ts"
import { hasSharedData, readShared } from "./shared-data.ts"

const SOURCE = "Prologue 😀. The grass is green. The sky is blue. The grass is green."
const OPTIONS = {
  writer: "a",
  author: { id: "model:sky", kind: "model" },
  now: () => 1_700_000_000_000,
  randomBytes: seededBytes(seededRandom(5)),
}

/** Streams the texts into one message, cites as the API says, and returns what was cited with the words at both ends. */
function cited(foreign: ForeignCitations, sourceOf?: () => KnownSource | undefined) {
  const { ydoc, conversation } = device("a")
  const reply = conversation.startReply({ parentId: null, author: OPTIONS.author })
  for (const text of foreign.texts) reply.append(text)
  reply.done({})
  const { messageId } = reply
  const partId = conversation.getMessage(messageId)?.parts[0]?.pid ?? ""
  const given = newCitations(foreign, { messageId, partId, ...(sourceOf === undefined ? {} : { sourceOf }) })
  addCitations(ydoc, OPTIONS, given)
  const again = countUpdates(ydoc, () => addCitations(ydoc, OPTIONS, newCitations(foreign, { messageId, partId })))
  const answer = partText(ydoc, messageId, partId)
  const words = answer instanceof Y.Text ? answer.toJSON() : ""
  const citations = citationsOf(ydoc, messageId)
  return { again, citations, words: citations.map((citation) => wordsOf(citation, words)) }
}

function wordsOf(citation: Citation, answer: string): string {
  const place = resolveCitation(citation, answer).answer
  if (place === null) return "(all)"
  return place.state === "exact" ? answer.slice(place.from, place.to) : place.state
}

test("[CV123] Anthropic: each block rests on what it cites, and its quotes are found in the source in whatever unit they are counted", () => {
  const charged = (from: number, to: number) => ({
    type: "char_location",
    cited_text: "The grass is green. ",
    document_index: 0,
    document_title: "Grass and sky",
    start_char_index: from,
    end_char_index: to,
  })
  const inUtf16 = SOURCE.indexOf("The grass")
  const foreign = fromAnthropic([
    { type: "text", text: "Look: " },
    { type: "text", text: "it is green", citations: [charged(inUtf16 - 1, inUtf16 + 19), charged(inUtf16, inUtf16 + 20), charged(0, 20)] },
    { type: "tool_use", citations: [charged(0, 20)] },
    { type: "text", text: ".", citations: null },
  ])
  expect(foreign.texts).toEqual(["Look: ", "it is green", "."])
  const source = new Y.Doc().getText("t")
  source.insert(0, SOURCE)
  const { citations, words, again } = cited(foreign, () => ({ sourceId: "s1", text: source }))
  expect(words).toEqual(["it is green", "it is green", "it is green"])
  expect(again).toBe(0)
  // Code points, UTF-16 units, and a place that is wrong: the words there are found by themselves, for with their blank they stand once.
  for (const citation of citations) {
    const place = resolveCitation(citation, undefined, source).source
    expect(place).toEqual({ state: "exact", from: inUtf16, to: inUtf16 + 20 })
    expect(citation).toMatchObject({ source: { sourceId: "s1" }, origin: { format: "anthropic" }, by: { id: "model:sky" } })
  }
})

test("[CV123] Anthropic: pages, blocks, search results and kinds to come keep what they say", () => {
  const kinds = [
    { type: "page_location", cited_text: "a", document_index: 1, document_title: "P", start_page_number: 3, end_page_number: 5 },
    { type: "content_block_location", cited_text: "b", document_index: 2, document_title: null, start_block_index: 0, end_block_index: 2 },
    {
      type: "search_result_location",
      cited_text: "c",
      search_result_index: 4,
      source: "kb/12",
      title: "R",
      start_block_index: 1,
      end_block_index: 2,
    },
    { type: "search_result_location", cited_text: "d", search_result_index: 0, source: "https://example.com/d", title: "D" },
    { type: "web_search_result_location", cited_text: "e", url: "https://example.com/e", title: "E", encrypted_index: "x" },
    { type: "thought_location", cited_text: "f", of: { what: 1 } },
    "nothing",
  ]
  const { citations } = fromAnthropic([{ type: "text", text: "All of it.", citations: kinds }])
  expect(citations.map(({ source }) => source)).toEqual([
    { kind: "document", index: 1, title: "P", page: 3 },
    { kind: "document", index: 2, blocks: { from: 0, to: 2 } },
    { kind: "document", index: 4, id: "kb/12", title: "R", blocks: { from: 1, to: 2 } },
    { kind: "url", url: "https://example.com/d", title: "D" },
    { kind: "url", url: "https://example.com/e", title: "E" },
    { kind: "document" },
    { kind: "document" },
  ])
  expect(citations.map(({ origin }) => JSON.parse(origin.raw) as unknown)).toEqual(kinds)
  // A document that is not in the workspace is cited by its name, with its words.
  const shown = cited(fromAnthropic([{ type: "text", text: "All of it.", citations: kinds }])).citations
  expect(shown[0]).toMatchObject({ source: { kind: "url", url: "", title: "P", anchor: { quote: { exact: "a" } } } })
})

test("[CV124] OpenAI: a range is where its words are, whatever it counts; one that cannot be told is of the whole text", () => {
  const url = "https://example.com/a"
  const text = `News 😀 of today ([example](${url})). More of it.`
  const from = text.indexOf("([")
  const to = text.indexOf("). More") + 1
  const at = (start: number, end: number, other = url) => ({
    type: "url_citation",
    start_index: start,
    end_index: end,
    url: other,
    title: "A",
  })
  const foreign = fromOpenAi([
    {
      type: "output_text",
      text,
      annotations: [
        at(from, to),
        at(from - 1, to - 1),
        at(0, 4, "https://example.com/b"),
        at(20, 30, "https://example.com/c"),
        at(9, 2),
        { type: "url_citation", url },
      ],
    },
  ])
  const link = `([example](${url}))`
  expect(foreign.citations.map(({ answer }) => answer && text.slice(answer.from, answer.to))).toEqual([
    link,
    link,
    "News",
    null,
    null,
    null,
  ])
  const nested = fromOpenAi({
    role: "assistant",
    content: text,
    annotations: [{ type: "url_citation", url_citation: { ...at(from, to) } }],
  })
  expect(nested.citations[0]).toMatchObject({ answer: { from, to }, source: { kind: "url", url, title: "A" } })
  const { words } = cited(foreign)
  expect(words).toEqual([link, link, "News", "(all)", "(all)", "(all)"])
})

test("[CV124] OpenAI: files are cited by point or by marker, and kinds to come are kept", () => {
  const text = "One fact. Another fact, which matters . And a third【4:0†a.pdf】"
  const marker = "【4:0†a.pdf】"
  const assistants = fromOpenAi([
    {
      type: "text",
      text: {
        value: text,
        annotations: [
          {
            type: "file_citation",
            text: marker,
            start_index: text.indexOf(marker),
            end_index: text.length,
            file_citation: { file_id: "f1", quote: "third" },
          },
          { type: "file_path", text: "sandbox:/x", start_index: 0, end_index: 5, file_path: { file_id: "f2" } },
        ],
      },
    },
  ])
  expect(assistants.citations).toMatchObject([
    { answer: { from: text.indexOf(marker), to: text.length }, source: { kind: "document", id: "f1" }, quote: "third" },
    { answer: null, source: { kind: "document", id: "f2" } },
  ])
  const point = text.indexOf(" . And") + 1
  const answers = fromOpenAi([
    {
      type: "output_text",
      text,
      annotations: [
        { type: "file_citation", file_id: "f1", filename: "a.pdf", index: point },
        { type: "file_citation", file_id: "f1", filename: "a.pdf", index: text.length },
        { type: "container_file_citation", file_id: "f3", filename: "b.csv", container_id: "c", start_index: 0, end_index: 8 },
        { type: "file_path", file_id: "f4", index: 0 },
        { type: "hologram", what: "?" },
      ],
    },
  ])
  expect(answers.citations.map(({ answer }) => answer && text.slice(answer.from, answer.to))).toEqual([
    "Another fact, which matters",
    "And a third【4:0†a.pdf】",
    "One fact",
    null,
    null,
  ])
  expect(answers.citations.map(({ source }) => source)).toEqual([
    { kind: "document", id: "f1", title: "a.pdf" },
    { kind: "document", id: "f1", title: "a.pdf" },
    { kind: "document", id: "f3", title: "b.csv" },
    { kind: "document", id: "f4" },
    { kind: "document" },
  ])
})

test("[CV125] AI SDK: source parts belong to the text before them, with what their provider noted; annotations are not told twice", () => {
  const url = "https://example.com/a"
  const foreign = fromAiSdk([
    { type: "step-start" },
    {
      type: "text",
      text: `See ${url}`,
      providerMetadata: { openai: { itemId: "i", annotations: [{ type: "url_citation", start_index: 4, end_index: 25, url }] } },
    },
    { type: "source-url", sourceId: "1", url },
    {
      type: "source-url",
      sourceId: "2",
      url: "https://example.com/b",
      title: "B",
      providerMetadata: { anthropic: { citedText: "words", encryptedIndex: "x" } },
    },
    { type: "text", text: "The rest." },
    {
      type: "source-document",
      sourceId: "3",
      mediaType: "application/pdf",
      title: "C",
      providerMetadata: { anthropic: { citedText: "page words", startPageNumber: 2, endPageNumber: 3 } },
    },
    {
      type: "source-document",
      sourceId: "4",
      mediaType: "text/plain",
      title: "D",
      filename: "d.txt",
      providerMetadata: { anthropic: { citedText: "x", startCharIndex: 1, endCharIndex: 2 } },
    },
    { type: "data-weather", data: 1 },
    null,
  ])
  expect(foreign.citations).toMatchObject([
    { text: 0, answer: { from: 4, to: 25 }, source: { kind: "url", url } },
    { text: 0, answer: null, source: { kind: "url", url: "https://example.com/b", title: "B" }, quote: "words" },
    { text: 1, answer: null, source: { kind: "document", id: "3", title: "C", page: 2 }, quote: "page words" },
    { text: 1, source: { kind: "document", id: "4", title: "D", characters: { from: 1, to: 2 } } },
  ])
  // In one part the texts are joined; in parts of their own each is by itself.
  const joined = newCitations(foreign, { messageId: "m", partId: "0" })
  expect(joined.map(({ answer }) => answer)).toEqual([
    { from: 4, to: 25 },
    { from: 0, to: 25 },
    { from: 25, to: 34 },
    { from: 25, to: 34 },
  ])
  const apart = newCitations(foreign, { messageId: "m", partId: (text) => `p${text}` })
  expect(apart.map(({ partId, answer }) => [partId, answer])).toEqual([
    ["p0", { from: 4, to: 25 }],
    ["p0", null],
    ["p1", null],
    ["p1", null],
  ])
  expect(new Set([...joined].map(({ id }) => id)).size).toBe(4)
})

test("[CV123, CV124, CV125] whatever is given instead of an answer, what is no citation is passed over", () => {
  const wrong: readonly unknown[] = [
    null,
    undefined,
    1,
    "x",
    {},
    [],
    [[]],
    [{ type: "text" }],
    [{ type: "text", text: "", citations: [{}], annotations: [{ type: "__proto__" }], providerMetadata: [] }],
  ]
  for (const value of wrong) {
    for (const read of [fromAnthropic, fromOpenAi, fromAiSdk]) {
      const { texts, citations } = read(value)
      for (const citation of citations) expect(citation.text).toBeLessThan(texts.length)
    }
  }
})

/** The blocks of a recorded stream of Anthropic's, put together as a client does. */
function blocksOf(events: readonly Record<string, unknown>[]): unknown[] {
  const blocks: { type: string; text: string; citations: unknown[] }[] = []
  for (const { type, index, content_block: begun, delta } of events as readonly {
    type: string
    index: number
    content_block?: { type: string }
    delta?: { type: string; text: string; citation: unknown }
  }[]) {
    if (type === "content_block_start") blocks[index] = { type: begun?.type ?? "", text: "", citations: [] }
    if (delta?.type === "text_delta" && blocks[index] !== undefined) blocks[index].text += delta.text
    if (delta?.type === "citations_delta") blocks[index]?.citations.push(delta.citation)
  }
  return blocks
}

function eventsOf(name: string): readonly Record<string, unknown>[] {
  const lines = new TextDecoder()
    .decode(readShared(`streams/${name}.jsonl.gz`))
    .trim()
    .split("\n")
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
}

const shared = hasSharedData ? "" : " (skipped: the shared data is not here)"

describe.skipIf(!hasSharedData)("shared data", () => {
  test(`[CV123] every citation of a recorded answer of Anthropic's is on the words of its block${shared}`, () => {
    const blocks = blocksOf(eventsOf("anthropic-web-search-tool.1"))
    const foreign = fromAnthropic(blocks)
    const { citations, words } = cited(foreign)
    expect(citations).toHaveLength(
      eventsOf("anthropic-web-search-tool.1").filter(({ delta }) => (delta as { type?: string } | undefined)?.type === "citations_delta")
        .length,
    )
    expect(citations.length).toBeGreaterThan(10)
    expect(words).toEqual(foreign.citations.map(({ text }) => foreign.texts[text]))
  })

  test.for(["openai-web-search-tool.1", "openai-file-search-tool.1", "xai-web-search-tool.1"])(
    `[CV124] recorded citations of %s are on the words they were put at${shared}`,
    (name) => {
      const parts = eventsOf(name)
        .filter(({ type }) => type === "response.content_part.done")
        .map(({ part }) => part)
      const { citations, words } = cited(fromOpenAi(parts))
      expect(citations.length).toBeGreaterThan(0)
      for (const [at, { source }] of citations.entries()) {
        // Links are told with their places, files with a point, and xAI's with none.
        if (name.startsWith("xai")) expect(words[at]).toBe("(all)")
        else if (source.kind === "url" && source.url !== "") expect(words[at]).toContain(source.url)
        else expect(words[at]).toMatch(/embedding$|tasks$/u)
      }
    },
  )
})
