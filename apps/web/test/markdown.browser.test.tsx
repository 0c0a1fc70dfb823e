import { act } from "react"
import { createRoot } from "react-dom/client"
import { expect, test } from "vitest"
import Markdown from "../src/markdown/markdown.tsx"

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

async function shown(text: string, streaming = false): Promise<HTMLElement> {
  const place = document.createElement("div")
  await act(async () => createRoot(place).render(<Markdown text={text} streaming={streaming} />))
  return place
}

/** Polls between renders, as what comes later needs. */
const settled = <Value,>(read: () => Value) =>
  expect.poll(async () => {
    await act(async () => {})
    return read()
  })

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
  expect(place.querySelector(".code-language")!.textContent).toBe("ts")
})

test("[WB9] pieces render like the whole", async () => {
  const place = await shown("1. a\n\n2. b\n\n   more\n\npara\n\n- x\n- y\n\n> q\n\n| a | b |\n|---|---|\n| 1 | 2 |")
  expect([...place.children].map(({ tagName }) => tagName)).toEqual(["OL", "P", "UL", "BLOCKQUOTE", "DIV"])
  expect(place.querySelectorAll("ol > li")).toHaveLength(2)
})

test("[WB9] a text of too many pieces stands as it was written, one piece fewer does not", async () => {
  const most = await shown("*x*\n\n".repeat(1_000))
  expect(most.querySelectorAll("em")).toHaveLength(1_000)
  const more = await shown("*x*\n\n".repeat(1_001))
  expect(more.querySelector("em")).toBeNull()
  expect(more.textContent).toContain("*x*")
})

test("[WB52] a formula is MathML once what sets it has come, and its source where it is none", async () => {
  const place = await shown("Let \\(x^2\\) be.\n\n$$\n\\frac{a}{b}\n$$\n\nand \\(\\frac{\\) too")
  await settled(() => place.querySelectorAll("math").length).toBe(2)
  expect(place.querySelector(".maths-inline msup")).not.toBeNull()
  expect(place.querySelector(".maths-display mfrac")).not.toBeNull()
  expect(place.querySelector(".maths-source")!.textContent).toBe("\\frac{")
})

test("[WB52] a formula that is being written stands as its source until it is whole", async () => {
  const place = await shown("so \\(x^2 + \\fra", true)
  await settled(() => place.querySelector(".maths-source")?.textContent).toBe("x^2 + \\fra")
  expect(place.querySelector("math")).toBeNull()
})

test("[WB52] a formula loads nothing, runs nothing and ends", async () => {
  const hostile = [
    "\\href{javascript:alert(1)}{x}",
    "\\includegraphics{https://evil.example/a.png}",
    "\\htmlData{onclick=alert(1)}{x}",
    "\\url{https://evil.example}",
    "\\def\\a{\\a\\a}\\a",
    "\\text{<img src=x onerror=alert(1)>}",
    "\\rule{100000em}{100000em}",
  ]
  const place = await shown(hostile.map((tex) => `$$${tex}$$`).join("\n\n"))
  await settled(() => place.querySelectorAll("math").length).toBeGreaterThan(0)
  expect(place.querySelectorAll("a, img, script, iframe, [onclick], [onerror], [href], [src], [style*=url]")).toHaveLength(0)
  expect(place.innerHTML).not.toContain("100000em")
})

test("[WB53] code has colours once its language has come, and is the same text", async () => {
  const code = 'def f(x):\n    # a comment\n    return "text"'
  const place = await shown(`\`\`\`python\n${code}\n\`\`\``)
  await settled(() => place.querySelector(".code-keyword")?.textContent).toBe("def")
  expect(place.querySelector(".code-comment")!.textContent).toBe("# a comment")
  expect(place.querySelector(".code-string")!.textContent).toBe('"text"')
  expect(place.querySelector("pre")!.textContent).toBe(code)
})

