import { inspect } from "node:util"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { AnswerError } from "@polylogue/responder"
import { connectModels } from "@polylogue/responder/models"
import { ManualClock } from "../../replica/test/support/manual-clock.ts"
import { ask, hear, joined, KEY, modelAt } from "./asking.ts"
import { type ProviderFailure, REFUSALS, REPORTS } from "./provider-failures.ts"
import { type ProviderApi, ProviderServer } from "./provider-server.ts"
import { spokenStream } from "./provider-streams.ts"

const APIS: readonly ProviderApi[] = ["chat", "responses", "anthropic"]
const SAID = [{ text: "The sky is blue because of how light is scattered in the air." }] as const
const TOOLS = [{ name: "look_up", description: "Looks up", inputSchema: { type: "object", properties: {} } }]

let server: ProviderServer
beforeAll(async () => {
  server = await ProviderServer.start()
})
afterAll(async () => server.close())

async function failsAs({ api, answer, code, told, retryAfterMs }: ProviderFailure): Promise<void> {
  server.requests.length = 0
  server.next(answer)
  const { error } = await hear(modelAt(server, api), { clock: new ManualClock() })
  expect(error).toBeInstanceOf(AnswerError)
  expect(error).toMatchObject({ code, retryAfterMs, message: expect.stringContaining(told) })
  // A sentence for people, made here: none of the provider's.
  expect((error as AnswerError).message).toMatch(/^[A-Z0-9].*\.$/u)
  expect(server.requests).toHaveLength(1)
}

test.each(REFUSALS)("[RS20] what a provider reports has a code, and says what to do: $name", failsAs)
test.each(REPORTS)("[RS20] what a provider reports in a stream has a code, and says what to do: $name", failsAs)

test("[RS20] an address where nothing answers is told, without the key", async () => {
  const gone = await ProviderServer.start()
  const { url } = gone
  const model = modelAt(gone, "chat")
  await gone.close()
  const { error } = await hear(model)
  expect(error).toMatchObject({
    code: "unreachable",
    message: `Model M cannot be reached: nothing answers at ${url} (ECONNREFUSED). Check that it runs, and its address.`,
  })
})

