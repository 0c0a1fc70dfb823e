import { expect, test } from "vitest"
import * as Y from "yjs"
import {
  anchorText,
  anchorWords,
  type ConversationError,
  MAX_COMMENT_LENGTH,
  MAX_NOTE_TAGS,
  MAX_NOTES,
  Notes,
  notesDocumentId,
  orphansOf,
  type PlacedNote,
  placeNotes,
  rescueTexts,
} from "@polylogue/conversation"
import { countUpdates, seededBytes, seededRandom, sync } from "./devices.ts"

const random = seededRandom(11)
const WORDS = "The cat sat on the mat. The dog did not."

function withCode(code: string): ConversationError {
  return expect.objectContaining({ code }) as ConversationError
}

function notesOf(name: string, ydoc = new Y.Doc()): Notes {
  const author = { id: `user-${name}`, kind: "person", name }
  return new Notes(ydoc, { writer: name, author, now: () => 1_700_000_000_000, randomBytes: seededBytes(random) })
}

function textOf(words = WORDS): Y.Text {
  const text = new Y.Doc().getText("t")
  text.insert(0, words)
  return text
}

function said(words: string, { note, place }: PlacedNote): string {
  const at =
    place === null || place.state === "orphan" || place.state === "ambiguous"
      ? (place?.state ?? "whole")
      : words.slice(place.from, place.to)
  return `${note.comments[0]?.text ?? note.kind}: ${at}`
}

test("[CV120] notes have a document of their own for each source and each conversation, by whole segments", () => {
  expect(notesDocumentId("home", { sourceId: "s1" })).toBe("home/anno/source.s1")
  expect(notesDocumentId("home", { conversationId: "c1" })).toBe("home/anno/conv.c1")
  for (const id of ["a/b", "", "x".repeat(129)]) expect(() => notesDocumentId("home", { sourceId: id })).toThrow(withCode("bad-id"))
})

test("[CV120] several people mark places and talk about them; at the same time, nothing of it is lost", () => {
  const a = notesOf("a")
  const b = notesOf("b")
  const text = textOf()
  const target = { kind: "source" } as const
  const first = a.add({ target, anchor: anchorText(text, { from: 4, to: 7 }), text: "Which cat?", kind: "note", tags: ["Animals"] })
  sync(a.ydoc, b.ydoc)
  const mark = b.add({ target, anchor: anchorText(text, { from: 28, to: 31 }), kind: "highlight" })
  const answer = b.reply(first, "Ours.")
  a.resolve(first)
  a.addTag(first, "Mine")
  b.removeTag(first, "ANIMALS")
  b.addTag(first, "animals too")
  sync(a.ydoc, b.ydoc)
  expect(a.getThreads()).toEqual(b.getThreads())
  const [note, highlight] = a.getThreads()
  expect(note).toMatchObject({
    id: first,
    kind: "note",
    target,
    author: { id: "user-a" },
    tags: ["animals too", "Mine"],
    resolvedBy: { id: "user-a" },
  })
  expect(note?.comments.map((comment) => comment.text)).toEqual(["Which cat?", "Ours."])
  expect(highlight).toMatchObject({ id: mark, kind: "highlight", comments: [], tags: [] })
  expect(() => a.edit(first, answer, "x")).toThrow(withCode("not-author"))
  expect(() => a.remove(mark)).toThrow(withCode("not-author"))
  b.edit(first, answer, "Ours, I think.")
  b.remove(mark)
  a.reopen(first)
  a.delete(first, note?.comments[0]?.id ?? "")
  sync(a.ydoc, b.ydoc)
  expect(b.getThreads()).toEqual(a.getThreads())
  expect(a.getThreads().map(({ id }) => id)).toEqual([first])
  expect(a.getThreads()[0]?.comments.map((comment) => comment.text)).toEqual(["", "Ours, I think."])
  expect(a.getThreads()[0]?.resolvedBy).toBeNull()
})

test("[CV121] notes are found in the texts they are about; orphans are listed, and a person attaches them anew", () => {
  const notes = notesOf("a")
  const text = textOf()
  const words = "An imported answer about a cat."
  const target = { kind: "source" } as const
  const cat = notes.add({ target, anchor: anchorText(text, { from: 4, to: 7 }), text: "cat", kind: "note" })
  notes.add({ target, anchor: anchorText(text, { from: 28, to: 31 }), text: "dog", kind: "note" })
  notes.add({ target, anchor: null, text: "all of it", kind: "note" })
  const message = { kind: "message", messageId: "m~1", partId: "0" } as const
  notes.add({ target: message, anchor: anchorWords(words, { from: 27, to: 30 }), text: "answer", kind: "note" })
  const textFor = ({ target: of }: PlacedNote["note"]): Y.Text | string => (of.kind === "source" ? text : words)
  const placed = (): readonly PlacedNote[] => placeNotes(notes.getThreads(), textFor)
  const shown = (): string[] => placed().map((one) => said(one.note.target.kind === "source" ? text.toJSON() : words, one))
  text.insert(4, "black ")
  expect(shown()).toEqual(["cat: cat", "dog: dog", "all of it: whole", "answer: cat"])
  text.delete(10, 3)
  text.insert(10, "hen")
  expect(shown()).toEqual(["cat: orphan", "dog: dog", "all of it: whole", "answer: cat"])
  expect(orphansOf(placed()).map(({ note }) => note.id)).toEqual([cat])
  notes.reattach(cat, anchorText(text, { from: 10, to: 13 }))
  expect(shown()[0]).toBe("cat: hen")
  expect(orphansOf(placed())).toEqual([])
  expect(placeNotes(notes.getThreads(), () => undefined).map(({ place }) => place)).toEqual([null, null, null, null])
})

