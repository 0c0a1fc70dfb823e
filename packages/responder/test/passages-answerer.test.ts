import { resolveCitation, retrievalsOf } from "@polylogue/conversation"
import { expect, test } from "vitest"
import { type Answerer, CONNECT_A_MODEL, MAX_QUOTED_PASSAGES, NO_MODEL, passagesAnswerer, SourceShelf } from "../src/index.ts"
import { answerOf, Library, WORKSPACE } from "./support/library.ts"

function answererOf({ replica, clock }: Library, hasModel = false): Answerer {
  const shelf = new SourceShelf({ replica, clock, workspace: WORKSPACE })
  return passagesAnswerer({ shelfOf: () => shelf, hasModel: () => hasModel })
}

test("[RS28] the best passages are quoted word by word under their sources, and each quote is cited at both ends", async () => {
  const library = await Library.open()
  const timetable = "Trains leave at nine from the north.\n\nOn Sundays trains leave at ten."
  await library.add("timetable", "Timetable", timetable, [{ page: 2, start: 0 }])
  await library.add("letter", "A letter", "She wrote that all the trains leave late in winter, and that nobody minds.")
  const question = library.ask("When do trains leave?")
  const { text, about, citations } = await answerOf(answererOf(library), question)

  expect(text.startsWith(NO_MODEL)).toBe(true)
  expect(text).toContain("**Timetable**")
  expect(text).toContain("> Trains leave at nine from the north.\n>\n> On Sundays trains leave at ten. (page 2)")
  expect(citations).toHaveLength(2)
  for (const citation of citations) {
    const { source } = citation
    if (source.kind !== "source") throw new Error("a passage is cited")
    const words = source.sourceId === "timetable" ? timetable : "She wrote that all the trains leave late in winter, and that nobody minds."
    const { answer, source: place } = resolveCitation(citation, text, words)
    expect(answer).toMatchObject({ state: "exact" })
    expect(place).toMatchObject({ state: "exact" })
    expect(source.anchor!.start).not.toBe("")
    expect(citation.answer!.quote.exact.replaceAll("\n>\n> ", " ")).toBe(source.anchor!.quote.exact.replaceAll(/\s+/gu, " "))
  }
  const [record, ...more] = retrievalsOf(question.ydoc, question.replyId)
  expect(more).toEqual([])
  expect(about).toMatchObject({ model: "passages", searched: 2, unsearched: 0, retrieval: record!.id })
  expect(record!.results.map(({ sourceId }) => sourceId).sort()).toEqual(["letter", "timetable"])
})

test("[RS28] paragraphs of a passage stay apart in its quote, and a heading is its words; all of it is one citation", async () => {
  const library = await Library.open()
  const said = "# Herons\n\nHerons stand in water.\nThey wait.\n\n\n# one. Herons\n\n#herons fly"
  await library.add("one", "One", said)
  const { text, citations } = await answerOf(answererOf(library), library.ask("herons"))
  const quote = ["> Herons", "> Herons stand in water. They wait.", "> one. Herons", String.raw`> \#herons fly`].join("\n>\n")
  expect(text.endsWith(`\n\n${quote}`)).toBe(true)
  expect(citations).toHaveLength(1)
  const { answer, source } = resolveCitation(citations[0]!, text, said)
  expect(answer).toEqual({ state: "exact", from: text.length - quote.length + 2, to: text.length })
  expect(source).toMatchObject({ state: "exact" })
})

test("[RS28] with a model beside it an answer of passages does not say that there is none, and is not the default", async () => {
  const library = await Library.open()
  await library.add("one", "One", "Trains leave at nine.")
  expect((await answerOf(answererOf(library, true), library.ask("trains?"))).text).not.toContain("No model")
  expect(answererOf(library, true).offers()).toMatchObject([{ id: "passages", kind: "passages", isDefault: false }])
  expect(answererOf(library).offers()).toMatchObject([{ id: "passages", kind: "passages", isDefault: true }])
})

