import { anchorText, type NoteThread, placeNotes, suggestPlace, type TextAnchor } from "@polylogue/conversation"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { NoteBoard } from "../src/noting/note-board.ts"
import { NoteGuesses } from "../src/noting/note-guesses.ts"

const TEXT = "The tide rises twice a day.\nThe moon pulls at the sea, and the sun helps it a little.\nAt new moon both pull together."
const QUOTE = "The moon pulls at the sea"

function begin() {
  const text = new Y.Doc().getText("text")
  text.insert(0, TEXT)
  const from = TEXT.indexOf(QUOTE)
  return { text, from, note: noteOn(anchorText(text, { from, to: from + QUOTE.length })) }
}

function noteOn(anchor: TextAnchor): NoteThread {
  const author = { id: "ana", kind: "person", name: "Ana" } as const
  const comment = { id: "c", author, text: "Is it so?", at: 0, editedAt: null, deleted: false }
  return {
    id: "n",
    kind: "note",
    target: { kind: "source" },
    anchor,
    author,
    at: 0,
    tags: [],
    resolvedBy: null,
    comments: [comment],
  } as never
}

/** Says the words otherwise, in one step as two devices bring it together. */
function reword(text: Y.Text, from: number): void {
  text.doc?.transact(() => {
    text.delete(from, "The moon pulls".length)
    text.insert(from, "Our moon tugs")
  })
}

function counting() {
  let searches = 0
  const guesses = new NoteGuesses((text, anchor) => {
    searches++
    return suggestPlace(text, anchor)
  })
  const look = (note: NoteThread, text: Y.Text, resting: boolean): string | undefined => {
    const range = guesses
      .look(
        placeNotes([note], () => text),
        () => text,
        resting,
      )
      .get(note.id)
    return range === undefined ? undefined : text.toJSON().slice(range.from, range.to)
  }
  return { look, searches: () => searches }
}

test("[WB142] the place of lost words is looked for once, and followed while the text is being written", () => {
  const { text, from, note } = begin()
  reword(text, from)
  const { look, searches } = counting()
  const found = look(note, text, false)
  expect(found).toContain("tugs at the sea")
  for (const letter of "Of tides. ") {
    text.insert(0, letter)
    expect(look(note, text, false)).toBe(found)
  }
  expect(look(note, text, true)).toBe(found)
  expect(searches()).toBe(1)
})

test("[WB142] a place that was not found is looked for again when the text rests, once in the same text", () => {
  const { text, from, note } = begin()
  text.delete(from, QUOTE.length)
  const { look, searches } = counting()
  expect(look(note, text, false)).toBeUndefined()
  text.insert(from, "Our moon tugs at the sea")
  expect(look(note, text, false)).toBeUndefined()
  expect(searches()).toBe(1)
  expect(look(note, text, true)).toContain("tugs at the sea")
  expect(look(note, text, true)).toContain("tugs at the sea")
  expect(searches()).toBe(2)
  text.delete(0, text.length)
  expect([look(note, text, true), look(note, text, true)]).toEqual([undefined, undefined])
  expect(searches()).toBe(3)
})

test("[WB142] words that a note is attached to anew are other words", () => {
  const { text, from, note } = begin()
  const { look, searches } = counting()
  reword(text, from)
  look(note, text, true)
  const other = noteOn(anchorText(text, { from: 0, to: "The tide rises twice".length }))
  text.delete(4, 4)
  text.insert(4, "water")
  expect(look(other, text, false)).toContain("rises twice")
  expect(searches()).toBe(2)
})

test("[WB142] a board suggests the same words after others wrote before them", () => {
  const { text, from, note } = begin()
  const board = new NoteBoard("test")
  const texts = { textOf: () => text, rankOf: () => 0 }
  reword(text, from)
  board.place([note], texts, true)
  const suggested = (): string => {
    const range = board.state.notes[0]?.suggestion
    return range === undefined ? "" : text.toJSON().slice(range.from, range.to)
  }
  const before = suggested()
  expect(before).toContain("tugs at the sea")
  text.insert(0, "Of tides. ")
  board.place([note], texts, false)
  expect(suggested()).toBe(before)
})
