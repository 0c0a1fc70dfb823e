import { expect, test } from "vitest"
import * as Y from "yjs"
import {
  canonicalJson,
  type ConversationError,
  MAIN_DRAFT,
  MAX_CONTENT_LENGTH,
  MAX_SLOTS,
  MAX_VERSION_MESSAGE_LENGTH,
  mergeBase,
  PromptView,
  textHash,
} from "@polylogue/conversation"
import { countUpdates, promptDevice, reload, slotTexts, sync } from "./devices.ts"

function withCode(code: string): ConversationError {
  return expect.objectContaining({ code }) as ConversationError
}

test("[CV64] a version is the hash of its record, says for ever what the draft said, and is the same on every device", () => {
  const { ydoc, prompt, clock } = promptDevice("a")
  prompt.create({ text: "first" })
  const id = prompt.saveVersion(MAIN_DRAFT, { message: "why" })
  prompt.setText(MAIN_DRAFT, "system", "second")
  expect(id).toMatch(/^[A-Za-z0-9_-]{43}$/u)
  expect(textHash(String(ydoc.getMap("versions").get(id)))).toBe(id)
  expect(prompt.getVersion(id)).toMatchObject({
    id,
    parents: [],
    author: { id: "user-a", kind: "person", name: "a" },
    message: "why",
    createdAt: clock.now,
    content: { kind: "chat", slots: [{ id: "system", role: "system", text: "first" }], variables: {}, config: {} },
  })
  expect(prompt.getVersion(id)).toBe(prompt.getVersion(id))
  expect(prompt.getVersion(id)?.content).toBe(prompt.getVersion(id)?.content)
  expect(new PromptView(reload(ydoc)).getVersion(id)?.content).toEqual(prompt.getVersion(id)?.content)
  expect(textHash("abc")).toBe("ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0")
  expect(canonicalJson({ b: [1, undefined, Number.NaN, "\ud800"], a: { d: undefined, c: "é\u0301" } })).toBe(
    '{"a":{"c":"é\u0301"},"b":[1,null,null,"\ufffd"]}',
  )
})

test("[CV64] going back is a new version with the old content, which costs a record and no text", () => {
  const { ydoc, prompt } = promptDevice("a")
  prompt.create({ text: "good" })
  const first = prompt.saveVersion(MAIN_DRAFT, { message: "good" })
  prompt.setText(MAIN_DRAFT, "system", "bad")
  const second = prompt.saveVersion(MAIN_DRAFT, { message: "bad" })
  const content = prompt.getVersion(first)?.content
  if (content !== undefined) prompt.applyContent(MAIN_DRAFT, content)
  const third = prompt.saveVersion(MAIN_DRAFT, { message: "back to the first" })
  expect(prompt.getVersion(third)).toMatchObject({ parents: [second], content: { slots: [{ text: "good" }] } })
  expect(prompt.getVersion(third)?.content).toBe(prompt.getVersion(first)?.content)
  expect(ydoc.getMap("contents").size).toBe(2)
  expect(prompt.getVersions().map(({ id }) => id)).toEqual([third, second, first])
})

test("[CV64] what stands under another hash than its own is no version, of a record as of a content", () => {
  const { ydoc, prompt } = promptDevice("a")
  prompt.create({ text: "text" })
  const good = prompt.saveVersion(MAIN_DRAFT, { message: "" })
  const record = String(ydoc.getMap("versions").get(good))
  const forged = textHash("something else")
  ydoc.getMap("versions").set(forged, record)
  ydoc.getMap("versions").set(textHash("not json"), "not json")
  ydoc.getMap("versions").set(textHash("null"), "null")
  ydoc.getMap("versions").set("short", 7)
  expect(prompt.getVersion(forged)).toBeUndefined()
  expect(prompt.getVersions().map(({ id }) => id)).toEqual([good])
  const [hash = ""] = ydoc.getMap("contents").keys()
  ydoc.getMap("contents").set(hash, '{"kind":"chat","slots":[{"id":"x","role":"user","text":"other words"}]}')
  const view = new PromptView(reload(ydoc))
  expect(view.getVersion(good)).toBeUndefined()
  expect(view.getVersions()[0]?.content.slots).toEqual([])
  expect(() => prompt.createDraft({ from: forged, name: "x" })).toThrow(withCode("unknown-draft"))
  // Whoever has the words mends it by saving them again.
  prompt.saveVersion(MAIN_DRAFT, { message: "again" })
  expect(new PromptView(reload(ydoc)).getVersion(good)?.content.slots[0]?.text).toBe("text")
})

