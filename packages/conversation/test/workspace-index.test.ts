import { expect, test } from "vitest"
import { type ConversationError, MAX_SNIPPET_LENGTH, snippetOf } from "@polylogue/conversation"
import { countUpdates, indexDevice, seededRandom, sync } from "./devices.ts"

test("[CV3] cards are created, renamed, deleted and restored, newest activity first", () => {
  const { index, clock } = indexDevice("a")
  const first = index.create({ title: "First" })
  clock.now += 1000
  const second = index.create()
  index.setAutoTitle(second, "Automatic")
  expect(index.getCards().map((card) => card.title)).toEqual(["Automatic", "First"])
  clock.now += 1000
  index.touch(first, { clock: clock.now, snippet: "  some\n text " })
  expect(index.getCards().map((card) => card.id)).toEqual([first, second])
  expect(index.getCard(first)).toMatchObject({ snippet: "some text", lastActivity: clock.now, titled: true, deletedAt: null })
  index.setPinned(second, true)
  index.rename(second, "Mine")
  index.setAutoTitle(second, "Other")
  index.setArchived(second, true)
  expect(index.getCards()[0]).toMatchObject({ id: second, title: "Mine", pinned: true, archived: true })
  index.delete(second)
  expect(index.getCards().map((card) => card.id)).toEqual([first])
  expect(index.getDeletedCards().map((card) => card.id)).toEqual([second])
  index.restore(second)
  expect(index.getDeletedCards()).toEqual([])
  index.rename(second, "")
  expect(index.getCard(second)?.title).toBe("Other")
})

test("[CV3] a card is the same object until something of it changes, and its listener alone is called", () => {
  const { index } = indexDevice("a")
  const one = index.create({ title: "one" })
  const two = index.create({ title: "two" })
  const calls = { list: 0, one: 0, two: 0 }
  index.subscribe(() => calls.list++)
  const stop = index.subscribeCard(one, () => calls.one++)
  index.subscribeCard(two, () => calls.two++)
  const before = index.getCards()
  const untouched = index.getCard(two)
  expect(index.getCards()).toBe(before)
  index.rename(one, "uno")
  expect(calls).toEqual({ list: 1, one: 1, two: 0 })
  expect(index.getCards()).not.toBe(before)
  expect(index.getCard(two)).toBe(untouched)
  expect(Object.isFrozen(untouched)).toBe(true)
  stop()
  index.rename(one, "eins")
  expect(calls).toEqual({ list: 2, one: 1, two: 0 })
  index.destroy()
  index.destroy()
  index.rename(one, "un")
  expect(calls.list).toBe(2)
})

test("[CV3] the same card made on two devices is one card that keeps what both set", () => {
  for (let seed = 0; seed < 40; seed++) {
    const a = indexDevice("a", seed)
    const b = indexDevice("b", seed)
    for (const { index } of [a, b]) index.create({ id: "same" })
    a.index.rename("same", "from a")
    a.index.touch("same", { clock: 2_000_000_000_000, snippet: "later, at a" })
    b.index.setAutoTitle("same", "automatic")
    b.index.setPinned("same", true)
    b.index.touch("same", { clock: 1_900_000_000_000, snippet: "earlier, at b" })
    sync(a.ydoc, b.ydoc)
    expect(a.index.getCards()).toHaveLength(1)
    expect(b.index.getCards()).toEqual(a.index.getCards())
    expect(a.index.getCard("same")).toMatchObject({
      title: "from a",
      pinned: true,
      snippet: "later, at a",
      lastActivity: 2_000_000_000_000,
    })
  }
})

test("[CV3] of two titles given at the same time the later clock wins on both sides, and a rename that saw both wins over both", () => {
  const random = seededRandom(3)
  for (let seed = 0; seed < 40; seed++) {
    const a = indexDevice("a", seed)
    const b = indexDevice("b", seed)
    a.index.create({ id: "c" })
    sync(a.ydoc, b.ydoc)
    const aLater = random() < 0.5
    a.clock.now += aLater ? 5000 : 1000
    b.clock.now += aLater ? 1000 : 5000
    a.index.rename("c", "a's")
    b.index.rename("c", "b's")
    sync(a.ydoc, b.ydoc)
    expect([a.index.getCard("c")?.title, b.index.getCard("c")?.title]).toEqual(aLater ? ["a's", "a's"] : ["b's", "b's"])
    // The third device's clock is an hour slow: what it writes having seen the others still comes after them.
    const c = indexDevice("c", seed)
    c.clock.now -= 3_600_000
    sync(a.ydoc, b.ydoc, c.ydoc)
    c.index.rename("c", "c's")
    sync(a.ydoc, b.ydoc, c.ydoc)
    expect(b.index.getCard("c")?.title).toBe("c's")
  }
})

test("[CV3] delete and restore at the same time agree on both sides, and either can be taken back", () => {
  const a = indexDevice("a")
  const b = indexDevice("b")
  a.index.create({ id: "c" })
  a.index.delete("c")
  sync(a.ydoc, b.ydoc)
  b.clock.now += 10
  a.index.restore("c")
  a.index.delete("c")
  b.index.restore("c")
  sync(a.ydoc, b.ydoc)
  expect(a.index.getCard("c")).toEqual(b.index.getCard("c"))
  b.index.restore("c")
  sync(a.ydoc, b.ydoc)
  expect(a.index.getCard("c")?.deletedAt).toBeNull()
})

test("[CV3] activity that is not news writes nothing, and ten thousand touches by a device stay one key", () => {
  const { index, ydoc, clock } = indexDevice("a")
  const id = index.create()
  index.touch(id, { clock: clock.now, snippet: "x" })
  expect(countUpdates(ydoc, () => index.touch(id, { clock: clock.now, snippet: "x" }))).toBe(0)
  expect(countUpdates(ydoc, () => index.touch(id, { clock: clock.now - 1, snippet: "y" }))).toBe(0)
  for (let step = 0; step < 10_000; step++) index.touch(id, { clock: clock.now + step, snippet: "x" })
  expect(ydoc.getMap("cards").size).toBe(2)
})

test("[CV3] a flag that arrives before what it is about makes no card, and foreign keys and values hurt nobody", () => {
  const { index, ydoc } = indexDevice("a")
  const cards = ydoc.getMap("cards")
  cards.set("ghost/deleted/b", { turn: 1, clock: 1, value: true })
  cards.set("nonsense", 7)
  cards.set("odd/title:user/b", "not an entry")
  cards.set("odd/activity/b", null)
  cards.set("odd/activity/c", { clock: "x", snippet: 9 })
  expect(index.getCards()).toMatchObject([{ id: "odd", title: "", snippet: "", lastActivity: 0 }])
  cards.set("ghost/createdAt", 5)
  expect(index.getDeletedCards().map((card) => card.id)).toEqual(["ghost"])
  expect(() => index.create({ id: "a/b" })).toThrow(expect.objectContaining({ code: "bad-id" }) as ConversationError)
})

test("[CV3] a snippet is one line of bounded length and never half a character", () => {
  expect(snippetOf("  a\n\tb  ")).toBe("a b")
  expect(snippetOf("x".repeat(MAX_SNIPPET_LENGTH))).toBe("x".repeat(MAX_SNIPPET_LENGTH))
  expect(snippetOf("x".repeat(MAX_SNIPPET_LENGTH + 1))).toBe(`${"x".repeat(MAX_SNIPPET_LENGTH - 1)}…`)
  expect(snippetOf("😀".repeat(200))).toBe(`${"😀".repeat(79)}…`)
})
