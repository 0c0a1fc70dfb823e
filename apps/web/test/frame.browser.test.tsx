import { createPolylogue, type Polylogue, PolylogueProvider, useConversationList, useWorkspace } from "@polylogue/react"
import { openReplica, type Replica } from "@polylogue/replica"
import { randomBytes, systemClock } from "@polylogue/replica/browser"
import { MemoryEntryLog } from "@polylogue/storage"
import { act, useState } from "react"
import { createRoot, type Root } from "react-dom/client"
import { afterEach, beforeEach, expect, test } from "vitest"
import { FirstMessage } from "../src/conversation/first-message.tsx"
import { Dialog } from "../src/frame/dialog.tsx"
import { followHistory } from "../src/frame/layers.ts"
import { navigate, parseHash } from "../src/frame/route.ts"
import { type Command, useCommands } from "../src/palette/commands.ts"
import { useShortcuts } from "../src/palette/shortcuts.ts"
import { ShortcutsTable } from "../src/palette/shortcuts-sheet.tsx"
import { Settings } from "../src/settings/settings.tsx"
import type { SettingsSection } from "../src/settings/settings-section.ts"
import { useAppliedAppearance } from "../src/settings/appearance.ts"

Reflect.set(globalThis, "IS_REACT_ACT_ENVIRONMENT", true)

let place: HTMLElement
let root: Root
let replica: Replica
let polylogue: Polylogue
let following = false

beforeEach(async () => {
  place = document.body.appendChild(document.createElement("div"))
  root = createRoot(place)
  const dial = (): never => {
    throw new Error("there is no relay here")
  }
  replica = await openReplica({ store: new MemoryEntryLog(), relays: [], dial, clock: systemClock, randomBytes })
  polylogue = createPolylogue({ replica, writer: "w", author: () => ({ id: "ana", kind: "person", name: "Ana" }) })
  if (!following) followHistory()
  following = true
})

afterEach(async () => {
  await act(async () => root.unmount())
  // What was open takes its step out of the history, some moments later.
  await expect.poll(() => (history.state as { readonly layer?: number } | null)?.layer).toBeUndefined()
  await replica.close()
  place.remove()
  localStorage.clear()
})

const press = (target: EventTarget, init: KeyboardEventInit): Promise<void> =>
  act(async () => void target.dispatchEvent(new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...init })))

function Keys({ commands, dialog }: { readonly commands: readonly Command[]; readonly dialog: boolean }) {
  useShortcuts()
  useCommands(commands)
  return (
    <>
      <input aria-label="Field" />
      <div role="menu" tabIndex={-1} />
      <ShortcutsTable />
      {dialog && (
        <Dialog label="Over it" onClose={() => undefined}>
          <button type="button">In it</button>
        </Dialog>
      )}
    </>
  )
}

test("[WB62] plain keys mean nothing in fields, menus and dialogs; with the modifier they do; the sheet shows what runs", async () => {
  const ran: string[] = []
  const command = (id: string, keys: string): Command => ({
    id,
    keys,
    group: "Go to",
    name: `Does ${id}`,
    icon: "check",
    run: () => ran.push(id),
  })
  const commands = [command("plain", "x"), command("held", "Mod+k"), command("both", "Mod+Shift+f")]
  const show = (dialog: boolean): Promise<void> => act(async () => root.render(<Keys commands={commands} dialog={dialog} />))
  await show(false)
  await press(document.body, { key: "x" })
  await press(document.body, { key: "x", isComposing: true })
  await press(place.querySelector("input")!, { key: "x" })
  await press(place.querySelector('[role="menu"]')!, { key: "x" })
  expect(ran).toEqual(["plain"])
  await press(place.querySelector("input")!, { key: "k", ctrlKey: true })
  await press(document.body, { key: "F", metaKey: true, shiftKey: true })
  expect(ran).toEqual(["plain", "held", "both"])
  await show(true)
  await press(document.body, { key: "x" })
  expect(ran).toHaveLength(3)
  await act(async () => root.render(null))
  await act(async () => root.render(<Keys commands={commands} dialog={false} />))
  await press(document.body, { key: "x" })
  expect(ran).toHaveLength(4)
})

function Layered() {
  const [open, setOpen] = useState<"outer" | "inner">()
  return (
    <>
      <button type="button" onClick={() => setOpen("outer")}>
        Open
      </button>
      {open !== undefined && (
        <Dialog label="Outer" onClose={() => setOpen(undefined)}>
          <button type="button" onClick={() => setOpen("inner")}>
            Deeper
          </button>
          <button
            type="button"
            onClick={() => {
              setOpen(undefined)
              navigate("elsewhere")
            }}
          >
            Go on
          </button>
        </Dialog>
      )}
      {open === "inner" && (
        <Dialog label="Inner" onClose={() => setOpen("outer")}>
          <p>Inner</p>
        </Dialog>
      )}
    </>
  )
}

