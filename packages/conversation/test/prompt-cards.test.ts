import { expect, test } from "vitest"
import { type ConversationError, promptCards } from "@polylogue/conversation"
import { countUpdates, indexDevice, sync } from "./devices.ts"

test("[CV75] cards of prompts are made, named, tagged, pinned, deleted and restored, newest activity first, apart from those of conversations", () => {
  const { index, clock, ydoc } = indexDevice("a")
  const cards = promptCards(index)
  expect(promptCards(index)).toBe(cards)
  const first = cards.create({ name: "First" })
  clock.now += 1000
  const second = cards.create()
  expect(cards.getCards().map(({ id, name }) => [id, name])).toEqual([
    [second, ""],
    [first, "First"],
  ])
  expect(index.getCards()).toEqual([])
  clock.now += 1000
  cards.touch(first, { clock: clock.now, snippet: " You\nare ", authorId: "ana" })
  cards.addTag(first, "Desk")
  cards.addTag(second, "desk")
  cards.addTag(second, "DESK")
  expect(cards.getCards()).toMatchObject([
    { id: first, snippet: "You are", lastAuthorId: "ana", lastActivity: clock.now, tags: ["Desk"], deletedAt: null },
    { id: second, tags: ["Desk"] },
  ])
  cards.setPinned(second, true)
  cards.setArchived(second, true)
  cards.removeTag(second, "desk")
  cards.rename(second, "Second")
  expect(cards.getCards()[0]).toMatchObject({ id: second, name: "Second", pinned: true, archived: true, tags: [] })
  cards.delete(second)
  expect([cards.getCards().length, cards.getDeletedCards().map(({ id }) => id)]).toEqual([1, [second]])
  cards.restore(second)
  expect(cards.getDeletedCards()).toEqual([])
  const nothing = (): void => {
    cards.rename(second, "Second")
    cards.removeTag(second, "none")
    cards.touch(first, { clock: clock.now, snippet: "You are" })
    cards.create({ id: first })
  }
  expect(countUpdates(ydoc, nothing)).toBe(0)
  expect(() => cards.create({ id: "a/b" })).toThrow(expect.objectContaining({ code: "bad-id" }) as ConversationError)
})

test("[CV75] the same card made on two devices is one that keeps what both set, and is the same object until it changes", () => {
  const a = indexDevice("a")
  const b = indexDevice("b")
  for (const { index } of [a, b]) promptCards(index).create({ id: "same", name: "Same" })
  promptCards(a.index).addTag("same", "one")
  promptCards(b.index).addTag("same", "two")
  promptCards(b.index).setPinned("same", true)
  sync(a.ydoc, b.ydoc)
  const cards = promptCards(a.index)
  expect(cards.getCards()).toMatchObject([{ id: "same", name: "Same", tags: ["one", "two"], pinned: true }])
  expect(promptCards(b.index).getCards()).toEqual(cards.getCards())
  const other = cards.create({ name: "other" })
  const calls = { list: 0, same: 0 }
  cards.subscribe(() => calls.list++)
  cards.subscribeCard("same", () => calls.same++)
  const [before, list] = [cards.getCard("same"), cards.getCards()]
  expect(cards.getCards()).toBe(list)
  cards.rename(other, "another")
  expect([cards.getCard("same"), calls]).toEqual([before, { list: 1, same: 0 }])
  expect(cards.getCard("same")).toBe(before)
})
