import { passageHash, type TextRange } from "@polylogue/conversation"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { citationsIn, type FoundPassage, MAX_ANSWER_CITATIONS } from "../src/index.ts"

const FIRST = "Trains leave at nine from the north. On Sundays they leave at ten."
const SECOND = "Herons live by the water.\nIn winter they fly to the south."

function passageOf(text: string, rank: number): FoundPassage {
  const living = new Y.Doc().getText("t")
  living.insert(0, `before ${text}`)
  const place = { start: 7, end: 7 + text.length, page: rank }
  return {
    sourceId: `source-${rank}`,
    title: "T",
    chunkId: "c.1",
    hash: passageHash(text),
    ...place,
    text,
    rank,
    score: 1,
    terms: [],
    words: living,
  }
}

const PASSAGES = [passageOf(FIRST, 1), passageOf(SECOND, 2)]

/** What stands in a source's text at a range. */
function quoted(text: Y.Text | string | undefined, { from, to }: TextRange): string | undefined {
  return (typeof text === "string" ? text : text?.toJSON())?.slice(from, to)
}

/** Each citation as the words of the answer, the source, and the words there. */
function cited(text: string, type = "text"): readonly (readonly [string, string, string | null | undefined])[] {
  return citationsIn([{ pid: "7.0", type, text }], PASSAGES).map(({ answer, source }) => {
    if (!("sourceId" in source)) throw new Error("a source is cited")
    const { sourceId, range, text: living } = source
    return [text.slice(answer!.from, answer!.to), sourceId, range === undefined ? null : quoted(living, range)]
  })
}

test("[RS36] a number becomes a citation of the words before it and of the sentence of the passage that says them", () => {
  expect(cited("Trains leave at nine [1]. In winter herons fly south [2].")).toEqual([
    ["Trains leave at nine", "source-1", "Trains leave at nine from the north."],
    ["In winter herons fly south", "source-2", "In winter they fly to the south."],
  ])
  expect(cited("Trains leave at nine. [1] On Sundays at ten leave trains.[1]")).toEqual([
    ["Trains leave at nine.", "source-1", "Trains leave at nine from the north."],
    ["On Sundays at ten leave trains.", "source-1", "On Sundays they leave at ten."],
  ])
  expect(cited("Trains leave at nine [1], and herons live by the water [2].").map(([said]) => said)).toEqual([
    "Trains leave at nine",
    "and herons live by the water",
  ])
})

test.each(["[1, 2]", "[1][2]", "[1] [2]", "[1;2]", "【1】【2】", "[2, 1, 1]"])(
  "[RS36] several numbers cite several passages: %s",
  (marker) => {
    const found = cited(`Trains leave at nine ${marker}.`)
    expect(found.map(([, source]) => source).sort()).toEqual(["source-1", "source-2"])
    expect(found.every(([said]) => said === "Trains leave at nine")).toBe(true)
  },
)

test("[RS36] words that the passage does not say rest on the passage as a whole", () => {
  expect(cited("Nothing of the kind [1].")).toEqual([["Nothing of the kind", "source-1", null]])
})

test.each([
  ["a number of no passage", "Trains leave at nine [3]. Or [0]. Or [1, 3]."],
  ["a link", "See [1](http://elsewhere.example)."],
  ["the address of a note", "[1]: http://elsewhere.example"],
  ["a picture", "![1](x.png)"],
  ["an escaped bracket", String.raw`Trains \[1]`],
  ["code", "Use `rows[1]` or ``a `[2]` b``."],
  ["a block of code", "```js\nx [1]\n```\n~~~\ny [2]\n~~~\n```\nz [1]"],
  ["a date", "In [2024]."],
])("[RS36] %s cites nothing", (_what, text) => {
  expect(cited(text)).toEqual([])
})

test("[RS36] a colon behind a number makes the address of a note of it at the beginning of a line only", () => {
  expect(cited("Trains leave at nine [1]: from the north.")).toHaveLength(1)
  expect(cited("Trains leave at nine.\n> [1]: http://elsewhere.example")).toEqual([])
})

test("[RS36] what looks like code and is none is searched; thoughts are not", () => {
  expect(cited("A ` alone, trains leave at nine [1]")).toHaveLength(1)
  expect(cited("```\ncode\n```\nTrains leave at nine [1]").map(([said]) => said)).toEqual(["Trains leave at nine"])
  expect(cited("Trains leave at nine [1]", "reasoning")).toEqual([])
})

test("[RS36] signs of lists, headings, quotes and tables are not among the words; a number alone stands for itself", () => {
  for (const sign of ["- ", "> ", "# ", "1. ", "- [x] ", "| a | "])
    expect(cited(`${sign}Trains leave at nine [1]`)[0]?.[0]).toBe("Trains leave at nine")
  expect(cited("[1]")).toEqual([["[1]", "source-1", null]])
  expect(cited("First.\n\n[2]").map(([said]) => said)).toEqual(["First."])
})

test("[RS36] other scripts are cited as well", () => {
  const chinese = passageOf("火车九点从北方出发。周日十点出发。", 1)
  const [citation] = citationsIn([{ pid: "0", type: "text", text: "火车九点出发 [1]。" }], [chinese])
  const { source } = citation!
  if (!("sourceId" in source)) throw new Error("a source is cited")
  expect(quoted(source.text, source.range!)).toBe("火车九点从北方出发。")
})

test("[RS36] an answer has at most so many citations, and hostile answers take no time", () => {
  expect(cited("Trains [1]. ".repeat(MAX_ANSWER_CITATIONS))).toHaveLength(MAX_ANSWER_CITATIONS)
  expect(cited("Trains [1]. ".repeat(MAX_ANSWER_CITATIONS + 1))).toHaveLength(MAX_ANSWER_CITATIONS)
  const begun = performance.now()
  for (const hostile of [
    "`".repeat(100_000),
    "` `` ".repeat(30_000),
    "[1".repeat(50_000),
    "[".repeat(100_000),
    "| ".repeat(50_000) + "[1]",
    "[1,".repeat(30_000),
  ])
    citationsIn([{ pid: "0", type: "text", text: hostile }], PASSAGES)
  expect(performance.now() - begun).toBeLessThan(5_000)
})
