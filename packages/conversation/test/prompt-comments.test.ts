import { expect, test, vi } from "vitest"
import * as Y from "yjs"
import {
  anchorText,
  type ConversationError,
  findQuote,
  MAIN_DRAFT,
  MAX_COMMENT_LENGTH,
  MAX_QUOTE_LENGTH,
  type PromptThread,
  resolveAnchor,
} from "@polylogue/conversation"
import { countUpdates, promptDevice, type PromptDevice, reload, seededRandom, sync } from "./devices.ts"

function withCode(code: string): ConversationError {
  return expect.objectContaining({ code }) as ConversationError
}

function textOf(words: string): Y.Text {
  const text = new Y.Doc().getText("t")
  text.insert(0, words)
  return text
}

/** What a thread is about now, in words. */
function wordsOf({ prompt }: PromptDevice, thread: PromptThread | undefined): string {
  const place = thread?.place
  if (thread === undefined || place === null || place === undefined || place.state === "orphan") return "-"
  return `${place.state}: ${prompt.getText(MAIN_DRAFT, thread.slotId).slice(place.from, place.to)}`
}

test("[CV71] several people talk about a place: answers, edits and deletions of one's own, settled and opened again", () => {
  const a = promptDevice("a")
  const b = promptDevice("b")
  a.prompt.create({ text: "You are a kind assistant." })
  sync(a.ydoc, b.ydoc)
  const id = a.prompt.comment(MAIN_DRAFT, "system", { from: 10, to: 14 }, "Too soft?")
  sync(a.ydoc, b.ydoc)
  // The clock of b is behind: its answer stands after what it answers all the same.
  b.clock.now -= 60_000
  const answer = b.prompt.reply(MAIN_DRAFT, id, "I like it")
  const other = a.prompt.reply(MAIN_DRAFT, id, "At the same time")
  sync(a.ydoc, b.ydoc)
  expect(b.prompt.getThreads(MAIN_DRAFT)).toEqual(a.prompt.getThreads(MAIN_DRAFT))
  const [thread] = a.prompt.getThreads(MAIN_DRAFT)
  expect(thread).toMatchObject({ id, slotId: "system", quote: "kind", place: { state: "exact", from: 10, to: 14 }, resolvedBy: null })
  expect(thread?.comments[0]).toMatchObject({ author: { id: "user-a", name: "a" }, text: "Too soft?", edited: false, deleted: false })
  expect(
    thread?.comments
      .map(({ id: comment }) => comment)
      .slice(1)
      .toSorted(),
  ).toEqual([answer, other].toSorted())
  expect(() => a.prompt.editComment(MAIN_DRAFT, id, answer, "x")).toThrow(withCode("not-author"))
  expect(() => a.prompt.deleteComment(MAIN_DRAFT, id, answer)).toThrow(withCode("not-author"))
  b.prompt.editComment(MAIN_DRAFT, id, answer, "I love it")
  a.prompt.deleteComment(MAIN_DRAFT, id, other)
  b.prompt.resolveThread(MAIN_DRAFT, id)
  sync(a.ydoc, b.ydoc)
  const comments = a.prompt.getThreads(MAIN_DRAFT)[0]?.comments
  expect(comments?.find(({ id: comment }) => comment === answer)).toMatchObject({ text: "I love it", edited: true })
  expect(comments?.find(({ id: comment }) => comment === other)).toMatchObject({ text: "", deleted: true })
  expect(a.prompt.getThreads(MAIN_DRAFT)[0]?.resolvedBy).toEqual({ id: "user-b", kind: "person", name: "b" })
  a.prompt.reopenThread(MAIN_DRAFT, id)
  sync(a.ydoc, b.ydoc)
  expect(b.prompt.getThreads(MAIN_DRAFT)[0]?.resolvedBy).toBeNull()
  expect(() => a.prompt.editComment(MAIN_DRAFT, id, other, "x")).toThrow(withCode("unknown-comment"))
})

