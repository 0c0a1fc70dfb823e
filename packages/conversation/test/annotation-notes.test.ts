import { describe, expect, test } from "vitest"
import * as Y from "yjs"
import {
  addCitation,
  type AnnotationAddresses,
  type AnnotationLeft,
  anchorText,
  citationAnnotations,
  type ConversationOptions,
  importNotes,
  noteAnnotations,
  Notes,
  readWebAnnotations,
  webAnnotation,
} from "@polylogue/conversation"
import { device, seededBytes, seededRandom, sync } from "./devices.ts"
import { hasSharedData, readShared } from "./shared-data.ts"

const WORDS = "One \u{1f600} apple fell. Two apples fell. One \u{1f600} apple stayed."
const ADDRESSES: AnnotationAddresses = {
  source: (id) => `urn:x:source:${id}`,
  message: (id) => `urn:x:message:${id}`,
  person: ({ id }) => `urn:x:person:${id}`,
}

function optionsOf(name: string, seed = 1): ConversationOptions {
  return {
    writer: name,
    author: { id: name, kind: "person", name },
    now: () => 1_700_000_000_000,
    randomBytes: seededBytes(seededRandom(seed)),
  }
}

function textOf(words: string): Y.Text {
  const text = new Y.Doc().getText("text")
  text.insert(0, words)
  return text
}

const annotation = (id: string, fields: object): object => ({
  "@context": "http://www.w3.org/ns/anno.jsonld",
  id: `http://example.org/${id}`,
  type: "Annotation",
  creator: { id: "http://example.org/ana", name: "Ana" },
  created: "2020-05-01T00:00:00Z",
  body: { type: "TextualBody", value: `about ${id}` },
  ...fields,
})
const about = (...selector: object[]): object => ({ target: { source: "http://example.org/page", selector } })
const quote = (exact: string, prefix = "", suffix = ""): object => ({ type: "TextQuoteSelector", exact, prefix, suffix })
const position = (start: number, end: number): object => ({ type: "TextPositionSelector", start, end })

const FILE = JSON.stringify([
  annotation("exact", about({ type: "x:Unknown", it: 1 }, quote("apple", "One \u{1f600} ", " fell"), position(6, 11))),
  annotation("moved", about(quote("Two apples", "One \u{1f600} apple fell. ", " fell. One"), position(0, 3))),
  annotation("twice", about(quote("One \u{1f600} apple"))),
  annotation("gone", about(quote("pears", "Two big green ", " fell from"))),
  annotation("whole", { target: "http://example.org/page" }),
])
const records = readWebAnnotations(FILE).results.flatMap((result) => ("annotation" in result ? [result.annotation] : []))

test("[CV207] annotations become notes on the words that they quote and on no others; those without are kept to be attached", () => {
  const [text, notesDoc] = [textOf(WORDS), new Y.Doc()]
  const applied = importNotes(records, text, notesDoc, optionsOf("ben"))
  expect(applied.map(({ status, place, notices }) => [status, place, notices.map(({ code }) => code)])).toEqual([
    ["imported", "exact", []],
    ["imported", "moved", []],
    ["imported", "orphan", ["other-text"]],
    ["imported", "orphan", ["other-text"]],
    ["imported", "whole", []],
  ])
  const notes = new Notes(notesDoc, optionsOf("ben")).getThreads()
  expect(new Set(notes.map(({ anchor }) => anchor?.quote.exact ?? null))).toEqual(
    new Set(["One \u{1f600} apple", "Two apples", "apple", "pears", null]),
  )
  expect(notes.every(({ author, createdAt }) => author.name === "Ana" && createdAt === Date.UTC(2020, 4, 1))).toBe(true)
  for (const { anchor } of notes)
    if (anchor !== null && anchor.start !== "") expect(WORDS.slice(anchor.position.from, anchor.position.to)).toBe(anchor.quote.exact)
})

