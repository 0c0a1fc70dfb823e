import { WorkspaceIndex } from "@polylogue/conversation"
import fc from "fast-check"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { autoTitle, cardTitle, cutText, plainWords, UNTITLED } from "../src/conversation-list/card-text.ts"
import { freshConversation } from "../src/conversation-list/fresh-conversation.ts"
import { fileName } from "../src/export/file-name.ts"
import { hrefOf, parseHash } from "../src/frame/route.ts"
import { colourOf, initials, parseIdentity } from "../src/identity/identity.ts"
import { parsePeople } from "../src/identity/people.ts"
import { parseChoices } from "../src/conversation/use-choices.ts"

test("[WB4] a title is made of the first words, without Markdown's signs and never half a character", () => {
  expect(autoTitle("\n\n## Hello **you**\nmore")).toBe("Hello you")
  expect(autoTitle("   \n ")).toBe("")
  expect(autoTitle("a ".repeat(80))).toMatch(/^(a )+a…$/)
  expect(autoTitle("😀".repeat(80)).length).toBeLessThanOrEqual(61)
  expect(cardTitle(undefined)).toBe(UNTITLED)
  expect(cardTitle({ title: " " })).toBe(UNTITLED)
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), fc.nat(100), (text, length) => {
      expect(cutText(text, length).isWellFormed()).toBe(true)
    }),
  )
})

test("[WB4] a line of Markdown is shown as it reads", () => {
  const read = [
    ["## The **plan** for `sync`", "The plan for sync"],
    ["> - *see* [the page](https://a.example/b) and ~~not~~ this", "see the page and not this"],
    ["snake_case_name, 2 * 3 * 4, C#, a - b", "snake_case_name, 2 * 3 * 4, C#, a - b"],
    ["Text first ## Then a heading", "Text first Then a heading"],
    ["**", "**"],
    ["# ", "#"],
    ["-5 degrees", "-5 degrees"],
  ] as const
  for (const [raw, plain] of read) expect(plainWords(raw)).toBe(plain)
})

test("[WB17] a new conversation is the last one made here as long as nothing is in it", () => {
  const seed = { count: 0 }
  const randomBytes = (length: number): Uint8Array => new Uint8Array(length).fill(++seed.count)
  const index = new WorkspaceIndex(new Y.Doc(), { writer: "here", now: () => 1_000, randomBytes })
  const fresh = (draft = false): string => freshConversation(index, () => draft)
  const first = fresh()
  expect([fresh(), fresh()]).toEqual([first, first])
  const second = fresh(true)
  expect(second).not.toBe(first)
  index.touch(second, { clock: 5, snippet: "hello" })
  const third = fresh()
  index.rename(third, "Mine")
  const fourth = fresh()
  index.delete(fourth)
  expect(new Set([first, second, third, fourth, fresh()]).size).toBe(5)
  expect(index.getCards()).toHaveLength(4)
})

test("[WB5] an address names a conversation or none, whatever stands in it", () => {
  expect(parseHash(hrefOf("0190-abc"))).toBe("0190-abc")
  expect(parseHash(hrefOf(undefined))).toBeUndefined()
  for (const hash of ["", "#", "#/c/", "#/c/..", "#/c/a/b", "#/c/<script>", `#/c/${"a".repeat(200)}`, "#/x/abc"]) {
    expect(parseHash(hash)).toBeUndefined()
  }
})

test("[WB6] an identity is read as it is or minted anew, never half", () => {
  const id = "0123456789abcdef0123456789abcdef"
  expect(parseIdentity(JSON.stringify({ id, name: "Ana", colour: 3 }))).toEqual({ id, name: "Ana", colour: 3 })
  expect(parseIdentity(JSON.stringify({ id, name: 5, colour: 99 }))).toEqual({ id, name: "", colour: colourOf(id) })
  for (const text of [null, "", "{", "[]", "null", '{"id":"../../x"}']) expect(parseIdentity(text)).toBeUndefined()
})

test("[WB6] initials are whole characters of any script", () => {
  expect(initials("Ana Maria Silva")).toBe("AS")
  expect(initials("  bo ")).toBe("B")
  expect(initials("👩‍🚀 Kosmo")).toBe("👩‍🚀K")
  expect(initials("山田 太郎")).toBe("山太")
  expect(initials("")).toBe("?")
})

test("[WB6] stored colours and choices that are none are passed over", () => {
  expect([...parsePeople('[["a",3],["b",99],["c"],5,[7,1]]')]).toEqual([["a", 3]])
  expect([...parsePeople("{")]).toEqual([])
  expect([...parsePeople(null)]).toEqual([])
  expect([...parseChoices('["a",5,"b"]')]).toEqual(["a", "b"])
  expect([...parseChoices("nonsense")]).toEqual([])
})

test("[WB7] a file name holds nothing that a file system does not take", () => {
  expect(fileName('a/b\\c:d*e?f"g<h>i|j\u0000k')).toBe("a-b-c-d-e-f-g-h-i-j-k")
  expect(fileName("..")).toBe("conversation")
  expect(fileName("")).toBe("conversation")
  expect(fileName("長い".repeat(100)).length).toBeLessThanOrEqual(80)
})
