import { describe, expect, test } from "vitest"
import * as Y from "yjs"
import { MAIN_DRAFT, type Prompt } from "@polylogue/conversation"
import { promptDevice, type PromptDevice, reload, seededRandom, slotTexts, sync } from "./devices.ts"

const SEEDS = Array.from({ length: 60 }, (_, seed) => seed)

function pair(seed: number): { a: PromptDevice; b: PromptDevice; question: string } {
  const a = promptDevice("a", seed)
  const b = promptDevice("b", seed)
  a.prompt.create({ name: "p", text: "one" })
  const question = a.prompt.addSlot(MAIN_DRAFT, { role: "user", text: "two" })
  sync(a.ydoc, b.ydoc)
  return { a, b, question }
}

/** What plain Yjs does, so that the day it changes is noticed, and what a prompt makes of it. */
describe("facts about Yjs that the layout answers", () => {
  test("[CV77] a shared key goes to the higher client id; of two settings of role, name, variable or key the later one counts", () => {
    for (const seed of SEEDS) {
      const { a, b, question } = pair(seed)
      const aLater = seededRandom(seed)() < 0.5
      a.clock.now += aLater ? 2000 : 1000
      b.clock.now += aLater ? 1000 : 2000
      for (const { ydoc, prompt } of [a, b]) {
        const by = prompt === a.prompt ? "a" : "b"
        ydoc.getMap("probe").set("key", ydoc.clientID)
        prompt.setName(by)
        prompt.setRole(MAIN_DRAFT, question, `role-${by}`)
        prompt.setVariable(MAIN_DRAFT, "tone", { type: "text", default: by })
        prompt.setConfig(MAIN_DRAFT, "model", by)
      }
      sync(a.ydoc, b.ydoc)
      expect(a.ydoc.getMap("probe").get("key")).toBe(Math.max(a.ydoc.clientID, b.ydoc.clientID))
      const later = aLater ? "a" : "b"
      for (const { prompt } of [a, b]) {
        expect(prompt.getMeta().name).toBe(later)
        expect(prompt.getSlots(MAIN_DRAFT)[1]?.role).toBe(`role-${later}`)
        expect(prompt.getVariables(MAIN_DRAFT)).toEqual({ tone: { type: "text", default: later } })
        expect(prompt.getConfig(MAIN_DRAFT)).toEqual({ model: later })
      }
    }
  })

  test("[CV77] of two nested texts under one key one is lost whole; what two devices write in one slot is all there", () => {
    for (const seed of SEEDS) {
      const { a, b } = pair(seed)
      for (const { ydoc, prompt } of [a, b]) {
        ydoc.getMap("probe").set("key", new Y.Text(String(ydoc.clientID)))
        prompt.slotText(MAIN_DRAFT, "system").insert(3, prompt === a.prompt ? " from a" : " from b")
      }
      sync(a.ydoc, b.ydoc)
      expect(String(a.ydoc.getMap("probe").get("key"))).toBe(String(Math.max(a.ydoc.clientID, b.ydoc.clientID)))
      const [text = ""] = slotTexts(a.prompt)
      expect(text.split("").toSorted().join("")).toBe("one from a from b".split("").toSorted().join(""))
      expect(text).toMatch(/ from a/u)
      expect(slotTexts(b.prompt)).toEqual(slotTexts(a.prompt))
    }
  })

  test("[CV77] an element moved in two arrays at once is there twice; a slot is there once, in one place, with what was typed meanwhile", () => {
    for (const seed of SEEDS) {
      const { a, b, question } = pair(seed)
      const third = a.prompt.addSlot(MAIN_DRAFT, { role: "assistant", text: "three" })
      a.ydoc.getArray("probe").push(["x", "y"])
      sync(a.ydoc, b.ydoc)
      for (const { ydoc } of [a, b]) {
        const probe = ydoc.getArray("probe")
        probe.delete(0)
        probe.push(["x"])
      }
      a.prompt.moveSlot(MAIN_DRAFT, third, { after: null })
      b.prompt.moveSlot(MAIN_DRAFT, third, { after: "system" })
      a.prompt.slotText(MAIN_DRAFT, third).insert(5, "!")
      b.prompt.slotText(MAIN_DRAFT, third).insert(0, ">")
      b.prompt.slotText(MAIN_DRAFT, question).insert(0, ">")
      sync(a.ydoc, b.ydoc)
      expect(a.ydoc.getArray("probe").toJSON()).toHaveLength(3)
      expect(slotTexts(a.prompt).toSorted()).toEqual([">three!", ">two", "one"])
      expect(a.prompt.getContent(MAIN_DRAFT)).toEqual(b.prompt.getContent(MAIN_DRAFT))
    }
  })

  test("[CV77] two that add a slot at the same place keep both, in one order, and a third fits in between", () => {
    for (const seed of SEEDS) {
      const { a, b } = pair(seed)
      const ids = [a, b].map(({ prompt }) =>
        prompt.addSlot(MAIN_DRAFT, { role: "user", text: prompt === a.prompt ? "A" : "B", after: "system" }),
      )
      sync(a.ydoc, b.ydoc)
      expect(slotTexts(a.prompt).toSorted()).toEqual(["A", "B", "one", "two"])
      const [, first] = a.prompt.getSlots(MAIN_DRAFT)
      expect(ids).toContain(first?.id)
      a.prompt.addSlot(MAIN_DRAFT, { role: "user", text: "between", after: first?.id ?? null })
      sync(a.ydoc, b.ydoc)
      expect(slotTexts(a.prompt)[2]).toBe("between")
      expect(slotTexts(b.prompt)).toEqual(slotTexts(a.prompt))
    }
  })
})

