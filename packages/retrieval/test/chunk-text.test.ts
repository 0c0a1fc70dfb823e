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
