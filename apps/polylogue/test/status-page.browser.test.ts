import axe from "axe-core"
import { afterEach, expect, test } from "vitest"
import { patch } from "../status-page/src/element.ts"
import { pageOf } from "../status-page/src/page.ts"
import { summaryOf } from "../status-page/src/summary.ts"
import { FIXTURES, known, ownLink, statusOf, idOf } from "./status-fixtures.ts"

// A name that is no literal: types know nothing of styles as text.
const STYLES: string = "../status-page/status.css?inline"
const { default: css } = (await import(/* @vite-ignore */ STYLES)) as { default: string }
const style = document.head.appendChild(document.createElement("style"))
style.textContent = css
const place = document.body.appendChild(document.createElement("main"))

afterEach(() => {
  place.replaceChildren()
  document.documentElement.style.colorScheme = ""
})

test.each(["light", "dark"])("[PL86] every state of the page passes axe, %s", async (scheme) => {
  document.documentElement.style.colorScheme = scheme
  for (const [name, status] of Object.entries(FIXTURES)) {
    place.replaceChildren(pageOf(status, 358))
    const { violations } = await axe.run(place, { resultTypes: ["violations"] })
    expect([name, violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])]).toEqual([name, []])
  }
})

test("[PL86] what is shown anew changes what has changed, and nothing that one has selected", () => {
  const status = FIXTURES["cut"]!
  const page = pageOf(status, 358)
  place.replaceChildren(page)
  const code = place.querySelector("code")!
  getSelection()!.selectAllChildren(code)
  const later = { ...status, at: status.at + 60_000 }
  patch(page, pageOf(later, 358))
  expect(place.textContent).toBe(pageOf(later, 358).textContent)
  expect(place.innerHTML).toBe(pageOf(later, 358).outerHTML)
  expect(place.querySelector("code")).toBe(code)
  expect(getSelection()!.toString()).toBe(code.textContent)
  for (const other of Object.values(FIXTURES)) {
    patch(page, pageOf(other, 600))
    expect(place.innerHTML).toBe(pageOf(other, 600).outerHTML)
  }
})

test("[PL87] each relay and link of the picture stands in the lists beside it", () => {
  place.replaceChildren(pageOf(FIXTURES["cut"]!, 600))
  const listed = [...place.querySelectorAll(".fleet li .name")].map(({ textContent }) => textContent)
  const drawn = [...place.querySelectorAll(".topology .relay title")].map(({ textContent }) => textContent)
  expect(listed.toSorted()).toEqual(drawn.toSorted())
  expect(place.querySelector(".topology")!.getAttribute("aria-label")).toBe("4 relays, 3 links, 1 not standing")
  expect(place.querySelector(".links")!.textContent).toContain("cut for 4 min")
})

test("[PL86] what another relay is called is text, whatever it looks like", () => {
  const name = '<img src=x onerror="alert(1)">'
  place.replaceChildren(pageOf(statusOf({ links: [ownLink(1, { name, reason: name })], relays: [known(1, [0], { name })] }), 600))
  expect(place.querySelector("img")).toBeNull()
  expect(place.querySelector(".fleet li:nth-child(2) .name")!.textContent).toBe(name)
})

test("[PL88] the sum says the worst first, and never more than was heard", () => {
  const text = (name: string): string => summaryOf(FIXTURES[name]!).text
  expect(text("alone")).toBe("One relay")
  expect(text("five")).toBe("All relays are level")
  expect(text("cut")).toBe("Cut off from hub for 4 min")
  expect(text("refused")).toBe("Refused by hub.example")
  expect(summaryOf(FIXTURES["refused"]!).detail).toContain("polylogue token --relay")
  expect(summaryOf(statusOf({ readiness: "store-failing" })).tone).toBe("danger")
  expect(summaryOf(statusOf({ relays: [known(1, [], { reached: false })] })).text).toBe("hub is out of reach")
  const links = [ownLink(1, { state: "refused", code: "forbidden" })]
  expect(summaryOf(statusOf({ links, relays: [known(1, [0])], authorities: [idOf(0), idOf(1)] }))).toMatchObject({
    tone: "danger",
    text: "office and hub decide of registers",
  })
  expect(summaryOf(statusOf({ links: [ownLink(1)], relays: [known(1, [0])], authorities: [] }))).toMatchObject({
    tone: "danger",
    text: "No relay decides of registers",
  })
  const erasures = { documents: 2, first: [], missing: [{ relay: idOf(1), documents: 2 }] }
  expect(summaryOf(statusOf({ links: [ownLink(1)], relays: [known(1, [0])], erasures }))).toMatchObject({
    tone: "warn",
    text: "2 documents not erased everywhere",
    detail: expect.stringContaining("Waiting for hub"),
  })
  const behind = statusOf({ links: [ownLink(1, { behind: { documents: 3, entries: 9 } })], relays: [known(1, [0])] })
  expect(summaryOf(behind).text).toBe("3 documents on the way")
})

test("[PL88] of what is not erased everywhere every relay that is waited for is named, however many documents there are", () => {
  place.replaceChildren(pageOf(FIXTURES["cut"]!, 358))
  const duties = place.querySelector(".duties")!.textContent
  expect(duties).toContain("18 documents not confirmed everywhere. Waiting for ")
  expect(duties).toContain("(18 documents)")
  expect(duties).toContain("And 17 more documents.")
})

test.each([320, 390, 2560])("[PL86] nothing is wider than the page, at %i pixels", (width) => {
  place.style.width = `${width}px`
  for (const status of Object.values(FIXTURES)) {
    place.replaceChildren(pageOf(status, Math.min(width - 32, 584)))
    expect(place.scrollWidth).toBeLessThanOrEqual(width)
  }
  place.style.width = ""
})