const labels = (): (string | null)[] => [...place.querySelectorAll("dialog")].map((dialog) => dialog.getAttribute("aria-label"))
const pressButton = (name: string): Promise<void> =>
  act(async () => [...place.querySelectorAll("button")].find((button) => button.textContent === name)?.click())

test("[WB65] going back closes what lies over the page, the uppermost first, and stays on the page", async () => {
  history.replaceState(null, "", "#/c/here")
  await act(async () => root.render(<Layered />))
  await pressButton("Open")
  await pressButton("Deeper")
  expect(labels()).toEqual(["Outer", "Inner"])
  await act(async () => history.back())
  await expect.poll(labels).toEqual(["Outer"])
  await act(async () => history.back())
  await expect.poll(labels).toEqual([])
  expect(parseHash(location.hash)).toBe("here")
})

test("[WB65] what closes by itself leaves no step in the history, and going on from it takes its place", async () => {
  history.replaceState({ page: 1 }, "", "#/c/here")
  await act(async () => root.render(<Layered />))
  await pressButton("Open")
  await act(async () => place.querySelector("dialog")?.dispatchEvent(new Event("cancel", { cancelable: true })))
  await expect.poll(labels).toEqual([])
  await expect.poll(() => JSON.stringify(history.state)).toBe(JSON.stringify({ page: 1 }))
  await pressButton("Open")
  await pressButton("Go on")
  expect(parseHash(location.hash)).toBe("elsewhere")
  await act(async () => history.back())
  await expect.poll(() => JSON.stringify(history.state)).toBe(JSON.stringify({ page: 1 }))
  expect(parseHash(location.hash)).toBe("here")
})

function SettingsPage() {
  useAppliedAppearance()
  const [section, setSection] = useState<SettingsSection>("appearance")
  return (
    <Settings
      identity={{ id: "0".repeat(32), name: "Ana", colour: 1 }}
      section={section}
      onSection={setSection}
      onSignIn={() => undefined}
      onSyncDetails={() => undefined}
      onClose={() => undefined}
    />
  )
}

test("[WB63] what is chosen in the settings is on the page at once, and what is stored and no value is as good as absent", async () => {
  localStorage.setItem("polylogue.theme", "purple")
  await act(async () =>
    root.render(
      <PolylogueProvider polylogue={polylogue}>
        <SettingsPage />
      </PolylogueProvider>,
    ),
  )
  const page = document.documentElement
  const choose = (label: string, nth = 0): Promise<void> =>
    act(async () => [...place.querySelectorAll("label")].filter(({ textContent }) => textContent === label)[nth]?.click())
  expect(page.dataset["theme"]).toBeUndefined()
  await choose("Dark")
  await choose("High")
  await choose("Large")
  await choose("Right to left")
  expect([page.dataset["theme"], page.dataset["contrast"], page.dataset["textSize"]]).toEqual(["dark", "more", "large"])
  expect(page.dir).toBe("rtl")
  expect(document.body.scrollWidth).toBeLessThanOrEqual(window.innerWidth)
  await choose("Like the system")
  await choose("Normal")
  await choose("Like the system", 1)
  await choose("Like the browser")
  expect(page.dataset["theme"]).toBeUndefined()
  await act(async () => [...place.querySelectorAll<HTMLElement>('[role="tab"]')].at(-1)?.click())
  expect(place.querySelector('[role="tabpanel"]')?.textContent).toContain("Version")
  await press(place.querySelector('[role="tab"][aria-selected="true"]')!, { key: "ArrowUp" })
  expect(document.activeElement?.textContent).toBe("Keyboard")
})

function First() {
  const workspace = useWorkspace()
  const cards = useConversationList(workspace)
  return (
    <>
      <p>{cards.map(({ title }) => title).join("|")}</p>
      {workspace.state === "open" && <FirstMessage workspace={workspace} mayBegin={() => true} />}
    </>
  )
}

test("[WB66] one can just write: the first message makes a conversation with its title, and before that is kept as a draft", async () => {
  history.replaceState(null, "", "#/")
  const show = (): Promise<void> =>
    act(async () =>
      root.render(
        <PolylogueProvider polylogue={polylogue}>
          <First />
        </PolylogueProvider>,
      ),
    )
  await show()
  const field = (): HTMLTextAreaElement | null => place.querySelector("textarea")
  await expect.poll(() => field() !== null).toBe(true)
  const type = (text: string): Promise<void> =>
    act(async () => {
      // React listens to the setter of the element, the prototype's tells it nothing.
      Reflect.set(HTMLTextAreaElement.prototype, "value", text, field()!)
      field()!.dispatchEvent(new Event("input", { bubbles: true }))
    })
  await type("Why is the sky blue?")
  await act(async () => root.render(null))
  await show()
  await expect.poll(() => field()?.value).toBe("Why is the sky blue?")
  await press(field()!, { key: "Enter" })
  await expect.poll(() => place.querySelector("p")?.textContent).toBe("Why is the sky blue?")
  await expect.poll(() => parseHash(location.hash)).toBeDefined()
  expect(field()?.value).toBe("")
})