test("[CV63] what others type into a slot while it is removed is shown as written since, and comes back with it", () => {
  for (const seed of SEEDS) {
    const { a, b, question } = pair(seed)
    a.prompt.removeSlot(MAIN_DRAFT, question)
    b.prompt.slotText(MAIN_DRAFT, question).insert(3, " and more")
    expect(a.prompt.getSlots(MAIN_DRAFT)[1]).toMatchObject({ removed: true, changedSinceRemoved: false })
    sync(a.ydoc, b.ydoc)
    for (const { prompt } of [a, b]) {
      expect(prompt.getSlots(MAIN_DRAFT)[1]).toMatchObject({ id: question, removed: true, changedSinceRemoved: true })
      expect(slotTexts(prompt)).toEqual(["one"])
      expect(prompt.getText(MAIN_DRAFT, question)).toBe("two and more")
    }
    b.prompt.restoreSlot(MAIN_DRAFT, question)
    sync(a.ydoc, b.ydoc)
    expect(slotTexts(a.prompt)).toEqual(["one", "two and more"])
    expect(a.prompt.getSlots(MAIN_DRAFT)[1]).toMatchObject({ removed: false, changedSinceRemoved: false })
  }
})

test("[CV65] devices that save a draft at the same time leave both versions, and the next one comes from both", () => {
  for (const seed of SEEDS) {
    const { a, b } = pair(seed)
    const first = a.prompt.saveVersion(MAIN_DRAFT, { message: "first" })
    sync(a.ydoc, b.ydoc)
    a.prompt.setText(MAIN_DRAFT, "system", "one at a")
    b.prompt.setText(MAIN_DRAFT, "system", "at b one")
    const saved = [a.prompt.saveVersion(MAIN_DRAFT, { message: "a" }), b.prompt.saveVersion(MAIN_DRAFT, { message: "b" })].toSorted()
    sync(a.ydoc, b.ydoc)
    expect(a.prompt.getDraft(MAIN_DRAFT)?.base).toEqual(saved)
    expect(b.prompt.getDrafts()).toEqual(a.prompt.getDrafts())
    const joined = b.prompt.saveVersion(MAIN_DRAFT, { message: "both" })
    sync(a.ydoc, b.ydoc)
    expect(a.prompt.getVersion(joined)).toMatchObject({ parents: saved, content: { slots: [{ text: "at b one at a" }, { text: "two" }] } })
    expect(a.prompt.getDraft(MAIN_DRAFT)?.base).toEqual([joined])
    expect(a.prompt.getVersions().map(({ id }) => id)).toEqual(b.prompt.getVersions().map(({ id }) => id))
    expect(a.prompt.getVersions().at(-1)?.id).toBe(first)
  }
})

