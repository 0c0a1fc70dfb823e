import { EditorView } from "@codemirror/view"
import { act } from "react"
import { beforeEach, expect, test } from "vitest"
import { cdp } from "vitest/browser"
import * as Y from "yjs"
import { pressKey, type PromptPage, promptPage, textsOf, typeInto, wire } from "./prompt-editor-page.tsx"

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

beforeEach(() => localStorage.clear())

/** Numbers that look random and are the same at every run: mulberry32. */
function seeded(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * below)
  }
}

/** How many of `letters`, which only one of two uses, stand in a text. */
const countOf = (text: string, letters: string): number => text.split("").filter((letter) => letters.includes(letter)).length

for (const seed of [1, 2, 3]) {
  test(`[WB80] two who type and move messages at once, with cuts in between, end with the same words, none lost or doubled (seed ${seed})`, async () => {
    const random = seeded(seed)
    const [ana, sky] = [await promptPage("Ana", "chat"), await promptPage("Sky")]
    const way = wire(ana.open, sky.open)
    await act(async () => {
      for (let count = 0; count < 3; count++) ana.prompt.addSlot("main", { role: "user" })
    })
    await ana.show()
    await sky.show()
    const people = [
      { page: ana, letters: "abcdefgh", typed: 0 },
      { page: sky, letters: "klmnopqr", typed: 0 },
    ]
    for (let turn = 0; turn < 150; turn++) {
      if (turn % 25 === 5) way.cut()
      if (turn % 25 === 20) await act(async () => way.heal())
      const person = people[random(2)] ?? people[0]
      const views = person.page.views()
      const view = views[random(views.length)]
      await act(async () => {
        if (random(6) === 0) return move(person.page, random)
        const letters = Array.from({ length: 1 + random(4) }, () => person.letters[random(person.letters.length)]).join("")
        typeInto(view, random(view.state.doc.length + 1), letters)
        person.typed += letters.length
      })
      for (const each of views) expect(each.state.doc.toString()).toBe(textOf(person.page, each))
    }
    await act(async () => way.heal())
    expect(textsOf(ana)).toEqual(textsOf(sky))
    for (const { page } of people) expect(page.views().map(({ state }) => state.doc.toString())).toEqual(textsOf(page))
    const all = textsOf(ana).join("")
    for (const { letters, typed } of people) expect(countOf(all, letters)).toBe(typed)
    // Undone to the end, everything one typed is gone, and every letter of the other one is there.
    const [one, other] = people
    await act(async () => one.page.views()[0].focus())
    for (let step = 0; step < 200; step++) await pressKey("z", { ctrlKey: true })
    expect(countOf(textsOf(sky).join(""), one.letters)).toBe(0)
    expect(countOf(textsOf(sky).join(""), other.letters)).toBe(other.typed)
    await ana.end()
    await sky.end()
  })
}

function textOf({ place, prompt }: PromptPage, view: EditorView): string {
  const slot = place.contains(view.dom) ? view.dom.closest<HTMLElement>("[data-slot]")?.dataset["slot"] : undefined
  return prompt.getText("main", slot ?? "")
}

function move({ prompt }: PromptPage, random: (below: number) => number): void {
  const ids = prompt.getSlots("main").map(({ id }) => id)
  const id = ids[random(ids.length)]
  const after = ids[random(ids.length)]
  if (after !== id) prompt.moveSlot("main", id, { after: random(3) === 0 ? null : after })
}

