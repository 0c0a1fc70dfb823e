import { EditorView } from "@codemirror/view"
import { Prompt } from "@polylogue/conversation"
import { randomBytes } from "@polylogue/replica/browser"
import axe from "axe-core"
import { act } from "react"
import { beforeEach, expect, test } from "vitest"
import { page as screen } from "vitest/browser"
import { type CommentsPage, commentsPage } from "./comments-page.tsx"
import { press } from "./parts-page.tsx"
import { fill, pressKey, typeInto, wire } from "./prompt-editor-page.tsx"

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

beforeEach(async () => {
  localStorage.clear()
  await screen.viewport(1280, 800)
})

const marked = ({ place }: CommentsPage): string[] => [...place.querySelectorAll(".comment-mark")].map(({ textContent }) => textContent)
const cards = ({ place }: CommentsPage): HTMLElement[] => [...place.querySelectorAll<HTMLElement>(".threads [data-thread-card]")]
const said = ({ place }: CommentsPage): string[] => [...place.querySelectorAll(".comment-text")].map(({ textContent }) => textContent)
const field = ({ place }: CommentsPage): HTMLTextAreaElement | null => place.querySelector<HTMLTextAreaElement>(".comment-field textarea")

/** Waits until the page shows something; it renders by itself meanwhile, as it does for people. */
async function until(probe: () => unknown, wanted: unknown): Promise<void> {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: false })
  try {
    await expect.poll(probe).toEqual(wanted)
  } finally {
    Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })
  }
}

async function choose(page: CommentsPage, words: string): Promise<EditorView> {
  const [view] = page.views()
  const from = view.state.doc.toString().indexOf(words)
  await act(async () => {
    view.focus()
    view.dispatch({ selection: { anchor: from, head: from + words.length } })
  })
  return view
}

/** Comments on `words` as a person with a keyboard does. */
async function comment(page: CommentsPage, words: string, text: string): Promise<void> {
  await choose(page, words)
  await pressKey("m", { ctrlKey: true, altKey: true })
  await until(() => field(page) === document.activeElement, true)
  await fill(field(page), text)
  await pressKey("Enter", { ctrlKey: true })
  await until(() => said(page).includes(text), true)
}

test("[WB123] two who comment and type at once see the words marked on both devices, and the marks follow the words", async () => {
  const ana = await commentsPage("Ana", "You are a patient gardener. Answer in one word.")
  const sky = await commentsPage("Sky")
  const way = wire(ana.open, sky.open)
  await ana.show()
  await sky.show()
  await comment(ana, "patient gardener", "Why patient?")
  await until(() => marked(sky), ["patient gardener"])
  way.cut()
  const [view] = sky.views()
  await act(async () => typeInto(view, 0, "Hello. "))
  await comment(sky, "one word", "Too short.")
  await act(async () => typeInto(ana.views()[0], "You are a pat".length, "I"))
  // At once, before anything was looked up anew; what is typed at an edge is not part of it.
  expect(marked(ana)).toEqual(["patIient gardener"])
  await act(async () => typeInto(ana.views()[0], "You are a patIient gardener".length, "s"))
  expect(marked(ana)).toEqual(["patIient gardener"])
  await act(async () => way.heal())
  for (const page of [ana, sky]) {
    await until(() => marked(page), ["patIient gardener", "one word"])
    expect(page.views()[0].state.doc.toString()).toBe("Hello. You are a patIient gardeners. Answer in one word.")
    expect(page.threads().map(({ place }) => place?.state)).toEqual(["changed", "exact"])
  }
  await ana.end()
  await sky.end()
})

test("[WB123] the words of the chosen thread stand out by their line, others' are underlined, and those of resolved ones are not", async () => {
  const page = await commentsPage("Ana", "one two three")
  await page.show()
  await comment(page, "one", "first")
  await comment(page, "two", "second")
  await comment(page, "three", "third")
  const strong = (): string[] => [...page.place.querySelectorAll(".comment-mark-chosen")].map(({ textContent }) => textContent)
  await until(strong, ["three"])
  for (const mark of page.place.querySelectorAll(".comment-mark")) expect(getComputedStyle(mark).textDecorationLine).toBe("underline")
  await act(async () => page.prompt.resolveThread("main", page.threads()[0].id))
  await until(() => marked(page), ["two", "three"])
  await page.end()
})

