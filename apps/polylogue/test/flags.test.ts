import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { parseCall } from "../src/flags.ts"
import { folder } from "./program.ts"

function config(text: string): string {
  const file = join(folder(), "config.json")
  writeFileSync(file, text)
  return file
}

test("[PL1] command line goes before environment, before configuration, before default", () => {
  const file = config('{"port": 3, "host": "::1"}')
  const call = (args: string[], environment: Record<string, string>): (string | undefined)[] => {
    const parsed = parseCall(args, ["port", "host", "config"], environment)
    return [parsed.flag("port"), parsed.flag("host")]
  }
  expect(call([], {})).toEqual(["4400", "127.0.0.1"])
  expect(call(["--config", file], {})).toEqual(["3", "::1"])
  expect(call([], { POLYLOGUE_CONFIG: file, POLYLOGUE_PORT: "2" })).toEqual(["2", "::1"])
  expect(call(["--port", "1", "--config", file], { POLYLOGUE_PORT: "2" })).toEqual(["1", "::1"])
})

test("[PL1] one configuration serves several commands, each takes what it knows", () => {
  const file = config('{"port": 3, "limits": {"maxRooms": 1}, "origin": ["https://a.example", "https://b.example"], "log": "debug"}')
  const call = parseCall(["--config", file], ["port", "origin", "limits", "config"], {})
  expect([call.flag("port"), call.list("origin"), call.flag("limits")]).toEqual([
    "3",
    ["https://a.example", "https://b.example"],
    '{"maxRooms":1}',
  ])
})

test("[PL1] files stay in order beside flags", () => {
  expect(parseCall(["a", "--format", "x", "b"], ["format"], {}).files).toEqual(["a", "b"])
})

test.each([
  [["--port", "70000"], "--port is a number from 0 to 65535"],
  [["--port", "-1"], "--port"],
  [["--port", ""], "--port is a number"],
  [["--relay", "ftp://x"], "--relay is an address such as ws://"],
  [["--relay", "nonsense"], "--relay is an address"],
  [["--workspace", "a/b"], "--workspace has 1 to 64"],
  [["--workspace", ".."], "--workspace has 1 to 64"],
  [["--auth", "all"], "--auth is one of none, token"],
  [["--data", ""], "--data names a folder"],
  [["--unknown", "1"], "--unknown"],
  [["--config", "/nowhere/at/all.json"], "cannot be read"],
])("[PL1] %j is refused", (args, message) => {
  expect(() => parseCall(args, ["port", "relay", "workspace", "auth", "data", "config"], {})).toThrow(
    expect.objectContaining({ code: "usage", message: expect.stringContaining(message) as string }),
  )
})

test.each([
  ["[]", "must be a JSON object"],
  ["{", "cannot be read"],
  ['{"prot": 1}', '"prot", which is no flag'],
  ['{"config": "x"}', '"config", which is no flag'],
  ['{"port": true}', "must be a text or a number"],
])("[PL1] a configuration of %s is refused", (text, message) => {
  expect(() => parseCall(["--config", config(text)], ["port", "config"], {})).toThrow(
    expect.objectContaining({ code: "usage", message: expect.stringContaining(message) as string }),
  )
})

test("[PL1] switches are on when named, and in environment and configuration when they say true", () => {
  const on = (args: string[], environment: Record<string, string> = {}): boolean =>
    parseCall(args, ["yes", "config"], environment).on("yes")
  expect(on([])).toBe(false)
  expect(on(["--yes"])).toBe(true)
  expect(on([], { POLYLOGUE_YES: "true" })).toBe(true)
  expect(on([], { POLYLOGUE_YES: "false" })).toBe(false)
  expect(on(["--config", config('{"yes": true}')])).toBe(true)
  expect(() => on([], { POLYLOGUE_YES: "perhaps" })).toThrow("--yes is one of true, false")
  expect(() => on(["--config", config('{"yes": 1}')])).toThrow('"yes" must be true or false')
})
