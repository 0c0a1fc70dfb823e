import { act } from "react"
import { afterEach, beforeEach, expect, test } from "vitest"
import { readFile } from "../src/conversation/parts/file-fields.ts"
import { fileSize } from "../src/conversation/parts/file-words.ts"
import { shownSize } from "../src/conversation/parts/picture-part.tsx"
import { type PartsPage, partsPage, pictureBytes, press } from "./parts-page.tsx"

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

const HASH = "a".repeat(64)
const HOSTILE = `<img src=x onerror="globalThis.ran = 1"><script>globalThis.ran = 1</script>`
const LONG = "A".repeat(100_000)

let page: PartsPage

beforeEach(async () => {
  page = await partsPage()
})

afterEach(async () => {
  await page.end()
  expect(Reflect.get(globalThis, "ran")).toBeUndefined()
})

const text = (): string => page.place.textContent ?? ""
const shown = (words: string): Promise<void> => expect.poll(text).toContain(words)
const unfoldAll = (): Promise<void> =>
  act(async () => {
    for (const details of page.place.querySelectorAll("details")) details.open = true
  })

test("[WB32] whatever the fields of a part hold, it is shown as text, within the width of the page", async () => {
  for (const value of [
    HOSTILE,
    LONG,
    "\u202egnp.exe",
    ["x", { deep: HOSTILE }],
    17,
    null,
    { toString: HOSTILE },
    "https://exa mple/\u0000",
  ]) {
    const fields = { name: value, url: value, sha256: value, title: value, snippet: value, mediaType: value, size: value, width: value }
    const more = { height: value, language: value, messageId: value, authorName: value, toolCallId: value, input: value, output: value }
    const types = ["file", "quote", "source", "tool", "code", "data", "reasoning", "from-the-future", HOSTILE]
    await page.show(
      types.map((type) => ({ ...fields, ...more, type, errorText: value, data: value, text: `${HOSTILE} ${JSON.stringify(value)}` })),
    )
    await expect.poll(() => page.place.querySelectorAll(".tool").length).toBe(1)
    await unfoldAll()
    expect(page.place.querySelectorAll("img, script, iframe, object, svg:not([aria-hidden])")).toHaveLength(0)
    expect([...page.place.querySelectorAll("a")].filter(({ protocol }) => !/^https?:$/.test(protocol))).toEqual([])
    expect(page.place.scrollWidth).toBeLessThanOrEqual(page.place.clientWidth)
  }
})

test("[WB32] a long value is cut until all of it is asked for, and never in the middle of a character", async () => {
  await page.show([{ type: "data", name: "big", data: `${"x".repeat(1_999)}😀${"y".repeat(5_000)}` }])
  await shown("Data: big")
  await unfoldAll()
  const pre = (): string => page.place.querySelector("pre")?.textContent ?? ""
  expect(pre()).toBe(`${"x".repeat(1_999)}…`)
  await press(page.place, "Show all 7,001 characters")
  expect(pre()).toHaveLength(7_001)
})

test("[WB32] sources are one numbered list, each with the host that it leads to, whatever its title claims", async () => {
  await page.show([
    { type: "source", url: "https://evil.example/login", title: "https://bank.example" },
    { type: "source", url: "javascript:globalThis.ran=1", title: "a script" },
    { type: "text", text: "between" },
    { type: "source", title: "a book" },
  ])
  await shown("a book")
  expect([...page.place.querySelectorAll("ol")].map((list) => list.children.length)).toEqual([2, 1])
  const links = [...page.place.querySelectorAll<HTMLAnchorElement>(".sources a")]
  expect(links.map(({ href, rel }) => [href, rel])).toEqual([["https://evil.example/login", "noopener noreferrer nofollow"]])
  expect(links[0]?.parentElement?.textContent).toBe("https://bank.example evil.example")
})

test("[WB32] thoughts are folded away, with the time they took where that is known; a quote leads to its message", async () => {
  await page.show([
    { type: "reasoning", text: "let me think", durationMs: 12_400 },
    { type: "quote", text: "your words", messageId: "m-1", authorName: "Bo" },
  ])
  await shown("your words")
  expect(page.place.querySelector("details")?.open).toBe(false)
  expect(page.place.querySelector("summary")?.textContent).toBe("Thought for 12 s")
  expect(text()).not.toContain("let me think")
  await act(async () => page.place.querySelector<HTMLButtonElement>(".quote-link")?.click())
  expect(page.asked).toEqual(["show m-1"])
})

test("[WB33] a picture stands in its size before its bytes are there, opens large, and closes with Escape", async () => {
  const hash = await page.replica.blobs.put("home", await pictureBytes(600, 300))
  await page.show([{ type: "file", sha256: hash, name: "sea.png", mediaType: "image/png", size: 900, width: 600, height: 300 }])
  await expect.poll(() => page.place.querySelector("img")?.complete === true && page.place.querySelector("img")?.naturalWidth).toBe(600)
  const box = page.place.querySelector(".picture-box")?.getBoundingClientRect()
  expect([box?.width, box?.height]).toEqual([390, 195])
  expect(page.place.querySelector("img")?.alt).toBe("sea.png")
  await press(page.place, "Show sea.png large")
  const dialog = page.place.querySelector("dialog")
  expect(dialog?.open).toBe(true)
  await act(async () => dialog?.dispatchEvent(new Event("cancel", { cancelable: true })))
  expect(page.place.querySelector("dialog")).toBeNull()
})