test("[CV120] a note and the list are the same objects until they change, and who listens is told of each change once", () => {
  const notes = notesOf("a")
  let calls = 0
  const stop = notes.subscribe(() => calls++)
  const target = { kind: "source" } as const
  const first = notes.add({ target, anchor: null, text: "one", kind: "note", tags: ["a", "b"] })
  expect(calls).toBe(1)
  const before = notes.getThreads()
  expect(notes.getThreads()).toBe(before)
  notes.add({ target, anchor: null, text: "two", kind: "note" })
  expect(notes.getThreads()[0]).toBe(before[0])
  const same = countUpdates(notes.ydoc, () => {
    notes.reopen(first)
    notes.addTag(first, "A")
    notes.removeTag(first, "c")
  })
  expect(same).toBe(0)
  stop()
  notes.destroy()
  expect(notes.getThreads()).toHaveLength(2)
})

test("[CV126] after a refusal what people said in notes is listed once, with its author, and nothing else", () => {
  const kept = notesOf("a")
  const current = notesOf("b")
  const target = { kind: "source" } as const
  const first = kept.add({ target, anchor: null, text: "known to all", kind: "note" })
  sync(kept.ydoc, current.ydoc)
  kept.reply(first, "lost answer")
  kept.add({ target, anchor: anchorText(textOf(), { from: 0, to: 3 }), text: "lost note", kind: "note", tags: ["a tag"] })
  const rescued = rescueTexts(Y.encodeStateAsUpdate(kept.ydoc), current.ydoc)
  expect(rescued.map(({ kind, text, authorId }) => [kind, text, authorId])).toEqual([
    ["comment", "lost answer", "user-a"],
    ["comment", "lost note", "user-a"],
  ])
})

test("[CV122] each limit of notes holds at the limit and refuses one past it, with nothing written", () => {
  const notes = notesOf("a")
  const target = { kind: "source" } as const
  const tags = Array.from({ length: MAX_NOTE_TAGS }, (_, at) => `t${at}`)
  const words = "x".repeat(MAX_COMMENT_LENGTH)
  const first = notes.add({ target, anchor: null, text: words, kind: "note", tags })
  const map = notes.ydoc.getMap<unknown>("notes")
  notes.ydoc.transact(() => {
    for (let at = 1; at < MAX_NOTES - 1; at++) map.set(`source/n${at}/about`, { kind: "highlight", target })
  })
  notes.add({ target, anchor: null, text: "the last one", kind: "note" })
  notes.add({ target: { kind: "message", messageId: "m", partId: "0" }, anchor: null, text: "of another text", kind: "note" })
  const refused: readonly (readonly [unknown, () => unknown])[] = [
    [withCode("too-large"), () => notes.add({ target, anchor: null, text: "x", kind: "note" })],
    [withCode("too-large"), () => notes.addTag(first, "one more")],
    [withCode("too-large"), () => notes.add({ target, anchor: null, kind: "highlight", tags: [...tags, "one more"] })],
    [withCode("too-large"), () => notes.reply(first, `${words}x`)],
    [withCode("unknown-thread"), () => notes.reply("nowhere", "x")],
    [withCode("unknown-comment"), () => notes.edit(first, "nowhere", "x")],
    [expect.any(RangeError), () => notes.add({ target, anchor: null, kind: "note" })],
    [expect.any(RangeError), () => notes.add({ target, anchor: null, text: " ", kind: "highlight" })],
    [expect.any(RangeError), () => notes.add({ target, anchor: null, text: "x", kind: "note", tags: [" "] })],
  ]
  for (const [error, run] of refused) expect(countUpdates(notes.ydoc, () => expect(run).toThrow(error as Error))).toBe(0)
})

test("[CV122] whatever a document of notes holds, it is read without harm", () => {
  const ydoc = new Y.Doc()
  const map = ydoc.getMap<unknown>("notes")
  const target = { kind: "source" }
  const values: readonly unknown[] = [null, 1, "x", [], {}, { target: 1 }, { target: { kind: "message" } }, { target: { kind: "else" } }]
  for (const [at, value] of values.entries()) map.set(`source/w${at}/about`, value)
  for (const key of ["", "/", "source", "source/a", "source/a/b/c/d/e", "source/ok/comment/c/made", "source/ok/tag"])
    map.set(key, { value: 1 })
  map.set("source/ok/about", { target, anchor: { quote: 1 }, author: 1, clock: "x" })
  map.set("source/ok/tag/d/w", { turn: 1, clock: 1, value: 7 })
  const [note, ...others] = notesOf("a", ydoc).getThreads()
  expect(others).toEqual([])
  expect(note).toMatchObject({ id: "ok", kind: "note", target, anchor: null, author: { id: "unknown" }, tags: [] })
  expect(note?.comments).toMatchObject([{ id: "c", text: "", deleted: false }])
})
