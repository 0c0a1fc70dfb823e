import fc from "fast-check"
import { expect, test } from "vitest"
import { fold } from "../src/conversation-list/card-text.ts"
import { bestMatches, matchRanges, matchScore } from "../src/palette/match.ts"
import { commandSource, conversationSource } from "../src/palette/palette-source.ts"

const found = (items: readonly string[], query: string, limit = 9): readonly string[] =>
  bestMatches(items, query, fold, limit).map(({ item }) => item)

test("[WB61] beginnings of words go before middles, middles before letters that stand apart, and nothing misses a word", () => {
  const items = ["Import conversations", "Reimport", "New conversation"]
  expect(found(items, "imp")).toEqual(["Import conversations", "Reimport"])
  expect(found(items, "conv new")).toEqual(["New conversation"])
  expect(found(items, " ", 2)).toEqual(items.slice(0, 2))
  expect(matchScore("abc", "abd")).toBe(0)
  expect(found(["A near cat", "New conversation", "Ink"], "nc")).toContain("New conversation")
  expect(matchScore("Nothing that would ever be called so", "nbs")).toBeGreaterThan(0)
  expect(matchScore("nothing then of the very far c", "nfc")).toBeGreaterThan(0)
  expect(matchScore("n a long way off from another c", "nq")).toBe(0)
})

test("[WB61] what is marked are the letters that answer, whole characters, accents or not", () => {
  const marked = (text: string, query: string): string[] => matchRanges(text, query).map(([start, end]) => text.slice(start, end))
  expect(marked("New conversation", "conv")).toEqual(["conv"])
  expect(marked("Über Straßen", "uber")).toEqual(["Über"])
  expect(marked("New conversation", "nwc")).toEqual(["N", "w", "c"])
  expect(marked("😀 smile 😀", "smile")).toEqual(["smile"])
  expect(marked("nothing", "xyz")).toEqual([])
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 40 }), fc.string({ unit: "grapheme", maxLength: 5 }), (text, query) => {
      let last = 0
      for (const [start, end] of matchRanges(text, query)) {
        expect(start).toBeGreaterThanOrEqual(last)
        expect(end).toBeGreaterThan(start)
        expect(text.slice(start, end).isWellFormed()).toBe(text.isWellFormed() || text.slice(start, end).isWellFormed())
        last = end
      }
      expect(last).toBeLessThanOrEqual(text.length)
      // What is shown for a query has something to mark in it, and nothing else has.
      if (query.trim() !== "" && fold(query).trim() !== "") expect(matchRanges(text, query).length > 0).toBe(anyWord(text, query))
    }),
  )
})

function anyWord(text: string, query: string): boolean {
  return query.split(/\s+/u).some((word) => fold(word) !== "" && matchScore(text, word) > 0)
}

test("[WB61] the palette offers the conversations used last but the one on screen, and finds commands by their other words", async () => {
  const card = (id: string, title: string, lastActivity: number) => ({ id, title, lastActivity }) as never
  const source = conversationSource([card("a", "First", 1), card("b", "Second", 3), card("c", "Third", 2)], "b")
  const recent = await source.find("", new AbortController().signal)
  expect(recent.items.map(({ text }) => text)).toEqual(["Third", "First"])
  const asked = await source.find("sec", new AbortController().signal)
  expect(asked.items.map(({ key }) => key)).toEqual(["b"])
  const commands = commandSource([
    { id: "x", group: "This device", name: "Show where it is safe", icon: "check", words: "sync", keys: "s", run: () => undefined },
  ])
  const { items, score } = await commands.find("sync", new AbortController().signal)
  expect(items).toMatchObject([{ text: "Show where it is safe", keys: "s", marks: [] }])
  expect(score).toBeGreaterThan(0)
})
