import { act } from "react"
import { createRoot } from "react-dom/client"
import { expect, test } from "vitest"
import { isLongText, plainPieces } from "../src/markdown/long-text.ts"
import Markdown from "../src/markdown/markdown.tsx"
import { HOSTILE_TEXTS } from "./hostile-texts.ts"

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

/** What would be there if a text had run, loaded or leaked something. */
const RUNS =
  "script, style, link, meta, base, iframe, frame, object, embed, form, button[formaction], img, picture, video, audio, source, " +
  "svg image, svg use, [style*='url'], [srcset], [srcdoc], [src], [ping], [background]"
/** Levels of elements below which browsers lay a page out recursively without harm. */
const MAX_DEPTH = 200

async function check(text: string): Promise<void> {
  const place = document.body.appendChild(document.createElement("div"))
  const root = createRoot(place)
  for (const streaming of [true, false]) {
    await act(async () => root.render(<Markdown text={text} streaming={streaming} />))
    expect(place.querySelectorAll(RUNS), text.slice(0, 80)).toHaveLength(0)
    for (const element of place.querySelectorAll("*")) {
      for (const { name, value } of element.attributes) {
        expect(name.startsWith("on"), `${name} in ${text.slice(0, 80)}`).toBe(false)
        if (name !== "href") continue
        expect(value, text.slice(0, 80)).toMatch(/^(?:https?:|mailto:|#fn)/)
      }
    }
    let depth = 0
    for (let level: Element[] = [place]; level.length > 0; level = level.flatMap((element) => [...element.children])) depth++
    expect(depth, text.slice(0, 80)).toBeLessThan(MAX_DEPTH)
  }
  await act(async () => root.unmount())
  place.remove()
}

test("[WB56] hostile texts run, load and leak nothing, whether whole or being written", async () => {
  const asked: string[] = []
  const observer = new PerformanceObserver((list) => asked.push(...list.getEntries().map(({ name }) => name)))
  observer.observe({ type: "resource" })
  for (const text of HOSTILE_TEXTS) {
    if (isLongText(text)) expect(plainPieces(text).join("")).toBe(text)
    else await check(text)
  }
  expect(Reflect.has(globalThis, "polylogueRan")).toBe(false)
  expect(asked.filter((url) => url.includes("evil.example"))).toEqual([])
  observer.disconnect()
}, 120_000)

// Absent where only the project is.
const naughty = Object.values(
  import.meta.glob<readonly string[]>("../../../../shared/data/text/blns.json", { eager: true, import: "default" }),
)

test.skipIf(naughty.length === 0)(
  "[WB56] naughty strings run, load and leak nothing, and those without mark-up stand word for word",
  async () => {
    const strings = naughty.flat()
    const place = document.body.appendChild(document.createElement("div"))
    const root = createRoot(place)
    await act(async () =>
      root.render(
        strings.map((text, index) => (
          <div key={index} className="markdown">
            <Markdown text={text} />
          </div>
        )),
      ),
    )
    expect(place.querySelectorAll(RUNS)).toHaveLength(0)
    const shown = [...place.querySelectorAll(".markdown")].map((element) => element.textContent ?? "")
    for (const [index, text] of strings.entries()) {
      if (/^[\p{L}\p{N} ,.]+$/u.test(text) && !/^\d+\. |^ {4}|www|\s\s|^\s|\s$/.test(text)) expect(shown[index]).toBe(text)
    }
    await act(async () => root.unmount())
    place.remove()
  },
)
