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
  expect([ids(index, "stork"), index.size, index.stampOf("birds")]).toEqual([[], 0, undefined])
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

test("[RT3] ranks are those of BM25: rare words and short passages weigh more, and repeating a word does ever less", () => {
  const index = indexOf({
    a: [
      { chunkId: "1", text: "heron bird" },
      { chunkId: "2", text: "bird bird bird bird" },
      { chunkId: "3", text: "bird of the reeds" },
    ],
  })
  const [first, ...others] = index.search("heron bird")
  expect([first?.chunkId, others.map(({ chunkId }) => chunkId)]).toEqual(["1", ["2", "3"]])
  // Three passages of 7 / 3 words on average: the length of a passage is the number of its different words.
  const weight = (n: number): number => Math.log(1 + (3 - n + 0.5) / (n + 0.5))
  const frequency = (f: number, length: number): number => 0.5 + (f * 2.2) / (f + 1.2 * (0.25 + (0.75 * length) / (7 / 3)))
  expect(first?.score).toBeCloseTo(weight(1) * frequency(1, 2) + weight(3) * frequency(1, 2), 10)
  expect(others[0]?.score).toBeCloseTo(weight(3) * frequency(4, 1), 10)
})

test("[RT13] the order in which passages came, and what was there before, change no rank", async () => {
  const sources = {
    birds: heron,
    trains: [{ chunkId: "a", text: "Trains wait for herons." }],
    zoo: [{ chunkId: "a", text: "Grey trains, grey herons." }],
  }
  const one = indexOf(sources)
  const other = indexOf({ gone: [{ chunkId: "a", text: "herons herons trains grey" }], zoo: sources.zoo, trains: heron, birds: heron })
  other.put("trains", sources.trains)
  other.remove("gone")
  expect(ids(other, "grey herons wait").some((id) => id.startsWith("gone"))).toBe(false)
  await other.settle()
  for (const question of ["grey herons wait", "trains", "the reeds"]) {
    const plain = (index: PassageIndex): object => index.search(question).map(({ score, ...hit }) => ({ ...hit, score: score.toFixed(12) }))
    expect(plain(other)).toEqual(plain(one))
  }
})

test("[RT14] an index is kept and read again; another version and a broken one are none", () => {
  const index = new PassageIndex()
  index.put("birds", heron, "chunking-1")
  index.put("empty", [])
  const saved = index.save()
  const again = PassageIndex.load(saved)
  expect(again?.search("grey heron")).toEqual(index.search("grey heron"))
  expect([again?.stampOf("birds"), again?.stampOf("empty"), again?.stampOf("none"), again?.sourceIds()]).toEqual([
    "chunking-1",
    "",
    undefined,
    ["birds", "empty"],
  ])
  again?.put("birds", [{ chunkId: "a", text: "A stork" }])
  expect(again && ids(again, "heron stork")).toEqual(["birds/a"])
  const changed = (change: object): string => JSON.stringify({ ...(JSON.parse(saved) as object), ...change })
  for (const broken of [
    "",
    "{}",
    "null",
    saved.slice(0, -9),
    changed({ version: 0 }),
    changed({ sources: [] }),
    changed({ sources: [["birds", "", ["a", "x"]]] }),
    changed({ index: {} }),
    undefined,
    7,
  ])
    expect(PassageIndex.load(broken)).toBeUndefined()
})

test("[RT5] a word is found in its other forms, and a name by its parts", () => {
  const text = "The herons were waiting; PassageIndex.putAll is called twice. كتب الأولاد رسائلهم في المكتبة. लड़कों ने किताबें पढ़ीं।"
  const index = indexOf({ s: [{ chunkId: "c", text }] })
  for (const question of ["heron", "waits", "wait", "index", "putall", "المكتبات", "وأولاد", "किताब", "लड़का"])
    expect(ids(index, question), question).toEqual(["s/c"])
  for (const question of ["her", "waist", "str", "पढ़"]) expect(ids(index, question), question).toEqual([])
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

test("[RT21] what tells why passages were found are the words sought without the short ones that most passages have, or all where there are no others", () => {
  const index = indexOf({
    s: [
      { chunkId: "a", text: "A fox and a heron wait by the road." },
      { chunkId: "b", text: "It rains, and the heron is wet. 東京 🦊" },
      { chunkId: "c", text: "The owl and the moon. 東京" },
    ],
  })
  const telling = (question: string): string[] => [...index.telling(index.search(question).flatMap(({ terms }) => terms))].toSorted()
  expect(telling("the fox and the heron")).toEqual(["fox", "heron"])
  expect(telling("and the")).toEqual(["and", "the"])
  expect(telling("the 東京")).toHaveLength(1)
  expect(telling("and 🦊")).toHaveLength(1)
  expect(telling("nothing")).toEqual([])
})