test("[WB33] what could run or load is never shown, whatever it says it is: it is a file to download", async () => {
  const svg = new TextEncoder().encode(
    `<svg xmlns="http://www.w3.org/2000/svg" onload="globalThis.ran=1"><script>globalThis.ran=1</script></svg>`,
  )
  const hash = await page.replica.blobs.put("home", svg)
  for (const mediaType of ["image/svg+xml", "text/html", "image/png", "application/xhtml+xml", "IMAGE/SVG+XML", "image/x-icon", 5]) {
    await page.show([{ type: "file", sha256: hash, name: "drawing.svg", mediaType, size: svg.length }])
    await expect.poll(() => page.place.querySelector("[data-testid=file]")?.textContent).toContain("drawing.svg")
    expect(page.place.querySelectorAll("img, iframe, object, embed")).toHaveLength(0)
    expect(page.place.querySelector("button[aria-label='Download drawing.svg']")).not.toBeNull()
  }
})

test("[WB33] bytes that are not here are said to be missing, in the place that they will take", async () => {
  await page.show([
    { type: "file", sha256: HASH, name: "far.png", mediaType: "image/png", width: 100, height: 50 },
    { type: "file", sha256: "b".repeat(64), name: "far.pdf", mediaType: "application/pdf", size: 4_200_000 },
    { type: "file", name: "lost.txt" },
    { type: "file", name: "elsewhere.txt", url: "https://files.example/x" },
  ])
  await expect.poll(() => text().match(/Not on this device yet/g)?.length).toBe(2)
  expect(page.place.querySelector(".picture-box")?.getBoundingClientRect().width).toBe(100)
  expect(text()).toContain("PDF, 4.2 MB")
  expect(text()).toContain("Its bytes were not in what was imported.")
  expect(text()).toContain("Open at files.example")
})

test("[WB33] sizes, names and types of a file are taken for what they can be", () => {
  expect(shownSize({ width: 10_000, height: 100 })).toEqual({ width: 480, height: 48 })
  expect(shownSize({ width: 1, height: 65_535 })).toEqual({ width: 48, height: 360 })
  expect(shownSize(undefined)).toEqual({ width: 320, height: 240 })
  for (const side of [0, -1, 1.5, 65_536, Number.NaN, "9"]) expect(readFile({ width: side, height: 5 }).pixels).toBeUndefined()
  expect(readFile({ name: "a\u202egnp.exe\n\u0007" }).name).toBe("a gnp.exe")
  expect(readFile({ name: "é".repeat(300) }).name).toHaveLength(201)
  expect(readFile({ name: "" }).name).toBe("File without a name")
  expect(readFile({ sha256: "A".repeat(64), url: "data:text/html,x", mediaType: "text/html; x=y" })).toMatchObject({
    sha256: undefined,
    url: undefined,
    mediaType: "application/octet-stream",
  })
  expect([0, 1, 999, 1000, 9_949, 12_400, 999_999, 3_400_000, 2e15].map(fileSize)).toEqual([
    "0 bytes",
    "1 byte",
    "999 bytes",
    "1 KB",
    "9.9 KB",
    "12 KB",
    "1000 KB",
    "3.4 MB",
    "2000 TB",
  ])
})

test("[WB36] a tool that asks is answered with a reason, and says then who answered what", async () => {
  const reply = page.conversation.startReply({ parentId: null, author: { id: "m", kind: "model" } })
  const tool = reply.startTool({ toolCallId: "1", name: "delete_files", input: { path: "/" } })
  await page.showId(reply.messageId)
  await shown("delete_files runs")
  await act(async () => tool.requestApproval())
  await shown("asks before it runs")
  expect(page.place.querySelector("pre")?.textContent).toBe('{\n  "path": "/"\n}')
  const field = page.place.querySelector<HTMLInputElement>("input")
  await act(async () => {
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set?.call(field, "not that one")
    field?.dispatchEvent(new Event("input", { bubbles: true }))
  })
  await press(page.place, "Deny")
  await shown("Ana denied it: not that one")
  await shown("was denied")
  expect(page.place.querySelector(".tool-ask")).toBeNull()
  await act(async () => tool.succeed("too late"))
  await shown("ran before it was denied")
})

test("[WB36] pinned messages are listed with who wrote them, and unpinned there; nothing is shown while nothing is pinned", async () => {
  const id = page.conversation.send({ text: "remember this", parentId: null })
  await page.showId(id)
  expect(page.place.querySelector(".pinned-button")).toBeNull()
  await act(async () => page.conversation.setPinned(id, true))
  await press(page.place, "1 pinned message")
  await shown("Anaremember this")
  await expect.poll(() => document.activeElement?.getAttribute("aria-label")).toBe("Ana: remember this")
  await press(page.place, "Ana: remember this")
  expect(location.hash).toBe(`#/c/c/m/${id}`)
  location.hash = ""
  await press(page.place, "1 pinned message")
  await shown("remember this")
  await press(page.place, "Unpin")
  expect(page.place.querySelector(".pinned-button, .pinned")).toBeNull()
})

test("[WB36] what one thinks of an answer is given by a press, with words if one likes, and taken back by another", async () => {
  const id = page.conversation.send({ text: "42", parentId: null, role: "assistant" })
  await page.showId(id)
  const feedback = (): unknown => page.conversation.getMessage(id)?.feedback
  await press(page.place, "Poor answer")
  expect(feedback()).toEqual([{ userId: "ana", value: { rating: "down" } }])
  expect(page.place.querySelector(".feedback-summary")).toBeNull()
  await shown("Not what I asked")
  await press(page.place, "Not what I asked")
  await press(page.place, "Add")
  expect(feedback()).toEqual([{ userId: "ana", value: { rating: "down", reason: "Not what I asked" } }])
  await shown("Poor answerNot what I asked")
  await press(page.place, "Poor answer")
  expect(feedback()).toEqual([])
  await press(page.place, "Good answer")
  await shown("Skip")
  await press(page.place, "Skip")
  expect(feedback()).toEqual([{ userId: "ana", value: { rating: "up" } }])
})
