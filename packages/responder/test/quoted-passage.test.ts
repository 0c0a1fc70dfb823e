import { expect, test } from "vitest"
import { excerptOf, MAX_EXCERPT_LENGTH } from "../src/passages/quoted-passage.ts"

const shown = (text: string, terms: readonly string[]): string => {
  const { from, to } = excerptOf(text, terms)
  return text.slice(from, to)
}

test("[RS28] an excerpt is made of whole sentences around what was sought, and is as long as the limit at most", () => {
  const sentence = (word: string, length: number): string => `${word}${" x".repeat((length - word.length - 1) / 2)}.`
  const far = sentence("Far", MAX_EXCERPT_LENGTH - 11)
  expect(shown(`${far} A heron.`, ["heron"])).toBe(`${far} A heron.`)
  const beyond = sentence("Far", MAX_EXCERPT_LENGTH - 8)
  expect(shown(`${beyond} A heron.`, ["heron"])).toBe("A heron.")
})

test("[RS28] one sentence that is too long is cut between words around what was sought, never inside a character", () => {
  const text = `${"a 😀 ".repeat(500)}heron ${"b 😀 ".repeat(500)}`
  const cut = shown(text, ["heron"])
  expect(cut).toContain("heron")
  expect(cut.length).toBeLessThanOrEqual(MAX_EXCERPT_LENGTH)
  expect(cut.isWellFormed()).toBe(true)
  const solid = shown("😀".repeat(1000), [])
  expect(solid.isWellFormed()).toBe(true)
  expect(solid.length).toBeLessThanOrEqual(MAX_EXCERPT_LENGTH)
})
