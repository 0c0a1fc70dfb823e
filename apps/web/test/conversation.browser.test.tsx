import axe from "axe-core"
import { act } from "react"
import { expect, test } from "vitest"
import { settle, type TextPlanePage, textPlanePage } from "./text-plane-page.tsx"

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

const focused = (): string | null | undefined => document.activeElement?.closest("[data-message-id]")?.getAttribute("data-message-id")

/** Polls what a component gives once its rendering has settled. */
const settled = <Value,>(read: () => Value) =>
  expect.poll(async () => {
    await settle()
    return read()
  })

async function withMessages(id: string): Promise<TextPlanePage & { readonly ids: readonly string[] }> {
  const page = await textPlanePage(id)
  const ids: string[] = []
  for (const text of ["one", "two", "three"]) ids.push(page.ana.send({ text, parentId: ids.at(-1) ?? null }))
  await page.show()
  await settled(() => page.place.querySelectorAll("[data-message-id]").length).toBe(3)
  // What one can do with a message comes beside its words, in a part of its own.
  await settled(() => page.place.querySelectorAll(".message-actions").length).toBe(3)
  return { ...page, ids }
}

test("[WB57] the arrow keys go from message to message, Enter to what one can do with it, Escape back", async () => {
  const { place, key, ids, end } = await withMessages("keys")
  place.querySelector<HTMLElement>(".message-scroller")!.focus()
  await key("ArrowDown")
  await settled(focused).toBe(ids[0])
  await key("ArrowDown")
  await settled(focused).toBe(ids[1])
  await key("End")
  await settled(focused).toBe(ids[2])
  await key("ArrowUp")
  await settled(focused).toBe(ids[1])
  await key("Enter")
  await settled(() => document.activeElement?.closest(".message-actions") !== null).toBe(true)
  await key("Escape")
  expect(document.activeElement?.getAttribute("data-message-id")).toBe(ids[1])
  await key("Home")
  await settled(focused).toBe(ids[0])
  await end()
})

test("[WB57] a message that has the focus keeps it, whatever others write", async () => {
  const { row, sky, ids, end } = await withMessages("steady-focus")
  row(ids[1])!.focus()
  await act(async () => {
    sky.send({ text: "an answer from elsewhere", parentId: ids[2] })
    sky.edit(ids[0], "another first")
  })
  await settled(focused).toBe(ids[1])
  await end()
})

test("[WB58] left and right show the versions beside one, and the focus stays on the message", async () => {
  const { row, ana, key, ids, end } = await withMessages("versions")
  let version = ""
  await act(async () => {
    version = ana.edit(ids[2], "three again")
  })
  await settled(() => row(version)?.querySelector("[data-step]") ?? null).not.toBeNull()
  row(version)!.focus()
  await key("ArrowLeft")
  await settled(focused).toBe(ids[2])
  expect(row(version)).toBeNull()
  await settled(() => row(ids[2])?.querySelector("[data-step]") ?? null).not.toBeNull()
  await key("ArrowRight")
  await settled(focused).toBe(version)
  await end()
})

test("[WB58] the switch lists every version with who wrote it and how it begins, and takes the focus along", async () => {
  const { place, row, ana, sky, ids, end } = await withMessages("switch")
  let version = ""
  await act(async () => {
    ana.edit(ids[2], "three again")
    version = sky.edit(ids[2], "three by the sky")
  })
  await settled(() => row(version)).not.toBeNull()
  const button = row(version)!.querySelector<HTMLElement>(".branch-place")!
  button.focus()
  await act(async () => button.click())
  const items = [...place.querySelectorAll<HTMLElement>("[role=menuitemradio]")]
  expect(items.map((item) => item.querySelector(".branch-words")!.textContent)).toEqual(["three", "three again", "three by the sky"])
  expect(items.map((item) => item.querySelector("b")!.textContent)).toEqual(["Ana", "Ana", "Sky"])
  expect(items.map((item) => item.getAttribute("aria-checked"))).toEqual(["false", "false", "true"])
  expect(document.activeElement).toBe(items[2])
  await act(async () => items[0].click())
  await settled(() => document.activeElement?.className).toBe("branch-place")
  expect(focused()).toBe(ids[2])
  await end()
})

