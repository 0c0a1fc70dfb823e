import { type WorkspaceIndex, workspaceFolders } from "@polylogue/conversation"
import { createPolylogue, type Polylogue, PolylogueProvider, useWorkspace } from "@polylogue/react"
import { openReplica, type Replica } from "@polylogue/replica"
import { randomBytes, systemClock } from "@polylogue/replica/browser"
import { MemoryEntryLog } from "@polylogue/storage"
import { act, useEffect } from "react"
import { createRoot, type Root } from "react-dom/client"
import { afterEach, beforeEach, expect, test } from "vitest"
import { useListActions } from "../src/conversation-list/list-actions.ts"
import { ListPlane } from "../src/conversation-list/list-plane.tsx"
import { beginConversation } from "../src/conversation/begin-conversation.ts"
import { ToastProvider } from "../src/frame/toast.tsx"

Reflect.set(globalThis, "IS_REACT_ACT_ENVIRONMENT", true)

/** Later than anything the tests make, however slow they run. */
const NOW = Date.now() + 3_600_000

let place: HTMLElement
let root: Root
let replica: Replica
let polylogue: Polylogue
let index: WorkspaceIndex

beforeEach(async () => {
  localStorage.clear()
  place = document.body.appendChild(document.createElement("div"))
  root = createRoot(place)
  const dial = (): never => {
    throw new Error("there is no relay here")
  }
  replica = await openReplica({ store: new MemoryEntryLog(), relays: [], dial, clock: systemClock, randomBytes })
  polylogue = createPolylogue({ replica, writer: "w", author: () => ({ id: "ana", kind: "person", name: "Ana" }) })
  await show()
  await expect.poll(() => place.querySelector(".list-note")).not.toBeNull()
})

afterEach(async () => {
  await act(async () => root.unmount())
  await replica.close()
  place.remove()
})

const show = (): Promise<void> =>
  act(async () =>
    root.render(
      <PolylogueProvider polylogue={polylogue}>
        <ToastProvider>
          <List />
        </ToastProvider>
      </PolylogueProvider>,
    ),
  )

function List() {
  const workspace = useWorkspace()
  const actions = useListActions(workspace.state === "open" ? workspace : undefined, undefined)
  useEffect(() => {
    if (workspace.state === "open") index = workspace.index
  }, [workspace])
  return (
    <div style={{ height: 600, width: 320, display: "grid" }}>
      <ListPlane
        workspace={workspace}
        chosenId={undefined}
        actions={actions}
        onImport={() => undefined}
        status={undefined}
        notices={undefined}
        foot={undefined}
      />
    </div>
  )
}

const rows = (): HTMLElement[] => [...place.querySelectorAll<HTMLElement>('[role="row"]')]
const texts = (): string[] => rows().map((row) => row.querySelector(".conversation-title, .folder-name, .deleted-title")?.textContent ?? "")
const link = (text: string): HTMLElement => {
  const row = rows().find((candidate) => candidate.textContent.includes(text))
  const found = row?.querySelector<HTMLElement>(".row-link")
  if (found == null) throw new Error(`no row ${text} among ${texts().join(", ")}`)
  return found
}
const pressOn = (target: Element, key: string, more: KeyboardEventInit = {}): Promise<void> =>
  act(async () => void target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more })))
const click = (target: Element | null | undefined, more: MouseEventInit = {}): Promise<void> =>
  act(async () => void target?.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, ...more })))
const named = (name: string): HTMLElement | null => document.querySelector<HTMLElement>(`[aria-label="${name}"]`)
const button = (text: string): HTMLElement | undefined =>
  [...document.querySelectorAll<HTMLElement>("button")].find((candidate) => candidate.textContent === text)

/** Three conversations, the first on top, and a folder. */
async function fill(): Promise<{ readonly ids: readonly string[]; readonly folder: string }> {
  const ids: string[] = []
  let folder = ""
  await act(async () => {
    for (const title of ["third", "second", "first"]) ids.unshift(index.create({ title }))
    ids.forEach((id, at) => index.touch(id, { clock: NOW + 3_000 - at * 1_000, snippet: title(at) }))
    folder = workspaceFolders(index).create("Work")
  })
  await expect.poll(texts).toEqual(["Work", "", "first", "second", "third"])
  return { ids, folder }
}

const title = (at: number): string => `snippet ${at}`

test("[WB27, WB29] a folder folds by press and by keys, and is folded again after a reload", async () => {
  const { ids, folder } = await fill()
  await act(async () => index.setFolder(ids[0], folder))
  await expect.poll(texts).toEqual(["Work", "first", "second", "third"])
  expect(rows()[0]?.getAttribute("aria-expanded")).toBe("true")
  expect(rows()[1]?.getAttribute("aria-level")).toBe("2")
  await click(link("Work"))
  await expect.poll(texts).toEqual(["Work", "second", "third"])
  link("Work").focus()
  await pressOn(link("Work"), "ArrowRight")
  await expect.poll(texts).toEqual(["Work", "first", "second", "third"])
  await pressOn(link("Work"), "ArrowLeft")
  await expect.poll(texts).toEqual(["Work", "second", "third"])
  expect(document.activeElement).toBe(link("Work"))
  expect(localStorage.getItem("polylogue.collapsed")).toBe(JSON.stringify([folder]))
})