test("[CV77] many devices that do whatever they like to one prompt, cut off and joined at random, end alike, with every word that nobody deleted", () => {
  for (let seed = 0; seed < 25; seed++) {
    const random = seededRandom(seed)
    const devices = ["a", "b", "c", "d"].map((name) => promptDevice(name, seed))
    devices[0]?.prompt.create({ name: "p", text: "start" })
    sync(...devices.map(({ ydoc }) => ydoc))
    const words: string[] = []
    for (let step = 0; step < 60; step++) {
      const device = devices[Math.floor(random() * devices.length)]
      if (device === undefined) continue
      device.clock.now += Math.floor(random() * 500)
      operate(device.prompt, random, words)
      const [left, right] = [devices[Math.floor(random() * 4)], devices[Math.floor(random() * 4)]]
      if (random() < 0.2 && left !== undefined && right !== undefined) sync(left.ydoc, right.ydoc)
    }
    sync(...devices.map(({ ydoc }) => ydoc))
    const [first, ...others] = devices.map(({ prompt }) => stateOf(prompt))
    for (const other of others) expect(other).toEqual(first)
    const fresh = promptDevice("e", seed)
    Y.applyUpdate(fresh.ydoc, Y.encodeStateAsUpdate(reload(devices[0]?.ydoc ?? new Y.Doc())))
    expect(stateOf(fresh.prompt)).toEqual(first)
    // Nothing here deletes a word, so each stands in the slot in which it was written, once.
    const texts = fresh.prompt.getDrafts().flatMap(({ id }) => fresh.prompt.getSlots(id).map((slot) => fresh.prompt.getText(id, slot.id)))
    for (const word of words) expect(texts.filter((text) => text.includes(word)).length, `${word}, seed ${seed}`).toBeGreaterThan(0)
    expect(words.length).toBeGreaterThan(10)
  }
})

function operate(prompt: Prompt, random: () => number, words: string[]): void {
  const pick = <Value>(values: readonly Value[]): Value | undefined => values[Math.floor(random() * values.length)]
  const draftId = pick(prompt.getDrafts())?.id ?? MAIN_DRAFT
  const slot = pick(prompt.getSlots(draftId))
  const what = Math.floor(random() * 10)
  if (slot === undefined || what === 0) {
    const word = `<new${words.length}>`
    prompt.addSlot(draftId, { role: "user", text: word, after: random() < 0.5 ? null : (slot?.id ?? null) })
    words.push(word)
  } else if (what <= 4) {
    const text = prompt.slotText(draftId, slot.id)
    const word = `<word${words.length}>`
    // Between words, never in one: an interrupted word would be there, but not in one piece.
    const places = [0, ...[...text.toJSON().matchAll(/>/gu)].map(({ index }) => index + 1)]
    text.insert(pick(places) ?? 0, word)
    words.push(word)
  } else if (what === 5)
    prompt.moveSlot(draftId, slot.id, { after: pick(prompt.getSlots(draftId).filter(({ id }) => id !== slot.id))?.id ?? null })
  else if (what === 6 && slot.removed) prompt.restoreSlot(draftId, slot.id)
  else if (what === 6) prompt.removeSlot(draftId, slot.id)
  else if (what === 7) prompt.setRole(draftId, slot.id, pick(["user", "assistant", "tool"]) ?? "user")
  else if (what === 8) prompt.saveVersion(draftId, { message: `m${words.length}` })
  else if (prompt.getDrafts().length < 3) prompt.createDraft({ from: draftId, name: "side" })
  else prompt.setConfig(draftId, pick(["a", "b"]) ?? "a", pick([1, null, { x: [1] }]))
}

function stateOf(prompt: Prompt): unknown {
  const drafts = prompt.getDrafts()
  return {
    meta: prompt.getMeta(),
    drafts,
    slots: drafts.map(({ id }) => prompt.getSlots(id).map((slot) => [slot, prompt.getText(id, slot.id)])),
    contents: drafts.map(({ id }) => prompt.getContent(id)),
    versions: prompt.getVersions().map(({ id, parents, content }) => [id, parents, content]),
  }
}
