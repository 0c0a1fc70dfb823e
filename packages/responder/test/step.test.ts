import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import type { ModelMessage, StepEnd } from "@polylogue/responder/models"
import { ask, hear, joined, modelAt } from "./asking.ts"
import { type ProviderApi, ProviderServer } from "./provider-server.ts"
import { spokenStream } from "./provider-streams.ts"

const APIS: readonly ProviderApi[] = ["chat", "responses", "anthropic"]
const TOOLS = [{ name: "look_up", description: "Looks up", inputSchema: { type: "object", properties: { word: { type: "string" } } } }]

let server: ProviderServer
beforeAll(async () => {
  server = await ProviderServer.start()
})
afterAll(async () => server.close())
beforeEach(() => {
  server.requests.length = 0
})

describe.each(APIS)("%s", (api) => {
  test("[RS16] what a model says, thinks and calls comes as it is streamed, whatever its provider's form", async () => {
    const input = { word: 'sky "blue" 😀', deep: [1, { two: null }] }
    server.next({
      events: spokenStream(api, [
        { reasoning: "Let me see." },
        { text: "The sky is blue. I look it up:" },
        { tool: "look_up", id: "c1", input },
      ]),
    })
    const { events, error } = await hear(modelAt(server, api), { tools: TOOLS })
    expect(error).toBeUndefined()
    expect(joined(events, "reasoning")).toBe("Let me see.")
    expect(joined(events, "text")).toBe("The sky is blue. I look it up:")
    expect(events.filter(({ type }) => type === "text").length).toBeGreaterThan(5)
    const streamed = events.map((event) => (event.type === "tool-input" ? event.text : "")).join("")
    expect(JSON.parse(streamed)).toEqual(input)
    expect(events.map(({ type }) => type).filter((type, index, all) => type !== all[index - 1])).toEqual([
      "reasoning",
      "text",
      "tool-input-start",
      "tool-input",
      "tool-call",
      "finish",
    ])
    expect(events.find(({ type }) => type === "tool-call")).toEqual({
      type: "tool-call",
      toolCallId: "c1",
      name: "look_up",
      input,
      byProvider: false,
    })
    expect(events.at(-1)).toMatchObject({ finishReason: "tool-calls", usage: { inputTokens: 12, outputTokens: 34 } })
  })

  test("[RS16] a step that goes on tells the model what it said, and what its calls gave", async () => {
    const input = { word: "sky" }
    const said = [{ reasoning: "Hm." }, { text: "I look." }, { tool: "look_up", id: "c1", input }, { tool: "look_up", id: "c2", input }]
    server.next({ events: spokenStream(api, said) }, { events: spokenStream(api, [{ text: "It is blue." }]) })
    const first = await hear(modelAt(server, api), { tools: TOOLS })
    const { message } = first.events.at(-1) as StepEnd
    const messages: ModelMessage[] = [
      { role: "system", text: "You are short." },
      { role: "user", text: "Ana: Hello." },
      { role: "user", text: "Ben: What is the sky?" },
      message,
      {
        role: "tool",
        results: [
          { toolCallId: "c1", name: "look_up", output: { found: "blue" } },
          { toolCallId: "c2", name: "look_up", failed: "No such word." },
        ],
      },
    ]
    const second = await hear(modelAt(server, api), { tools: TOOLS, messages, maxOutputTokens: 99, temperature: 0.5 })
    expect(second.error).toBeUndefined()
    expect(joined(second.events, "text")).toBe("It is blue.")
    const body = JSON.stringify(server.last?.body)
    for (const word of ["You are short.", "Ana: Hello.\\n\\nBen: What is the sky?", "I look.", "c1", "c2", "blue", "No such word."]) {
      expect(body).toContain(word)
    }
    expect(body).toContain('"stream":true')
    expect(body).toMatch(/"max(_output|_completion)?_tokens":99/u)
    expect(body).toContain('"temperature":0.5')
    if (api === "anthropic") expect(body).toContain("signed-0")
    if (api === "responses") expect(body).toContain('"store":false')
  })

  test("[RS16] an answer that was cut by its limit says so, and input that is no JSON is told with its call", async () => {
    server.next({ events: spokenStream(api, [{ text: "The sky" }], { reason: "length" }) })
    expect((await hear(modelAt(server, api))).events.at(-1)).toMatchObject({ type: "finish", finishReason: "length" })
    const events = JSON.parse(
      JSON.stringify(spokenStream(api, [{ tool: "look_up", id: "c1", input: "WRONG" }])).replaceAll('\\"WRO', "{WRO"),
    ) as unknown[]
    server.next({ events })
    const { events: heard } = await hear(modelAt(server, api), { tools: TOOLS })
    expect(heard.find(({ type }) => type === "tool-call")).toMatchObject({ toolCallId: "c1", problem: expect.stringContaining("no JSON") })
  })
})

test("[RS16] a model whose provider wants no key is sent none", async () => {
  for (const api of APIS) {
    server.next({ events: spokenStream(api, [{ text: "Yes." }]) })
    const { key: _key, ...model } = modelAt(server, api)
    await hear(model)
    expect(server.last?.headers).not.toHaveProperty("authorization")
    expect(server.last?.headers).not.toHaveProperty("x-api-key")
  }
  server.next({ events: spokenStream("chat", [{ text: "Yes." }]) })
  for await (const event of ask(modelAt(server, "chat", { headers: { "x-team": "sky" } }))) expect(event).toBeDefined()
  expect(server.last?.headers).toMatchObject({ "x-team": "sky", authorization: expect.stringMatching(/^Bearer sk-/u) })
})
