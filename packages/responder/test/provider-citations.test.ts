import { afterAll, beforeAll, expect, test } from "vitest"
import { citationsAt, type StepEnd } from "@polylogue/responder/models"
import { hear, joined, modelAt } from "./asking.ts"
import { type ProviderApi, ProviderServer } from "./provider-server.ts"
import { spokenStream } from "./provider-streams.ts"

let server: ProviderServer
beforeAll(async () => {
  server = await ProviderServer.start()
})
afterAll(async () => server.close())

type Loose = Record<string, unknown>

const PAGE = "https://example.org/sky"
const NOTED: Readonly<Record<ProviderApi, (index: number) => unknown>> = {
  anthropic: (index) => ({
    type: "content_block_delta",
    index,
    delta: {
      type: "citations_delta",
      citation: { type: "web_search_result_location", cited_text: "blue", url: PAGE, title: "Sky", encrypted_index: "x" },
    },
  }),
  // As xAI has it: an address, and no place.
  responses: (output_index) => ({
    type: "response.output_text.annotation.added",
    output_index,
    content_index: 0,
    item_id: `item_${output_index}`,
    annotation_index: 0,
    annotation: { type: "url_citation", url: PAGE },
  }),
  chat: () => ({
    id: "c",
    object: "chat.completion.chunk",
    created: 1,
    model: "m",
    choices: [
      { index: 0, delta: { annotations: [{ type: "url_citation", url_citation: { url: PAGE, title: "Sky" } }] }, finish_reason: null },
    ],
  }),
}

/** A stream in which the text at `step` is noted to be from the page. */
function noted(api: ProviderApi, steps: Parameters<typeof spokenStream>[1], step: number): unknown[] {
  const events = [...spokenStream(api, steps)] as Loose[]
  const isLast = (event: Loose): boolean => {
    if (api === "anthropic") return event["type"] === "content_block_delta" && event["index"] === step
    if (api === "responses") return event["type"] === "response.output_text.delta" && event["output_index"] === step
    return (event["choices"] as { delta: { content?: string } }[] | undefined)?.[0]?.delta.content !== undefined
  }
  events.splice(events.findLastIndex(isLast) + 1, 0, NOTED[api](step) as Loose)
  return events
}

test.each(["chat", "responses", "anthropic"] as const)(
  "[RS25] %s: what a provider cites is cited in the part where its words were written, and its page is a source",
  async (api) => {
    const first = [{ text: "I look. " }, { tool: "look_up", id: "c1", input: {} }] as const
    const second = [{ text: "Well: " }, { text: "the sky 😀 is blue." }] as const
    server.next({ events: spokenStream(api, first) }, { events: noted(api, second, 1) })
    const ends: StepEnd[] = []
    for (const said of [first, second]) {
      const { events, error } = await hear(modelAt(server, api))
      expect(error).toBeUndefined()
      expect(joined(events, "text").replaceAll("\n\n", "")).toContain(said[0].text)
      expect(events.filter(({ type }) => type === "part").length).toBe(said === second ? 1 : 0)
      if (said === second) expect(events.at(-2)).toMatchObject({ type: "part", part: { type: "source", url: PAGE } })
      ends.push(events.at(-1) as StepEnd)
    }
    const parts = [
      { pid: "0.1", type: "text", text: "I look. " },
      { pid: "7.1", type: "reasoning", text: "I look. " },
      { pid: "7.2", type: "text", text: "I look. " },
      { pid: "7.3", type: "text", text: ends[1]?.cited.texts[0] ?? "" },
    ]
    const [citation, ...others] = citationsAt(
      ends.map(({ cited }) => cited),
      parts.slice(1),
    )
    expect(others).toEqual([])
    expect(citation).toMatchObject({ partId: "7.3", source: { url: PAGE } })
    const { answer } = citation!
    const words = parts[3]!.text.slice(answer?.from, answer?.to)
    // Chat Completions has one text, and none of the notes of this test a place in it.
    expect(words).toBe(api === "chat" ? "Well: the sky 😀 is blue." : "the sky 😀 is blue.")
    // Words that were not written, as of an answer that was stopped, are cited nowhere.
    expect(
      citationsAt(
        ends.map(({ cited }) => cited),
        parts.slice(0, 3),
      ),
    ).toEqual([])
  },
)

test("[RS25] a note that nobody can read costs no word of the answer", async () => {
  const steps = [{ text: "The sky is blue." }] as const
  for (const [api, broken] of [
    ["responses", { type: "response.output_text.annotation.added", annotation: { type: "url_citation", start_index: "x", url: 7 } }],
    [
      "anthropic",
      { type: "content_block_delta", index: 0, delta: { type: "citations_delta", citation: { type: "star_location", star: 3 } } },
    ],
  ] as const) {
    const events = [...spokenStream(api, steps)]
    events.splice(-4, 0, broken)
    server.next({ events })
    const heard = await hear(modelAt(server, api))
    expect(heard.error).toBeUndefined()
    expect(joined(heard.events, "text")).toBe("The sky is blue.")
    expect(heard.events.at(-1)).toMatchObject({ finishReason: "stop", usage: { outputTokens: 34 } })
  }
  const calling = [...spokenStream("responses", [...steps, { tool: "look_up", id: "c1", input: {} }])]
  calling.splice(6, 0, NOTED.responses(0))
  server.next({ events: calling })
  expect((await hear(modelAt(server, "responses"))).events.at(-1)).toMatchObject({ finishReason: "tool-calls" })
  const cut = [...spokenStream("responses", steps, { reason: "length" })]
  cut.splice(6, 0, NOTED.responses(0))
  server.next({ events: cut })
  expect((await hear(modelAt(server, "responses"))).events.at(-1)).toMatchObject({ finishReason: "length" })
  const torn = [...spokenStream("responses", steps)]
  torn.splice(6, 0, NOTED.responses(0))
  server.next({ events: torn, endAfter: torn.length - 1 })
  expect((await hear(modelAt(server, "responses"))).error).toMatchObject({ code: "broken-stream" })
})

test("[RS25] of two parts with the same words the one of the step that cited is cited", () => {
  const origin = { format: "openai", raw: "{}" }
  const citing = { texts: ["Yes."], citations: [{ text: 0, answer: null, source: { kind: "url", url: PAGE }, origin }] } as const
  const silent = { texts: ["Yes."], citations: [] }
  const parts = ["7.0", "7.2"].map((pid) => ({ pid, type: "text", text: "Yes." }))
  expect(citationsAt([silent, citing], parts).map(({ partId }) => partId)).toEqual(["7.2"])
  expect(citationsAt([citing, silent], parts).map(({ partId }) => partId)).toEqual(["7.0"])
})
