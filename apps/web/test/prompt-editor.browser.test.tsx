import { act } from "react"
import { expect, test } from "vitest"
import { frames, pressKey, promptPage, textsOf, typeInto, wire } from "./prompt-editor-page.tsx"

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

test("[WB80] what is typed in a slot is in the document at once, also what has other line breaks or holds what is no text", async () => {
  const page = await promptPage("Ana", "chat")
  await page.show()
  const [view] = page.views()
  await act(async () => typeInto(view, 0, "one\r\ntwo"))
  expect(textsOf(page)).toEqual(["one\r\ntwo"])
  const [slot] = page.prompt.getSlots("main")
  const text = page.prompt.slotText("main", slot.id)
  await act(async () => text.insertEmbed(4, { image: "x" }))
  await act(async () => typeInto(view, view.state.doc.length, "."))
  expect(page.prompt.getText("main", slot.id)).toBe("one\r\ntwo.")
  expect(view.state.doc.toString()).toBe("one\r\uFFFC\ntwo.")
  await act(async () => text.delete(0, 3))
  expect(view.state.doc.toString()).toBe("\r\uFFFC\ntwo.")
  await page.end()
})

test("[WB80] what is pasted has line feeds and whole characters; a text prompt is one text without a role", async () => {
  const page = await promptPage("Ana", "text")
  await page.show()
  const [view] = page.views()
  expect([page.views().length, page.place.querySelector(".slot-role, .slot-add, .slot-add-last")]).toEqual([1, null])
  expect(view.contentDOM.getAttribute("aria-label")).toBe("Text of the prompt")
  const clipboardData = new DataTransfer()
  clipboardData.setData("text/plain", "one\r\ntwo\rthree \uD83D four")
  await act(async () => {
    view.focus()
    view.contentDOM.dispatchEvent(new ClipboardEvent("paste", { bubbles: true, cancelable: true, clipboardData }))
  })
  expect(textsOf(page)).toEqual(["one\ntwo\nthree \uFFFD four"])
  expect(view.state.doc.toString()).toBe(textsOf(page)[0])
  await page.end()
})

test("[WB81] what one typed is forgotten when the editor closes, and undoing begins anew with the next", async () => {
  const page = await promptPage("Ana", "chat")
  await page.show()
  await act(async () => typeInto(page.views()[0], 0, "kept"))
  await page.show({ draftId: page.prompt.createDraft({ from: "main", name: "Another" }) })
  await page.show()
  await act(async () => page.views()[0].focus())
  await pressKey("z", { ctrlKey: true })
  expect(textsOf(page)).toEqual(["kept"])
  await act(async () => typeInto(page.views()[0], 4, " and more"))
  await pressKey("z", { ctrlKey: true })
  expect(textsOf(page)).toEqual(["kept"])
  await page.end()
})

test("[WB81] undoing takes back what one has typed oneself, in every slot, and nothing of others", async () => {
  const [ana, sky] = [await promptPage("Ana", "chat"), await promptPage("Sky")]
  wire(ana.open, sky.open)
  await act(async () => void ana.prompt.addSlot("main", { role: "user", text: "Hello" }))
  await ana.show()
  await sky.show()
  await act(async () => typeInto(ana.views()[0], 0, "Be kind."))
  await act(async () => {
    ana.views()[1].focus()
    typeInto(ana.views()[1], 5, " there")
  })
  await act(async () => typeInto(sky.views()[1], 0, "Oh. "))
  expect(textsOf(sky)).toEqual(["Be kind.", "Oh. Hello there"])
  const undo = (): Promise<void> =>
    act(
      async () =>
        void document.activeElement?.dispatchEvent(
          new KeyboardEvent("keydown", { key: "z", ctrlKey: true, bubbles: true, cancelable: true }),
        ),
    )
  await undo()
  expect(textsOf(sky)).toEqual(["Be kind.", "Oh. Hello"])
  await undo()
  expect(textsOf(sky)).toEqual(["", "Oh. Hello"])
  expect(ana.views()[0].hasFocus).toBe(true)
  await undo()
  expect(textsOf(sky)).toEqual(["", "Oh. Hello"])
  await ana.end()
  await sky.end()
})

