import { expect, test, vi } from "vitest"
import { ManualClock } from "../../replica/test/support/manual-clock.ts"
import {
  type ConversationShelf,
  type FoundPassage,
  type FoundPassages,
  MAX_FOUND_MESSAGES,
  MAX_FOUND_PASSAGES,
  type Question,
  searchConversationsTool,
  searchSourcesTool,
  type Tool,
  Toolbox,
  type ToolResult,
} from "../src/index.ts"

const question = { workspace: "home", conversationId: "c1" } as Question

async function call(tool: Tool, input: unknown, cite: (passage: FoundPassage) => number = () => 1): Promise<ToolResult | string> {
  const tools = new Toolbox([tool], { clock: new ManualClock() })
  expect(tools.asks(tool, input)).toBe(false)
  return tools.problemOf(tool.name, input) ?? tools.run(tool, input, { question, signal: new AbortController().signal, cite })
}

function passage(chunkId: string, text: string, page?: number): FoundPassage {
  return { sourceId: "s", chunkId, text, title: "Rooms.pdf", ...(page === undefined ? {} : { page }) } as FoundPassage
}

test("[RS49] passages of the question's own workspace are found, each with the number by which it is cited", async () => {
  const search = vi.fn<(query: string, limit: number) => Promise<FoundPassages>>(async () => ({
    passages: [passage("a", "Room four.", 3), passage("b", "Room five.")],
    searched: 2,
    unsearched: 1,
  }))
  const shelfOf = vi.fn<(workspace: string) => { search: typeof search }>(() => ({ search }))
  const numbers = new Map([
    ["a", 9],
    ["b", 2],
  ])
  const result = await call(searchSourcesTool(shelfOf), { query: "room" }, ({ chunkId }) => numbers.get(chunkId)!)
  expect(result).toEqual({
    output: {
      passages: [
        { number: 9, source: "Rooms.pdf", page: 3, text: "Room four." },
        { number: 2, source: "Rooms.pdf", text: "Room five." },
      ],
      searchedSources: 2,
      sourcesNotSearched: 1,
    },
  })
  expect([shelfOf.mock.calls, search.mock.calls]).toEqual([[["home"]], [["room", 5]]])
})

test("[RS49] of long passages as many are given whole as there is room for, and the best one in any case", async () => {
  const found = async (...lengths: readonly number[]): Promise<readonly number[]> => {
    const passages = lengths.map((length, index) => passage(String(index), "x".repeat(length)))
    const cited: FoundPassage[] = []
    const tool = searchSourcesTool(() => ({ search: async () => ({ passages, searched: 1, unsearched: 0 }) }))
    await call(tool, { query: "x" }, (one) => cited.push(one))
    return cited.map(({ text }) => text.length)
  }
  expect(await found(4_096, 4_096)).toEqual([4_096, 4_096])
  expect(await found(4_096, 4_097, 1)).toEqual([4_096])
  expect(await found(9_000, 1)).toEqual([9_000])
})

test("[RS49] other conversations of the workspace are searched, and what was said is told with who said it and when", async () => {
  const search = vi.fn<ConversationShelf["search"]>(async () => ({
    messages: [
      { title: "Moving", role: "user", author: "Ana", createdAt: Date.UTC(2026, 10, 22), excerpt: "Room four it is." },
      { title: "t".repeat(201), role: "assistant", author: null, createdAt: null, excerpt: "Five." },
      { title: "", role: "user", author: "Ben", createdAt: 9e99, excerpt: "Six." },
    ].map((message, index) => ({ ...message, conversationId: `c${index}`, messageId: `m${index}`, rank: index + 1 })),
    searched: 3,
    unsearched: 0,
  }))
  expect(
    await call(
      searchConversationsTool(() => ({ search })),
      { query: "room", limit: 3 },
    ),
  ).toEqual({
    output: {
      messages: [
        { conversation: "Moving", writtenBy: "Ana", writtenAt: "2026-11-22T00:00:00.000Z", text: "Room four it is." },
        { conversation: "t".repeat(200), writtenBy: "assistant", text: "Five." },
        { conversation: "", writtenBy: "Ben", text: "Six." },
      ],
      searchedConversations: 3,
    },
  })
  expect(search.mock.calls).toEqual([["room", 3, "c1"]])
})

test("[RS49] a search has words and a bounded number of results", async () => {
  for (const [tool, most] of [
    [searchSourcesTool(() => ({ search: async () => ({ passages: [], searched: 0, unsearched: 0 }) })), MAX_FOUND_PASSAGES],
    [searchConversationsTool(() => ({ search: async () => ({ messages: [], searched: 0, unsearched: 0 }) })), MAX_FOUND_MESSAGES],
  ] as const) {
    expect(await call(tool, { query: "é".repeat(1_000), limit: most })).toHaveProperty("output")
    for (const input of [
      {},
      { query: "" },
      { query: "e".repeat(1_001) },
      { query: "e", limit: most + 1 },
      { query: "e", workspace: "theirs" },
    ])
      expect(await call(tool, input)).toMatch(/^The input does not fit/u)
  }
})
