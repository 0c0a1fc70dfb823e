import { extractText } from "@polylogue/retrieval"
import { expect, test } from "vitest"
import { MAX_HTML_DEPTH, MAX_HTML_NODES } from "../src/html-text.ts"

const read = (html: string): ReturnType<typeof extractText> => extractText({ bytes: new TextEncoder().encode(html), name: "a.html" })
const textOf = async (html: string): Promise<string> => (await read(html)).text

test("[RT1] of a page only its words are read, and its title", async () => {
  const html =
    "<!doctype html><title> Grey\n heron </title><style>p{}</style><p>A grey <b>bird</b>.</p><script>alert(1)</script><p>It waits."
  expect(await read(html)).toEqual({ text: "A grey bird.\n\nIt waits.", pages: [], title: "Grey heron" })
})

test("[RT1] blanks stand as a reader sees them", async () => {
  expect(await textOf("<p>  one\n\ttwo <i> three</i> four  </p>five<div>six</div>seven<br>eight<br><br><br>nine")).toBe(
    "one two three four\n\nfive\nsix\nseven\neight\n\nnine",
  )
  expect(await textOf("<p>a&nbsp;b&amp;c&lt;d&#x1f642;</p>")).toBe("a b&c<d🙂")
  expect(await textOf("<p>before<pre>\n  if x:\n\n    y\n</pre>after")).toBe("before\n\n  if x:\n\n    y\n\nafter")
  expect(await textOf("un<b>bro</b>ken<wbr>word")).toBe("unbrokenword")
})

test("[RT1] cells and items stand apart", async () => {
  const table = "<table><caption>Birds</caption><tr><th>Name<th>Count<tr><td>Heron<td>3<tr><td> Stork </td> <td>4</table>"
  expect(await textOf(table)).toBe("Birds\nName\tCount\nHeron\t3\nStork\t4")
  const list = "<ul><li>one<li><p>two</p><li></li><li>three<ul><li>inner</ul></ul><ol start=3><li>c<li value=7>g<li>h</ol>"
  expect(await textOf(list)).toBe("• one\n\n• two\n\n• three\n• inner\n\n3. c\n7. g\n8. h")
  expect(await textOf("<nav>Home</nav><main>Text</main><aside>Note</aside><dl><dt>Heron<dd>A bird</dl>")).toBe(
    "Home\nText\nNote\n\nHeron\nA bird",
  )
})

test("[RT1] what is hidden, stands in for something or explains its sound is not read", async () => {
  const silent = [
    "<p hidden>x</p>",
    '<p aria-hidden="true">x</p>',
    '<p style="color:red; display: none">x</p>',
    "<noscript>x</noscript>",
    "<template>x</template>",
    "<svg><title>x</title><text>x</text></svg>",
    "<video>x</video>",
    "<iframe>x</iframe>",
    "<!-- x -->",
  ]
  for (const html of silent) expect(await textOf(`a${html}b`), html).not.toContain("x")
  expect(await textOf("<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp>字<rt>じ</rt></ruby>")).toBe("漢字")
  expect(await textOf('<p hidden="until-found">seen')).toBe("seen")
})

test("[RT9] pages are read to any depth that has a sense, and no further", async () => {
  const open = MAX_HTML_DEPTH - 2
  expect(await textOf(`${"<div>".repeat(open)}deep`)).toBe("deep")
  await expect(read(`${"<div>".repeat(open + 1)}deep`)).rejects.toMatchObject({ code: "too-large" })
})

test("[RT9] a page that asks a parser for more than it says is refused", async () => {
  const many = Array.from({ length: 2_000 }, (_, index) => `<font size=${index}>`).join("")
  await expect(read(`<p>${many}${"<p>x".repeat(MAX_HTML_NODES / 2_000)}`)).rejects.toMatchObject({ code: "too-large" })
})

test("[RT9] a long page is read whole", async () => {
  const html = "<p>word</p><!-- as pages of encyclopedias are -->".repeat(200_000)
  expect((await textOf(html)).length).toBe(200_000 * 6 - 2)
})
