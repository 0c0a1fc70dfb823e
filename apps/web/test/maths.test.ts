import { createElement } from "react"
import { renderToStaticMarkup } from "react-dom/server"
import ReactMarkdown from "react-markdown"
import { expect, test } from "vitest"
import { looksLikeMaths, MAX_MATHS_LENGTH, remarkMaths } from "../src/markdown/maths-syntax.ts"

const PLUGINS = { remarkPlugins: [remarkMaths] as never }

/** The formulas in a Markdown text, those set apart with a bar before them. */
function formulas(text: string): string[] {
  const html = renderToStaticMarkup(createElement(ReactMarkdown, PLUGINS, text))
  const found = html.matchAll(/<code class="language-maths-(inline|display)">([^<]*)<\/code>/g)
  return [...found].map(
    ([, kind, value = ""]) => `${kind === "display" ? "|" : ""}${value.replaceAll("&amp;", "&").replaceAll("&lt;", "<")}`,
  )
}

test("[WB52] formulas stand between the delimiters that models write", () => {
  expect(formulas("Let \\(a_1 * b_2 * c\\) be.")).toEqual(["a_1 * b_2 * c"])
  expect(formulas("Then\n\\[\n  x = \\frac{1}{2}\n- y\n\\]\nholds.")).toEqual(["|x = \\frac{1}{2}\n- y"])
  expect(formulas("$$E = mc^2$$")).toEqual(["|E = mc^2"])
  expect(formulas("$$\nE = mc^2\n$$\n\nmore $$x$$ text")).toEqual(["|E = mc^2", "|x"])
  expect(formulas("- item\n  \\[\n  a < b\n  \\]\n- next")).toEqual(["|a < b"])
  expect(formulas("> quoted\n> $$\n> x\n> $$")).toEqual(["|x"])
  expect(formulas("with $x$, $n_1$ and $a + b = c$; also ($\\alpha$).")).toEqual(["x", "n_1", "a + b = c", "\\alpha"])
  expect(formulas("\\(a \\text{ or } b\\\\\\) is \\(c\\)")).toEqual(["a \\text{ or } b\\\\", "c"])
})

test("[WB52] prices, variables, code and escapes are no formulas", () => {
  for (const text of [
    "It costs $5 and then $10.",
    "From $5-$10 or US$5 (or $6) to $1,000.",
    "between $5 and 6$ or $20/month and $30/month",
    "$HOME/bin and $PATH, ${x} and $(pwd)",
    "`$x$` and `\\(x\\)`",
    "```\n$$\nx\n$$\n```",
    "    $$x$$",
    "\\$x\\$",
    "costs $$ or $$$",
    "a $ b $ c",
    "only \\(open here",
    "only \\[open\n\nand closed \\] later",
    "$$\nopen\n\nnot closed",
  ]) {
    expect(formulas(text), text).toEqual([])
  }
})

test("[WB52] an opening without its closing takes nothing away", () => {
  const html = renderToStaticMarkup(createElement(ReactMarkdown, PLUGINS, "one\n$$\ntwo **three**\n\nfour \\( five"))
  expect(html).toContain("<strong>three</strong>")
  expect(html.replace(/<[^>]*>/g, "")).toMatch(/one\s+\$\$\s+two three\s+four \( five/)
})

test("[WB52] a formula has a longest length, and openings without end cost no more than a reading", () => {
  expect(formulas(`\\(${"x".repeat(MAX_MATHS_LENGTH - 3)}\\)`)).toHaveLength(1)
  expect(formulas(`\\(${"x".repeat(MAX_MATHS_LENGTH)}\\)`)).toEqual([])
  expect(formulas("\\(".repeat(3_000))).toEqual([])
  expect(formulas("$x ".repeat(3_000))).toEqual([])
})

test("[WB52] a single dollar sign is taken for a formula only where nothing else is meant", () => {
  for (const text of ["x", "n", "x_1", "a+b", "2x + 1", "\\frac{1}{2}", "O(n)", "\\sin x", "f'(x)", "x \\in \\mathbb{R}"])
    expect(looksLikeMaths(text), text).toBe(true)
  for (const text of ["", " x", "5", "5.00", "some words", "5 (or", "10 per month, or", "the cost = "])
    expect(looksLikeMaths(text), text).toBe(false)
})
