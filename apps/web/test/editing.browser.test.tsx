import {
  Conversation,
  conversationDocumentId,
  indexDocumentId,
  UserHome,
  userHomeDocumentId,
  WorkspaceIndex,
} from "@polylogue/conversation"
import { createPolylogue, PolylogueProvider, useConversation, useWorkspace } from "@polylogue/react"
import { openReplica } from "@polylogue/replica"
import { randomBytes, systemClock } from "@polylogue/replica/browser"
import { MemoryEntryLog } from "@polylogue/storage"
import { act } from "react"
import { createRoot } from "react-dom/client"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { TextPlane } from "../src/conversation/text-plane.tsx"
import { ToastProvider } from "../src/frame/toast.tsx"

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

const ANA = { id: "ana", kind: "person", name: "Ana" }
const BO = { id: "bo", kind: "person", name: "Bo" }

function Plane({ id }: { readonly id: string }) {
  const state = useConversation(id)
  const workspace = useWorkspace()
  if (state.state !== "open" || workspace.state !== "open") return <p>opening</p>
  return <TextPlane key={id} held={state} workspace={workspace} identity={{ id: "ana", name: "Ana", colour: 1 }} />
}

/** The plane over a device of Ana's, with a conversation of hers that Bo writes in too. */
async function setUp(id: string, reading = false) {
  const dial = (): never => {
    throw new Error("there is no relay here")
  }
  const replica = await openReplica({ store: new MemoryEntryLog(), relays: [], dial, clock: systemClock, randomBytes })
  const open = replica.open.bind(replica)
  if (reading) {
    replica.open = async (documentId) => {
      const document = await open(documentId)
      let known = document.status
      let shown = { ...known, mayWrite: false }
      const statusNow = (): typeof known => Reflect.get(Object.getPrototypeOf(document) as object, "status", document) as typeof known
      return Object.defineProperty(document, "status", {
        configurable: true,
        get: () => {
          if (statusNow() !== known) [known, shown] = [statusNow(), { ...statusNow(), mayWrite: false }]
          return shown
        },
      })
    }
  }
  const polylogue = createPolylogue({ replica, writer: "w", author: () => ANA })
  const list = await replica.open(indexDocumentId("home"))
  const index = new WorkspaceIndex(list.ydoc, { writer: "w", now: Date.now, randomBytes })
  index.create({ id })
  const home = await replica.open(userHomeDocumentId("ana"))
  const document = await replica.open(conversationDocumentId("home", id))
  const ana = new Conversation(document.ydoc, { writer: "w", author: ANA, now: Date.now, randomBytes })
  const question = ana.send({ text: "the question", parentId: null })
  const reply = ana.send({ text: "the reply", parentId: question })
  const boDoc = new Y.Doc()
  const bo = new Conversation(boDoc, { writer: "b", author: BO, now: Date.now, randomBytes })
  const boEdits = (message: string, text: string): Promise<void> =>
    act(async () => {
      Y.applyUpdate(boDoc, Y.encodeStateAsUpdate(document.ydoc))
      bo.edit(message, text)
      Y.applyUpdate(document.ydoc, Y.encodeStateAsUpdate(boDoc))
    })
  const place = window.document.createElement("div")
  place.style.cssText = "display: flex; flex-direction: column; height: 600px"
  window.document.body.append(place)
  const root = createRoot(place)
  const show = (shown: string): Promise<void> =>
    act(async () =>
      root.render(
        <PolylogueProvider polylogue={polylogue}>
          <ToastProvider>
            <Plane id={shown} />
          </ToastProvider>
        </PolylogueProvider>,
      ),
    )
  const press = (name: string): Promise<void> =>
    act(async () => [...place.querySelectorAll("button")].find((button) => button.textContent === name)?.click())
  const end = async (): Promise<void> => {
    await act(async () => root.unmount())
    place.remove()
    localStorage.clear()
    await replica.close()
  }
  return { place, show, press, end, ana, question, reply, boEdits, index, home: new UserHome(home.ydoc) }
}

const field = (place: HTMLElement): HTMLTextAreaElement | null => place.querySelector("textarea[aria-label='New version of the message']")

function typeInto(area: HTMLTextAreaElement, text: string): Promise<void> {
  return act(async () => {
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value")?.set?.call(area, text)
    area.dispatchEvent(new Event("input", { bubbles: true }))
  })
}

