import { PassageIndex, wordsFound } from "@polylogue/retrieval"
import { expect, test } from "vitest"

const heron = [
  { chunkId: "a", text: "The heron waits in the reeds, and the heron is grey." },
  { chunkId: "b", text: "A heron." },
]

function indexOf(sources: Readonly<Record<string, readonly { readonly chunkId: string; readonly text: string }[]>>): PassageIndex {
  const index = new PassageIndex()
  for (const [sourceId, passages] of Object.entries(sources)) index.put(sourceId, passages)
  return index
}

const ids = (index: PassageIndex, question: string): string[] =>
  index.search(question).map(({ sourceId, chunkId }) => `${sourceId}/${chunkId}`)

test("[RT3] the passage with the words comes first, one without them not at all", () => {
  const index = indexOf({ birds: heron, trains: [{ chunkId: "a", text: "Trains leave at nine." }] })
  expect(index.search("grey heron").map(({ sourceId, chunkId, rank }) => [sourceId, chunkId, rank])).toEqual([
    ["birds", "a", 1],
    ["birds", "b", 2],
  ])
})

test("[RT4] what a source said before is not found, nor is one that was taken out", () => {
  const index = indexOf({ birds: heron })
  index.put("birds", [{ chunkId: "b", text: "A stork." }])
  expect(ids(index, "heron stork")).toEqual(["birds/b"])
  expect(index.size).toBe(1)
  index.remove("birds")
  index.remove("birds")
  expect([ids(index, "stork"), index.size, index.has("birds")]).toEqual([[], 0, false])
})

test("[RT4] one source with two passages of one id is refused and changes nothing", () => {
  const index = indexOf({ birds: heron })
  expect(() => index.put("birds", [heron[0]!, heron[0]!])).toThrow(RangeError)
  expect(() => index.put("two\nlines", heron)).toThrow(RangeError)
  expect(index.size).toBe(2)
})

test("[RT3] only the sources that are asked for are searched, and only so many passages told", () => {
  const index = indexOf({ birds: heron, more: [{ chunkId: "x", text: "Another heron" }] })
  expect(index.search("heron", { sourceIds: new Set(["more"]) })).toHaveLength(1)
  expect(index.search("heron", { limit: 2 })).toHaveLength(2)
  expect(index.search("  ,. ")).toEqual([])
})

test("[RT5] the words of a question are found where they stand, in every script", () => {
  const text = "Der Reiher fängt Fische. 東京タワーは高い。東 النَّهرُ"
  const index = indexOf({ s: [{ chunkId: "c", text }] })
  const found = (question: string): string[] =>
    wordsFound(text, index.search(question)[0]?.terms ?? []).map(({ start, end }) => text.slice(start, end))
  expect(found("FANGT")).toEqual(["fängt"])
  expect(found("京タワ")).toEqual(["京タワ"])
  expect(found("東")).toEqual(["東京", "東"])
  expect(found("النهر")).toEqual(["النَّهرُ"])
  expect(found("heron")).toEqual([])
})