describe.each(APIS)("%s", (api) => {
  test("[RS20] an answer that its provider does not want to give is refused, with what was said", async () => {
    server.next({ events: spokenStream(api, [{ text: "I cannot" }], { reason: "content-filter" }) })
    const { error, events } = await hear(modelAt(server, api))
    expect(error).toMatchObject({ code: "refused" })
    expect(joined(events, "text")).toBe("I cannot")
  })

  test.each(["cutAfter", "garbageAfter", "endAfter"] as const)(
    "[RS20] a stream that ends in the middle is broken, and what came stays: %s",
    async (fault) => {
      const events = spokenStream(api, SAID)
      for (const after of [1, 6, events.length - 3]) {
        server.next({ events, [fault]: after })
        const heard = await hear(modelAt(server, api))
        expect(heard.error, `${after}`).toMatchObject({ code: "broken-stream" })
        expect(SAID[0].text.startsWith(joined(heard.events, "text"))).toBe(true)
        if (after > 5) expect(joined(heard.events, "text")).not.toBe("")
      }
    },
  )

  test("[RS18] a request that is stopped closes the provider's connection at once, in the middle of words and before the first", async () => {
    for (const answer of [{ events: spokenStream(api, SAID), silentAfter: 6 }, { silentAfter: 0 }]) {
      const { closedEarly } = server
      server.requests.length = 0
      server.next(answer)
      const abort = new AbortController()
      const hearing = hear(modelAt(server, api), { signal: abort.signal })
      await server.until(({ requests, open }) => requests.length === 1 && open === 1)
      abort.abort(new Error("stopped by somebody"))
      expect((await hearing).error).toBe(abort.signal.reason)
      await server.until((provider) => provider.closedEarly === closedEarly + 1 && provider.open === 0)
    }
  })

  test("[RS18] a reader that leaves closes the provider's connection", async () => {
    const { closedEarly } = server
    server.next({ events: spokenStream(api, SAID), silentAfter: 8 })
    for await (const event of ask(modelAt(server, api))) if (event.type === "text") break
    await server.until((provider) => provider.closedEarly === closedEarly + 1 && provider.open === 0)
  })

  test("[RS18] an answer that is complete leaves no connection behind, whether its provider ends the response or not", async () => {
    const { closedEarly } = server
    const events = spokenStream(api, SAID)
    server.next({ events })
    expect((await hear(modelAt(server, api))).error).toBeUndefined()
    await server.until(({ open }) => open === 0)
    expect(server.closedEarly).toBe(closedEarly)
    if (api !== "anthropic") return
    const clock = new ManualClock()
    server.requests.length = 0
    server.next({ events, silentAfter: events.length })
    const hearing = hear(modelAt(server, api), { clock, silenceTimeoutMs: Infinity, firstByteTimeoutMs: Infinity })
    await expect.poll(() => clock.pending).toBe(1)
    await clock.pass(1_000)
    expect(await hearing).toMatchObject({ error: undefined, events: expect.arrayContaining([expect.objectContaining({ type: "finish" })]) })
    await server.until(({ open }) => open === 0)
  })

  test("[RS19] a provider that says nothing is given up after its time: before the first byte, and between two", async () => {
    const limits = { firstByteTimeoutMs: 5_000, silenceTimeoutMs: 2_000 }
    for (const [silentAfter, waits] of [
      [0, 5_000],
      [6, 2_000],
    ] as const) {
      const clock = new ManualClock()
      server.requests.length = 0
      server.next({ events: spokenStream(api, SAID), silentAfter })
      const texts: string[] = []
      const asking = (async (): Promise<unknown> => {
        try {
          for await (const event of ask(modelAt(server, api), { ...limits, clock })) if (event.type === "text") texts.push(event.text)
        } catch (error) {
          return error
        }
        return undefined
      })()
      await server.until(({ requests }) => requests.length === 1)
      if (silentAfter > 0) await expect.poll(() => texts.length).toBeGreaterThan(2)
      let isOver = false
      void asking.then(() => (isOver = true))
      await clock.pass(waits - 1)
      expect(isOver).toBe(false)
      await clock.pass(1)
      expect(await asking).toMatchObject({ code: "timed-out", message: expect.stringContaining(`said nothing for ${waits / 1000} s`) })
      expect(clock.pending).toBe(0)
      await server.until(({ open }) => open === 0)
    }
  })

  test("[RS24] an answer is bounded in bytes, at the limit and one past it", async () => {
    const events = spokenStream(api, SAID)
    let bytes = 0
    const counting: typeof globalThis.fetch = async (input, init) => {
      const response = await fetch(input, init)
      const count = new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          bytes += chunk.byteLength
          controller.enqueue(chunk)
        },
      })
      return new Response(response.body?.pipeThrough(count) ?? null, response)
    }
    server.next({ events }, { events }, { events })
    const [model] = connectModels([modelAt(server, api)], { fetch: counting, readKey: () => KEY })
    expect((await hear(model!)).error).toBeUndefined()
    expect((await hear(modelAt(server, api), { maxAnswerBytes: bytes })).error).toBeUndefined()
    expect((await hear(modelAt(server, api), { maxAnswerBytes: bytes - 1 })).error).toMatchObject({ code: "broken-stream" })
  })
})

test("[RS24] no redirect is followed: the key goes to its own address alone", async () => {
  const other = await ProviderServer.start()
  server.next({ status: 307, headers: { location: `${other.url}/chat/completions` }, body: "" })
  expect((await hear(modelAt(server, "chat"))).error).toMatchObject({ code: "bad-request" })
  expect(other.requests).toHaveLength(0)
  await other.close()
})

