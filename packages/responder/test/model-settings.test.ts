import { expect, test } from "vitest"
import { readModelSettings } from "@polylogue/responder/models"

const URL = "http://127.0.0.1:11434/v1"
const read = (...models: unknown[]) => readModelSettings(models)
/** A key that somebody wrote where it does not belong. */
const KEY = "sk-ant-1234567890"

test("[RS22] settings are read as they are given; what is left out follows from the address and the model", () => {
  const whole = {
    id: "house",
    label: "Our model",
    api: "chat",
    url: URL,
    model: "qwen3:8b",
    key: { file: "/etc/key" },
    contextTokens: 32_768,
    maxOutputTokens: 4_096,
    temperature: 0.2,
    headers: { "x-team": "a" },
  }
  expect(read(whole)).toEqual({ settings: [whole], problems: [] })
  expect(read({ url: URL, model: "qwen3" }).settings).toEqual([{ id: "qwen3", label: "qwen3", api: "chat", url: URL, model: "qwen3" }])
  expect(read({ url: URL, key: { env: "MY_KEY" } }).settings).toEqual([{ api: "chat", url: URL, key: { env: "MY_KEY" } }])
  expect(read({ url: URL, model: "m", api: "responses" }).settings[0]).toMatchObject({ api: "responses" })
})

test.each([
  ["http://127.0.0.1:11434", "http://127.0.0.1:11434/v1", "chat"],
  ["http://127.0.0.1:11434/", "http://127.0.0.1:11434/v1", "chat"],
  ["https://gpu.example.org/llm/v1/", "https://gpu.example.org/llm/v1", "chat"],
  ["https://gpu.example.org/v1/chat/completions", "https://gpu.example.org/v1", "chat"],
  ["https://api.openai.com", "https://api.openai.com/v1", "responses"],
  ["https://api.openai.com/v1/chat/completions", "https://api.openai.com/v1", "chat"],
  ["https://api.x.ai/v1/responses", "https://api.x.ai/v1", "responses"],
  ["https://api.anthropic.com", "https://api.anthropic.com/v1", "anthropic"],
  ["https://proxy.example.org/anthropic/v1/messages", "https://proxy.example.org/anthropic/v1", "anthropic"],
])("[RS22] the address %s is the API at %s, spoken to as %s", (given, url, api) => {
  expect(read({ url: given, model: "m" })).toMatchObject({ settings: [{ url, api }], problems: [] })
})

test.each([
  ["nothing", "is no object"],
  [{ model: "m" }, "models[1].url: is missing"],
  [{ url: "localhost:11434" }, "models[1].url: begins with neither http:// nor https://"],
  [{ url: "somewhere" }, "models[1].url: is no address"],
  [{ url: `https://me:${KEY}@example.org/v1` }, "models[1].url: holds a name or a password"],
  [{ url: `${URL}?key=${KEY}` }, "models[1].url: holds a ? or a #"],
  [{ url: URL, model: "" }, "models[1].model: is no text of 1 to 200"],
  [{ url: URL, model: "m".repeat(201) }, "models[1].model: is no text of 1 to 200"],
  [{ url: URL, label: "Mine" }, 'models[1].label: names no model; give its "model" as well'],
  [{ url: URL, model: "m", api: "ollama" }, "models[1].api: is none of"],
  [{ url: URL, model: "m", key: KEY }, "models[1].key: says where the key is, not what it is"],
  [{ url: URL, model: "m", key: { file: "a", env: "B" } }, "models[1].key"],
  [{ url: URL, model: "m", key: { env: "A-B" } }, "models[1].key"],
  [{ url: URL, model: "m", apiKey: KEY }, 'models[1]: has a field "apiKey" that nothing reads; keys are not written here'],
  [{ url: URL, model: "m", contextSize: 3 }, "known are id, label, api, url"],
  [{ url: URL, model: "m", contextTokens: 0 }, "models[1].contextTokens: is no whole number"],
  [{ url: URL, model: "m", maxOutputTokens: 1.5 }, "models[1].maxOutputTokens"],
  [{ url: URL, model: "m", temperature: 2.1 }, "models[1].temperature: is no number from 0 to 2"],
  [{ url: URL, model: "m", headers: { "x y": "a" } }, "models[1].headers"],
  [{ url: URL, model: "m", headers: { x: `${KEY}\n` } }, "models[1].headers"],
  [{ url: URL, model: "first" }, 'models[1]: is called as models[0] is; give one of them another "id"'],
])("[RS22] wrong settings say where and what to do, and never what was written: %j", (wrong, told) => {
  const { settings, problems } = read({ url: URL, model: "first" }, wrong)
  expect(settings.map((model) => ("id" in model ? model.id : ""))).toEqual(["first"])
  expect(problems).toHaveLength(1)
  expect(problems[0]).toContain(told)
  expect(problems[0]).not.toContain(KEY)
})

test("[RS22] a list of 100 models is read, one of 101 says so, and what is no list as well", () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => ({ url: URL, model: `m${index}` }))
  expect(readModelSettings(many(100))).toMatchObject({ settings: { length: 100 }, problems: [] })
  expect(readModelSettings(many(101))).toMatchObject({
    settings: { length: 100 },
    problems: ["models: holds 101 models; leave at most 100."],
  })
  expect(readModelSettings({ url: URL })).toMatchObject({ settings: [], problems: [expect.stringContaining("models: is no list")] })
})
