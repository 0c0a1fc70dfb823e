import { goingBack, MAIN_DRAFT, onTop, Prompt, savedDraft } from "@polylogue/conversation"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { countUpdates, seededBytes, seededRandom, sync } from "./devices.ts"

let seed = 100

function device(writer: string): { readonly ydoc: Y.Doc; readonly prompt: Prompt } {
  const ydoc = new Y.Doc()
  const author = { id: writer, kind: "person", name: writer }
  const now = (): number => 1_700_000_000_000 + seed
  return { ydoc, prompt: new Prompt(ydoc, { writer, author, now, randomBytes: seededBytes(seededRandom(++seed)) }) }
}

const by = (name: string, message: string) => ({ author: { id: name, kind: "person", name }, now: () => 1_700_000_000_999, message })
const textOf = (prompt: Prompt, id: string): string | undefined => prompt.getVersion(id)?.content.slots[0]?.text

test("[CV88] what a draft says is saved once: unchanged, the version that it stands on is published", () => {
  const { ydoc, prompt } = device("ana")
  prompt.create({ kind: "text", name: "Greeting", text: "Hello" })
  const first = savedDraft(prompt, MAIN_DRAFT, "first")
  expect(countUpdates(ydoc, () => expect(savedDraft(prompt, MAIN_DRAFT, "again")).toBe(first))).toBe(0)
  prompt.setText(MAIN_DRAFT, "text", "Hello all")
  const second = savedDraft(prompt, MAIN_DRAFT, "second")
  expect(prompt.getVersion(second)).toMatchObject({ parents: [first], message: "second" })
  prompt.setText(MAIN_DRAFT, "text", "Hello")
  expect(savedDraft(prompt, MAIN_DRAFT, "back by hand")).not.toBe(first)
})

test("[CV88, I12] published on top: a version of one's own words that was made from theirs too, and no draft loses a word", () => {
  const [ana, bo] = [device("ana"), device("bo")]
  ana.prompt.create({ kind: "text", text: "Hello" })
  savedDraft(ana.prompt, MAIN_DRAFT, "base")
  sync(ana.ydoc, bo.ydoc)
  const draft = bo.prompt.createDraft({ from: MAIN_DRAFT, name: "Bo's" })
  bo.prompt.setText(draft, "text", "Good evening")
  const theirs = savedDraft(bo.prompt, draft, "theirs")
  ana.prompt.setText(MAIN_DRAFT, "text", "Good morning")
  const mine = savedDraft(ana.prompt, MAIN_DRAFT, "mine")
  sync(ana.ydoc, bo.ydoc)
  const above = onTop(ana.prompt, mine, theirs, by("ana", "mine after all"))
  expect(ana.prompt.getVersion(above)?.parents).toEqual([mine, theirs].toSorted((left, right) => (left < right ? -1 : 1)))
  expect(textOf(ana.prompt, above)).toBe("Good morning")
  expect(ana.prompt.getDraft(MAIN_DRAFT)?.base).toEqual([above])
  expect(ana.prompt.getText(draft, "text")).toBe("Good evening")
  // Somebody has gone on in the draft: it keeps what it says and stands on.
  ana.prompt.setText(MAIN_DRAFT, "text", "Good morning, all of")
  const again = onTop(ana.prompt, above, theirs, by("ana", "again"))
  expect(textOf(ana.prompt, again)).toBe("Good morning")
  expect(ana.prompt.getText(MAIN_DRAFT, "text")).toBe("Good morning, all of")
  expect(ana.prompt.getDraft(MAIN_DRAFT)?.base).toEqual([above])
  expect(() => onTop(ana.prompt, "nowhere", theirs, by("ana", ""))).toThrow(expect.objectContaining({ code: "unknown-version" }))
})

test("[CV88, I12] going back is a new version with the old words, and what somebody is writing stays", () => {
  const { prompt } = device("ana")
  prompt.create({ kind: "text", text: "one" })
  const one = savedDraft(prompt, MAIN_DRAFT, "1")
  prompt.setText(MAIN_DRAFT, "text", "two")
  const two = savedDraft(prompt, MAIN_DRAFT, "2")
  const back = goingBack(prompt, one, two, by("ana", "Back to v1"))
  expect(prompt.getVersion(back)).toMatchObject({ parents: [two], message: "Back to v1", content: prompt.getVersion(one)?.content })
  expect(prompt.getText(MAIN_DRAFT, "text")).toBe("one")
  prompt.setText(MAIN_DRAFT, "text", "one and a half")
  const forth = goingBack(prompt, two, back, by("bo", "Back to v2"))
  expect(prompt.getVersion(forth)).toMatchObject({ parents: [back], author: { id: "bo" } })
  expect(textOf(prompt, forth)).toBe("two")
  expect(prompt.getText(MAIN_DRAFT, "text")).toBe("one and a half")
  expect(() => goingBack(prompt, two, "nowhere", by("ana", ""))).toThrow(expect.objectContaining({ code: "unknown-version" }))
})
