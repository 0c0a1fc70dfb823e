import fc from "fast-check"
import { expect, test } from "vitest"
import { foldTag, MAX_TAG_LENGTH, normaliseTag, workspaceFolders } from "@polylogue/conversation"
import { countUpdates, indexDevice, sync } from "./devices.ts"

test("[CV28] tags are added, taken away, sorted and counted; spellings of one tag are one", () => {
  const { index, ydoc } = indexDevice("a")
  const [one, two] = [index.create({ title: "one" }), index.create({ title: "two" })]
  index.addTag(one, "  Work \n in  progress ")
  index.addTag(one, "ideas")
  index.addTag(two, "WORK in progress")
  expect(index.getCard(one)?.tags).toEqual(["ideas", "Work in progress"])
  expect(index.getCard(two)?.tags).toEqual(["Work in progress"])
  expect(index.getTags()).toEqual([
    { name: "ideas", count: 1 },
    { name: "Work in progress", count: 2 },
  ])
  expect(index.getTags()).toBe(index.getTags())
  expect(countUpdates(ydoc, () => index.addTag(one, "IDEAS"))).toBe(0)
  expect(countUpdates(ydoc, () => index.removeTag(one, "nothing"))).toBe(0)
  index.removeTag(one, "Ideas")
  expect(index.getCard(one)?.tags).toEqual(["Work in progress"])
  index.delete(two)
  expect(index.getTags()).toEqual([{ name: "Work in progress", count: 1 }])
  expect(Object.isFrozen(index.getCard(one)?.tags)).toBe(true)
})

test("[CV28] a tag has 1 to 64 characters, composed and on one line", () => {
  expect(normaliseTag("x".repeat(MAX_TAG_LENGTH))).toHaveLength(MAX_TAG_LENGTH)
  for (const bad of ["", "  ", "x".repeat(MAX_TAG_LENGTH + 1)]) expect(() => normaliseTag(bad)).toThrow(RangeError)
  expect(normaliseTag("e\u0301te\u0301 \u3000 x")).toBe("été x")
  expect(normaliseTag("a\ud800b")).toBe("a\ufffdb")
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }), (text) => {
      fc.pre(text.trim() !== "" && text.normalize("NFC").length <= MAX_TAG_LENGTH)
      const tag = normaliseTag(text)
      expect(normaliseTag(tag)).toBe(tag)
      expect(foldTag(tag)).toBe(foldTag(text))
    }),
  )
})

test("[CV28] one tag in two spellings at the same time is one tag on both sides, and taking it away takes both", () => {
  for (let seed = 0; seed < 20; seed++) {
    const a = indexDevice("a", seed)
    const b = indexDevice("b", seed)
    a.index.create({ id: "c" })
    sync(a.ydoc, b.ydoc)
    a.index.addTag("c", "Work")
    b.index.addTag("c", "work")
    b.index.addTag("c", "Ünïcode/%")
    sync(a.ydoc, b.ydoc)
    expect(a.index.getCard("c")?.tags).toHaveLength(2)
    expect(b.index.getCard("c")?.tags).toEqual(a.index.getCard("c")?.tags)
    b.index.removeTag("c", "WORK")
    sync(a.ydoc, b.ydoc)
    expect(a.index.getCard("c")?.tags).toEqual(["Ünïcode/%"])
  }
})

test("[CV28] a tag is renamed and removed on all cards in one transaction; a card tagged elsewhere at the same time keeps its tag", () => {
  const a = indexDevice("a")
  const b = indexDevice("b")
  for (const id of ["c1", "c2", "c3", "c4"]) a.index.create({ id })
  a.index.addTag("c1", "draft")
  a.index.addTag("c2", "Draft")
  a.index.addTag("c2", "final")
  a.index.delete("c2")
  sync(a.ydoc, b.ydoc)
  b.index.addTag("c3", "draft")
  expect(countUpdates(a.ydoc, () => expect([...a.index.renameTag("DRAFT", "Final")].sort()).toEqual(["c1", "c2"]))).toBe(1)
  sync(a.ydoc, b.ydoc)
  expect(["c1", "c2", "c3", "c4"].map((id) => b.index.getCard(id)?.tags)).toEqual([["Final"], ["Final"], ["draft"], []])
  a.index.renameTag("Final", "FINAL")
  expect(a.index.getCard("c1")?.tags).toEqual(["FINAL"])
  expect(countUpdates(a.ydoc, () => a.index.deleteTag("final"))).toBe(1)
  expect(a.index.getTags()).toEqual([{ name: "draft", count: 1 }])
  expect(() => a.index.renameTag("draft", " ")).toThrow(RangeError)
})

test("[CV28] many changes together are one transaction, and each listener is called once", () => {
  const { index, ydoc } = indexDevice("a")
  const ids = Array.from({ length: 20 }, () => index.create({ title: "x" }))
  const folder = workspaceFolders(index).create("f")
  let calls = 0
  index.subscribe(() => calls++)
  const change = (): void => {
    for (const id of ids) {
      index.setFolder(id, folder)
      index.setArchived(id, true)
      index.addTag(id, "t")
    }
  }
  expect(countUpdates(ydoc, () => index.together("bulk", change))).toBe(1)
  expect(calls).toBe(1)
  expect(index.getCards().every((card) => card.folderId === folder && card.archived && card.tags[0] === "t")).toBe(true)
})

test("[CV28] values that are no tags are none", () => {
  const { index, ydoc } = indexDevice("a")
  index.create({ id: "c" })
  const cards = ydoc.getMap("cards")
  cards.set("c/tag/x/b", { turn: 1, clock: 1, value: 7 })
  cards.set("c/tag/y/b", "no entry")
  cards.set("c/tag", { turn: 1, clock: 1, value: "no digest" })
  cards.set("c/tag/z/b", { turn: 1, clock: 1, value: "z".repeat(MAX_TAG_LENGTH * 2) })
  cards.set("c/tag/q/b", { turn: 1, clock: 1, value: "  " })
  cards.set("c/folder/b", { turn: 1, clock: 1, value: 7 })
  expect(index.getCard("c")).toMatchObject({ tags: ["z".repeat(MAX_TAG_LENGTH)], folderId: null })
})
