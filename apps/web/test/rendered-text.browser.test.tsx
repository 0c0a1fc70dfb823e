import { act } from "react"
import { createRoot } from "react-dom/client"
import { expect, test } from "vitest"
import { RenderedText } from "../src/citations/rendered-text.ts"
import Markdown from "../src/markdown/markdown.tsx"
import { shownWords } from "../src/markdown/source-runs.ts"

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

async function shown(text: string): Promise<{ readonly place: HTMLElement; readonly end: () => Promise<void> }> {
  const place = document.body.appendChild(document.createElement("div"))
  const root = createRoot(place)
  await act(async () => root.render(<Markdown text={text} />))
  const end = async (): Promise<void> => {
    await act(async () => root.unmount())
    place.remove()
  }
  return { place, end }
}

/** Chooses words on the page, across whatever elements they stand in. */
function choose(place: HTMLElement, words: string): Range {
  const walker = document.createTreeWalker(place, NodeFilter.SHOW_TEXT)
  const nodes: Text[] = []
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) nodes.push(node as Text)
  const from = nodes
    .map(({ data }) => data)
    .join("")
    .indexOf(words)
  const range = document.createRange()
  let at = 0
  for (const node of nodes) {
    if (from >= at && from < at + node.length) range.setStart(node, from - at)
    if (from + words.length > at && from + words.length <= at + node.length) range.setEnd(node, from + words.length - at)
    at += node.length
  }
  return range
}

const TEXTS: readonly (readonly [text: string, words: string, written: string])[] = [
  [
    "The sky is **blue** because of [scattering](https://example.org/is/blue) of light.",
    "blue because of scattering of",
    "blue** because of [scattering](https://example.org/is/blue) of",
  ],
  ["- one\n- two `three` four\n\nSecond two.", "three four", "three` four"],
  ["A &amp; B, 1 \\* 2 and 3 &lt; 4", "B, 1 * 2", "B, 1 \\* 2"],
  ["| a | b |\n| - | - |\n| first | second |", "second", "second"],
  ["السماء **زرقاء** بسبب التشتت", "زرقاء بسبب", "زرقاء** بسبب"],
  ["空は**青い**です。光が散るからです。", "青いです。光", "青い**です。光"],
  ["A 🦊 fox\n\n```ts\nconst fox = 1\n```\n\nand a fox 🦊 again", "fox 🦊 again", "fox 🦊 again"],
  ["Formula $a^2 + b^2 = c^2$ is old.", "is old", "is old"],
  ["Said twice. Said twice.\n\nSaid twice.", "Said twice.", "Said twice."],
]

test("[WB150] words that are chosen on the page are those of the text as it was written, whatever Markdown stands in it", async () => {
  for (const [text, words, written] of TEXTS) {
    const { place, end } = await shown(text)
    const rendered = new RenderedText(place, text)
    const found = rendered.written(choose(place, words))
    expect(found === undefined ? undefined : text.slice(found.from, found.to), words).toBe(written)
    expect(found === undefined ? undefined : rendered.shown(found)?.toString().replaceAll(/\s+/gu, " "), words).toBe(words)
    await end()
  }
})

test("[WB150] each word of a text leads to itself and back", async () => {
  const text =
    "# Heading\n\nSome *words* in `code` and [a link](https://example.org/words).\n\n1. first\n2. second\n\n> quoted **strong** words"
  const { place, end } = await shown(text)
  const rendered = new RenderedText(place, text)
  for (const { index, 0: word } of text.matchAll(/[A-Za-z]+/g)) {
    const range = rendered.shown({ from: index, to: index + word.length })
    if (range === undefined) expect("https example org words").toContain(word)
    else expect([range.toString(), rendered.written(range)]).toEqual([word, { from: index, to: index + word.length }])
  }
  await end()
})

test("[WB150] words that are quoted are told as they are read", () => {
  expect(shownWords("**blue** and `code`,\n- a [link](https://example.org)\n- &amp; more")).toBe("blue and code, a link & more")
})
