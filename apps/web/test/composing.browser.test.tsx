import {
  Conversation,
  conversationDocumentId,
  DraftParts,
  indexDocumentId,
  userHomeDocumentId,
  WorkspaceIndex,
} from "@polylogue/conversation"
import { createPolylogue, type Polylogue, PolylogueProvider, useConversation, useWorkspace } from "@polylogue/react"
import { openReplica, type Replica } from "@polylogue/replica"
import { randomBytes, systemClock } from "@polylogue/replica/browser"
import { type EntryLog, MemoryEntryLog } from "@polylogue/storage"
import { act } from "react"
import { createRoot, type Root } from "react-dom/client"
import { afterEach, beforeEach, expect, test } from "vitest"
import { MAX_FILE_BYTES } from "../src/composer/attach-words.ts"
import { looksLikeExport } from "../src/composer/file-receiver.ts"
import { FILE_LENGTH, OFFERED_LENGTH, readPaste, withoutPasted } from "../src/composer/pasting.ts"
import { TextPlane } from "../src/conversation/text-plane.tsx"
import { DropZone } from "../src/import/drop-zone.tsx"
import { useShortcuts } from "../src/palette/shortcuts.ts"
import { pictureBytes, press } from "./parts-page.tsx"

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

const ANA = { id: "ana", kind: "person", name: "Ana" }

let store: EntryLog
let replica: Replica
let polylogue: Polylogue
let conversation: Conversation
let place: HTMLElement
let root: Root
let imported: string[]

function Plane() {
  useShortcuts()
  const state = useConversation("c")
  const workspace = useWorkspace()
  if (state.state !== "open" || workspace.state !== "open") return <p>opening</p>
  return <TextPlane key={state.open.ydoc.guid} held={state} workspace={workspace} identity={{ id: "ana", name: "Ana", colour: 1 }} />
}

/** Opens the page on the device's store, as after a reload. */
async function start(): Promise<void> {
  const dial = (): never => {
    throw new Error("there is no relay here")
  }
  replica = await openReplica({ store, relays: [], dial, clock: systemClock, randomBytes })
  polylogue = createPolylogue({ replica, writer: "w", author: () => ANA })
  const list = await replica.open(indexDocumentId("home"))
  new WorkspaceIndex(list.ydoc, { writer: "w", now: Date.now, randomBytes }).create({ id: "c" })
  const document = await replica.open(conversationDocumentId("home", "c"))
  conversation = new Conversation(document.ydoc, { writer: "w", author: ANA, now: Date.now, randomBytes })
  place = window.document.body.appendChild(window.document.createElement("div"))
  place.style.cssText = "display: flex; flex-direction: column; height: 600px"
  root = createRoot(place)
  await act(async () =>
    root.render(
      <PolylogueProvider polylogue={polylogue}>
        <Plane />
        <DropZone onFiles={(files) => imported.push(...files.map(({ name }) => name))} />
      </PolylogueProvider>,
    ),
  )
  await expect.poll(() => place.querySelector("[data-testid=composer]")).not.toBeNull()
}

async function stop(): Promise<void> {
  await act(async () => root.unmount())
  place.remove()
  conversation.destroy()
  await replica.close()
}

beforeEach(async () => {
  imported = []
  localStorage.clear()
  store = new MemoryEntryLog()
  await start()
})

afterEach(stop)

const field = (): HTMLTextAreaElement => place.querySelector<HTMLTextAreaElement>("[data-testid=composer]")!
const chips = (): string[] => [...place.querySelectorAll("[data-testid=draft-part]")].map((chip) => chip.textContent ?? "")
const type = (text: string): Promise<void> =>
  act(async () => {
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value")?.set?.call(field(), text)
    field().dispatchEvent(new Event("input", { bubbles: true }))
  })
const send = (): Promise<void> => act(async () => field().form?.requestSubmit())
const attached = (count: number): Promise<void> =>
  expect.poll(() => (chips().some((chip) => chip.includes("Reading")) ? -1 : chips().length)).toBe(count)

function transferOf(...files: readonly File[]): DataTransfer {
  const data = new DataTransfer()
  for (const file of files) data.items.add(file)
  return data
}

const drop = (...files: readonly File[]): Promise<void> =>
  act(async () => void document.body.dispatchEvent(new DragEvent("drop", { bubbles: true, dataTransfer: transferOf(...files) })))

async function paste(data: DataTransfer): Promise<boolean> {
  let inserted = true
  await act(async () => {
    inserted = field().dispatchEvent(new ClipboardEvent("paste", { bubbles: true, cancelable: true, clipboardData: data }))
  })
  return inserted
}

function textData(text: string): DataTransfer {
  const data = new DataTransfer()
  data.setData("text/plain", text)
  return data
}

const messages = (): { type: string; name: unknown; text: string | null }[][] =>
  [...conversation.getTree().nodes.keys()].map((id) =>
    (conversation.getMessage(id)?.parts ?? []).map(({ type, fields, text }) => ({ type, name: fields["name"], text })),
  )

