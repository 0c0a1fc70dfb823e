import { existsSync, readFileSync } from "node:fs"
import { gunzipSync } from "node:zlib"
import { tokensOf } from "@polylogue/retrieval/words"
import { describe, expect, test } from "vitest"
import { parseQuery } from "../src/search/query.ts"
import { findIn } from "../src/search/search-engine.ts"
import { conversationOf, lookUp, shardsOf } from "./search-shelf.ts"

const DATA = new URL("../../../../shared/data/", import.meta.url)

/** The values in a file of JSON, or of JSON a line. */
function values(path: string): unknown[] {
  const content = gunzipSync(readFileSync(new URL(path, DATA))).toString()
  if (!path.endsWith(".jsonl.gz")) return [JSON.parse(content)]
  return content
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as unknown)
}

/** All texts of some length in a JSON value. */
function textsIn(value: unknown): string[] {
  if (typeof value === "string") return value.length > 40 ? [value] : []
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : []
}

const SOURCES = [
  "conversations/ja-mtbench-gpt4o.jsonl.gz",
  "conversations/oasst-trees-a.jsonl.gz",
  "prompts/prompt-book-a.jsonl.gz",
  "prompts/prompts-zh.json.gz",
  "rag/xquad.ar.json.gz",
  "rag/xquad.hi.json.gz",
  "rag/xquad.zh.json.gz",
]
const MAX_TEXTS = 600
const SAMPLES = 120

describe.runIf(existsSync(DATA))("shared texts", () => {
  test.each(SOURCES)("[WB45] in %s every word that is picked is found in the text that it was picked from", async (path) => {
    const texts = values(path).flatMap(textsIn).slice(0, MAX_TEXTS)
    const view = conversationOf(texts.map((text) => ({ text })))
    const messages = view.getLine().flatMap(({ id }) => view.getMessage(id) ?? [])
    const shards = shardsOf({ c: view })
    for (let sample = 0; sample < SAMPLES; sample++) {
      const message = messages[(sample * 7919) % messages.length]
      const tokens = tokensOf(message?.text ?? "")
      const at = (sample * 104_729) % Math.max(1, tokens.length)
      const [first, last] = [tokens[at], tokens[Math.min(at + (sample % 3), tokens.length - 1)]]
      if (message === undefined || first === undefined || last === undefined) continue
      const typed = `"${message.text.slice(first.start, last.end).replaceAll('"', " ")}"`
      if (typed.length > 200) continue
      const query = parseQuery(typed)
      const { candidates } = await lookUp(shards, typed, [], texts.length)
      expect(
        candidates.map(({ messageId }) => messageId),
        typed,
      ).toContain(message.id)
      expect(findIn(message, query), typed).toBeDefined()
    }
  })
})

test.skipIf(existsSync(DATA))("[WB45] the shared texts are not here: no word of them was picked", () => {
  expect(existsSync(DATA)).toBe(false)
})
