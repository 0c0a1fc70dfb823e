import { act } from "react"
import { createRoot } from "react-dom/client"
import { expect, test } from "vitest"
import Markdown from "../src/conversation/markdown.tsx"

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

async function shown(text: string): Promise<HTMLElement> {
  const place = document.createElement("div")
  await act(async () => createRoot(place).render(<Markdown text={text} />))
  return place
}

test("[WB14] raw HTML stands as text, every character of it", async () => {
  const hostile = 'a <script>alert(1)</script> <img src=x onerror="alert(2)"> b'
  const place = await shown(`${hostile}\n\n<iframe src="https://evil.example"></iframe>\n\n<style>p{}</style>`)
  expect(place.querySelectorAll("script, img, iframe, style")).toHaveLength(0)
  expect(place.textContent).toContain(hostile)
  expect(place.textContent).toContain('<iframe src="https://evil.example"></iframe>')
  expect(place.textContent).toContain("<style>p{}</style>")
})

test("[WB14] links lead to http, https and mailto only, and tell the other side nothing", async () => {
  const place = await shown(
    "[a](https://example.org/x) [b](javascript:alert(1)) [c](data:text/html,x) [d](vbscript:x) [e](#/c/other) [f](JaVaScRiPt:x) <mailto:a@b.example>",
  )
  const links = [...place.querySelectorAll("a")]
  expect(links.map((link) => link.getAttribute("href"))).toEqual(["https://example.org/x", "mailto:a@b.example"])
  for (const link of links) {
    expect(link.rel).toContain("noopener")
    expect(link.rel).toContain("noreferrer")
    expect(link.target).toBe("_blank")
  }
  expect(place.textContent).toBe("a b c d e f mailto:a@b.example")
})

test("[WB14] an image is a link: nothing is loaded from elsewhere", async () => {
  const place = await shown(
    "![a chart](https://evil.example/pixel.png) ![](https://evil.example/b.png)\n\n[![in a link](https://evil.example/c.png)](https://example.org)",
  )
  expect(place.querySelector("img")).toBeNull()
  expect(place.textContent).toContain("Image: a chart")
  expect(place.textContent).toContain("Image: evil.example")
})

test("[WB14] code is shown and copied as it was written", async () => {
  const code = "if (a < b && c) {\n\treturn `<b>`\n}"
  const place = await shown(`\`\`\`ts\n${code}\n\`\`\``)
  expect(place.querySelector("pre")!.textContent).toBe(code)
  expect(place.querySelector("figcaption span")!.textContent).toBe("ts")
})

test("[WB9] pieces render like the whole", async () => {
  const place = await shown("1. a\n\n2. b\n\n   more\n\npara\n\n- x\n- y\n\n> q\n\n| a | b |\n|---|---|\n| 1 | 2 |")
  expect([...place.children].map(({ tagName }) => tagName)).toEqual(["OL", "P", "UL", "BLOCKQUOTE", "DIV"])
  expect(place.querySelectorAll("ol > li")).toHaveLength(2)
})
