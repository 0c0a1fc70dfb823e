import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
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
  expect(documented(page("operations.md"))).toEqual({ ...NODE_LIMITS.relay, ...NODE_LIMITS.program })
})

test("[PL12] the page on blobs names every limit of blobs", () => {
  const text = page("blobs.md")
  for (const name of Object.keys(NODE_LIMITS.blobs)) expect(text).toContain(`\`${name}\``)
})
