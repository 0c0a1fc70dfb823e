import { readFileSync } from "node:fs"
import { codeName } from "@polylogue/protocol"
import { expect, test } from "vitest"
import { commandIn, LINK_FLAGS, MODEL_FLAGS } from "../src/commands.ts"
import { parseCall } from "../src/flags.ts"
import { linkSettings } from "../src/link-settings.ts"
import { modelList } from "../src/model-list.ts"
import { NODE_LIMITS } from "../src/node-limits.ts"

const page = (name: string): string => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), "utf8")

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  ms: 1,
  s: 1_000,
  h: 3_600_000,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
}

/** Rows that begin with a name and a number: `| \`maxFrameBytes\` | 256 KiB |`. */
function documented(text: string): Record<string, number> {
  const rows = text.matchAll(/^\| `(\w+)` \| ([\d ]*\d) ?(\w*) \|/gm)
  return Object.fromEntries([...rows].map(([, name, count, unit]) => [name, Number(count!.replaceAll(" ", "")) * UNITS[unit!]!]))
}

test("[PL12] the page on operations lists every limit with its default, and no other", () => {
  expect(documented(page("operations.md"))).toEqual({ ...NODE_LIMITS.relay, ...NODE_LIMITS.program, ...NODE_LIMITS.answers })
})

test("[PL12] the page on blobs names every limit of blobs", () => {
  const text = page("blobs.md")
  for (const name of Object.keys(NODE_LIMITS.blobs)) expect(text).toContain(`\`${name}\``)
})

/** Calls of the program in a section's examples: words, and the environment that stands before them. */
function examplesIn(section: string): { readonly words: readonly string[]; readonly environment: Record<string, string> }[] {
  const blocks = section.matchAll(/^```sh\n([\s\S]*?)^```/gm)
  return [...blocks].flatMap(([, block]) =>
    block!.split("\n").flatMap((line) => {
      const [before, call] = line.replace(/\s+#.*/, "").split(/npx polylogue /)
      if (call === undefined) return []
      const environment = Object.fromEntries(
        before!
          .trim()
          .split(/\s+/)
          .filter(Boolean)
          .map((pair) => pair.split("=", 2) as [string, string]),
      )
      return [{ words: call.trim().split(/\s+/), environment }]
    }),
  )
}

/** Every call in `section` is one that the program takes. @returns how many there are. */
async function checkCalls(section: string): Promise<number> {
  const examples = examplesIn(section)
  for (const { words, environment } of examples) {
    const found = commandIn(words)
    expect(found, words.join(" ")).toBeDefined()
    const { command, rest } = found!
    // A token that stands for one is no token.
    const given = Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, value === "…" ? "token" : value]))
    const call = parseCall(rest, command.flags, given, command.own)
    if (command.flags.includes("model-url") && call.flag("models") === undefined) await modelList(call, given)
    if (command.flags.includes("peer")) expect(() => linkSettings(call), words.join(" ")).not.toThrow()
    expect(call.files.length > 0, words.join(" ")).toBe(command.operands !== undefined)
  }
  return examples.length
}

test("[PL80] every example of several relays is a call that the program takes", async () => {
  const text = page("operations.md")
  const section = text.slice(text.indexOf("\n## Several relays\n"), text.indexOf("\n## Stopping\n"))
  expect(await checkCalls(section)).toBeGreaterThan(15)
  // The table of flags names each of them.
  for (const name of LINK_FLAGS) expect(section).toContain(`--${name}`)
})

test("[PL97] so is every one in the README of the repository, and the two relays there are at different ports, of which npm start holds none", async () => {
  const text = page("../README.md")
  const section = text.slice(text.indexOf("\n## Several relays\n"), text.indexOf("\n## The command\n"))
  expect(await checkCalls(section)).toBe(3)
  const ports = [...section.matchAll(/--port (\d+)/g)].map(([, port]) => Number(port))
  expect(new Set(ports).size).toBe(2)
  expect(ports).not.toContain(4400)
})

test("[PL105] so are those of answers, in the README and on the page on answers, and models can be read from each", async () => {
  const readme = page("../README.md")
  const sections = [readme.slice(readme.indexOf("\n## Answers\n"), readme.indexOf("\n## What it does\n")), page("answers.md")]
  expect(await Promise.all(sections.map(checkCalls))).toEqual([3, 8])
  for (const flag of [...MODEL_FLAGS, "responder", "workspace"]) {
    expect(sections[1]).toContain(`| \`--${flag}\` |`)
    expect(page("operations.md")).toContain(`\`--${flag}\``)
  }
})

test("[PL80] the codes of links that the page explains are those of the protocol", async () => {
  const rows = page("operations.md").matchAll(/^\| `(\d{4})` `([a-z-]+)` \|/gm)
  const named = [...rows].map(([, number, name]) => [Number(number), name])
  expect(named).toHaveLength(6)
  for (const [number, name] of named) expect(codeName(number as number)).toBe(name)
})