test("[WB58] the outline of all branches leads to each of them", async () => {
  const { place, row, ana, ids, end } = await withMessages("outline")
  await act(async () => {
    const other = ana.edit(ids[0], "another one")
    ana.edit(ana.send({ text: "below it", parentId: other }), "below it again")
  })
  await settled(() => place.querySelector(".branch-place")).not.toBeNull()
  await act(async () => place.querySelector<HTMLElement>(".branch-place")!.click())
  await act(async () => place.querySelector<HTMLElement>(".branch-all")!.click())
  await settled(() => place.querySelectorAll(".branch-outline button").length).toBe(4)
  const entries = [...place.querySelectorAll<HTMLElement>(".branch-outline button")]
  expect(entries.map((entry) => entry.querySelector(".branch-words")!.textContent)).toEqual([
    "one",
    "another one",
    "below it",
    "below it again",
  ])
  await act(async () => entries[0].click())
  await settled(() => row(ids[2])).not.toBeNull()
  await end()
})

test("[WB58] another's message is answered in another way beside it, under one's own name", async () => {
  const { place, row, ana, sky, ids, end } = await withMessages("another")
  let answer = ""
  await act(async () => {
    answer = sky.send({ text: "the sky is blue", parentId: ids[2], role: "assistant" })
  })
  await settled(() => row(answer)).not.toBeNull()
  await act(async () => row(answer)!.querySelector<HTMLElement>("[aria-label='Write another answer']")!.click())
  const field = place.querySelector<HTMLTextAreaElement>("textarea[aria-label='Another answer']")!
  expect(field.value).toBe("")
  await act(async () => {
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value")?.set?.call(field, "the sky is grey")
    field.dispatchEvent(new Event("input", { bubbles: true }))
  })
  await act(async () => field.form?.requestSubmit())
  const line = ana.getLine()
  expect(line.at(-1)?.alternatives).toHaveLength(2)
  expect(ana.getMessage(line.at(-1)!.id)).toMatchObject({ text: "the sky is grey", authorName: "Ana", role: "assistant" })
  await settled(() => place.textContent).toContain("the sky is grey")
  await end()
})

test("[WB59] what others write is announced in sentences, and what one writes oneself is not", async () => {
  const { place, ana, sky, ids, end } = await withMessages("announced")
  const log = place.querySelector("[role=log]")!
  expect(log.getAttribute("aria-live")).toBe("polite")
  expect(place.querySelector("[role=feed]")!.getAttribute("aria-live")).toBeNull()
  await act(async () => {
    ana.send({ text: "from Ana herself", parentId: ids[2] })
    const reply = sky.startReply({ parentId: ana.getLine().at(-1)!.id, author: { id: "model:sky", kind: "model", name: "Sky" } })
    reply.append("The sky is blue. It sca")
    reply.append("tters.")
    reply.done()
  })
  await settled(() => log.textContent).toBe("Sky: The sky is blue. It scatters.")
  await end()
})

const EVERYTHING = `# Title

Some **bold** text with [a link](https://example.org), \`code\` and \\(x^2\\).

- [x] done
- [ ] to do

| a | b |
|---|---|
| 1 | 2 |

\`\`\`ts
const answer: number = 42
\`\`\`

> a quote

<details><summary>More</summary>

hidden

</details>

$$\\frac{a}{b}$$

With a note.[^1]

[^1]: The note.`

test("[WB57] a conversation with every kind of content has nothing that keeps assistive technology out", async () => {
  const { place, ana, sky, ids, row, end } = await withMessages("axe")
  let last = ""
  await act(async () => {
    last = sky.send({ text: EVERYTHING, parentId: ids[2], role: "assistant" })
    const other = sky.edit(last, `${EVERYTHING}\n\nAgain.`)
    ana.react(other, "👍")
    ana.setPinned(other, true)
    ana.delete(ids[1])
    sky.send({ text: "at the same time", parentId: ids[0] })
    const streaming = sky.startReply({ parentId: other, author: { id: "model:sky", kind: "model", name: "Sky" }, partType: "reasoning" })
    streaming.append("I think ")
    streaming.startPart("text")
    streaming.append("**an answer** is")
    last = other
  })
  await settled(() => row(last)?.querySelectorAll("math").length).toBeGreaterThan(1)
  await settled(() => row(last)?.querySelector(".code-keyword")).toBeInstanceOf(HTMLElement)
  const { violations } = await axe.run(place, { resultTypes: ["violations"] })
  expect(violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html.slice(0, 200))])).toEqual([])
  await end()
})
