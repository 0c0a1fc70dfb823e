import { expect, test } from "vitest"
import * as Y from "yjs"
import { eraseCard, eraseDocument, MAIN_DRAFT, promptCards, PromptView, rescueTexts } from "@polylogue/conversation"
import { erase } from "./erasure.ts"
import { indexDevice, promptDevice, reload, sync } from "./devices.ts"

test("[CV76] after a refusal, what slots and versions say and comments that the document has not are listed once, and nothing else", () => {
  const kept = promptDevice("a")
  const current = promptDevice("b")
  kept.prompt.create({ text: "known to all" })
  const thread = kept.prompt.comment(MAIN_DRAFT, "system", null, "known comment")
  sync(kept.ydoc, current.ydoc)
  kept.prompt.slotText(MAIN_DRAFT, "system").insert(0, "saved and then overwritten, ")
  kept.prompt.saveVersion(MAIN_DRAFT, { message: "" })
  kept.prompt.setText(MAIN_DRAFT, "system", "known to all, and more")
  const removed = kept.prompt.addSlot(MAIN_DRAFT, { role: "user", text: "of a removed slot" })
  kept.prompt.removeSlot(MAIN_DRAFT, removed)
  kept.prompt.createDraft({ from: MAIN_DRAFT, name: "side" })
  kept.prompt.reply(MAIN_DRAFT, thread, "lost reply")
  const update = Y.encodeStateAsUpdate(kept.ydoc)
  expect(rescueTexts(update, current.ydoc).map(({ kind, text, authorId }) => [kind, text, authorId])).toEqual([
    ["slot", "known to all, and more", null],
    ["slot", "of a removed slot", null],
    ["slot", "saved and then overwritten, known to all", null],
    ["comment", "lost reply", "user-a"],
  ])
  expect(rescueTexts(update, kept.ydoc)).toEqual([])
  expect(rescueTexts(Y.encodeStateAsUpdate(current.ydoc), kept.ydoc)).toEqual([])
})

test("[CV76] words in entries of a prompt whose causes are missing are rescued as fragments", () => {
  const kept = promptDevice("a")
  kept.prompt.create({ text: "first " })
  const updates: Uint8Array[] = []
  kept.ydoc.on("update", (update: Uint8Array) => updates.push(update))
  kept.prompt.slotText(MAIN_DRAFT, "system").insert(6, "second")
  expect(rescueTexts(updates[0] ?? new Uint8Array(), new Y.Doc()).map(({ kind, text }) => [kind, text])).toEqual([["fragment", "second"]])
  expect(rescueTexts(updates[0] ?? new Uint8Array(), kept.ydoc)).toEqual([])
})

test("[CV76] a prompt is erased down to its shell: no byte of its words stays, and what others write at the same time merges", () => {
  const { ydoc, prompt } = promptDevice("a")
  const other = promptDevice("b")
  prompt.create({ name: "hidden name", text: "hidden text" })
  prompt.setText(MAIN_DRAFT, "system", "hidden again")
  prompt.saveVersion(MAIN_DRAFT, { message: "hidden why" })
  prompt.comment(MAIN_DRAFT, "system", { from: 0, to: 6 }, "hidden remark")
  prompt.setVariable(MAIN_DRAFT, "x", { type: "text", default: "hidden default" })
  sync(ydoc, other.ydoc)
  other.prompt.slotText(MAIN_DRAFT, "system").insert(12, " later")
  erase(ydoc, eraseDocument(ydoc))
  sync(ydoc, other.ydoc)
  const erased = reload(ydoc)
  expect(new TextDecoder().decode(Y.encodeStateAsUpdate(erased))).not.toContain("hidden")
  expect(other.prompt.getContent(MAIN_DRAFT)).toEqual(prompt.getContent(MAIN_DRAFT))
  const view = new PromptView(erased)
  expect(view.getText(MAIN_DRAFT, "system")).toBe(" later")
  expect(view.getVersions()).toEqual([])
  expect(view.getThreads(MAIN_DRAFT)).toEqual([])
})

test("[CV76] the card of a prompt is erased as that of a conversation is, and no other card is touched", () => {
  const { ydoc, index } = indexDevice("a")
  const cards = promptCards(index)
  const id = cards.create({ name: "hidden name" })
  cards.addTag(id, "hidden tag")
  cards.touch(id, { clock: 5, snippet: "hidden text" })
  const other = cards.create({ name: "other" })
  index.create({ id, title: "a conversation of that id" })
  erase(ydoc, eraseCard(ydoc, id, "all", "prompts"))
  expect(new TextDecoder().decode(Y.encodeStateAsUpdate(reload(ydoc)))).not.toContain("hidden")
  expect(cards.getDeletedCards()).toMatchObject([{ id, name: "", erased: true, tags: [] }])
  expect([cards.getCard(other)?.name, index.getCard(id)?.title]).toEqual(["other", "a conversation of that id"])
})
