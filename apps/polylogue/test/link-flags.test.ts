import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { commandIn } from "../src/commands.ts"
import { type Call, parseCall } from "../src/flags.ts"
import { type LinkSettings, linkSettings } from "../src/link-settings.ts"
import { MAX_PEERS } from "../src/peers-file.ts"
import { folder, polylogue } from "./program.ts"

function call(args: readonly string[], environment: Record<string, string> = {}): Call {
  const { command, rest } = commandIn(["relay", ...args])!
  return parseCall(rest, command.flags, environment, command.own)
}

const settings = (args: readonly string[], environment?: Record<string, string>): LinkSettings => linkSettings(call(args, environment))
const peers = (count: number): string[] => Array.from({ length: count }, (_, index) => `ws://10.0.0.1:${index + 1}`)

test("[PL70] without flags a relay dials nobody, holds everything, and leaves to itself whether it decides over registers", () => {
  expect(settings([])).toEqual({
    name: undefined,
    urls: [],
    mirror: [""],
    authority: undefined,
    replicas: 1,
    token: undefined,
    tokenFile: undefined,
  })
})

test("[PL70] peers are dialled at /sync unless another path is given, each once, and come from flags, environment or configuration", () => {
  const file = join(folder(), "config.json")
  writeFileSync(file, '{"peer": ["ws://a.example", "ws://b.example"], "authority": false, "mirror": ["home", "team/conv"], "replicas": 2}')
  expect(settings(["--peer", "ws://a.example/", "--peer", "https://b.example/sync,ws://A.example"]).urls).toEqual([
    "ws://a.example/sync",
    "wss://b.example/sync",
  ])
  expect(settings(["--peer", "ws://a.example/edge/sync"]).urls).toEqual(["ws://a.example/edge/sync"])
  expect(settings([], { POLYLOGUE_PEER: "ws://a.example, ws://b.example:1" }).urls).toEqual([
    "ws://a.example/sync",
    "ws://b.example:1/sync",
  ])
  expect(settings(["--config", file])).toMatchObject({
    urls: ["ws://a.example/sync", "ws://b.example/sync"],
    authority: false,
    mirror: ["home", "team/conv"],
    replicas: 2,
  })
})

test("[PL70] mirror is everything, nothing, or names; authority is said or left open", () => {
  expect(settings(["--mirror", "*"]).mirror).toEqual([""])
  expect(settings(["--mirror", "none"]).mirror).toEqual([])
  expect(settings(["--mirror", "home,team/conv", "--mirror", "home"]).mirror).toEqual(["home", "team/conv"])
  expect(settings(["--authority"]).authority).toBe(true)
  expect(settings([], { POLYLOGUE_AUTHORITY: "false" }).authority).toBe(false)
})

test("[PL70] a name has 1 to 64 characters that can be seen, and a relay dials at most so many", () => {
  expect(settings(["--name", "é".repeat(64)]).name).toBe("é".repeat(64))
  expect(settings(["--name", "Frankfurt 1"]).name).toBe("Frankfurt 1")
  for (const name of ["", " a", "a\n", "a\u200Bb", "é".repeat(65)])
    expect(() => settings(["--name", name])).toThrow("--name of a relay has 1 to 64")
  expect(settings(["--peer", peers(MAX_PEERS).join(",")]).urls).toHaveLength(MAX_PEERS)
  expect(() => settings(["--peer", peers(MAX_PEERS + 1).join(",")])).toThrow("a relay dials at most 64")
  expect(settings(["--replicas", "255"]).replicas).toBe(255)
})

test.each([
  [["--peer", "hub.example"], "--peer is the address of a relay"],
  [["--peer", "ws://user:secret@hub.example"], "--peer is the address of a relay"],
  [["--peer", "ftp://hub.example"], "--peer is the address of a relay"],
  [["--mirror", "a//b"], "--mirror names workspaces"],
  [["--mirror", ""], "--mirror names workspaces"],
  [["--mirror", "*,home"], "--mirror * stands alone"],
  [["--mirror", "none,home"], "--mirror none stands alone"],
  [["--replicas", "0"], "--replicas is a number from 1 to 255"],
  [["--replicas", "256"], "--replicas is a number from 1 to 255"],
  [["--peer-token", "a b"], "--peer-token is no token"],
  [["--peer-token", "a", "--peer-token-file", "b"], "Give the token for peers once"],
])("[PL70] %j is refused with what would do", (args, message) => {
  expect(() => settings(args)).toThrow(expect.objectContaining({ code: "usage", message: expect.stringContaining(message) as string }))
})

test("[PL70] the program refuses what does not fit in one line, and its help names the flags and their twins", async () => {
  const [wrong, help] = await Promise.all([polylogue("relay", "--data", folder(), "--peer", "hub"), polylogue("relay", "--help")])
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringMatching(/^polylogue: --peer is the address.*\n$/) as string })
  expect(help.stdout).toContain("--peer <url>")
  expect(help.stdout).toContain("POLYLOGUE_PEER_TOKEN_FILE")
  expect(help.stdout).toContain("this relay is called among others")
})

test.each([
  [["--relay"], "Name the relay with --name"],
  [["--relay", "--name", "a/b"], "--name of a relay has 1 to 128"],
  [["--relay", "--name", "edge-1", "--user", "ana"], "for a user or for a relay"],
  [["--relay", "--name", "edge-1", "--role", "owner"], "A relay has no role"],
  [["--relay", "--name", "edge-1", "--document", "home/conv/1"], "A relay has no role"],
  [["--relay", "--name", "edge-1", "--operator"], "A relay has no role"],
  [["--relay", "--name", "edge-1", "--revoke", "x"], "in two calls"],
])("[PL72] token %j is refused with why, whatever relay the environment names", async (args, message) => {
  const { command, rest } = commandIn(["token", ...args])!
  const called = parseCall(rest, command.flags, { POLYLOGUE_RELAY: "ws://a.example", POLYLOGUE_DATA: folder() }, command.own)
  await expect(command.run(called)).rejects.toMatchObject({ code: "usage", message: expect.stringContaining(message) as string })
})