test("[WB75] what is selected is exported together, in any format", async () => {
  await fill()
  link("first").focus()
  await pressOn(link("first"), "ArrowDown", { shiftKey: true })
  await click(named("Export"))
  const dialog = (): HTMLElement | null => document.querySelector("dialog[open]")
  await expect.poll(() => dialog()?.querySelector("h2")?.textContent).toBe("Export 2 conversations")
  expect(dialog()?.textContent).toContain("AI SDK messages")
  expect(named("Selected conversations")?.textContent).toContain("2 selected")
})

test("[WB28] several are selected by keys and by mouse, deleted together, and one press takes it back", async () => {
  const { ids } = await fill()
  link("first").focus()
  await pressOn(link("first"), "ArrowDown", { shiftKey: true })
  expect(rows().map((row) => row.getAttribute("aria-selected"))).toEqual([null, null, "true", "true", "false"])
  await click(link("third"), { ctrlKey: true })
  await click(link("first"), { ctrlKey: true })
  expect(named("Selected conversations")?.textContent).toContain("2 selected")
  await click(named("Delete"))
  await expect.poll(texts).toEqual(["Work", "", "first", "Deleted"])
  expect(named("Selected conversations")).toBeNull()
  expect(index.getDeletedCards().map(({ id }) => id)).toEqual([ids[1], ids[2]])
  await click(button("Undo"))
  await expect.poll(texts).toEqual(["Work", "", "first", "second", "third"])
})

test("[WB28, WB29] conversations are moved through the menu's picker, to a folder found or named, and back", async () => {
  const { ids } = await fill()
  const open = async (): Promise<HTMLInputElement> => {
    await click(named("Actions for second"))
    await click([...document.querySelectorAll('[role="menuitem"]')].find((item) => item.textContent === "Move to…"))
    await expect.poll(() => document.querySelector(".picker-field")).not.toBeNull()
    return document.querySelector<HTMLInputElement>(".picker-field")!
  }
  const write = (field: HTMLInputElement, text: string): Promise<void> =>
    act(async () => {
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set?.call(field, text)
      field.dispatchEvent(new Event("input", { bubbles: true }))
    })
  const field = await open()
  await write(field, "wor")
  await pressOn(field, "Enter")
  await expect.poll(texts).toEqual(["Work", "second", "first", "third"])
  expect(document.querySelector(".picker-field")).toBeNull()
  await expect.poll(() => document.activeElement?.closest("[data-row]")?.getAttribute("data-row")).toBe(ids[1])
  const again = await open()
  await write(again, "Elsewhere")
  await pressOn(again, "Enter")
  await expect.poll(texts).toEqual(["Work", "", "Elsewhere", "second", "first", "third"])
  await click(button("Undo"))
  await expect.poll(texts).toEqual(["Work", "second", "Elsewhere", "", "first", "third"])
})

test("[WB31] what was deleted comes back from its view, what was erased says so and does not", async () => {
  const { ids, folder } = await fill()
  await act(async () => {
    index.delete(ids[0])
    workspaceFolders(index).delete(folder)
    index.ydoc.getMap("cards").set(`${ids[1]}/erased/${String(NOW + 100_000)}`, true)
  })
  await expect.poll(texts).toEqual(["third", "Deleted"])
  await click(link("Deleted"))
  await expect.poll(texts).toEqual(["Work", "first", "Erased for good"])
  expect(named("Restore Erased for good")).toBeNull()
  await click(named("Restore Work"))
  await expect.poll(texts).toEqual(["first", "Erased for good"])
  await click(named("Restore first"))
  await click(named("All conversations"))
  await expect.poll(texts).toEqual(["Work", "", "first", "third", "Deleted"])
})

test("[WB30] what somebody else wrote since is marked as unread, and the menu marks it as read and unread", async () => {
  const { ids } = await fill()
  const dots = (): string[] =>
    rows()
      .filter((row) => row.querySelector(".unread-dot") !== null)
      .map((row) => row.getAttribute("data-row") ?? "")
  expect(dots()).toEqual([])
  const choose = async (item: string): Promise<void> => {
    await click(named("Actions for third"))
    await click([...document.querySelectorAll('[role="menuitem"]')].find((candidate) => candidate.textContent === item))
  }
  await choose("Mark as unread")
  await expect.poll(dots).toEqual([ids[2]])
  await choose("Mark as read")
  await expect.poll(dots).toEqual([])
  await act(async () => index.touch(ids[2], { clock: NOW + 100_000, snippet: "news", authorId: "bo" }))
  await expect.poll(dots).toEqual([ids[2]])
})

test("[WB18, WB29] rows that others add, move or delete leave the focus where it is", async () => {
  const { ids } = await fill()
  link("second").focus()
  await act(async () => index.touch(ids[2], { clock: NOW + 5_000, snippet: "to the top" }))
  await expect.poll(texts).toEqual(["Work", "", "third", "first", "second"])
  expect(document.activeElement).toBe(link("second"))
  await act(async () => void index.create({ title: "new" }))
  expect(document.activeElement).toBe(link("second"))
  await act(async () => index.delete(ids[1]))
  await expect.poll(() => document.activeElement?.closest("[data-row]") !== null).toBe(true)
})

test("[WB30] what one begins by writing is not unread to oneself, on whatever device", async () => {
  await fill()
  const id = await act(() => beginConversation(polylogue, { index }, "Words of my own", undefined, () => undefined))
  await expect.poll(texts).toContain("Words of my own")
  // Of the card nothing is known but what stands in it: that it is one's own has to stand there.
  expect(index.getCard(id)?.lastAuthorId).toBe("ana")
  expect(
    rows()
      .find((row) => row.getAttribute("data-row") === id)
      ?.querySelector(".unread-dot"),
  ).toBeNull()
})
