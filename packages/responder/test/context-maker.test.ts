import { AnsweringConversation, type NewAsk, type NewPart, Prompt, promptDocumentId, retrievalsOf } from "@polylogue/conversation"
import { ReplicaError } from "@polylogue/replica"
import { expect, test } from "vitest"
import * as Y from "yjs"
import {
  type AnswerContext,
  type AnswerError,
  contextMaker,
  FileReader,
  MAX_ATTACHMENT_BYTES,
  MAX_GIVEN_PASSAGES,
  type Question,
  SourceShelves,
} from "../src/index.ts"
import { Library, questionAbout, WORKSPACE } from "./support/library.ts"

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

/** A library in which a model is asked. */
class Study {
  readonly library: Library
  readonly #make: ReturnType<typeof contextMaker>

  constructor(library: Library) {
    this.library = library
    const { replica, clock } = library
    const shelves = new SourceShelves({ replica, clock })
    this.#make = contextMaker({ replica, clock, shelfOf: (workspace) => shelves.of(workspace), system: "Be brief." })
  }

  static async open(): Promise<Study> {
    return new Study(await Library.open())
  }

  ask(text: string, parts: readonly NewPart[] = [], asked: Partial<NewAsk> = {}): Question {
    const { options } = this.library
    const ydoc = new Y.Doc()
    const conversation = new AnsweringConversation(ydoc, options)
    const messageId = conversation.send({ text, parts, parentId: null })
    return questionAbout(conversation, ydoc, options, messageId, asked)
  }

  context(question: Question, budgetTokens = 4_000, signal = new AbortController().signal): Promise<AnswerContext> {
    return this.#make(question, { budgetTokens, tools: new Set(), signal })
  }
}

function asked({ messages }: AnswerContext): string {
  const last = messages.at(-1)
  return last?.role === "user" ? last.text : ""
}

test("[RS32] passages of sources stand with the question under their numbers, noted at the reply once, and are cited by them", async () => {
  const study = await Study.open()
  await study.library.add("timetable", "Timetable", "Trains leave at nine from the north.")
  const question = study.ask("When do the trains leave?")
  const context = await study.context(question)
  expect(asked(context)).toMatch(/<data \S+ passage \[1\] of "Timetable">\nTrains leave at nine from the north\.\n/u)
  expect(context.messages[0]).toMatchObject({ role: "system", text: expect.stringContaining("Be brief.") })
  const again = await study.context({ ...question, resumes: true })
  const records = retrievalsOf(question.ydoc, question.replyId)
  expect(records).toHaveLength(1)
  expect([context.record, again.record]).toMatchObject(
    [1, 1].map(() => ({ retrieval: records[0]!.id, passages: 1, sources: { searched: 1, unsearched: 0 } })),
  )
  const text = "At nine [1], they say. Or at ten [2]."
  const citations = context.citations([{ pid: "1.0", type: "text", text }], [...context.passages, undefined])
  expect(citations).toMatchObject([{ partId: "1.0", answer: { from: 0, to: 7 }, source: { sourceId: "timetable" } }])
})

test("[RS32] what an ask wants of no sources is not searched for; no more passages are given than the limit", async () => {
  const study = await Study.open()
  for (let at = 0; at <= MAX_GIVEN_PASSAGES; at++) await study.library.add(`s${at}`, `S${at}`, "Trains leave at nine.")
  expect((await study.context(study.ask("trains"))).passages).toHaveLength(MAX_GIVEN_PASSAGES)
  const without = study.ask("trains", [], { options: { sources: "none" } })
  const { passages, record } = await study.context(without)
  expect(passages).toEqual([])
  expect(record["retrieval"]).toBeNull()
  expect(retrievalsOf(without.ydoc, without.replyId)).toEqual([])
})

test("[RS32] a context leaves a tenth of the room for what the estimate is wrong by, and can be shortened until nothing is left to go", async () => {
  const study = await Study.open()
  await study.library.add("one", "One", "Trains leave at nine. ".repeat(50))
  const context = await study.context(study.ask("trains"), 1_000)
  expect(context.record["budget"]).toBe(900)
  const shortened = [context]
  for (let next = context.shrink(); next !== undefined; next = next.shrink()) shortened.push(next)
  expect(shortened.length).toBeGreaterThan(1)
  expect(shortened.length).toBeLessThanOrEqual(3)
  expect(shortened.at(-1)!.passages).toEqual([])
})

test("[RS32] a question whose answer was stopped meanwhile is given up, with nothing noted", async () => {
  const study = await Study.open()
  await study.library.add("one", "One", "Trains leave at nine.")
  const question = study.ask("trains")
  await expect(study.context(question, 1_000, AbortSignal.abort(new Error("stopped")))).rejects.toThrow("stopped")
  expect(retrievalsOf(question.ydoc, question.replyId)).toEqual([])
})