test("[WB34] what is attached survives a reload, says where it is, and goes with the message, in the turn that clears it", async () => {
  const picture = await pictureBytes(40, 20)
  await drop(
    new File([picture as Uint8Array<ArrayBuffer>], "sea.png", { type: "image/png" }),
    new File(["words"], "notes.txt", { type: "text/plain" }),
  )
  await attached(2)
  await type("look at this")
  await stop()
  await start()
  await attached(2)
  expect(field().value).toBe("look at this")
  expect(chips()[0]).toContain("sea.png")
  expect(chips()[0]).toContain("waits for the relay")
  expect(chips()[1]).toContain("Text, 5 bytes")
  await expect.poll(() => place.querySelector<HTMLImageElement>("img.draft-part-preview")?.naturalWidth).toBe(40)
  await send()
  expect(messages()).toEqual([
    [
      { type: "text", name: undefined, text: "look at this" },
      { type: "file", name: "sea.png", text: null },
      { type: "file", name: "notes.txt", text: null },
    ],
  ])
  expect([chips(), field().value]).toEqual([[], ""])
  const [id = ""] = conversation.getTree().nodes.keys()
  const [, file] = conversation.getMessage(id)?.parts ?? []
  expect(file?.fields).toMatchObject({ mediaType: "image/png", size: picture.length, width: 40, height: 20 })
  expect(await replica.blobs.get("home", String(file?.fields["sha256"]))).toEqual(picture)
})

test("[WB34] one can be removed before it is sent, and a message may be files alone", async () => {
  await drop(new File(["a"], "a.txt"), new File(["b"], "b.txt"))
  await attached(2)
  await press(place, "Remove a.txt")
  await attached(1)
  expect(document.activeElement).toBe(field())
  await send()
  expect(messages()).toEqual([[{ type: "file", name: "b.txt", text: null }]])
  const { ydoc } = await replica.open(indexDocumentId("home"))
  expect(new WorkspaceIndex(ydoc, { writer: "w", now: Date.now, randomBytes }).getCards().map(({ snippet }) => snippet)).toEqual(["b.txt"])
})

test("[WB34] what cannot be attached says why and takes nothing else along: too large, too many, no room on the device", async () => {
  const large = new File(["x"], "large.bin")
  Object.defineProperty(large, "size", { value: MAX_FILE_BYTES + 1 })
  await drop(large, new File(["y"], "small.txt"))
  await attached(2)
  expect(chips().join()).toMatch(/small\.txt.*large\.binToo large: a file has at most 64 MB/)
  await press(place, "Remove large.bin")
  const home = await replica.open(userHomeDocumentId("ana"))
  const drafts = new DraftParts(home.ydoc, { now: Date.now, randomBytes })
  await act(async () => {
    for (let count = 0; count < 31; count++) drafts.add("c", { type: "file", name: "old", sha256: "c".repeat(64), size: 1 })
  })
  await drop(new File(["z"], "one more.txt"))
  await attached(33)
  expect(chips().at(-1)).toContain("holds at most 32 quotes and files")
  await act(async () => drafts.clear("c"))
  replica.blobs.put = () => Promise.reject(Object.assign(new Error("full"), { code: "storage" }))
  await press(place, "Try again")
  await expect.poll(() => chips().join()).toContain("This device has no room for it")
  Reflect.deleteProperty(replica.blobs, "put")
  await press(place, "Try again")
  await expect.poll(() => chips().join()).toContain("waits for the relay")
})

test("[WB34] what is removed while it is still being read does not come into the message", async () => {
  let read: (() => void) | undefined
  const shelve = replica.blobs.put.bind(replica.blobs)
  replica.blobs.put = async (workspace, bytes) => {
    await new Promise<void>((resolve) => (read = resolve))
    return shelve(workspace, bytes)
  }
  await drop(new File(["slow"], "slow.txt"), new File(["next"], "next.txt"))
  await expect.poll(() => chips().filter((chip) => chip.includes("Reading")).length).toBe(2)
  await expect.poll(() => read).toBeDefined()
  await press(place, "Remove slow.txt")
  read?.()
  Reflect.deleteProperty(replica.blobs, "put")
  await attached(1)
  expect(chips()[0]).toContain("next.txt")
})