test("[CV71] a thread is the same object until it or its place changes, typing elsewhere moves it along, and a draft's own threads are its own", () => {
  const device = promptDevice("a")
  const { prompt } = device
  prompt.create({ text: "one two three" })
  const whole = prompt.comment(MAIN_DRAFT, "system", null, "about all of it")
  prompt.comment(MAIN_DRAFT, "system", { from: 4, to: 7 }, "about two")
  const before = prompt.getThreads(MAIN_DRAFT)
  expect(before[0]).toMatchObject({ id: whole, place: null, quote: null })
  prompt.slotText(MAIN_DRAFT, "system").insert(13, "!")
  expect(prompt.getThreads(MAIN_DRAFT)).toBe(before)
  prompt.slotText(MAIN_DRAFT, "system").insert(0, "zero ")
  expect(prompt.getThreads(MAIN_DRAFT)[0]).toBe(before[0])
  expect(wordsOf(device, prompt.getThreads(MAIN_DRAFT)[1])).toBe("exact: two")
  const side = prompt.createDraft({ from: MAIN_DRAFT, name: "side" })
  expect(prompt.getThreads(side)).toEqual([])
})

test("[CV71] what cannot be said is refused with a code and writes nothing", () => {
  const { prompt, ydoc } = promptDevice("a")
  prompt.create({ text: "x".repeat(MAX_QUOTE_LENGTH + 1) })
  const id = prompt.comment(MAIN_DRAFT, "system", { from: 0, to: MAX_QUOTE_LENGTH }, "x".repeat(MAX_COMMENT_LENGTH))
  const refused: readonly (readonly [unknown, () => unknown])[] = [
    [withCode("too-large"), () => prompt.comment(MAIN_DRAFT, "system", { from: 0, to: MAX_QUOTE_LENGTH + 1 }, "x")],
    [withCode("too-large"), () => prompt.reply(MAIN_DRAFT, id, "x".repeat(MAX_COMMENT_LENGTH + 1))],
    [withCode("unknown-slot"), () => prompt.comment(MAIN_DRAFT, "nowhere", null, "x")],
    [withCode("unknown-thread"), () => prompt.reply(MAIN_DRAFT, "nowhere", "x")],
    [withCode("unknown-comment"), () => prompt.editComment(MAIN_DRAFT, id, "nowhere", "x")],
    [expect.any(RangeError), () => prompt.reply(MAIN_DRAFT, id, " \n")],
    [expect.any(RangeError), () => prompt.comment(MAIN_DRAFT, "system", { from: 2, to: 2 }, "x")],
    [expect.any(RangeError), () => prompt.comment(MAIN_DRAFT, "system", { from: 0, to: MAX_QUOTE_LENGTH + 2 }, "x")],
  ]
  for (const [error, run] of refused) expect(countUpdates(ydoc, () => expect(run).toThrow(error as Error))).toBe(0)
})

test("[CV72] a place follows its words through what everybody writes and moves, and is an orphan when they are gone", () => {
  for (let seed = 0; seed < 40; seed++) {
    const random = seededRandom(seed)
    const a = promptDevice("a", seed)
    const b = promptDevice("b", seed)
    a.prompt.create({ text: "same words, same words, same words" })
    sync(a.ydoc, b.ydoc)
    a.prompt.comment(MAIN_DRAFT, "system", { from: 12, to: 22 }, "the second")
    for (let step = 0; step < 20; step++) {
      const { prompt } = random() < 0.5 ? a : b
      const text = prompt.slotText(MAIN_DRAFT, "system")
      const words = text.toJSON()
      const [first, last] = [words.indexOf("same words"), words.lastIndexOf("same words") + 10]
      text.insert(random() < 0.5 ? Math.floor(random() * (first + 1)) : last + Math.floor(random() * (words.length - last + 1)), "same ")
    }
    sync(a.ydoc, b.ydoc)
    expect(wordsOf(a, a.prompt.getThreads(MAIN_DRAFT)[0])).toBe("exact: same words")
    expect(b.prompt.getThreads(MAIN_DRAFT)).toEqual(a.prompt.getThreads(MAIN_DRAFT))
    const place = a.prompt.getThreads(MAIN_DRAFT)[0]?.place
    const from = place?.state === "exact" ? place.from : -1
    b.prompt.slotText(MAIN_DRAFT, "system").insert(from + 5, "nice ")
    expect(wordsOf(b, b.prompt.getThreads(MAIN_DRAFT)[0])).toBe("changed: same nice words")
    b.prompt.slotText(MAIN_DRAFT, "system").delete(from, 15)
    // Two others look like it; it is neither of them.
    expect(wordsOf(b, b.prompt.getThreads(MAIN_DRAFT)[0])).toBe("-")
  }
})

