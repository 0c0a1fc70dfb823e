import { chunkText, MIN_MAX_CHARACTERS } from "@polylogue/retrieval"
import fc from "fast-check"
import { expect, test } from "vitest"

const PIECES = [
  "word ",
  "Ein Satz. ",
  "文章。",
  "\n",
  "\n\n",
  "# Head\n",
  "- item\n",
  "🇩🇪🇫🇷",
  "👩‍👩‍👧",
  "e\u0301",
  "क्षि",
  "각",
  "ไทย",
  "\ud83d\ude00",
  "x".repeat(90),
  "```\n",
  "| a | b |\n",
  "  ",
  "e.g. This",
  "3.5",
]
const anyText = fc.oneof(
  fc.array(fc.constantFrom(...PIECES), { maxLength: 200 }).map((pieces) => pieces.join("")),
  fc.string({ unit: "binary", maxLength: 600 }),
)

test("[RT6] every character that is not blank stands in a passage, which says what stands there", () => {
  fc.assert(
    fc.property(anyText, fc.integer({ min: MIN_MAX_CHARACTERS, max: 300 }), fc.boolean(), (text, maxCharacters, overlaps) => {
      const chunks = chunkText(text, { maxCharacters, overlapCharacters: overlaps ? Math.floor(maxCharacters / 4) : 0 })
      let end = 0
      for (const chunk of chunks) {
        expect(text.slice(chunk.start, chunk.end)).toBe(chunk.text)
        expect(chunk.text).not.toBe("")
        expect(chunk.text.length).toBeLessThanOrEqual(maxCharacters)
        expect(chunk.end).toBeGreaterThan(end)
        if (!overlaps) expect(chunk.start).toBeGreaterThanOrEqual(end)
        expect(
          text
            .slice(end, Math.max(end, chunk.start))
            .trim()
            .replaceAll(/[\0-\x20]/g, ""),
        ).toBe("")
        end = chunk.end
      }
      expect(
        text
          .slice(end)
          .replaceAll(/[\0-\x20]/g, "")
          .trim(),
      ).toBe("")
    }),
  )
})

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" })

test("[RT15] no character is cut in two, as long as one has room in a passage", () => {
  const characters = fc.constantFrom(
    "👩‍👩‍👧‍👦",
    "🇩🇪",
    "👍🏽",
    "e\u0301\u0323",
    "क्षि",
    "နို့",
    "ก็",
    "각",
    "\u1112\u1161\u11ab",
    "1\ufe0f\u20e3",
    "漢",
    "x",
    "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
  )
  fc.assert(
    fc.property(fc.array(characters, { minLength: 30, maxLength: 300 }), (list) => {
      const text = list.join("")
      const starts = new Set(Array.from(segmenter.segment(text), ({ index }) => index))
      for (const { start } of chunkText(text, { maxCharacters: MIN_MAX_CHARACTERS })) expect(starts.has(start)).toBe(true)
    }),
  )
  const marks = `e${"\u0301".repeat(1_000)}${"🙂".repeat(1_000)}`
  for (const { text } of chunkText(marks, { maxCharacters: 101 })) expect(text.isWellFormed()).toBe(true)
})

/** A text of sentences in paragraphs, from a seed. */
function prose(seed: number, sentences: number): string {
  let state = seed
  const next = (limit: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 1
    return state % limit
  }
  const words = Array.from({ length: 400 }, () => Array.from({ length: 3 + next(6) }, () => String.fromCharCode(97 + next(26))).join(""))
  const sentence = (): string => {
    const said = Array.from({ length: 5 + next(12) }, () => words[next(words.length)]!).join(" ")
    return said[0]!.toUpperCase() + said.slice(1) + ". "
  }
  return Array.from({ length: sentences }, (_, index) => sentence() + (index % 7 === 6 ? "\n\n" : "")).join("")
}

const TEXTS = {
  "sentences in paragraphs": prose(7, 1_500),
  "sentences alone": prose(11, 1_500).replaceAll("\n", ""),
  "words alone": prose(13, 1_500).replaceAll(/[.\n]/g, ""),
  "letters alone": prose(17, 1_500).replaceAll(/[. \n]/g, ""),
}

