import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { commandIn } from "../src/commands.ts"
import { parseCall } from "../src/flags.ts"
import { checkKeys, modelList } from "../src/model-list.ts"
import { folder } from "./program.ts"

const OLLAMA = "http://127.0.0.1:11434/v1"

async function list(words: readonly string[], environment: Record<string, string> = {}): ReturnType<typeof modelList> {
  const { command, rest } = commandIn(words)!
  return await modelList(parseCall(rest, command.flags, environment, command.own), environment)
}

function file(text: string): string {
  const path = join(folder(), "models.json")
  writeFileSync(path, text)
  return path
}

test("[PL99] flags name models at one address, and none is none", async () => {
  expect(await list(["serve"])).toEqual([])
  expect(await list(["serve", "--model-url", OLLAMA])).toEqual([{ url: OLLAMA, api: "chat" }])
  expect(await list(["respond", "--model-url", OLLAMA, "--model", "qwen3", "--model", "llama3.2", "--model-api", "chat"])).toEqual([
    { url: OLLAMA, api: "chat", id: "qwen3", label: "qwen3", model: "qwen3" },
    { url: OLLAMA, api: "chat", id: "llama3.2", label: "llama3.2", model: "llama3.2" },
  ])
  expect(await list(["serve"], { POLYLOGUE_MODEL_URL: OLLAMA, POLYLOGUE_MODEL: "a,b" })).toHaveLength(2)
  expect(await list(["serve", "--model-api", "anthropic", "--model", "claude"])).toMatchObject([
    { url: "https://api.anthropic.com/v1", api: "anthropic", model: "claude" },
  ])
})

test("[PL99] a list of models stands in a file, or in the configuration itself", async () => {
  const models = [
    { url: OLLAMA, model: "qwen3" },
    { url: "https://api.anthropic.com/v1", model: "claude", key: { file: "/run/key" } },
  ]
  expect(await list(["serve", "--models", file(JSON.stringify(models))])).toMatchObject(models)
  expect(await list(["serve", "--config", file(JSON.stringify({ models }))])).toMatchObject(models)
})

test.each([
  [["--model", "qwen3"], "--model-url"],
  [["--model-url", "ftp://x"], "--model-url is an address"],
  [["--model-url", "http://user:key@127.0.0.1/v1"], "without a key in it"],
  [["--model-api", "soap"], "--model-api is one of chat, responses, anthropic"],
  [["--models", "/nowhere.json"], "there is no such file"],
  [["--models", "/nowhere.json", "--model", "x"], "leave out --models, or --model."],
  [["--model-url", OLLAMA, "--model", "a", "--model", "a"], "models[1]"],
  [["--responder", "perhaps"], "--responder is one of on, off"],
])("[PL99] %j is refused with what would fit", async (flags, message) => {
  await expect(list(["serve", ...flags])).rejects.toThrow(
    expect.objectContaining({ code: "usage", message: expect.stringContaining(message) as string }),
  )
})

test("[PL99] a file that holds no list is refused without a word of what it holds", async () => {
  for (const text of ["{", '{"url": "sk-secret"}', '["sk-secret"]', "sk-secret"]) {
    await expect(list(["serve", "--models", file(text)])).rejects.toThrow(
      expect.objectContaining({ code: "usage", message: expect.not.stringContaining("sk-secret") as string }),
    )
  }
})

test("[PL100] settings name the place of a key, never the key; keys that are named for a host go to no other", async () => {
  const environment = { POLYLOGUE_API_KEY: "sk-one", OPENAI_API_KEY: "sk-two", ANTHROPIC_API_KEY: "sk-three" }
  const keyOf = (flags: readonly string[], variables: Record<string, string> = environment): Promise<unknown> =>
    list(["serve", ...flags], variables).then(([model]) => model!.key)
  expect(await keyOf(["--model-url", OLLAMA])).toEqual({ env: "POLYLOGUE_API_KEY" })
  expect(await keyOf(["--model-url", OLLAMA, "--api-key-file", "/run/key"])).toEqual({ file: "/run/key" })
  const { POLYLOGUE_API_KEY: _, ...own } = environment
  expect(await keyOf(["--model-url", OLLAMA], own)).toBeUndefined()
  expect(await keyOf(["--model-url", "https://api.openai.com.evil.example/v1"], own)).toBeUndefined()
  expect(await keyOf(["--model-url", "https://api.openai.com/v1"], own)).toEqual({ env: "OPENAI_API_KEY" })
  expect(await keyOf(["--model-api", "anthropic"], own)).toEqual({ env: "ANTHROPIC_API_KEY" })
  // One key is for the address that was named with it, not for every address of a list.
  const listed = file(JSON.stringify([{ url: OLLAMA }, { url: "https://api.openai.com/v1" }]))
  expect(await list(["serve", "--models", listed], environment)).toEqual([
    { url: OLLAMA, api: "chat" },
    { url: "https://api.openai.com/v1", api: "responses", key: { env: "OPENAI_API_KEY" } },
  ])
  for (const models of [await list(["serve", "--model-url", OLLAMA], environment), await list(["serve", "--models", listed], environment)])
    expect(JSON.stringify(models)).not.toContain("sk-")
})

test("[PL100] a key that cannot be read ends the start, and says where it should be", async () => {
  const models = (place: object): ReturnType<typeof modelList> =>
    list(["serve", "--models", file(JSON.stringify([{ url: OLLAMA, key: place }]))])
  await expect(models({ file: "/nowhere/key" }).then(checkKeys)).rejects.toThrow("/nowhere/key: there is no such file")
  await expect(models({ env: "POLYLOGUE_NO_SUCH_KEY" }).then(checkKeys)).rejects.toThrow("the variable POLYLOGUE_NO_SUCH_KEY")
  await expect(models({ file: file(" \n") }).then(checkKeys)).rejects.toThrow("it is empty")
  await expect(models({ file: file("sk-secret\n") }).then(checkKeys)).resolves.toBeUndefined()
})

test("[PL98] a responder of its own takes a folder on its command line alone: the folder of a configuration is a relay's", async () => {
  const { command, rest } = commandIn(["respond"])!
  const call = (args: readonly string[], environment: Record<string, string>): string | undefined =>
    parseCall([...rest, ...args], command.flags, environment, command.own).flag("data")
  expect(call([], { POLYLOGUE_DATA: "/var/lib/relay" })).toBeUndefined()
  expect(call(["--config", file('{"data": "/var/lib/relay"}')], {})).toBeUndefined()
  expect(call(["--data", "/var/lib/responder"], { POLYLOGUE_DATA: "/var/lib/relay" })).toBe("/var/lib/responder")
})