test("[WB53] of code that is being written the finished lines have colours, and keep them", async () => {
  const place = document.createElement("div")
  const root = createRoot(place)
  const show = (text: string): Promise<void> => act(async () => root.render(<Markdown text={text} streaming />))
  await show("```python\ndef f(x):\n    retu")
  await settled(() => place.querySelectorAll(".code-keyword").length).toBe(1)
  const first = place.querySelector(".code-keyword")
  await show('```python\ndef f(x):\n    return "te')
  expect(place.querySelectorAll(".code-keyword")).toHaveLength(1)
  expect(place.querySelector(".code-keyword")).toBe(first)
  await show('```python\ndef f(x):\n    return "text"\n')
  expect(place.querySelectorAll(".code-keyword")).toHaveLength(2)
  expect(place.querySelector(".code-keyword")).toBe(first)
})

test("[WB53] long code is folded, unfolds, and is copied whole; what was seen growing is not folded", async () => {
  const code = Array.from({ length: 100 }, (_, line) => `line ${line}`).join("\n")
  const place = await shown(`\`\`\`\n${code}\n\`\`\``)
  expect(place.querySelector("pre")!.textContent).toBe(code.split("\n").slice(0, 40).join("\n"))
  const fold = place.querySelector<HTMLButtonElement>(".code-fold")!
  expect(fold.textContent).toBe("Show all 100 lines")
  await act(async () => fold.click())
  expect(place.querySelector("pre")!.textContent).toBe(code)
  const growing = await shown(`\`\`\`\n${code}\n`, true)
  expect(growing.querySelector("pre")!.textContent).toBe(code)
})

test("[WB55] a link whose words name another place shows where it leads", async () => {
  const place = await shown(
    "[https://bank.example](https://evil.example/x) [bank.example/login](https://bank.example.evil.example) [the bank](https://evil.example) [example.org](https://www.example.org/a) <https://bank.example@evil.example/>",
  )
  expect([...place.querySelectorAll(".link-host bdi")].map(({ textContent }) => textContent)).toEqual([
    "evil.example",
    "bank.example.evil.example",
    "evil.example",
  ])
})

test("[WB55] a link that only looks like one of this page shows where it leads, and one within it is words", async () => {
  const place = await shown("[bank.example](//evil.example/x) [settings](/settings) [mail](mailto:ana@example.org)")
  expect([...place.querySelectorAll("a")].map(({ href }) => href)).toEqual(["https://evil.example/x", "mailto:ana@example.org"])
  expect(place.querySelector(".link-host")!.textContent).toContain("leads to evil.example")
  expect(place.textContent).toContain("settings")
})

test("[WB55] what turns the direction of a text is shown by name and has no effect", async () => {
  const place = await shown("prose \u202egnp.exe and \u2066isolated\u2069\n\n`a\u202eb`\n\n```\nif \u2067x\n```")
  expect([...place.querySelectorAll(".direction-mark")].map(({ textContent }) => textContent)).toEqual(["RLO", "RLO", "RLI"])
  expect(place.textContent).not.toMatch(/[\u202d\u202e\u2067]/)
  expect(place.textContent).toContain("\u2066isolated\u2069")
})

test("[WB55] notes lead to their place in the same message, and their ids are those of no other", async () => {
  const place = document.body.appendChild(document.createElement("div"))
  const text = "A claim.[^1]\n\n[^1]: The source."
  await act(async () =>
    createRoot(place).render(
      <>
        <div className="markdown">
          <Markdown text={text} />
        </div>
        <div className="markdown">
          <Markdown text={text} />
        </div>
      </>,
    ),
  )
  const ids = [...place.querySelectorAll("[id]")].map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
  const second = place.querySelectorAll(".markdown")[1]
  const before = location.hash
  await act(async () => second.querySelector<HTMLElement>("sup a")!.click())
  expect(second.querySelector(".footnotes")!.contains(document.activeElement)).toBe(true)
  await act(async () => (document.activeElement as HTMLElement).click())
  expect(document.activeElement).toBe(second.querySelector("sup a"))
  expect(location.hash).toBe(before)
  place.remove()
})

test("[WB55] a text that is folded away is Markdown, and no other HTML is", async () => {
  const place = await shown("<details><summary>More <img src=x></summary>\n\n**bold** <b>raw</b>\n\n</details>\n\nafter")
  expect(place.querySelector("details summary")!.textContent).toBe("More")
  expect(place.querySelector("details strong")!.textContent).toBe("bold")
  expect(place.querySelector("details")!.textContent).toContain("<b>raw</b>")
  expect(place.querySelector("img, b")).toBeNull()
  expect(place.lastElementChild!.textContent).toBe("after")
})
