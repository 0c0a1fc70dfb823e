import { createPolylogue, PolylogueProvider, useWorkspace } from "@polylogue/react"
import { openReplica } from "@polylogue/replica"
import { randomBytes, systemClock } from "@polylogue/replica/browser"
import { MemoryEntryLog } from "@polylogue/storage"
import { act } from "react"
import { createRoot, type Root } from "react-dom/client"
import { afterEach, beforeEach, expect, test } from "vitest"
import { useListActions } from "../src/conversation-list/list-actions.ts"
import { ListPlane } from "../src/conversation-list/list-plane.tsx"
import { Dialog } from "../src/frame/dialog.tsx"
import { useShortcuts } from "../src/palette/shortcuts.ts"

Reflect.set(globalThis, "IS_REACT_ACT_ENVIRONMENT", true)

let place: HTMLElement
let root: Root

beforeEach(() => {
  place = document.body.appendChild(document.createElement("div"))
  root = createRoot(place)
})

afterEach(async () => {
  await act(async () => root.unmount())
  place.remove()
})

function Page({ open }: { readonly open: boolean }) {
  useShortcuts()
  return (
    <>
      <textarea aria-label="Message" />
      {open && (
        <Dialog label="Find" onClose={() => undefined}>
          <input aria-label="Query" />
        </Dialog>
      )}
    </>
  )
}

const render = (open: boolean): Promise<void> => act(async () => root.render(<Page open={open} />))

const press = (target: Element): boolean =>
  target.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true, cancelable: true }))

test("[WB18] a dialog gives the focus back to where it came from", async () => {
  await render(false)
  const field = place.querySelector("textarea")!
  field.focus()
  await render(true)
  expect(document.activeElement).not.toBe(field)
  await render(false)
  expect(document.activeElement).toBe(field)
})

test("[WB18] Escape leaves an empty field, and one with words keeps the focus", async () => {
  await render(false)
  const field = place.querySelector("textarea")!
  field.focus()
  field.value = "words"
  press(field)
  expect(document.activeElement).toBe(field)
  field.value = ""
  press(field)
  expect(document.activeElement).toBe(document.body)
})

test("[WB18] a renamed row has the focus again, a deleted one leaves it to the next, the last one to the way on", async () => {
  const dial = (): never => {
    throw new Error("there is no relay here")
  }
  const replica = await openReplica({ store: new MemoryEntryLog(), relays: [], dial, clock: systemClock, randomBytes })
  const polylogue = createPolylogue({ replica, writer: "w", author: () => ({ id: "ana", kind: "person", name: "Ana" }) })
  await act(async () => {
    root.render(
      <PolylogueProvider polylogue={polylogue}>
        <List />
      </PolylogueProvider>,
    )
  })
  const rows = (): HTMLElement[] => [...place.querySelectorAll<HTMLElement>(".conversation-link")]
  const pressOn = (target: Element, key: string): Promise<void> =>
    act(async () => void target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })))
  await expect.poll(() => place.querySelector(".list-note")).not.toBeNull()
  for (let count = 0; count < 2; count++)
    await act(async () => place.querySelector<HTMLElement>('[data-testid="new-conversation"]')?.click())
  await expect.poll(() => rows().length).toBe(2)
  const first = rows()[0]
  const second = rows()[1]
  first.focus()
  await pressOn(first, "F2")
  await pressOn(place.querySelector(".title-field")!, "Enter")
  await expect.poll(() => document.activeElement).toBe(rows()[0])
  await pressOn(rows()[0], "Delete")
  await expect.poll(() => document.activeElement).toBe(second)
  await pressOn(second, "Delete")
  await expect.poll(() => document.activeElement?.getAttribute("data-testid")).toBe("new-conversation")
  await act(async () => root.render(null))
  await replica.close()
})

function List() {
  const workspace = useWorkspace()
  const actions = useListActions(workspace.state === "open" ? workspace : undefined, undefined)
  const begin = { ...actions, create: () => void (workspace.state === "open" && workspace.index.create()) }
  return (
    <div style={{ height: 400 }}>
      <ListPlane
        workspace={workspace}
        chosenId={undefined}
        actions={begin}
        onImport={() => undefined}
        status={undefined}
        notices={undefined}
        foot={undefined}
      />
    </div>
  )
}