test("[WB83] the cursors of others stand in the text with their colour, their names beside it; what is no place of this text is passed over", async () => {
  const [ana, sky] = [await promptPage("Ana", "chat"), await promptPage("Sky")]
  wire(ana.open, sky.open)
  await ana.show()
  await act(async () => typeInto(ana.views()[0], 0, "Be kind.\nAlways."))
  const { awareness } = sky.open.document
  const [slot] = sky.prompt.getSlots("main")
  const text = sky.prompt.slotText("main", slot.id)
  const at = (index: number): unknown => Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(text, index))
  const say = (cursor: unknown): Promise<void> => act(async () => awareness.setLocalStateField("promptCursor", cursor))
  await act(async () => awareness.setLocalStateField("presence", { userId: "sky", name: "Sky Li", colour: 4 }))
  await say({ anchor: at(3), head: at(7) })
  const { place } = ana
  expect(place.querySelector(".remote-selection")?.textContent).toBe("kind")
  expect(place.querySelector(".remote-caret.remote-4")?.ariaHidden).toBe("true")
  expect([place.querySelector(".remote-label")?.textContent, place.querySelector(".slot-other")?.textContent]).toEqual(["SL", "Sky Li"])
  const label = place.querySelector(".remote-label")!.getBoundingClientRect()
  const words = document.createRange()
  words.selectNodeContents(place.querySelector(".cm-line")!.firstChild!)
  expect(label.left).toBeGreaterThan(words.getBoundingClientRect().right)
  // It follows the words it stands in.
  await act(async () => typeInto(ana.views()[0], 0, "Please. "))
  expect(place.querySelector(".remote-selection")?.textContent).toBe("kind")
  const types = ana.open.ydoc.share.size
  const elsewhere = { type: null, tname: "made up", item: null, assoc: 0 }
  for (const bad of [
    null,
    7,
    "x",
    [],
    {},
    { anchor: 1, head: {} },
    { anchor: elsewhere, head: elsewhere },
    { anchor: at(1), head: { item: { client: "x" } } },
  ]) {
    await say(bad)
    expect(place.querySelector(".remote-caret")).toBeNull()
  }
  expect(ana.open.ydoc.share.size).toBe(types)
  await say({ anchor: at(0), head: at(0) })
  expect(place.querySelector(".remote-caret")).not.toBeNull()
  await act(async () => awareness.setLocalStateField("presence", null))
  expect(place.querySelector(".remote-caret")).toBeNull()
  await ana.end()
  await sky.end()
})

test("[WB83] one's own cursor is told while one writes, and no longer", async () => {
  const page = await promptPage("Ana", "chat")
  await act(async () => void page.prompt.addSlot("main", { role: "user", text: "Hi" }))
  await page.show()
  const cursor = (): unknown => page.open.document.awareness.getLocalState()?.["promptCursor"]
  const [first, second] = page.views()
  await act(async () => first.focus())
  await expect.poll(cursor).toMatchObject({ text: "slot:main/system" })
  await act(async () => second.focus())
  await expect.poll(cursor).toMatchObject({ text: expect.stringMatching(/^slot:main\/(?!system)/) as unknown })
  await act(async () => second.contentDOM.blur())
  await expect.poll(cursor).toBeNull()
  await page.end()
})

test("[WB91] what is being composed is not broken off by what others write before, behind and around it", async () => {
  const [ana, sky] = [await promptPage("Ana", "chat"), await promptPage("Sky")]
  wire(ana.open, sky.open)
  await act(async () => {
    ana.prompt.addSlot("main", { role: "user", text: "one\ntwo\nthree" })
    ana.prompt.addSlot("main", { role: "assistant", text: "last" })
  })
  await ana.show()
  const [, view] = ana.views()
  const [, slot, last] = sky.prompt.getSlots("main")
  const text = sky.prompt.slotText("main", slot.id)
  await act(async () => {
    view.focus()
    view.dispatch({ selection: { anchor: 7 } })
  })
  const compose = (words: string): Promise<void> =>
    act(
      async () =>
        void (await cdp().send("Input.imeSetComposition", { text: words, selectionStart: words.length, selectionEnd: words.length })),
    )
  await compose("に")
  await act(async () => text.insert(0, "zero "))
  await compose("にほ")
  await act(async () => text.insert(text.length, " four"))
  await act(async () => sky.prompt.moveSlot("main", slot.id, { after: last.id }))
  await compose("にほん")
  await act(async () => void sky.prompt.addSlot("main", { role: "user", text: "new", after: null }))
  expect([view.composing, view.hasFocus]).toEqual([true, true])
  await act(async () => void (await cdp().send("Input.insertText", { text: "日本" })))
  await expect.poll(() => sky.prompt.getText("main", slot.id)).toBe("zero one\ntwo日本\nthree four")
  expect(view.state.doc.toString()).toBe("zero one\ntwo日本\nthree four")
  await ana.end()
  await sky.end()
})