test("[WB10] another's edit of an earlier message leaves what answers it on screen, and is offered", async () => {
  const { place, show, press, end, question, boEdits } = await setUp("steady")
  await show("steady")
  await expect.poll(() => place.textContent).toContain("the reply")
  await boEdits(question, "another question")
  await expect.poll(() => place.textContent).toContain("Bo wrote a new version")
  expect(place.textContent).toContain("the reply")
  expect(place.textContent).not.toContain("another question")
  await press("Show it")
  await expect.poll(() => place.textContent).toContain("another question")
  expect(place.textContent).not.toContain("Bo wrote a new version")
  await end()
})

test("[I12] what is written into an editor stays, whatever another does to the message and wherever one goes", async () => {
  const { place, show, press, end, ana, question, reply, boEdits, home } = await setUp("editing")
  home.setEdit("editing", reply, "half a tho")
  await show("editing")
  await expect.poll(() => place.textContent).toContain("have not finished")
  await press("Go on writing")
  await expect.poll(() => field(place)?.value).toBe("half a tho")
  const area = field(place)
  if (area === null) throw new Error("no editor is open")
  await typeInto(area, "half a thought")
  await boEdits(reply, "a foreign reply")
  await boEdits(question, "a foreign question")
  expect(field(place)).toBe(area)
  expect(area.value).toBe("half a thought")
  await show("elsewhere")
  await show("editing")
  await press("Go on writing")
  await expect.poll(() => field(place)?.value).toBe("half a thought")
  await act(async () => field(place)?.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true })))
  expect(field(place)).toBeNull()
  expect(home.getEdit("editing", reply)).toBe("half a thought")
  await press("Go on writing")
  await press("Keep as new version")
  expect(home.getEdits("editing")).toEqual([])
  expect([...ana.getTree().nodes.keys()].map((id) => ana.getMessage(id)?.text)).toContain("half a thought")
  await end()
})

test("[WB21] who may only read is told so, and edits, deletes, rates and pins nothing that no relay would take", async () => {
  const { place, show, end, ana, reply } = await setUp("reading", true)
  await show("reading")
  const row = (): HTMLElement | null => place.querySelector(`[data-message-id="${reply}"]`)
  await expect.poll(() => row()?.textContent).toContain("the reply")
  const said = (): string => place.querySelector(".toast-place")?.textContent ?? ""
  for (const name of ["Edit message", "Delete message", "More actions"]) {
    await act(async () => row()?.querySelector<HTMLElement>(`[aria-label="${name}"]`)?.click())
    if (name === "More actions") {
      await act(async () => [...place.querySelectorAll<HTMLElement>("[role=menuitem]")].find((item) => item.textContent === "Pin")?.click())
    }
    expect(said(), name).toContain("You may read this conversation, not change it.")
    await act(async () => place.querySelector<HTMLElement>(".toast-place [aria-label=Close]")?.click())
    expect(said()).toBe("")
  }
  expect(field(place)).toBeNull()
  expect(ana.getMessage(reply)).toMatchObject({ deletedAt: null, pinned: false })
  await end()
})

test("[WB63] Enter in an editor means what it means in the composer", async () => {
  const { place, show, end, ana, reply } = await setUp("enter")
  localStorage.setItem("polylogue.enter-key", "new-line")
  await show("enter")
  await expect.poll(() => place.textContent).toContain("the reply")
  const composer = (): HTMLTextAreaElement | null => place.querySelector("[data-testid=composer]")
  await expect.poll(composer).not.toBeNull()
  await act(async () => composer()?.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowUp", bubbles: true })))
  await expect.poll(() => field(place)?.value).toBe("the reply")
  const area = field(place)!
  await typeInto(area, "one line")
  const press = (ctrlKey: boolean): Promise<void> =>
    act(async () => void area.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", ctrlKey, bubbles: true })))
  await press(false)
  expect(field(place)).toBe(area)
  await press(true)
  expect(field(place)).toBeNull()
  expect(ana.getLine().map(({ id }) => ana.getMessage(id)?.text)).toEqual(["the question", "one line"])
  expect(ana.getMessage(reply)?.text).toBe("the reply")
  await end()
})

test("[I12] what is written into a conversation that was deleted meanwhile restores it", async () => {
  const { place, show, end, index } = await setUp("deleted")
  await show("deleted")
  await act(async () => index.delete("deleted"))
  expect(index.getCards()).toEqual([])
  const composer = place.querySelector<HTMLTextAreaElement>("[data-testid=composer]")
  if (composer === null) throw new Error("there is no composer")
  await typeInto(composer, "still here")
  await act(async () => composer.form?.requestSubmit())
  expect(index.getCards().map(({ id, snippet }) => [id, snippet])).toEqual([["deleted", "still here"]])
  await end()
})
