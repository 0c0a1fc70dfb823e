import { acceptCompletion } from "@codemirror/autocomplete"
import axe from "axe-core"
import { act } from "react"
import { beforeEach, expect, test } from "vitest"
import { userEvent } from "vitest/browser"
import { press } from "./parts-page.tsx"
import { fieldOf, pressKey, type PromptPage, promptPage, textsOf, typeInto, unfold, wire } from "./prompt-editor-page.tsx"

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

beforeEach(() => localStorage.clear())

const rolesOf = ({ prompt }: PromptPage): string[] =>
  prompt
    .getSlots("main")
    .filter(({ removed }) => !removed)
    .map(({ role }) => role)

const labels = ({ views }: PromptPage): (string | null)[] => views().map(({ contentDOM }) => contentDOM.getAttribute("aria-label"))

test("[WB89] messages are added, moved, removed and given roles by keys alone; the text is left with Tab", async () => {
  const page = await promptPage("Ana", "chat")
  const { place } = page
  await page.show()
  await act(async () => page.views()[0].focus())
  await pressKey("Enter", { ctrlKey: true })
  await expect.poll(() => page.views()[1]?.hasFocus).toBe(true)
  await act(async () => typeInto(page.views()[1], 0, "Hello"))
  await pressKey("Enter", { ctrlKey: true })
  await expect.poll(() => page.views()[2]?.hasFocus).toBe(true)
  expect(rolesOf(page)).toEqual(["system", "user", "assistant"])
  expect(labels(page)).toEqual(["System, message 1 of 3", "User, message 2 of 3", "Assistant, message 3 of 3"])
  await pressKey("ArrowUp", { altKey: true })
  expect(rolesOf(page)).toEqual(["system", "assistant", "user"])
  expect(page.views()[1].hasFocus).toBe(true)
  expect(place.querySelector("[role=status].visually-hidden")?.textContent).toBe("Message moved below message 1.")
  await act(async () => place.querySelectorAll<HTMLElement>(".slot-handle")[2].focus())
  await pressKey("ArrowUp", { altKey: true })
  expect(textsOf(page)).toEqual(["", "Hello", ""])
  await act(async () => page.views()[1].focus())
  await act(async () => userEvent.keyboard("{Tab}"))
  expect(page.views()[1].hasFocus).toBe(false)
  expect(textsOf(page)[1]).toBe("Hello")
  await press(place, "Actions for message 2")
  await press(place, "Remove")
  await expect.poll(() => page.views()[1]?.hasFocus).toBe(true)
  expect(textsOf(page)).toEqual(["", ""])
  expect(place.querySelector(".toast")?.textContent).toContain("Message removed. Its text is kept.")
  await press(place, "Undo")
  expect(textsOf(page)).toEqual(["", "Hello", ""])
  await expect.poll(() => page.views()[1]?.hasFocus).toBe(true)
  await page.end()
})