test.each([
  ["Ollama", 400, { error: { message: "registry.ollama.ai/library/gemma:2b does not support tools", type: "api_error" } }],
  [
    "vLLM",
    400,
    { object: "error", message: '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set', code: 400 },
  ],
  ["OpenRouter", 404, { error: { code: 404, message: "No endpoints found that support tool use." } }],
])("[RS20] a model that takes no tools is asked without them, from then on, and that is said: %s", async (_name, status, body) => {
  server.requests.length = 0
  const model = modelAt(server, "chat")
  server.next({ status, body: JSON.stringify(body) }, { events: spokenStream("chat", SAID) }, { events: spokenStream("chat", SAID) })
  for (const requests of [2, 3]) {
    const { events, error } = await hear(model, { tools: TOOLS })
    expect(error).toBeUndefined()
    expect(joined(events, "text")).toBe(SAID[0].text)
    expect(events.at(-1)).toMatchObject({ type: "finish", withoutTools: true })
    expect(server.requests).toHaveLength(requests)
    expect(server.last?.body).not.toHaveProperty("tools")
  }
})

describe("keys and questions", () => {
  const QUESTION = "Who was it that I met in the garden?"
  const messages = [{ role: "user", text: QUESTION }] as const

  test("[RS21] neither stands in anything that comes out, whatever a provider repeats of them", async () => {
    const repeat = JSON.stringify({
      error: { message: `Incorrect key ${KEY} for "${QUESTION}"`, type: "invalid_request_error", code: KEY, param: QUESTION },
    })
    const failures = [...REFUSALS, ...REPORTS].map(({ api, answer }) => ({ api, answer }))
    for (const api of APIS) {
      for (const status of [400, 401, 404, 429, 500]) failures.push({ api, answer: { status, body: repeat, headers: { "x-key": KEY } } })
      failures.push({ api, answer: { events: [{ type: "error", error: { type: KEY, message: repeat, code: KEY } }] } })
      for (const fault of ["cutAfter", "garbageAfter", "endAfter"])
        failures.push({ api, answer: { events: spokenStream(api, SAID), [fault]: 5 } })
    }
    for (const { api, answer } of failures) {
      server.next(answer)
      const heard = await hear(modelAt(server, api), { messages })
      expect(heard.error).toBeInstanceOf(AnswerError)
      expect(JSON.stringify(server.last)).toContain(KEY)
      expect(JSON.stringify(server.last?.body)).toContain(QUESTION)
      const out = inspect(heard, { depth: Infinity, showHidden: true }) + String((heard.error as Error).stack)
      expect(out).not.toContain(KEY)
      expect(out).not.toContain(QUESTION)
    }
  })

  test("[RS21] a key that cannot be read, or is none, is told without what stands there, and nothing is asked", async () => {
    const [api] = APIS
    server.requests.length = 0
    const readings = [
      () => `${KEY}\nsecond line`,
      () => "",
      () => `${KEY} ü`,
      () => {
        throw new Error(`ENOENT ${KEY}`)
      },
      async () => Promise.reject(new Error(KEY)),
    ]
    for (const readKey of readings) {
      for (const key of [{ file: "/etc/keys/one" }, { env: "ONE_KEY" }]) {
        const [model] = connectModels([modelAt(server, api!, { key })], { fetch: globalThis.fetch, readKey })
        const { error } = await hear(model!)
        expect(error).toMatchObject({ code: "unauthorised" })
        expect(inspect(error, { depth: Infinity, showHidden: true })).not.toContain(KEY)
      }
    }
    expect(server.requests).toHaveLength(0)
    server.next({ events: spokenStream("chat", SAID) })
    const [model] = connectModels([modelAt(server, "chat")], {
      fetch: globalThis.fetch,
      readKey: async () => Promise.resolve(`  ${KEY}\n`),
    })
    expect((await hear(model!)).error).toBeUndefined()
    expect(server.last?.headers.authorization).toBe(`Bearer ${KEY}`)
  })
})