test("[CV64] versions are listed before what they were made from, whatever the clocks said, thousands of them without reading one content", () => {
  const { ydoc, prompt, clock } = promptDevice("a")
  prompt.create()
  const ids: string[] = []
  ydoc.transact(() => {
    for (let step = 0; step < 3000; step++) {
      clock.now -= 1000
      ids.push(saveOn(ydoc, ids.at(-1), clock.now, step))
    }
  })
  const view = new PromptView(reload(ydoc))
  const listed = view.getVersions()
  expect(listed.map(({ id }) => id)).toEqual(ids.toReversed())
  expect(view.getVersions()).toBe(listed)
  expect(view.getVersion(ids[1500] ?? "")?.content.slots[0]?.text).toBe("step 1500")
  expect(mergeBase(view, ids[10] ?? "", ids[2999] ?? "")?.id).toBe(ids[10])
})

/** Writes a version as a draft's saving does, without the drafts' own records. */
function saveOn(ydoc: Y.Doc, parent: string | undefined, createdAt: number, step: number): string {
  const content = canonicalJson({ kind: "chat", slots: [{ id: "s", role: "user", text: `step ${step}` }], variables: {}, config: {} })
  const author = { id: "u", kind: "person" }
  const record = canonicalJson({
    author,
    content: textHash(content),
    createdAt,
    message: "",
    parents: parent === undefined ? [] : [parent],
  })
  ydoc.getMap("contents").set(textHash(content), content)
  ydoc.getMap("versions").set(textHash(record), record)
  return textHash(record)
}

test("[CV65] a draft from a draft or a version has texts of its own, stands on what that stood on, and is put away and opened again", () => {
  const { prompt, clock } = promptDevice("a")
  prompt.create({ text: "one" })
  const first = prompt.saveVersion(MAIN_DRAFT, { message: "" })
  prompt.setText(MAIN_DRAFT, "system", "two")
  clock.now += 1000
  const side = prompt.createDraft({ from: MAIN_DRAFT, name: " side " })
  clock.now += 1000
  const old = prompt.createDraft({ from: first, name: "old" })
  prompt.setText(side, "system", "three")
  expect([MAIN_DRAFT, side, old].map((id) => slotTexts(prompt, id))).toEqual([["two"], ["three"], ["one"]])
  expect(prompt.getDrafts()).toMatchObject([
    { id: MAIN_DRAFT, name: "", closed: false, base: [first], authorId: "user-a" },
    { id: side, name: "side", base: [first], authorId: "user-a" },
    { id: old, name: "old", base: [first] },
  ])
  prompt.closeDraft(side)
  prompt.renameDraft(side, "aside")
  expect(prompt.getDraft(side)).toMatchObject({ name: "aside", closed: true })
  prompt.reopenDraft(side)
  expect(prompt.getDraft(side)?.closed).toBe(false)
  const onSide = prompt.saveVersion(side, { message: "" })
  const onMain = prompt.saveVersion(MAIN_DRAFT, { message: "" })
  prompt.applyContent(MAIN_DRAFT, prompt.getContent(side), [onSide])
  expect(prompt.getDraft(MAIN_DRAFT)?.base.toSorted()).toEqual([onMain, onSide].toSorted())
  prompt.standOn(MAIN_DRAFT, [onMain])
  expect(prompt.getDraft(MAIN_DRAFT)?.base).toEqual([onMain])
  prompt.standOn(MAIN_DRAFT, [onMain, onSide])
  const joined = prompt.saveVersion(MAIN_DRAFT, { message: "merged" })
  expect(prompt.getVersion(joined)?.parents.toSorted()).toEqual([onMain, onSide].toSorted())
})

