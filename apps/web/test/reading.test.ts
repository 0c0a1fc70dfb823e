import type { LineEntry } from "@polylogue/conversation"
import fc from "fast-check"
import { expect, test } from "vitest"
import { firstArrivals, nextArrivals, olderArrivals, seenArrivals } from "../src/conversation/arrivals.ts"
import { beginningOf, isLongText, mayBeMarkdown, plainPieces } from "../src/markdown/long-text.ts"
import { isPrepended } from "../src/conversation/use-older.tsx"
import { keepShown } from "../src/conversation/use-steady-line.ts"
import { foldedBlock, linkDefinitions, markdownBlocks, withDefinitions } from "../src/markdown/markdown-blocks.ts"

const entry = (id: string, alternatives: readonly string[] = [id]): LineEntry => ({
  id,
  alternatives,
  index: alternatives.indexOf(id),
  concurrent: false,
  detached: false,
})
const line = (...ids: string[]): LineEntry[] => ids.map((id) => entry(id))
const nobody = (): boolean => false

test("[WB9] the pieces of a Markdown text joined are the text", () => {
  const unit = fc.constantFrom("a", "\n", "\n\n", "```", "~~~", "- x", "  y", "1. z", "> q", "[a]: b", "\t", "| t |")
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 60 }), (units) => {
      const text = units.join("")
      expect(markdownBlocks(text).join("")).toBe(text)
    }),
    { numRuns: 500 },
  )
})

test("[WB9] a token at the end changes the last piece only", () => {
  const text = "# Title\n\nFirst.\n\n- a\n\n- b\n  more\n\nSecond.\n\n```js\nlet a\n\nlet b\n```\n\nThird"
  const blocks = markdownBlocks(text)
  expect(blocks).toEqual(["# Title\n\n", "First.\n\n", "- a\n\n- b\n  more\n\n", "Second.\n\n", "```js\nlet a\n\nlet b\n```\n\n", "Third"])
  expect(markdownBlocks(`${text} and on`).slice(0, -1)).toEqual(blocks.slice(0, -1))
})

test("[WB9] an open fence, and notes that are numbered through the whole text, are not cut", () => {
  expect(markdownBlocks("```\na\n\nb\n\nc")).toHaveLength(1)
  expect(markdownBlocks("````\n```\n\n```\n\n````\n\nx")).toEqual(["````\n```\n\n```\n\n````\n\n", "x"])
  expect(markdownBlocks("see [^a]\n\nmore\n\n[^a]: a note")).toHaveLength(1)
  expect(markdownBlocks("see [a]\n\nmore\n\n[a]: https://example.org")).toHaveLength(3)
  expect(markdownBlocks("")).toEqual([])
})

test("[WB9] a piece alone has the definitions that its links refer to", () => {
  const text = "see [a] and [B][b]\n\nmore\n\n[a]: https://example.org\n[b]: https://example.com\n[c]: https://example.net"
  const definitions = linkDefinitions(text)
  expect(markdownBlocks(text).map((block) => withDefinitions(block, definitions))).toEqual([
    "see [a] and [B][b]\n\n\n\n[a]: https://example.org\n[b]: https://example.com",
    "more\n\n",
    `${text.slice(text.indexOf("[a]:"))}\n\n${text.slice(text.indexOf("[a]:"))}`,
  ])
})

test("[WB9] a long list goes on in a piece of its own, a heading begins one, and what folds is one", () => {
  const list = "- an item of a list\n".repeat(400)
  const blocks = markdownBlocks(list)
  expect(blocks.length).toBeGreaterThan(1)
  expect(blocks.join("")).toBe(list)
  expect(markdownBlocks("text\n# Head\nmore")).toEqual(["text\n", "# Head\nmore"])
  const fold = "<details><summary>More <b>here</b></summary>\n\ninside\n\n</details>\n\n"
  expect(markdownBlocks(`${fold}after`)).toEqual([fold, "after"])
  expect(foldedBlock(fold)).toEqual({ summary: "More here", text: "inside" })
  expect(foldedBlock("<details>never ends")).toBeUndefined()
})

test("[WB9] a block is rendered up to its limits and shown as it was written beyond", () => {
  expect(mayBeMarkdown("a".repeat(8_000))).toBe(true)
  expect(mayBeMarkdown("a".repeat(8_001))).toBe(false)
  expect(mayBeMarkdown("a\n".repeat(299))).toBe(true)
  expect(mayBeMarkdown("a\n".repeat(300))).toBe(false)
  expect(mayBeMarkdown(`${">".repeat(23)} a`)).toBe(true)
  expect(mayBeMarkdown(`${">".repeat(24)} a`)).toBe(false)
  expect(mayBeMarkdown(`\`\`\`\n${">".repeat(20_000)}`)).toBe(true)
})

