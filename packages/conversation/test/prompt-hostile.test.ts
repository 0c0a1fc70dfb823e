import { expect, test } from "vitest"
import * as Y from "yjs"
import { MAIN_DRAFT, mergeBase, promptCards, PromptView } from "@polylogue/conversation"
import { indexDevice, promptDevice, reload, seededRandom } from "./devices.ts"

const MAPS = ["meta", "drafts", "slots", "variables", "config", "versions", "contents", "threads"]
const VALUES: readonly (() => unknown)[] = [
  (): unknown => null,
  (): unknown => 7,
  (): unknown => "text",
  (): unknown => [],
  (): unknown => ({ turn: 1, clock: 1, value: { by: 7 } }),
  (): unknown => ({ turn: "x", clock: null, value: ["no", 3] }),
  (): unknown => ({ turn: 9, clock: 9, value: "text" }),
  (): unknown => ({ turn: 9, clock: 9, value: false }),
  (): unknown => ({ slotId: "system", anchor: { start: 7, quote: { exact: "s" } } }),
  (): unknown => ({ slotId: "a/b", anchor: null }),
  (): unknown => ({ author: 7, clock: "x" }),
  (): unknown => ({ createdAt: {}, authorId: [] }),
  (): unknown => new Uint8Array([1, 2, 3]),
  (): unknown => new Y.Text("nested"),
  (): unknown => new Y.Map([["value", 1]]),
  (): unknown => new Y.Array(),
]

test("[CV74] any value under any key of a prompt's document throws nothing, and what is right beside it is read", () => {
  for (let seed = 0; seed < 60; seed++) {
    const random = seededRandom(seed)
    const pick = <Value>(values: readonly Value[]): Value => values[Math.floor(random() * values.length)] as Value
    const { ydoc, prompt } = promptDevice("a", seed)
    prompt.create({ name: "right", text: "right text" })
    const version = prompt.saveVersion(MAIN_DRAFT, { message: "right" })
    const thread = prompt.comment(MAIN_DRAFT, "system", { from: 0, to: 5 }, "right")
    for (let step = 0; step < 80; step++) {
      const segments = ["other", "x", "base", "made", "order", "role", "removed", "about", "comment", "c", "text", "%", ""]
      const key = Array.from({ length: 1 + Math.floor(random() * 6) }, () => pick(segments)).join("/")
      // What stands on a draft of its own leaves `main` as it is, but for new slots and threads.
      ydoc.getMap(pick(MAPS)).set(random() < 0.3 ? `main/z${key}` : key, pick(VALUES)())
    }
    ydoc.getText("slot:other/x").insertEmbed(0, { image: 1 })
    ydoc.getMap("slot:x/base").set("a", 1)
    for (const view of [prompt, new PromptView(reload(ydoc))]) {
      for (const { id, base } of view.getDrafts()) {
        const slots = view.getSlots(id)
        for (const slot of slots) view.getText(id, slot.id)
        JSON.stringify([view.getContent(id), view.usedVariables(id), view.getThreads(id), base])
      }
      expect(view.getMeta().name).toBe("right")
      expect(view.getVersions().map(({ id }) => id)).toContain(version)
      expect(mergeBase(view, version, "x")).toBeUndefined()
      expect(view.getContent(MAIN_DRAFT).slots.find(({ id }) => id === "system")?.text).toBe("right text")
      expect(view.getThreads(MAIN_DRAFT).find(({ id }) => id === thread)?.place).toEqual({ state: "exact", from: 0, to: 5 })
    }
    for (const { id } of prompt.getDrafts()) {
      const slot = prompt.addSlot(id, { role: "user", text: "still works" })
      prompt.applyContent(id, { kind: "chat", slots: [{ id: slot, role: "user", text: "and works" }], variables: {}, config: {} })
      expect(prompt.getContent(id).slots.map(({ text }) => text)).toEqual(["and works"])
      prompt.saveVersion(id, { message: "" })
    }
  }
})

test("[CV74] things in a text that are no characters neither shift an edit nor stay in what is applied", () => {
  const { prompt } = promptDevice("a")
  prompt.create({ text: "one two three" })
  const text = prompt.slotText(MAIN_DRAFT, "system")
  text.insertEmbed(4, { image: 1 })
  text.format(0, 3, { bold: true })
  expect(prompt.getText(MAIN_DRAFT, "system")).toBe("one two three")
  prompt.setText(MAIN_DRAFT, "system", "one 2 three")
  expect(text.toJSON()).toBe("one 2 three")
  expect(text.length).toBe(11)
})

test("[CV74] any value under any key of the cards throws nothing", () => {
  const { index, ydoc } = indexDevice("a")
  const cards = promptCards(index)
  const id = cards.create({ name: "right" })
  let count = 0
  for (const field of ["title:user/b", "deleted/b", "tag/x/b", "activity/b", "createdAt", "pinned/b", "", "erased/x"]) {
    for (const value of VALUES) ydoc.getMap("prompts").set(`wrong${count++}/${field}`, value())
  }
  expect(cards.getCards().find((card) => card.id === id)?.name).toBe("right")
  expect(cards.getDeletedCards()).toBeInstanceOf(Array)
})