test("[WB82] slots that others move, add and remove leave one's own editor, focus, selection and place on the screen as they are", async () => {
  const [ana, sky] = [await promptPage("Ana", "chat"), await promptPage("Sky")]
  wire(ana.open, sky.open)
  await act(async () => {
    for (let count = 1; count < 8; count++) ana.prompt.addSlot("main", { role: "user", text: `slot ${count}\n\n\n\n.` })
  })
  await ana.show()
  const ids = ana.prompt.getSlots("main").map(({ id }) => id)
  const [, , , , view] = ana.views()
  await act(async () => {
    view.focus()
    view.dispatch({ selection: { anchor: 2, head: 4 }, scrollIntoView: true })
  })
  let blurred = 0
  view.contentDOM.addEventListener("blur", () => blurred++)
  const top = (): number => Math.round(view.dom.getBoundingClientRect().top)
  // The editor scrolls what is chosen into view in a frame of its own.
  let before = NaN
  while (before !== top()) {
    before = top()
    await frames(3)
  }
  const steady = async (change: () => void): Promise<void> => {
    await act(async () => change())
    expect([blurred, view.hasFocus, view.state.selection.main.anchor, view.state.selection.main.head]).toEqual([0, true, 2, 4])
    expect(Math.abs(top() - before)).toBeLessThanOrEqual(1)
    expect(ana.views()).toContain(view)
  }
  await steady(() => sky.prompt.moveSlot("main", ids[7], { after: null }))
  await steady(() => sky.prompt.moveSlot("main", ids[0], { after: ids[6] }))
  await steady(() => sky.prompt.moveSlot("main", ids[4], { after: ids[1] }))
  await steady(() => void sky.prompt.addSlot("main", { role: "user", text: "new\n\n\n", after: null }))
  await steady(() => sky.prompt.removeSlot("main", ids[1]))
  expect(ana.views().map(({ state }) => state.doc.line(1).text)).toEqual(textsOf(sky).map((text) => text.split("\n")[0]))
  // Removed by somebody else while one writes in it, it stays until one leaves it.
  await steady(() => sky.prompt.removeSlot("main", ids[4]))
  expect(view.dom.closest(".slot-card")?.textContent).toContain("Somebody removed this message. Your text is kept.")
  await act(async () => typeInto(view, 0, "still here, "))
  expect(sky.prompt.getText("main", ids[4])).toContain("still here, ")
  await act(async () => ana.views()[0].focus())
  expect(ana.views()).not.toContain(view)
  expect(ana.place.querySelector(".slots-removed")?.textContent).toContain("still here")
  await ana.end()
  await sky.end()
})

test("[WB84] a variable is called otherwise in every text and in its definition in one step, which undoing takes back whole", async () => {
  const page = await promptPage("Ana", "chat")
  await act(async () => {
    page.prompt.addSlot("main", { role: "user", text: "{{ topic }} and {{topic}}, {{topics}}" })
    page.prompt.setVariable("main", "topic", { type: "text", default: "tea" })
  })
  localStorage.setItem("polylogue.prompt-section.variables", "open")
  await page.show()
  await act(async () => typeInto(page.views()[0], 0, "About {{topic}}."))
  page.place.querySelector<HTMLDetailsElement>(".variable")!.open = true
  const [name] = page.place.querySelectorAll<HTMLInputElement>(".variable-fields input")
  await act(async () => {
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set?.call(name, "subject")
    name.dispatchEvent(new Event("input", { bubbles: true }))
  })
  await act(async () => void name.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true })))
  expect(textsOf(page)).toEqual(["About {{subject}}.", "{{ subject }} and {{subject}}, {{topics}}"])
  expect(page.prompt.getVariables("main")).toEqual({ subject: { type: "text", default: "tea" } })
  await act(async () => page.views()[0].focus())
  const press = (key: string): Promise<void> =>
    act(
      async () =>
        void document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { key, ctrlKey: true, bubbles: true, cancelable: true })),
    )
  await press("z")
  expect(textsOf(page)).toEqual(["About {{topic}}.", "{{ topic }} and {{topic}}, {{topics}}"])
  expect(page.prompt.getVariables("main")).toEqual({ topic: { type: "text", default: "tea" } })
  await press("y")
  expect(page.prompt.getVariables("main")).toEqual({ subject: { type: "text", default: "tea" } })
  expect(textsOf(page)[0]).toBe("About {{subject}}.")
  await page.end()
})