test("[WB23] the list keeps its place from its end exactly when all that is new stands in front", () => {
  expect(isPrepended(line("c", "d"), line("a", "b", "c", "d"))).toBe(true)
  expect(isPrepended(line("c", "d"), line("c", "d", "e"))).toBe(false)
  expect(isPrepended(line("c", "d"), line("a", "c", "d", "e"))).toBe(false)
  expect(isPrepended(line("c", "d"), line("a", "c", "b", "d"))).toBe(false)
  expect(isPrepended(line("c", "d"), line("x", "y"))).toBe(false)
  expect(isPrepended([], line("a"))).toBe(false)
})

test("[WB23] older messages that were loaded are no arrivals", () => {
  const before = nextArrivals(firstArrivals(line("c")), line("c", "d"), nobody)
  const after = olderArrivals(before, line("a", "b"))
  expect(after).toMatchObject({ late: new Set(), unseen: ["d"] })
  expect(nextArrivals(after, line("a", "b", "c", "d"), nobody)).toBe(after)
})

test("[WB22] of older messages that are loaded only those are arrivals that came in since", () => {
  const before = firstArrivals(line("c", "d"))
  const after = nextArrivals(olderArrivals(before, line("a", "b")), line("a", "late", "b", "c", "d", "after"), nobody)
  expect(after).toMatchObject({ late: new Set(["late"]), unseen: ["after"] })
  expect(olderArrivals(after, [])).toBe(after)
})

test("[WB10] what comes in at the end is new until the end was looked at; what comes in above is late", () => {
  let arrivals = firstArrivals(line("a", "b"))
  expect(nextArrivals(arrivals, line("a", "b"), nobody)).toBe(arrivals)
  arrivals = nextArrivals(arrivals, line("a", "b", "c", "d"), (id) => id === "c")
  expect(arrivals.unseen).toEqual(["d"])
  arrivals = nextArrivals(arrivals, line("a", "x", "b", "c", "d"), nobody)
  expect([...arrivals.late]).toEqual(["x"])
  expect(arrivals.unseen).toEqual(["d"])
  const seen = seenArrivals(arrivals)
  expect(seen.unseen).toEqual([])
  expect(seenArrivals(seen)).toBe(seen)
  expect([...seen.late]).toEqual(["x"])
})

test("[WB10] a version that one reads stays where it is when a newer one arrives", () => {
  const shown = [entry("a"), entry("b"), entry("c")]
  const none = new Set<string>()
  expect(keepShown(shown, shown, none, false)).toBe(none)
  expect(keepShown(shown, [...shown, entry("d")], none, true)).toBe(none)
  expect([...keepShown(shown, [entry("a"), entry("b2", ["b", "b2"])], none, false)]).toEqual(["b"])
})

test("[WB10] a message that nothing answers may be replaced where one reads along, and nowhere else", () => {
  const shown = [entry("a"), entry("b")]
  const none = new Set<string>()
  const line = [entry("a"), entry("b2", ["b", "b2"])]
  expect(keepShown(shown, line, none, false)).toBe(none)
  expect([...keepShown(shown, line, none, true)]).toEqual(["b"])
})

test("[WB10] a version that takes another's place has not arrived", () => {
  const arrivals = nextArrivals(firstArrivals(line("a", "b")), [entry("a"), entry("b2", ["b", "b2"])], nobody)
  expect(arrivals.unseen).toEqual([])
  expect(arrivals.late.size).toBe(0)
  expect(arrivals.ids.has("b2")).toBe(true)
})

test("[WB9] a text too long for Markdown is shown plain, and its pieces are the text", () => {
  expect(isLongText("a\n\n".repeat(10_000))).toBe(false)
  expect(isLongText("a\n".repeat(2_001))).toBe(true)
  expect(isLongText("a".repeat(100_001))).toBe(true)
  expect(beginningOf(`${"a".repeat(3_999)}😀`)).toBe("a".repeat(3_999))
  for (const text of [
    "",
    "\n",
    "a".repeat(500_000),
    "line of text\n".repeat(5_000),
    "\n".repeat(60_000),
    "😀".repeat(50_001),
    "a word ".repeat(20_000),
  ]) {
    const pieces = plainPieces(text)
    expect(pieces.join("")).toBe(text)
    for (const piece of pieces) {
      expect(piece.length).toBeLessThanOrEqual(40_001)
      expect(piece.isWellFormed()).toBe(true)
    }
  }
})