test("[RS28] a short question is searched with what was asked before it; a long one stands for itself", async () => {
  const library = await Library.open()
  await library.add("one", "One", "In winter herons fly to the south.")
  await library.add("two", "Two", "In winter it snows.")
  const short = await answerOf(answererOf(library), library.ask("Where do herons live in the year?", "By the water.", "And in winter?"))
  expect(short.text.indexOf("herons")).toBeGreaterThan(-1)
  expect(short.text.indexOf("herons")).toBeLessThan(short.text.indexOf("snows"))
  const long = await answerOf(
    answererOf(library),
    library.ask("Where do herons live?", "By the water.", "What does it do when it snows at night?"),
  )
  expect(long.text).not.toContain("herons")
})

test("[RS28] no more passages than the limit are quoted, also of one source many times", async () => {
  const library = await Library.open()
  for (let at = 0; at <= MAX_QUOTED_PASSAGES; at++) await library.add(`source-${at}`, `Source ${at}`, "Trains leave at nine.")
  const { text, citations } = await answerOf(answererOf(library), library.ask("trains"))
  expect(text.match(/^> /gmu)).toHaveLength(MAX_QUOTED_PASSAGES)
  expect(citations).toHaveLength(MAX_QUOTED_PASSAGES)
  expect(new Set(citations.map(({ answer }) => answer!.position.from)).size).toBe(MAX_QUOTED_PASSAGES)
})

test("[RS29] without sources the answer says how to connect a model and how to add sources", async () => {
  const library = await Library.open()
  const { text, citations } = await answerOf(answererOf(library), library.ask("Hello"))
  expect(text).toBe(`${NO_MODEL}\n\n${CONNECT_A_MODEL}`)
  expect(text).toContain("npx polylogue serve --model-url http://127.0.0.1:11434/v1 --model")
  expect(text).toContain("Sources")
  expect(citations).toEqual([])
})

test("[RS29] where nothing is found the answer says what was searched; a question without words says so", async () => {
  const library = await Library.open()
  await library.add("one", "One", "Trains leave at nine.")
  const nothing = await answerOf(answererOf(library), library.ask("herons"))
  expect(nothing.text).toContain("None of the words were found in 1 source.")
  expect(nothing.about["retrieval"]).toBeNull()
  expect((await answerOf(answererOf(library), library.ask("   "))).text).toContain("has no words")
})

test("[RS29] an answer that is stopped ends without another word", async () => {
  const library = await Library.open()
  await library.add("one", "One", "Trains leave at nine.")
  const stop = new AbortController()
  const kinds: string[] = []
  for await (const event of answererOf(library).answer(library.ask("trains"), stop.signal)) {
    kinds.push(event.type)
    stop.abort()
  }
  expect(kinds).toEqual(["about"])
})

test("[RS30] nothing that a source says is markup in the answer that quotes it", async () => {
  const library = await Library.open()
  const hostile = [
    "herons ![x](http://evil.example/p.png) [here](javascript:alert(1)) <img src=x onerror=alert(1)> ```",
    "[1]: http://evil.example 'herons'",
    "# herons",
    "- herons `code` **bold** $x$ | a | b |",
  ].join("\n")
  await library.add("one", "**Title** [a](b)\n# more", hostile)
  const { text, citations } = await answerOf(answererOf(library), library.ask("herons"))
  const quote = text.split("\n").filter((line) => line.startsWith("> "))
  expect(quote).toHaveLength(1)
  const bare = quote[0]!.slice(2).replaceAll(/\\./gu, "")
  expect(bare).not.toMatch(/[\\`*_[\]<>#!|~$&]/u)
  expect(text).toContain(String.raw`**\*\*Title\*\* \[a\](b) \# more**`)
  expect(citations).toHaveLength(1)
})

test.each([
  ["1. first herons", String.raw`> 1\. first herons`],
  ["- herons", String.raw`> \- herons`],
  ["= herons", String.raw`> \= herons`],
  ["> herons", String.raw`> \> herons`],
])("[RS30] %s begins no list, heading or quote in a quote", async (said, quoted) => {
  const library = await Library.open()
  await library.add("one", "One", said)
  expect((await answerOf(answererOf(library), library.ask("herons"))).text).toContain(`\n\n${quoted}`)
})