for (const [kind, text] of Object.entries(TEXTS)) {
  test(`[RT16] an edit changes the passages near it, and no others: ${kind}`, () => {
    const before = new Set(chunkText(text).map(({ text }) => text))
    let changed = 0
    const edits = 40
    for (let index = 0; index < edits; index++) {
      const at = Math.floor((text.length * (index + 0.5)) / edits)
      const edited = index % 2 === 0 ? `${text.slice(0, at)}, as some say${text.slice(at)}` : text.slice(0, at) + text.slice(at + 25)
      changed += chunkText(edited).filter(({ text }) => !before.has(text)).length
    }
    expect(before.size).toBeGreaterThan(60)
    expect(changed / edits).toBeLessThan(2.5)
  })
}

const startsOf = (text: string, maxCharacters = 200): string[] =>
  chunkText(text, { maxCharacters, minCharacters: 30 }).map(({ text }) => text.slice(0, 12))

test("[RT17] a passage ends where the text does so most clearly, and a heading stays with what follows it", () => {
  const filler = "Some words that stand here. Others stand here. "
  expect(startsOf(`${filler}\n\n${filler}${filler}\n\n# Herons\n\nGrey birds. ${filler}`)).toEqual(["Some words t", "# Herons\n\nGr"])
  expect(startsOf(`${filler}${filler}\n\nOn herons\n\nGrey birds. ${filler}${filler}`)).toEqual(["Some words t", "On herons\n\nG"])
  expect(startsOf(`${filler}${filler}\nHerons\n======\nGrey birds. ${filler}${filler}`)).toEqual(["Some words t", "Herons\n====="])
  expect(
    startsOf(`Birds:\n${"- a heron and more of it, that goes on\n".repeat(8)}`)
      .slice(1)
      .every((start) => start.startsWith("- a heron")),
  ).toBe(true)
  const sentences = startsOf("Dr. Heron waits, e.g. in the reeds at 3.5 m depth. ".repeat(20), 130)
  expect(new Set(sentences)).toEqual(new Set(["Dr. Heron wa"]))
  expect(startsOf("東京タワーは高い塔です。雨が降る。".repeat(40)).every((start) => "東雨".includes(start[0]!))).toBe(true)
  expect(
    startsOf("```\n# no heading\n" + "call(one, two)\n".repeat(20) + "```")
      .slice(1)
      .every((start) => /^(?:call|`)/.test(start)),
  ).toBe(true)
})

test("[RT17] pages are told, and passages overlap by whole sentences", () => {
  const text = "One page has this. ".repeat(10) + "\n\n" + "Another has that. ".repeat(10)
  const second = text.indexOf("Another")
  const pages = [
    { page: 1, start: 0 },
    { page: 2, start: second },
  ]
  for (const { start, page } of chunkText(text, { pages, maxCharacters: 120 })) expect(page).toBe(start < second ? 1 : 2)
  const chunks = chunkText(text, { maxCharacters: 120, overlapCharacters: 30 })
  expect(chunks.slice(1).every(({ start }, index) => start < chunks[index]!.end && /^(One|Another)/.test(text.slice(start)))).toBe(true)
  expect(chunkText("no pages", { pages: [{ page: 4, start: 3 }] })[0]).toEqual({ start: 0, end: 8, text: "no pages" })
})

test("[RT6] no passage is shorter than asked for, but for a text that is", () => {
  for (let length = 1; length < 500; length += 7) {
    const lengths = chunkText("x".repeat(length), { maxCharacters: 100, minCharacters: 40 }).map(({ text }) => text.length)
    expect(Math.min(...lengths)).toBeGreaterThanOrEqual(Math.min(length, 40))
  }
})

test("[RT6] sizes have limits, and nothing gives no passages", () => {
  expect(chunkText("", {})).toEqual([])
  expect(chunkText(" \n\t", {})).toEqual([])
  expect(() => chunkText("x", { maxCharacters: MIN_MAX_CHARACTERS })).not.toThrow()
  for (const wrong of [
    { maxCharacters: MIN_MAX_CHARACTERS - 1 },
    { maxCharacters: Number.NaN },
    { maxCharacters: 100, minCharacters: 51 },
    { minCharacters: 0 },
    { maxCharacters: 100, overlapCharacters: 26 },
    { overlapCharacters: -1 },
  ])
    expect(() => chunkText("x", wrong), JSON.stringify(wrong)).toThrow(RangeError)
  expect(() => chunkText("x", { maxCharacters: 100, minCharacters: 50 })).not.toThrow()
  expect(() => chunkText("x", { maxCharacters: 100, minCharacters: 30, overlapCharacters: 25 })).not.toThrow()
})