test("[WB35] words of a message are quoted by its menu or by choosing them, kept with the draft, and lead back to it", async () => {
  await act(async () => void conversation.send({ text: "The sky is **blue** because of scattering.", parentId: null, role: "assistant" }))
  await expect.poll(() => place.querySelector(".message strong")?.textContent).toBe("blue")
  const paragraph = place.querySelector(".message .markdown p")!
  await act(async () => {
    const range = document.createRange()
    range.setStart(paragraph.firstChild!, 4)
    range.setEnd(paragraph.lastChild!, 8)
    document.getSelection()?.removeAllRanges()
    document.getSelection()?.addRange(range)
  })
  await expect.poll(() => place.querySelector(".chosen-bar")).not.toBeNull()
  await press(place, "Quote")
  await expect.poll(chips).toEqual(["Anasky is blue because"])
  expect(place.querySelector(".chosen-bar")).toBeNull()
  expect(document.activeElement).toBe(field())
  await type("Why?")
  await send()
  const [id = ""] = conversation.getTree().nodes.keys()
  expect(
    conversation
      .getMessage([...conversation.getTree().nodes.keys()].at(-1) ?? "")
      ?.parts.map(({ type, text, fields }) => ({ type, text, ...fields })),
  ).toEqual([
    { type: "quote", text: "sky is blue because", messageId: id, authorName: "Ana" },
    { type: "text", text: "Why?" },
  ])
  await expect.poll(() => place.querySelector(".quote-link")?.textContent).toBe("Anasky is blue because")
  const row = place.querySelector<HTMLElement>("[data-message-id] .icon-button")!
  row.focus()
  await act(async () => void row.dispatchEvent(new KeyboardEvent("keydown", { key: "q", bubbles: true })))
  await expect.poll(chips).toEqual(["AnaThe sky is blue because of scattering."])
})

test("[WB37] a long pasted text is offered as a file, a very long one becomes one, and neither loses a character", async () => {
  expect(await paste(textData("x".repeat(OFFERED_LENGTH)))).toBe(true)
  expect(place.querySelector(".paste-offer")).toBeNull()
  const long = `a\r\n${"é".repeat(OFFERED_LENGTH)}`
  expect(await paste(textData(long))).toBe(true)
  await type(`before ${long.replace("\r\n", "\n")} after`)
  replica.blobs.put = () => Promise.reject(Object.assign(new Error("full"), { code: "storage" }))
  await press(place, "Attach as a file")
  await expect.poll(() => chips().join()).toContain("This device has no room for it")
  // It is no file yet, so it is still in the draft.
  expect(field().value).toBe(`before ${long.replace("\r\n", "\n")} after`)
  Reflect.deleteProperty(replica.blobs, "put")
  await press(place, "Try again")
  await expect.poll(() => field().value).toBe("before  after")
  await attached(1)
  expect(await paste(textData("y".repeat(FILE_LENGTH + 1)))).toBe(false)
  await attached(2)
  await send()
  const [id = ""] = conversation.getTree().nodes.keys()
  const [, first, second] = conversation.getMessage(id)?.parts ?? []
  const textOf = async (part: typeof first): Promise<string> =>
    new TextDecoder().decode(await replica.blobs.get("home", String(part?.fields["sha256"])))
  expect(await textOf(first)).toBe(long)
  expect(await textOf(second)).toBe("y".repeat(FILE_LENGTH + 1))
})

test("[WB37] pasted pictures and files are attached; where the clipboard has text beside them, that is meant", () => {
  const picture = new File(["x"], "image.png", { type: "image/png" })
  const pasted = readPaste(transferOf(picture, new File(["y"], "table.xlsx")))
  expect(pasted.kind === "files" && pasted.files.map(({ name }) => name)).toEqual(["Pasted picture.png", "table.xlsx"])
  const both = transferOf(picture)
  both.setData("text/plain", "cells")
  expect(readPaste(both)).toEqual({ kind: "plain" })
  expect(
    [OFFERED_LENGTH, OFFERED_LENGTH + 1, FILE_LENGTH, FILE_LENGTH + 1].map((length) => readPaste(textData("z".repeat(length))).kind),
  ).toEqual(["plain", "offer", "offer", "long"])
  expect(withoutPasted("a pasted b", "pasted")).toBe("a  b")
  expect(withoutPasted("a past b", "pasted")).toBeUndefined()
})

test("[WB37] of a dropped file that may be an export one is asked what is meant; beneath a dialog nothing is attached", async () => {
  const file = new File(["[]"], "conversations.json", { type: "application/json" })
  await drop(file, new File(["x"], "cat.txt"))
  await attached(1)
  await expect.poll(() => place.querySelector("dialog")?.textContent).toContain("“conversations.json” may hold conversations")
  await drop(new File(["x"], "beneath.txt"))
  expect(imported).toEqual(["beneath.txt"])
  await press(place, "Import conversations")
  expect(imported).toEqual(["beneath.txt", "conversations.json"])
  await drop(file)
  await expect.poll(() => place.querySelector("dialog")).not.toBeNull()
  await press(place, "Attach to the message")
  await attached(2)
  expect(["a.JSON", "b.jsonl", "c.zip", "d.json.gz"].every((name) => looksLikeExport({ name, type: "" }))).toBe(true)
  expect(["a.txt", "json", "b.png"].some((name) => looksLikeExport({ name, type: "" }))).toBe(false)
})