test("[CV207] taken in again, or on two devices at once, an annotation is one note", () => {
  const text = textOf(WORDS)
  const [one, other] = [new Y.Doc(), new Y.Doc()]
  importNotes(records, text, one, optionsOf("ben", 1))
  importNotes(records, text, other, optionsOf("cem", 2))
  sync(one, other)
  for (const doc of [one, other]) {
    let updates = 0
    doc.on("update", () => updates++)
    expect(importNotes(records, text, doc, optionsOf("ben", 3)).map(({ status }) => status)).toEqual(records.map(() => "unchanged"))
    expect(updates).toBe(0)
    const notes = new Notes(doc, optionsOf("ben")).getThreads()
    expect(notes.length).toBe(records.length)
    expect(notes.every(({ comments }) => comments.length === 1)).toBe(true)
  }
})

test("[CV207, I5] taking in one more annotation does not read all that are there", () => {
  const notesDoc = new Y.Doc()
  const map = notesDoc.getMap<unknown>("notes")
  const get = map.get.bind(map)
  let reads = 0
  map.get = (key) => {
    reads++
    return get(key)
  }
  const file = JSON.stringify(Array.from({ length: 300 }, (_, n) => annotation(`n${n}`, { target: "http://example.org/page" })))
  const many = readWebAnnotations(file).results.flatMap((result) => ("annotation" in result ? [result.annotation] : []))
  const applied = importNotes(many, textOf(WORDS), notesDoc, optionsOf("ben"))
  expect(applied.every(({ status }) => status === "imported")).toBe(true)
  expect(reads).toBeLessThan(10 * many.length)
  expect(new Notes(notesDoc, optionsOf("ben")).getThreads().map(({ comments }) => comments[0]?.text)).toEqual(many.map(({ text }) => text))
})

test("[CV207, I12] an annotation past a limit fails by itself, says so, and stops no other", () => {
  const words = "w".repeat(9000)
  const quoting = (id: string, length: number): object => annotation(id, about(quote(words.slice(0, length)), position(0, length)))
  const sized = (id: string, length: number): object => {
    const bare = JSON.stringify(annotation(id, { "x:more": "", target: "http://example.org/page" })).length
    return annotation(id, { "x:more": "m".repeat(length - bare), target: "http://example.org/page" })
  }
  const file = [quoting("q0", 8192), quoting("q1", 8193), sized("s0", 256 * 1024), sized("s1", 256 * 1024 + 1), annotation("last", about())]
  const read = readWebAnnotations(JSON.stringify(file)).results.flatMap((result) => ("annotation" in result ? [result.annotation] : []))
  const notesDoc = new Y.Doc()
  const applied = importNotes(read, textOf(words), notesDoc, optionsOf("ben"))
  expect(applied.map(({ status, reason }) => [status, reason?.code])).toEqual([
    ["imported", undefined],
    ["failed", "too-large"],
    ["imported", undefined],
    ["failed", "too-large"],
    ["imported", undefined],
  ])
  expect(new Notes(notesDoc, optionsOf("ben")).getThreads().map(({ anchor }) => anchor?.quote.exact.length)).toEqual([
    8192,
    undefined,
    undefined,
  ])
})

test("[CV208] notes go out as annotations: those that came in as they were, others with words and place, answers by themselves", () => {
  const [text, notesDoc] = [textOf(WORDS), new Y.Doc()]
  importNotes(records, text, notesDoc, optionsOf("ben"))
  const left: AnnotationLeft[] = []
  const out = (): Map<string, object> =>
    new Map(noteAnnotations(notesDoc, () => text, ADDRESSES, left, "s1").map((record) => [record.id, webAnnotation(record)]))
  for (const original of JSON.parse(FILE) as { id: string }[]) expect(out().get(original.id)).toEqual(original)
  expect(left.filter(({ code }) => code !== "place")).toEqual([])

  const notes = new Notes(notesDoc, optionsOf("ben"))
  const from = WORDS.indexOf("Two")
  const id = notes.add({
    target: { kind: "source" },
    anchor: anchorText(text, { from, to: from + 3 }),
    text: "how many?",
    kind: "note",
    tags: ["count"],
  })
  notes.reply(id, "two")
  const moved = notes.getThreads().find(({ comments }) => comments[0]?.text === "about gone")
  notes.reattach(moved?.id ?? "", anchorText(text, { from: 0, to: 3 }))
  const points = Array.from(WORDS.slice(0, from)).length
  expect(out().get(`urn:uuid:${id}`)).toMatchObject({
    motivation: "commenting",
    creator: { id: "urn:x:person:ben", name: "ben" },
    body: [
      { type: "TextualBody", value: "how many?" },
      { value: "count", purpose: "tagging" },
    ],
    target: { source: "urn:x:source:s1", selector: [{ exact: "Two" }, { type: "TextPositionSelector", start: points, end: points + 3 }] },
  })
  expect([...out().values()]).toContainEqual(expect.objectContaining({ motivation: "replying", target: `urn:uuid:${id}` }))
  expect(out().get("http://example.org/gone")).toMatchObject({
    target: { source: "urn:x:source:s1", selector: [{ exact: "One" }, { start: 0, end: 3 }] },
  })

  left.length = 0
  text.delete(from, 4)
  expect(out().get(`urn:uuid:${id}`)).toMatchObject({ target: { selector: { type: "TextQuoteSelector", exact: "Two" } } })
  expect(left.filter(({ item }) => item === `urn:uuid:${id}`).map(({ code }) => code)).toEqual(["place"])
})