test("[WB89] a message is dragged by its handle, and Escape leaves it where it was", async () => {
  const page = await promptPage("Ana", "chat")
  await act(async () => {
    for (const text of ["one", "two"]) page.prompt.addSlot("main", { role: "user", text })
  })
  await page.show()
  const drag = async (from: number, to: number, end: () => void): Promise<void> => {
    const handle = page.place.querySelectorAll<HTMLElement>(".slot-handle")[from]
    const { bottom } = page.views()[to].dom.getBoundingClientRect()
    handle.setPointerCapture = (): void => {}
    const pointer = (type: string, clientY: number): boolean =>
      handle.dispatchEvent(new PointerEvent(type, { bubbles: true, button: 0, pointerId: 1, clientY }))
    await act(async () => void pointer("pointerdown", 0))
    await act(async () => void pointer("pointermove", bottom))
    expect(page.place.querySelector("[data-drop]")).not.toBeNull()
    await act(async () => end())
    await act(async () => void pointer("pointerup", bottom))
    expect(page.place.querySelector("[data-drop]")).toBeNull()
  }
  await drag(0, 1, () => window.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" })))
  expect(textsOf(page)).toEqual(["", "one", "two"])
  await drag(0, 1, () => {})
  expect(textsOf(page)).toEqual(["one", "", "two"])
  await page.end()
})

test("[WB84] variables are marked by what is known of them, offered once two braces are opened, and what may be wrong is listed with a way there", async () => {
  unfold("variables")
  const page = await promptPage("Ana", "chat")
  const { place, prompt } = page
  await act(async () => {
    prompt.setVariable("main", "language", { type: "text", description: "What it is written in." })
    prompt.setVariable("main", "spare", { type: "text" })
  })
  await page.show()
  const [view] = page.views()
  await act(async () => typeInto(view, 0, "{{language}} {{langage}} {{topic}} {{ 1 }} {{#each"))
  const marks = [...place.querySelectorAll(".variable-mark")].map(({ className, textContent }) => [
    textContent,
    className.split(" ").at(-1),
  ])
  expect(marks).toEqual([
    ["{{language}}", "variable-mark"],
    ["{{langage}}", "variable-mark-misspelt"],
    ["{{topic}}", "variable-mark-new"],
  ])
  const checks = (): (string | null)[] => [...place.querySelectorAll(".variable-check-text")].map(({ textContent }) => textContent)
  await expect.poll(() => checks().length).toBe(5)
  expect(checks()).toEqual([
    "langage: did you mean language?",
    "topic is not set up yet: anything may be filled in.",
    "“{{ 1 }} {{#each” opens two braces and closes none, or holds no name: it stays as it is.",
    "“{{#each” opens two braces and closes none, or holds no name: it stays as it is.",
    "spare is used nowhere.",
  ])
  await press(place, "Show")
  const { from, to } = view.state.selection.main
  expect([view.hasFocus, view.state.sliceDoc(from, to)]).toEqual([true, "{{langage}}"])
  await press(place, "Change")
  expect(textsOf(page)[0]).toMatch(/^\{\{language\}\} \{\{language\}\}/)
  await act(async () => {
    typeInto(view, 0, "x ", view.state.doc.length)
    view.focus()
  })
  await act(async () => userEvent.keyboard("{{{{la"))
  await expect.poll(() => place.querySelector(".cm-completionLabel")?.textContent).toBe("language")
  expect(place.querySelector(".cm-completionDetail")?.textContent).toBe("What it is written in.")
  // It takes no answer in its first moment, so that nobody chooses what they have not seen.
  await expect.poll(() => act(async () => acceptCompletion(view))).toBe(true)
  await expect.poll(() => textsOf(page)).toEqual(["x {{language}}"])
  await page.end()
})

for (const [theme, contrast] of [["light"], ["dark"], ["light", "more"], ["dark", "more"]] as const) {
  test(`[WB89] the editor keeps no assistive technology out (${theme}${contrast === undefined ? "" : ", high contrast"})`, async () => {
    const { dataset } = document.documentElement
    dataset["theme"] = theme
    if (contrast !== undefined) dataset["contrast"] = contrast
    unfold("variables", "config", "fill-in")
    const [ana, sky] = [await promptPage("Ana", "chat"), await promptPage("Sky")]
    wire(ana.open, sky.open)
    await act(async () => {
      ana.prompt.addSlot("main", { role: "placeholder", name: "history" })
      ana.prompt.addSlot("main", { role: "user", text: "{{topic}} {{topics}} مرحبا" })
      ana.prompt.setVariable("main", "topic", { type: "choice", choices: ["tea"], description: "What it is about." })
      ana.prompt.setConfig("main", "tools", [{}])
      ana.prompt.removeSlot("main", ana.prompt.addSlot("main", { role: "user", text: "gone" }))
    })
    await ana.show()
    await sky.show()
    await act(async () => {
      for (const details of ana.place.querySelectorAll("details")) details.open = true
    })
    await act(async () => {
      sky.views()[1].focus()
      await expect.poll(() => ana.place.querySelector(".remote-label")).not.toBeNull()
    })
    ana.place.style.height = "auto"
    ana.place.style.background = "var(--surface)"
    for (const mayWrite of [true, false]) {
      await ana.show({ mayWrite })
      const { violations } = await axe.run(ana.place, { resultTypes: ["violations"] })
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html.slice(0, 160))])).toEqual([])
    }
    expect(fieldOf(ana.place, "topic")).not.toBeNull()
    delete dataset["theme"]
    delete dataset["contrast"]
    await ana.end()
    await sky.end()
  })
}

test("[WB92] a message of 100,000 characters is typed into like a short one: only what is on screen is in the page", async () => {
  const page = await promptPage("Ana", "chat")
  const line = "{{name}} and some words that make up a line of an ordinary length, as prompts have them.\n"
  const slot = page.prompt.getSlots("main")[0]
  await act(async () => page.prompt.setText("main", slot.id, line.repeat(Math.ceil(100_000 / line.length))))
  await page.show()
  const [view] = page.views()
  await act(async () => view.focus())
  const frames: number[] = []
  for (let count = 0; count < 60; count++) {
    const began = performance.now()
    await act(async () => typeInto(view, count, "x"))
    frames.push(performance.now() - began)
    await new Promise((shown) => requestAnimationFrame(shown))
  }
  const sorted = frames.toSorted((left, right) => left - right)
  console.info(`a key in 100 KB: median ${sorted[30].toFixed(1)} ms, longest ${sorted[59].toFixed(1)} ms`)
  expect(textsOf(page)[0].startsWith("x".repeat(60))).toBe(true)
  expect(view.contentDOM.querySelectorAll(".cm-line").length).toBeLessThan(200)
  await page.end()
})
