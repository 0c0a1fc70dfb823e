import { extractText } from "@polylogue/retrieval"
import { expect, test } from "vitest"

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

test("[RT1] of a page only its words are read", async () => {
  const html = "<!doctype html><title>Heron</title><style>p{}</style><p>A grey <b>bird</b>.</p><script>alert(1)</script><p>It waits."
  expect(await extractText({ bytes: bytes(html), name: "heron.html" })).toEqual({
    text: "A grey bird.\nIt waits.",
    pages: [],
    title: "Heron",
  })
})

test("[RT2] what is no PDF and what is empty are refused", async () => {
  await expect(extractText({ bytes: bytes("%PDF-1.7\nnothing"), name: "a.pdf" })).rejects.toMatchObject({ code: "unreadable" })
  await expect(extractText({ bytes: bytes(" \n"), name: "a.txt" })).rejects.toMatchObject({ code: "empty" })
})