test("[WB124] a comment begins at the words that are chosen, by the button beside them, by a key, or in the menu about the whole message", async () => {
  const page = await commentsPage("Ana", "one two three")
  await page.show()
  const view = await choose(page, "two")
  await until(() => page.place.querySelector(".comment-offer button")?.textContent, "Comment")
  await press(page.place, "Comment")
  await until(() => field(page) === document.activeElement, true)
  expect(page.place.querySelector(".comment-new q")?.textContent).toBe("two")
  expect(marked(page)).toEqual(["two"])
  await fill(field(page), "By the button")
  await press(page.place.querySelector<HTMLElement>(".comment-new")!, "Comment")
  await until(() => said(page), ["By the button"])
  await comment(page, "three", "By the key")
  await press(page.place, "Actions for message 1")
  await press(document.body, "Comment on this message")
  await until(() => field(page) === document.activeElement, true)
  await fill(field(page), "On all of it")
  await pressKey("Enter", { ctrlKey: true })
  // Those on a whole message come first, then the text's order.
  await until(() => said(page), ["On all of it", "By the button", "By the key"])
  expect(page.threads().map(({ quote }) => quote)).toEqual(["two", "three", null])
  expect(view.state.doc.toString()).toBe("one two three")
  await page.end()
})

test("[WB124] what is begun is kept with its place when the panel closes, through a reload too, and another does not replace it", async () => {
  const page = await commentsPage("Ana", "one two three")
  await page.show()
  await choose(page, "two")
  await pressKey("m", { ctrlKey: true, altKey: true })
  await until(() => field(page) === document.activeElement, true)
  await fill(field(page), "Half a thou")
  await press(page.place, "Close comments")
  expect(field(page)).toBeNull()
  await act(async () => typeInto(page.views()[0], 0, "zero "))
  await choose(page, "three")
  await pressKey("m", { ctrlKey: true, altKey: true })
  await until(() => field(page)?.value, "Half a thou")
  expect(page.place.querySelector(".toast")?.textContent).toContain("Finish the comment that you began first.")
  expect(page.place.querySelector(".comment-new q")?.textContent).toBe("two")
  await pressKey("Enter", { ctrlKey: true })
  await until(() => said(page), ["Half a thou"])
  const [{ place, quote }] = page.threads()
  expect([quote, place]).toEqual(["two", { state: "exact", from: 9, to: 12 }])
  expect(Object.keys(localStorage).filter((key) => key.startsWith("polylogue.prompt-comment"))).toEqual([])
  await page.end()
})

test("[WB125] a click in marked words shows their thread and leaves the focus in the text; a thread leads to its words and takes no focus", async () => {
  const page = await commentsPage("Ana", `one two three${"\n".repeat(80)}far down`)
  await page.show()
  await comment(page, "two", "Why two?")
  await comment(page, "far down", "Why here?")
  await press(page.place, "Close comments")
  const [view] = page.views()
  await act(async () => {
    view.focus()
    view.dispatch({ selection: { anchor: 5 }, scrollIntoView: true })
    const mark = page.place.querySelector(".comment-mark")
    const { left, top } = mark!.getBoundingClientRect()
    mark!.dispatchEvent(new MouseEvent("click", { bubbles: true, clientX: left + 4, clientY: top + 4 }))
  })
  await until(
    () =>
      cards(page)
        .filter(({ dataset }) => dataset["chosen"] === "true")
        .map(({ textContent }) => textContent.includes("Why two?")),
    [true],
  )
  expect(view.hasFocus).toBe(true)
  page.place.scrollTop = 0
  const far = cards(page)[1].querySelector<HTMLElement>(".thread-about")
  await act(async () => far?.click())
  await until(() => page.place.scrollTop > 0, true)
  expect(view.hasFocus).toBe(true)
  // The key takes the focus along, and without chosen words finds the thread at the caret.
  await pressKey("m", { ctrlKey: true, altKey: true })
  await until(() => document.activeElement?.textContent, "two")
  expect(document.activeElement?.className).toBe("thread-about")
  await page.end()
})