test("[RS34] a prompt is read from its document by the hash of the version; what is none, or of no prompt, is refused", async () => {
  const study = await Study.open()
  let versionId = ""
  await study.library.write(promptDocumentId(WORKSPACE, "guide"), (ydoc) => {
    const prompt = new Prompt(ydoc, study.library.options)
    prompt.create({ name: "Guide", text: "You are a guide." })
    versionId = prompt.saveVersion("main", { message: "" })
    prompt.setText("main", prompt.getSlots("main")[0]!.id, "You are changed.")
  })
  const prompt = { promptId: "guide", versionId, name: "Guide" }
  const context = await study.context(study.ask("Hello", [], { prompt }))
  expect(context.messages[0]).toEqual({ role: "system", text: "You are a guide." })
  expect(context.record["prompt"]).toEqual({ promptId: "guide", versionId })
  for (const wrong of [
    { promptId: "../index" },
    { promptId: "other" },
    { versionId: versionId.replace(/^./u, (sign) => (sign === "A" ? "B" : "A")) },
    { versionId: "x" },
  ]) {
    const error = await study
      .context(study.ask("Hello", [], { prompt: { ...prompt, ...wrong } }))
      .catch((caught: unknown) => caught as AnswerError)
    expect(error).toMatchObject({ code: "bad-request" })
  }
})

test("[RS35] files of the workspace are read by their hashes", async () => {
  const study = await Study.open()
  const { blobs } = study.library.replica
  const page = await blobs.put(WORKSPACE, bytesOf("<html><body><h1>Herons</h1><script>alert(1)</script><p>They fly.</p></body></html>"))
  const parts = [
    { type: "file", sha256: page, name: "birds.html", mediaType: "text/html" },
    { type: "file", sha256: page.replace(/^./u, (sign) => (sign === "0" ? "1" : "0")), name: "gone.txt", mediaType: "text/plain" },
  ]
  const context = await study.context(study.ask("Read.", parts))
  expect(asked(context)).toContain("Herons")
  expect(asked(context)).toContain("They fly.")
  expect(asked(context)).not.toContain("alert")
  expect(context.record["files"]).toMatchObject([
    { name: "birds.html", problem: null },
    { name: "gone.txt", characters: 0, problem: expect.stringContaining("cannot be had") },
  ])
})

/** A reader whose blobs are `bytes`, or an error. */
function readerOf(blob: Uint8Array | Error): { readonly reader: FileReader; readonly asked: () => number } {
  let count = 0
  const get = async (): Promise<Uint8Array> => {
    count++
    if (blob instanceof Error) throw blob
    return blob
  }
  return { reader: new FileReader({ get }, WORKSPACE), asked: () => count }
}

const FILE = { sha256: "a".repeat(64), name: "a.txt", mediaType: "text/plain" }

test.each([
  ["a picture", { ...FILE, mediaType: "image/png" }, bytesOf("x"), "it is a picture"],
  ["an address", { ...FILE, sha256: null }, bytesOf("x"), "only its address is known, which is not followed"],
  ["an erased file", FILE, new ReplicaError("erased", "secret"), "it was erased"],
  ["a file that never came", FILE, new ReplicaError("not-found", "secret"), "its bytes have not come to the relay"],
  ["a file out of reach", FILE, new ReplicaError("unavailable", "secret"), "it cannot be had at the moment"],
  ["no hash", FILE, new RangeError("secret"), "what names it is no hash"],
  ["an empty file", FILE, bytesOf("  \n"), "it holds no text"],
  ["what is no text", { ...FILE, name: "a.bin", mediaType: "" }, new Uint8Array([0, 1, 2, 0, 255, 0]), "files of its kind are not read"],
  ["a file past the limit", FILE, new Uint8Array(MAX_ATTACHMENT_BYTES + 1).fill(97), "it has more than 16 MiB"],
] as const)("[RS35] %s is told as what cannot be read, and why", async (_what, file, blob, problem) => {
  expect(await readerOf(blob).reader.read(file)).toEqual({ problem })
})

test("[RS35] a file is fetched once while its text is kept; the same bytes under another kind are read anew", async () => {
  const { reader, asked } = readerOf(bytesOf("words"))
  expect([await reader.read(FILE), await reader.read(FILE)]).toEqual([{ text: "words" }, { text: "words" }])
  expect(asked()).toBe(1)
  await reader.read({ ...FILE, name: "a.md", mediaType: "text/markdown" })
  expect(asked()).toBe(2)
})