test("[CV72] a word of which a letter is changed is still the word that a comment is about", () => {
  const a = promptDevice("a")
  a.prompt.create({ text: "Be pateint, always." })
  a.prompt.comment(MAIN_DRAFT, "system", { from: 3, to: 10 }, "misspelt")
  const text = a.prompt.slotText(MAIN_DRAFT, "system")
  text.insert(7, "i")
  text.delete(6, 1)
  expect(wordsOf(a, a.prompt.getThreads(MAIN_DRAFT)[0])).toBe("changed: patiint")
  // Of another word between its ends nothing is left.
  text.insert(9, "ok")
  text.delete(4, 5)
  expect(wordsOf(a, a.prompt.getThreads(MAIN_DRAFT)[0])).toBe("-")
})

test("[CV72] words that were cut and pasted are found where they are now, if what stands around them says which they are", () => {
  const text = textOf("intro. Answer in one word. Then stop.")
  const anchor = anchorText(text, { from: 7, to: 26 })
  text.delete(0, text.length)
  text.insert(0, "Then stop. intro. Answer in one word. Then stop.")
  expect(resolveAnchor(text, anchor)).toEqual({ state: "moved", from: 18, to: 37 })
  text.delete(18, 19)
  expect(resolveAnchor(text, anchor)).toEqual({ state: "orphan" })
  const copy = textOf("intro. Answer in one word. Then stop.")
  expect(resolveAnchor(copy, anchor)).toEqual({ state: "exact", from: 7, to: 26 })
})

test("[CV72] a quote is found where it stood, else at the one place with the same around it, and never at what only looks like it", () => {
  const quote = { exact: "cat", prefix: "the ", suffix: " sat" }
  const at = { from: 4, to: 7 }
  expect(findQuote("the cat sat", quote, at)).toEqual({ state: "exact", from: 4, to: 7 })
  expect(findQuote("so the cat sat", quote, at)).toEqual({ state: "moved", from: 7, to: 10 })
  expect(findQuote("so the cat ran", quote, at)).toEqual({ state: "moved", from: 7, to: 10 })
  expect(findQuote("a cat ran", quote, at)).toEqual({ state: "orphan" })
  expect(findQuote("so the cat ran, a cat sat", quote, at)).toEqual({ state: "orphan" })
  expect(findQuote("so the cat sat, the cat sat", quote, at)).toEqual({ state: "orphan" })
  expect(findQuote("the dog sat", quote, at)).toEqual({ state: "orphan" })
  expect(findQuote("anything", { exact: "", prefix: "", suffix: "" }, at)).toEqual({ state: "orphan" })
  const first = { exact: "cat", prefix: "", suffix: "" }
  expect(findQuote("cat", first, { from: 0, to: 3 })).toEqual({ state: "exact", from: 0, to: 3 })
  expect(findQuote("x cat x", first, { from: 0, to: 3 })).toEqual({ state: "orphan" })
})

test("[CV72] a place is widened to whole characters, and holds in a copy loaded elsewhere", () => {
  const text = textOf("a😀b😀c")
  const anchor = anchorText(text, { from: 2, to: 5 })
  expect(anchor).toMatchObject({ quote: { exact: "😀b😀", prefix: "a", suffix: "c" }, position: { from: 1, to: 6 } })
  const copy = reload(text.doc ?? new Y.Doc()).getText("t")
  copy.insert(0, "😀b😀")
  expect(resolveAnchor(copy, anchor)).toEqual({ state: "exact", from: 6, to: 11 })
  for (const wrong of ["", "!", "AAAA", "////////////////"])
    expect(resolveAnchor(text, { ...anchor, start: wrong })).toEqual({ state: "exact", from: 1, to: 6 })
})

test("[CV72, I5] a text that many remarks are about is put together once for all of them", () => {
  const { prompt } = promptDevice("a")
  prompt.create({ text: "You are kind and brief." })
  for (let from = 0; from < 20; from++) prompt.comment(MAIN_DRAFT, "system", { from, to: from + 3 }, "why")
  const text = prompt.slotText(MAIN_DRAFT, "system")
  text.insert(0, "Now: ")
  const read = vi.spyOn(text, "toJSON")
  const places = prompt.getThreads(MAIN_DRAFT).map(({ place }) => place)
  expect(places).toEqual(Array.from({ length: 20 }, (_, at) => ({ state: "exact", from: at + 5, to: at + 8 })))
  expect(read).toHaveBeenCalledTimes(1)
})
