import fc from "fast-check"
import { expect, test } from "vitest"
import { UserHome, userHomeDocumentId } from "@polylogue/conversation"
import * as Y from "yjs"

/** Brings each document what the other has. */
function exchange(left: Y.Doc, right: Y.Doc): void {
  const fromLeft = Y.encodeStateAsUpdate(left)
  Y.applyUpdate(left, Y.encodeStateAsUpdate(right))
  Y.applyUpdate(right, fromLeft)
}

test("[CV17] whatever is typed over whatever, the draft is that, here and on another device", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "😀", "😁", "👩‍👧", "é", "𝒳"), maxLength: 12 })
  fc.assert(
    fc.property(fc.array(text, { maxLength: 6 }), (texts) => {
      const home = new UserHome(new Y.Doc())
      const copy = new UserHome(new Y.Doc())
      home.ydoc.on("update", (update: Uint8Array) => Y.applyUpdate(copy.ydoc, update))
      for (const next of texts) {
        home.setDraft("c", next)
        expect(home.getDraft("c")).toBe(next)
        expect(copy.getDraft("c")).toBe(next)
      }
    }),
    { numRuns: 300 },
  )
})

test("[CV17] words that two devices add to one draft are both kept", () => {
  const laptop = new UserHome(new Y.Doc())
  const phone = new UserHome(new Y.Doc())
  laptop.setDraft("c", "Dear Bo")
  exchange(laptop.ydoc, phone.ydoc)
  laptop.setDraft("c", "My Dear Bo")
  phone.setDraft("c", "Dear Bo, hello")
  exchange(laptop.ydoc, phone.ydoc)
  expect(laptop.getDraft("c")).toBe("My Dear Bo, hello")
  expect(phone.getDraft("c")).toBe("My Dear Bo, hello")
})

test("[CV17] each draft notifies its own listeners; the same text writes nothing", () => {
  const home = new UserHome(new Y.Doc())
  const calls = { one: 0, two: 0, updates: 0 }
  home.ydoc.on("update", () => calls.updates++)
  home.subscribeDraft("one", () => calls.one++)
  const stop = home.subscribeDraft("two", () => calls.two++)
  home.setDraft("one", "x")
  home.setDraft("one", "x")
  expect(calls).toEqual({ one: 1, two: 0, updates: 1 })
  stop()
  home.setDraft("two", "y")
  home.destroy()
  home.setDraft("one", "")
  expect(calls).toEqual({ one: 1, two: 0, updates: 3 })
  expect(home.getDraft("never")).toBe("")
  expect([...home.ydoc.share.keys()]).not.toContain("draft:never")
})

test("[CV17] a lone half of a character cannot enter a draft", () => {
  const home = new UserHome(new Y.Doc())
  home.setDraft("c", "a\ud83d")
  expect(home.getDraft("c")).toBe("a\ufffd")
})

test("[CV17, I12] a new version being written is kept per message, apart from the draft of the conversation", () => {
  const home = new UserHome(new Y.Doc())
  const calls = { one: 0, all: 0, draft: 0 }
  home.subscribeEdit("c", "m1", () => calls.one++)
  home.subscribeEdits("c", () => calls.all++)
  home.subscribeDraft("c", () => calls.draft++)
  home.setEdit("c", "m1", "first")
  home.setEdit("c", "m/2 ä", "second")
  home.setEdit("cc", "m3", "elsewhere")
  expect(calls).toEqual({ one: 1, all: 2, draft: 0 })
  const again = new UserHome(new Y.Doc())
  Y.applyUpdate(again.ydoc, Y.encodeStateAsUpdate(home.ydoc))
  expect(again.getEdits("c")).toEqual(["m/2 ä", "m1"])
  expect(again.getEdit("c", "m1")).toBe("first")
  expect(again.getDraft("c")).toBe("")
  again.setEdit("c", "m1", "")
  expect(again.getEdits("c")).toEqual(["m/2 ä"])
  expect(again.getEdit("c", "never")).toBe("")
  expect(() => again.getEdits("a/b")).toThrow(expect.objectContaining({ code: "bad-id" }))
})

test("[CV10] ids that are no segment are refused", () => {
  const home = new UserHome(new Y.Doc())
  expect(userHomeDocumentId("ana")).toBe("u/ana/home")
  for (const id of ["", "a/b", "..", "ä"]) {
    expect(() => userHomeDocumentId(id)).toThrow(expect.objectContaining({ code: "bad-id" }))
    expect(() => home.getDraft(id)).toThrow(expect.objectContaining({ code: "bad-id" }))
    expect(() => home.setDraft(id, "x")).toThrow(expect.objectContaining({ code: "bad-id" }))
  }
})