test("[CV208] a citation goes out with both ends: the words of the answer, and those of the source", () => {
  const ana = device("ana")
  const id = ana.conversation.send({ parentId: null, text: "apples fall" })
  const [part] = ana.conversation.getMessage(id)?.parts ?? []
  const source = textOf(WORDS)
  const partId = part?.pid ?? ""
  const options = optionsOf("ana")
  addCitation(ana.ydoc, options, {
    messageId: id,
    partId,
    answer: { from: 0, to: 6 },
    source: { sourceId: "s1", range: { from: 7, to: 12 }, text: source },
  })
  addCitation(ana.ydoc, options, { messageId: id, partId, answer: null, source: { url: "http://example.org/a b" }, quote: "fall" })
  const left: AnnotationLeft[] = []
  const out = citationAnnotations(ana.ydoc, (sourceId) => (sourceId === "s1" ? source : undefined), ADDRESSES, left).map(webAnnotation)
  expect(out).toMatchObject([
    {
      motivation: "linking",
      target: { source: `urn:x:message:${id}`, selector: [{ exact: "apples" }, { start: 0, end: 6 }] },
      body: { source: "urn:x:source:s1", selector: [{ exact: "apple" }, { start: 6, end: 11 }] },
    },
    { target: `urn:x:message:${id}`, body: { source: "http://example.org/a%20b", selector: { exact: "fall" } } },
  ])
  expect(left).toEqual([])
  for (const json of out) expect(readWebAnnotations(JSON.stringify(json)).results.every((result) => "annotation" in result)).toBe(true)
})

describe.runIf(hasSharedData)("shared annotations of a page", () => {
  test("[CV207] annotations of Hypothesis anchor on the text of their page, each on its own words", () => {
    const decoded = (path: string): string => new TextDecoder().decode(readShared(path))
    // What a reader of HTML makes of the page, near enough: its words, with other white space than the browser's.
    const page = decoded("rag/hypothesis-wikipedia-page.html.gz")
    const words = page
      .replaceAll(/<(script|style)[\s\S]*?<\/\1>/gu, "")
      .replaceAll(/<[^>]*>/gu, "")
      .replaceAll("&#160;", "\u00a0")
      .replaceAll("&amp;", "&")
    const { results } = readWebAnnotations(decoded("rag/hypothesis-wikipedia-annotations.json.gz"))
    const read = results.flatMap((result) => ("annotation" in result ? [result.annotation] : []))
    const notesDoc = new Y.Doc()
    const applied = importNotes(read, textOf(words), notesDoc, optionsOf("ben"))
    expect(applied.map(({ place }) => place).every((place) => place === "exact" || place === "moved")).toBe(true)
    for (const { anchor } of new Notes(notesDoc, optionsOf("ben")).getThreads())
      expect(words.slice(anchor?.position.from, anchor?.position.to)).toBe(anchor?.quote.exact)
    const left: AnnotationLeft[] = []
    const again = noteAnnotations(notesDoc, () => textOf(words), ADDRESSES, left, "s1")
    expect(again.map(({ id, text, creator }) => ({ id, text, creator })).toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual(
      read.map(({ id, text, creator }) => ({ id, text, creator })).toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    )
  })
})
