import { afterAll, afterEach, beforeAll, expect, test } from "vitest"
import { checkModels, namedModels, readModelSettings } from "@polylogue/responder/models"
import { systemClock } from "@polylogue/replica/node"
import { ManualClock } from "../../replica/test/support/manual-clock.ts"
import { KEY, modelAt } from "./asking.ts"
import { ProviderServer } from "./provider-server.ts"

const environment = { fetch: globalThis.fetch, readKey: () => KEY }
const options = { clock: systemClock }

let server: ProviderServer
beforeAll(async () => {
  server = await ProviderServer.start()
})
afterAll(async () => server.close())
afterEach(() => {
  server.models = []
  server.refusal = undefined
  server.requests.length = 0
})

/** What is there when nothing but the address is given. */
async function found(given: readonly unknown[] = [{ url: server.url, key: { env: "KEY" } }]) {
  const { settings, problems } = readModelSettings(given)
  expect(problems).toEqual([])
  return namedModels(settings, environment, options)
}

test("[RS23] where no model is named, all that answer at the address are, and the key is shown there", async () => {
  server.models = ["qwen3:8b", "llama3", "nomic-embed-text", "llama3"]
  const { settings, problems } = await found([
    { url: server.url, key: { env: "KEY" }, temperature: 0.1 },
    { url: server.url, model: "llama3" },
  ])
  expect(problems).toEqual([])
  const host = new URL(server.url).host
  expect(settings.map(({ id, model, temperature }) => ({ id, model, temperature }))).toEqual([
    { id: "qwen3:8b", model: "qwen3:8b", temperature: 0.1 },
    { id: `${host}/llama3`, model: "llama3", temperature: 0.1 },
    { id: "llama3", model: "llama3", temperature: undefined },
  ])
  expect(server.requests).toHaveLength(1)
  expect(server.last).toMatchObject({ path: "/v1/models", headers: { authorization: `Bearer ${KEY}` } })
  await found([{ url: server.url, api: "anthropic", key: { env: "KEY" } }])
  expect(server.last).toMatchObject({ headers: { "x-api-key": KEY, "anthropic-version": expect.any(String) } })
})

test("[RS23] what keeps models from being found is told, for each address, and the others are found all the same", async () => {
  server.models = ["here"]
  const gone = await ProviderServer.start()
  const { url } = gone
  await gone.close()
  const { settings, problems } = await found([{ url }, { url: server.url }])
  expect(settings.map(({ id }) => id)).toEqual(["here"])
  expect(problems).toEqual([
    `${new URL(url).host} cannot be reached: nothing answers at ${url} (ECONNREFUSED). Check that it runs, and its address.`,
  ])
  server.models = null
  expect((await found()).problems).toEqual([`${new URL(server.url).host} lists no models. Name the one that is wanted.`])
})

test("[RS23] 100 models are offered, of more the first, and that is said", async () => {
  server.models = Array.from({ length: 100 }, (_, index) => `m${index}`)
  expect(await found()).toMatchObject({ settings: { length: 100 }, problems: [] })
  server.models = [...server.models, "m100"]
  expect(await found()).toMatchObject({
    settings: { length: 100 },
    problems: ["Of 101 models 100 are offered. Name those that are wanted."],
  })
})

test("[RS23] a list is bounded in bytes, at the limit and one past it", async () => {
  const most = 4 * 1024 * 1024
  const around = '{"data":[{"id":"m"}]}'
  server.refusal = { status: 200, body: around + " ".repeat(most - around.length) }
  expect(await found()).toMatchObject({ settings: [{ id: "m" }], problems: [] })
  server.refusal = { status: 200, body: around + " ".repeat(most - around.length + 1) }
  expect(await found()).toMatchObject({ settings: [], problems: [expect.stringContaining("broke off")] })
})

test("[RS23] an address that says nothing is given up after its time", async () => {
  const clock = new ManualClock()
  server.refusal = { silentAfter: 0 }
  const { settings } = readModelSettings([{ url: server.url }])
  const finding = namedModels(settings, environment, { clock, timeoutMs: 5_000 })
  await server.until(({ requests }) => requests.length > 0)
  await clock.pass(5_000)
  expect((await finding).problems).toEqual([`${new URL(server.url).host} did not answer within 5 s. Check that it runs.`])
  expect(clock.pending).toBe(0)
})

test("[RS23] a model is checked without asking it: address, key and name", async () => {
  const model = modelAt(server, "chat")
  const checkModel = async (one: typeof model, how: Parameters<typeof checkModels>[1]) => (await checkModels([one], how))[0]
  server.models = ["spoken-1", "other"]
  expect(await checkModel(model, options)).toBeUndefined()
  server.models = ["other"]
  expect(await checkModel(model, options)).toMatchObject({
    code: "bad-request",
    message: expect.stringContaining("lists no model spoken-1"),
  })
  for (const models of [null, []]) {
    server.models = models
    expect(await checkModel(model, options)).toBeUndefined()
  }
  server.refusal = { status: 401, body: '{"error":{"message":"Wrong key"}}' }
  expect(await checkModel(model, options)).toMatchObject({ code: "unauthorised" })
  server.refusal = { status: 200, headers: { "content-type": "text/html" }, body: "<p>Welcome</p>" }
  expect(await checkModel(model, options)).toMatchObject({ code: "bad-request", message: expect.stringContaining("is no model") })
  const abort = new AbortController()
  abort.abort(new Error("enough"))
  await expect(checkModel(model, { ...options, signal: abort.signal })).rejects.toThrow("enough")
})

test("[RS23] models at one address are checked by one look, and those at another by another", async () => {
  server.models = ["a", "b:latest"]
  const other = await ProviderServer.start()
  const checked = await checkModels(
    [
      ...["a", "b", "c"].map((model) => modelAt(server, "chat", { model })),
      modelAt(other, "chat"),
      modelAt(server, "anthropic", { model: "a" }),
    ],
    options,
  )
  expect(checked.map((problem) => problem?.code)).toEqual([undefined, undefined, "bad-request", undefined, undefined])
  expect(server.requests).toHaveLength(2)
  expect(other.requests).toHaveLength(1)
  await other.close()
})