test("[CV69] two versions are merged against the latest that both come from, the same for all; without one there is none", () => {
  const { prompt } = promptDevice("a")
  prompt.create({ text: "x" })
  const base = prompt.saveVersion(MAIN_DRAFT, { message: "base" })
  const side = prompt.createDraft({ from: base, name: "side" })
  const left = prompt.saveVersion(MAIN_DRAFT, { message: "left" })
  const right = prompt.saveVersion(side, { message: "right" })
  expect(mergeBase(prompt, left, right)?.id).toBe(base)
  expect(mergeBase(prompt, left, base)?.id).toBe(base)
  expect(mergeBase(prompt, left, left)?.id).toBe(left)
  prompt.applyContent(MAIN_DRAFT, prompt.getContent(side), [right])
  const joined = prompt.saveVersion(MAIN_DRAFT, { message: "joined" })
  const further = prompt.saveVersion(side, { message: "further" })
  expect(mergeBase(prompt, joined, further)?.id).toBe(right)
  expect(mergeBase(prompt, further, joined)?.id).toBe(right)
  const other = promptDevice("b", 9)
  other.prompt.create({ text: "y" })
  const apart = other.prompt.saveVersion(MAIN_DRAFT, { message: "apart" })
  sync(prompt.ydoc, other.ydoc)
  expect(mergeBase(prompt, joined, apart)).toBeUndefined()
  expect(mergeBase(prompt, joined, textHash("never heard of"))).toBeUndefined()
})

test("[CV66] a content is applied by the least edits: what others type at the same moment stays, whole characters only, and what is the same is not written", () => {
  const a = promptDevice("a")
  const b = promptDevice("b")
  a.prompt.create({ text: "You are a helpful 👩‍👩‍👧 assistant.\nAnswer in short.\n" })
  const question = a.prompt.addSlot(MAIN_DRAFT, { role: "user", text: "{{question}}" })
  const content = a.prompt.getContent(MAIN_DRAFT)
  sync(a.ydoc, b.ydoc)
  b.prompt.slotText(MAIN_DRAFT, "system").insert(8, "still ")
  a.prompt.applyContent(MAIN_DRAFT, {
    ...content,
    slots: [
      { id: "example", role: "assistant", text: "Example" },
      ...content.slots.map((slot) => ({ ...slot, text: slot.text.replace("👩‍👩‍👧", "👩‍👧").replace("short", "full") })),
    ],
    config: { temperature: 1 },
  })
  sync(a.ydoc, b.ydoc)
  expect(slotTexts(b.prompt)).toEqual(["Example", "You are still a helpful 👩‍👧 assistant.\nAnswer in full.\n", "{{question}}"])
  expect(b.prompt.getConfig(MAIN_DRAFT)).toEqual({ temperature: 1 })
  b.prompt.applyContent(MAIN_DRAFT, content)
  expect(b.prompt.getContent(MAIN_DRAFT)).toEqual(content)
  expect(b.prompt.getSlots(MAIN_DRAFT).map(({ id, removed }) => [id, removed])).toEqual([
    ["example", true],
    ["system", false],
    [question, false],
  ])
})

test("[CV73] at each limit a prompt is saved, one past it the operation is refused with a code and nothing is written", () => {
  const { prompt, ydoc } = promptDevice("a")
  prompt.create()
  for (let count = 1; count < MAX_SLOTS; count++) prompt.addSlot(MAIN_DRAFT, { role: "user", after: null })
  expect(() => prompt.addSlot(MAIN_DRAFT, { role: "user" })).toThrow(withCode("too-large"))
  prompt.removeSlot(MAIN_DRAFT, "system")
  prompt.addSlot(MAIN_DRAFT, { role: "user" })
  prompt.saveVersion(MAIN_DRAFT, { message: "all slots" })
  const other = promptDevice("b").prompt
  other.create()
  const spare = MAX_CONTENT_LENGTH - canonicalJson(other.getContent(MAIN_DRAFT)).length
  other.setText(MAIN_DRAFT, "system", "x".repeat(spare))
  other.saveVersion(MAIN_DRAFT, { message: "full" })
  other.slotText(MAIN_DRAFT, "system").insert(0, "x")
  const oneMore = (): void => expect(() => other.saveVersion(MAIN_DRAFT, { message: "one more" })).toThrow(withCode("too-large"))
  expect(countUpdates(other.ydoc, oneMore)).toBe(0)
  const long = prompt.saveVersion(MAIN_DRAFT, { message: "😀".repeat(MAX_VERSION_MESSAGE_LENGTH) })
  expect(prompt.getVersion(long)?.message).toBe("😀".repeat(MAX_VERSION_MESSAGE_LENGTH / 2))
  expect(ydoc.getMap("versions").size).toBe(2)
})