test("[WB126] one answers, changes and deletes one's own comments, never others'; resolved ones are folded away and open again", async () => {
  const ana = await commentsPage("Ana", "one two three")
  const sky = await commentsPage("Sky")
  wire(ana.open, sky.open)
  await ana.show()
  await sky.show()
  await comment(ana, "two", "Why two?")
  await act(async () => void sky.prompt.reply("main", sky.threads()[0].id, "Because."))
  await until(() => said(ana), ["Why two?", "Because."])
  expect(ana.place.querySelectorAll('[aria-label="Your comment"]').length).toBe(1)
  await press(ana.place, "Your comment")
  await press(document.body, "Edit")
  await fill(field(ana), "Why not three?")
  await pressKey("Enter", { ctrlKey: true })
  await until(() => said(ana), ["Why not three?", "Because."])
  await press(ana.place, "Reply")
  await until(() => field(ana) === document.activeElement, true)
  await fill(field(ana), "I see.")
  await pressKey("Enter", { ctrlKey: true })
  await until(() => said(ana), ["Why not three?", "Because.", "I see."])
  expect(document.activeElement?.textContent).toBe("Reply")
  await press(ana.place, "Your comment")
  await press(document.body, "Delete")
  expect(document.activeElement?.textContent).toBe("Keep it")
  await press(ana.place, "Delete")
  expect(sky.threads()[0].comments.map(({ text, deleted }) => [text, deleted])).toEqual([
    ["", true],
    ["Because.", false],
    ["I see.", false],
  ])
  expect(cards(ana)[0].contains(document.activeElement)).toBe(true)
  await press(ana.place, "Resolve")
  expect(sky.threads()[0].resolvedBy?.name).toBe("Ana")
  await act(async () => ana.views()[0].focus())
  await until(() => ana.place.querySelector(".threads-folded summary")?.textContent, "1 resolved")
  await press(ana.place, "Reopen")
  await until(() => ana.place.querySelector(".threads-folded"), null)
  expect(sky.threads()[0].resolvedBy).toBeNull()
  await ana.end()
  await sky.end()
})

test("[WB126] nothing that others do takes the focus or the place of what one writes in the panel, and what one began there is kept", async () => {
  const ana = await commentsPage("Ana", "one two three")
  const sky = await commentsPage("Sky")
  wire(ana.open, sky.open)
  await ana.show()
  await comment(ana, "three", "Why three?")
  await press(ana.place, "Reply")
  await fill(field(ana), "Let me")
  const written = field(ana)
  const [{ id, slotId }] = ana.threads()
  await act(async () => {
    sky.prompt.comment("main", slotId, { from: 0, to: 3 }, "Why one?")
    sky.prompt.resolveThread("main", id)
    sky.prompt.setText("main", slotId, "three one two")
  })
  await until(() => cards(ana).length, 2)
  await until(() => ana.place.textContent.includes("Resolved by"), true)
  expect(field(ana)).toBe(written)
  expect(document.activeElement).toBe(written)
  await press(ana.place, "Close comments")
  await press(ana.place, "Comments: 1 open thread")
  expect(said(ana)).toContain("Why one?")
  await act(async () => ana.prompt.reopenThread("main", id))
  await until(() => cards(ana).length, 2)
  await until(() => field(ana)?.value, "Let me")
  await ana.end()
  await sky.end()
})

test("[WB127] comments whose words are gone stand last, with the words as they were; those on words that have changed say so", async () => {
  const page = await commentsPage("Ana", "Answer politely. Never swear at anybody.")
  await page.show()
  await comment(page, "Answer politely.", "Is this enough?")
  await comment(page, "Never swear at anybody.", "Say it kindly.")
  const [view] = page.views()
  await act(async () => typeInto(view, 23, "curse", 5))
  await act(async () => typeInto(view, 0, "", 17))
  await act(async () => view.focus())
  await until(
    () => cards(page).map((card) => [card.querySelector(".thread-about")?.textContent, card.querySelector(".thread-note")?.textContent]),
    [
      ["Never swear at anybody.", "The words have changed since."],
      ["Answer politely.", "The words are gone. This is what they were."],
    ],
  )
  expect(marked(page)).toEqual(["Never curse at anybody."])
  expect(cards(page)[1].querySelector("button.thread-about")).toBeNull()
  await page.end()
})

