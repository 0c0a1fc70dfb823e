import { extractText, MAX_TEXT_CHARACTERS } from "@polylogue/retrieval"
import { expect, test } from "vitest"
import { MAX_PAGES } from "../src/pdf-text.ts"
import { type PlacedWords, writePdf, type WrittenPdf } from "./pdf-writer.ts"

const read = (pdf: WrittenPdf, options = {}): ReturnType<typeof extractText> =>
  extractText({ bytes: writePdf(pdf), name: "a.pdf" }, options)

/** Lines of a column, from the top. */
const column = (lines: readonly string[], { x = 72, top = 700, size = 12 } = {}): PlacedWords[] =>
  lines.map((text, index) => ({ x, y: top - index * size * 1.25, size, text }))

const pageOf = async (words: readonly PlacedWords[]): Promise<string> => (await read({ pages: [words] })).text

test("[RT1] a PDF is read page by page, with its title and where its pages begin", async () => {
  const { text, pages, title, notices } = await read({
    title: "Grey herons",
    pages: [column(["One."]), column(["Two."]), column(["Three."])],
  })
  expect(text).toBe("One.\n\nTwo.\n\nThree.")
  expect(pages.map(({ page, start }) => [page, text.slice(start, start + 3)])).toEqual([
    [1, "One"],
    [2, "Two"],
    [3, "Thr"],
  ])
  expect([title, notices]).toEqual(["Grey herons", undefined])
  for (const none of ["", "Microsoft Word - thesis.docx", "untitled", "paper.dvi"])
    expect((await read({ title: none, pages: [column(["x"])] })).title).toBeUndefined()
})

test("[RT11] lines of a paragraph are one, and other lines stay", async () => {
  const prose = [
    "The heron waits in the reeds for a long time and does",
    "not move, though nobody who walks by could tell you for",
    "what.",
  ]
  expect(await pageOf(column(prose))).toBe(prose.join(" "))
  expect(await pageOf([...column(["On herons"], { top: 740, size: 20 }), ...column(prose)])).toBe(`On herons\n\n${prose.join(" ")}`)
  expect(await pageOf([...column(prose), ...column(["And more."], { top: 620 })])).toBe(`${prose.join(" ")}\n\nAnd more.`)
  const listing = [
    "Some words that reach as far as lines of this page do reach",
    "and end there. A listing:",
    "if (heron) {",
    "  wait()",
    "}",
  ]
  expect(await pageOf(column(listing))).toBe(
    `${listing[0]} ${listing
      .slice(1)
      .map((line) => line.trim())
      .join("\n")}`,
  )
  expect(await pageOf(column(["Buy", "two herons that are grey, and a stork that is not grey", "1. here", "2. there"]))).toBe(
    "Buy\ntwo herons that are grey, and a stork that is not grey\n1. here\n2. there",
  )
})

test("[RT11] a word that a line end divided is whole, with its hyphen where the file writes it so", async () => {
  const lines = [
    "Nobody knows what the heron is waiting for, and not know-",
    "ing it is well-known to people who walk by. A well-",
    "known bird, says the sign at the edge of the pond.",
  ]
  expect(await pageOf(column(lines))).toBe(
    "Nobody knows what the heron is waiting for, and not knowing it is well-known to people who walk by. A well-known bird, says the sign at the edge of the pond.",
  )
})

test("[RT11] Chinese and Japanese are read where the file says its letters, and lines join without a space", async () => {
  const pages = [column(["東京タワーは、東京都港区にある", "高い塔です。"])]
  expect((await read({ cjk: "to-unicode", pages })).text).toBe("東京タワーは、東京都港区にある高い塔です。")
  await expect(read({ cjk: "outside", pages })).rejects.toMatchObject({
    code: "unreadable",
    message: expect.stringContaining("UniGB-UCS2-H") as string,
  })
})

test("[RT2] a locked, a scanned and a broken PDF are refused, each with what to do", async () => {
  await expect(read({ locked: true, pages: [column(["secret"])] })).rejects.toMatchObject({
    code: "locked",
    message: expect.stringContaining("password") as string,
  })
  await expect(read({ pages: [[], []] })).rejects.toMatchObject({ code: "empty", message: expect.stringContaining("pictures") as string })
  await expect(extractText({ bytes: new TextEncoder().encode("%PDF-1.7\nnothing"), name: "a" })).rejects.toMatchObject({
    code: "unreadable",
  })
  const { text, pages, notices } = await read({ pages: [[], column(["Two."]), []] })
  expect([text, pages.map(({ start }) => start)]).toEqual(["Two.", [0, 0, 4]])
  expect(notices).toMatchObject([{ code: "silent-pages", message: expect.stringContaining("2 of 3 pages (1, 3)") as string }])
})

test("[RT12] what a PDF would run is not run, and its bytes stay the giver's", async () => {
  const bytes = writePdf({ script: "globalThis.heron = 1", pages: [column(["quiet"])] })
  const before = bytes.slice()
  expect((await extractText({ bytes, name: "a.pdf" })).text).toBe("quiet")
  expect([bytes, "heron" in globalThis]).toEqual([before, false])
  const buffer = Buffer.from(bytes)
  expect((await extractText({ bytes: buffer, name: "a.pdf" })).text).toBe("quiet")
  expect(buffer).toEqual(Buffer.from(before))
})

test("[RT9] a long PDF tells how far it is, ends when asked to, and has limits", async () => {
  const pages = Array.from({ length: 5 }, (_, index) => column([`Page ${index + 1}`]))
  const told: string[] = []
  await read({ pages }, { onProgress: (done: number, all: number) => told.push(`${done}/${all}`) })
  expect(told).toEqual(["1/5", "2/5", "3/5", "4/5", "5/5"])
  const ending = new AbortController()
  const reason = new Error("enough")
  await expect(read({ pages }, { signal: ending.signal, onProgress: (done: number) => done === 2 && ending.abort(reason) })).rejects.toBe(
    reason,
  )
  await expect(read({ pages: Array.from({ length: MAX_PAGES + 1 }, () => []) })).rejects.toMatchObject({ code: "too-large" })
  const long = column(
    Array.from({ length: 600 }, () => "i".repeat(MAX_TEXT_CHARACTERS / 1_500)),
    { size: 1, x: 1 },
  )
  await expect(read({ pages: [long, long, long] })).rejects.toMatchObject({
    code: "too-large",
    message: expect.stringContaining("page 3 of 3") as string,
  })
})