test("[WB128] what others say is shown as text, in its own direction, with who said it and when; a comment of any length that fits is taken, and one past it says so", async () => {
  const page = await commentsPage("Ana", "one two three")
  const author = { id: "sky", kind: "person", name: "<img src=x onerror=alert(1)>" }
  const sky = new Prompt(page.open.ydoc, { writer: "sky", author, now: Date.now, randomBytes })
  const hostile = "<b onclick=alert(1)>مرحبا</b>\n\u202e[a](javascript:alert(1))"
  const [{ id: slotId }] = sky.getSlots("main")
  await act(async () => void sky.comment("main", slotId, { from: 0, to: 3 }, hostile))
  await page.show()
  await press(page.place, "Comments: 1 open thread")
  await until(() => said(page), [hostile])
  const [card] = cards(page)
  expect(card.querySelector("b, img, a")).toBeNull()
  expect(card.querySelector(".comment-text")?.getAttribute("dir")).toBe("auto")
  expect(card.querySelector(".comment-author")?.textContent).toBe("<img src=x onerror=alert(1)>")
  expect(card.querySelector("time")?.textContent).toBe("now")
  await press(page.place, "Reply")
  const send = (): HTMLButtonElement => card.querySelector<HTMLButtonElement>(".comment-field [type=submit]")!
  await fill(field(page), "x".repeat(10_001))
  expect([send().disabled, card.querySelector(".comment-problem")?.textContent]).toEqual([true, "Too long by 1 character."])
  await fill(field(page), "x".repeat(10_000))
  expect(send().disabled).toBe(false)
  await press(card, "Reply")
  await until(() => page.threads()[0].comments[1]?.text.length, 10_000)
  sky.destroy()
  await page.end()
})

test("[WB129] who may only read sees comments and can write none; neither can anybody in a closed draft, and a version shows none", async () => {
  const page = await commentsPage("Ana", "one two three")
  await page.show()
  await comment(page, "two", "Why two?")
  const writing = (): (string | null)[] =>
    [...page.place.querySelectorAll(".comments-panel button")]
      .map((button) => button.getAttribute("aria-label") ?? button.textContent)
      .filter((label) => label !== "two")
  expect(writing()).toEqual(["Your comment", "Reply", "Resolve"])
  await page.show({ mayWrite: false })
  await until(() => marked(page), ["two"])
  expect([said(page), writing()]).toEqual([["Why two?"], []])
  await choose(page, "three")
  await pressKey("m", { ctrlKey: true, altKey: true })
  expect([field(page), page.place.querySelector(".comment-offer")]).toEqual([null, null])
  const draftId = page.prompt.createDraft({ from: "main", name: "Other" })
  await act(async () => page.prompt.closeDraft(draftId))
  await page.show({ draftId })
  expect(page.place.querySelector(".comments-panel")?.textContent).toBe("Nobody has commented on this draft.")
  await page.show({ versionId: "v" })
  expect(page.place.querySelector(".margin-body")?.textContent).toBe("A version has no comments. They stand beside the drafts.")
  await page.end()
})

for (const [theme, contrast] of [["light"], ["dark"], ["light", "more"], ["dark", "more"]] as const) {
  test(`[WB130] comments are counted where they are opened, and keep no assistive technology out (${theme}${contrast === undefined ? "" : ", high contrast"})`, async () => {
    const { dataset } = document.documentElement
    dataset["theme"] = theme
    if (contrast !== undefined) dataset["contrast"] = contrast
    const page = await commentsPage("Ana", "one {{two}} three four")
    await page.show()
    await press(page.place, "Comments")
    await until(() => page.place.querySelector(".comments-none")?.textContent.startsWith("No open comments."), true)
    for (const words of ["one", "{{two}}", "four"]) await comment(page, words, `Why ${words}?`)
    await act(async () => typeInto(page.views()[0], 0, "", 3))
    await act(async () => page.prompt.resolveThread("main", page.threads()[2].id))
    await act(async () => page.views()[0].focus())
    await until(() => page.place.querySelector(".threads-folded summary")?.textContent, "1 resolved")
    expect(page.place.querySelector(".slot-head .comments-button")?.getAttribute("aria-label")).toBe("2 comments on this message: show")
    expect(page.place.querySelector("[aria-label='Comments: 2 open threads']")?.textContent).toBe("2")
    await choose(page, "three")
    await pressKey("m", { ctrlKey: true, altKey: true })
    await until(() => field(page) === document.activeElement, true)
    await press(page.place, "Reply")
    await act(async () => {
      for (const details of page.place.querySelectorAll("details")) details.open = true
    })
    await press(page.place, "Your comment")
    await press(document.body, "Delete")
    page.place.style.height = "auto"
    const { violations } = await axe.run(page.place, { resultTypes: ["violations"] })
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html.slice(0, 160))])).toEqual([])
    delete dataset["theme"]
    delete dataset["contrast"]
    await page.end()
  })
}
