import { Conversation, conversationDocumentId } from "@polylogue/conversation"
import { createPolylogue, type OpenConversation, type Polylogue, PolylogueProvider, useConversation, useMessage } from "@polylogue/react"
import axe from "axe-core"
import { act, useState } from "react"
import { createRoot, type Root } from "react-dom/client"
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { page } from "vitest/browser"
import { FakeDocument, FakeReplica } from "../../../packages/react/test/fake-replica.ts"
import { useSafety } from "../src/conversation/use-safety.ts"
import { ConnectionStatus } from "../src/sync/connection-status.tsx"
import { DocumentSafety } from "../src/sync/document-safety.tsx"
import { LinkProvider } from "../src/sync/link-context.tsx"
import { SafetyMark } from "../src/sync/safety-mark.tsx"
import { SyncDetails } from "../src/sync/sync-details.tsx"
import "../src/style/tokens.css"
import "../src/style/base.css"

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

const NEAR = "wss://near.example/sync"
const FAR = "wss://far.example/sync"
const ID = "c1"
const HEALTHY = [
  { url: NEAR, health: "well", code: undefined, welcomeMs: 12 },
  { url: FAR, health: "well", code: undefined, welcomeMs: 80 },
] as const
let replica: FakeReplica
let polylogue: Polylogue
let place: HTMLElement
let root: Root
let ids: readonly string[]

beforeEach(async () => {
  await page.viewport(1280, 800)
  replica = new FakeReplica()
  replica.setStatus({
    relay: NEAR,
    relays: HEALTHY,
  })
  polylogue = createPolylogue({ replica, writer: "device", author: () => ({ id: "ana", kind: "person", name: "Ana" }), lingerMs: 0 })
  ids = write()
  place = document.body.appendChild(document.createElement("main"))
  root = createRoot(place)
})

afterEach(async () => {
  await act(async () => root.unmount())
  place.remove()
  vi.useRealTimers()
})

/** A message, and one with a file, as another device wrote them. */
function write(): readonly string[] {
  const document = new FakeDocument(conversationDocumentId("home", ID))
  replica.documents.set(document.documentId, document)
  const author = { id: "bo", kind: "person", name: "Bo" } as const
  const conversation = new Conversation(document.ydoc, {
    writer: "elsewhere",
    author,
    now: () => 1_700_000_000_000,
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  })
  const first = conversation.send({ text: "words", parentId: null })
  const file = { type: "file", sha256: "ab".repeat(32), name: "a.txt", mediaType: "text/plain", size: 3 }
  const second = conversation.send({ parentId: first, parts: [{ type: "text", text: "and a file" }, file] })
  conversation.destroy()
  return [first, second]
}

const document0 = (): FakeDocument => replica.documents.get(conversationDocumentId("home", ID))!

function Page() {
  const state = useConversation(ID)
  const held = state.state === "open" ? state : undefined
  const [open, setOpen] = useState(true)
  return (
    <LinkProvider>
      <ConnectionStatus held={held} open={open} onToggle={() => setOpen(!open)} />
      {held !== undefined && ids.map((id) => <Mark key={id} held={held} id={id} />)}
      {held !== undefined && <DocumentSafety open={held.open} />}
      {open && <SyncDetails held={held} onUseText={() => undefined} onClose={() => setOpen(false)} />}
    </LinkProvider>
  )
}

function Mark({ held, id }: { readonly held: OpenConversation; readonly id: string }) {
  const safety = useSafety(held, id, useMessage(held.conversation, id))
  return (
    <span className="mark" data-safety={safety}>
      <SafetyMark safety={safety} />
    </span>
  )
}

async function show(): Promise<void> {
  await act(async () =>
    root.render(
      <PolylogueProvider polylogue={polylogue}>
        <Page />
      </PolylogueProvider>,
    ),
  )
}

const status = (change: Parameters<FakeReplica["setStatus"]>[0]): Promise<void> => act(async () => replica.setStatus(change))
const frame = (): string | null => place.querySelector(".connection-status")!.textContent
const section = (title: string): string | undefined =>
  [...place.querySelectorAll("section")].find((one) => one.querySelector("h3")?.textContent === title)?.textContent
const rows = (): (string | null)[] => [...place.querySelectorAll("[data-relay]")].map((row) => row.textContent)

test("[WB178] the details list the relays as the replica tells of them, and since when the device is cut off", async () => {
  await show()
  expect(rows()).toEqual(["near.exampleThis device is here; it answered in 12 ms", "far.exampleNextAnswered in 80 ms when last tried"])
  const since = Date.now() - 10.5 * 60_000
  const lost = [NEAR, FAR].map((url) => ({ url, health: "unreachable", code: undefined, welcomeMs: undefined }) as const)
  await status({ connection: "offline", since, relays: lost })
  // Another attempt, which fails as well.
  await status({ connection: "connecting", since: since + 60_000, relay: FAR })
  expect(rows()[1]).toBe("far.exampleBeing tried now")
  await status({ connection: "offline", since: since + 120_000 })
  expect(rows()).toEqual([
    "near.exampleNextOut of reach; it is tried again by itself",
    "far.exampleOut of reach; it is tried again by itself",
  ])
  expect(section("Relays")).toContain("10 min ago")
  expect(frame()).toBe("Cut off for 10 min: keep writing")
})

test("[WB179] a move is said for a moment in the frame, and from then on in the details", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
  await show()
  expect(frame()).toBe("All safe")
  expect(section("Relays")).not.toContain("Moved")
  const dead = { url: NEAR, health: "unreachable", code: undefined, welcomeMs: undefined } as const
  await status({ connection: "connecting", relay: FAR, relays: [HEALTHY[1], dead] })
  expect(frame()).toBe("Looking for a relay: keep writing")
  await status({ connection: "online" })
  expect(frame()).toBe("Moved to far.example")
  expect(section("Relays")).toContain("Movedfrom near.example, now")
  await act(async () => void vi.advanceTimersByTime(10_000))
  expect(frame()).toBe("All safe")
  expect(section("Relays")).toContain("Movedfrom near.example")
})

test("[WB180] what is on one relay only is counted where there are others, and the mark for more is explained then", async () => {
  await show()
  expect(section("Copies of this conversation")).toContain("Stored onone relay")
  expect(section("The marks")).not.toContain("more than one")
  await act(async () => {
    document0().unsafe = { client: [...document0().ydoc.store.clients.keys()][0] ?? 0, from: 0, safety: "stored" }
    document0().setStatus({ otherRelays: 1 })
  })
  expect(section("Copies of this conversation")).toContain("On one so far2 messages")
  expect(section("The marks")).toContain("Stored on more than one relay")
  expect(frame()).toBe("All safe")
  await act(async () => {
    document0().unsafe = undefined
    document0().replicated = true
    document0().setStatus({ otherRelays: 1 })
  })
  expect(section("Copies of this conversation")).toContain("Stored onat least 2 relays")
})

test("[WB181] marks say replicated once that was told, where they are, and not of a message with a file", async () => {
  await show()
  const marks = (): (string | null)[] =>
    [...place.querySelectorAll(".mark, .document-safety")].map((mark) => mark.getAttribute("data-safety"))
  const boxes = (): string =>
    JSON.stringify([...place.querySelectorAll(".safety-mark")].slice(0, 3).map((mark) => mark.getBoundingClientRect()))
  expect(marks()).toEqual(["stored", "stored", "stored"])
  const before = boxes()
  await act(async () => {
    document0().replicated = true
    document0().setStatus({ otherRelays: 1 })
  })
  expect(marks()).toEqual(["replicated", "stored", "replicated"])
  expect(boxes()).toBe(before)
})

for (const theme of ["light", "dark"]) {
  test(`[WB178] the list of relays keeps no assistive technology out (${theme})`, async () => {
    const { dataset } = document.documentElement
    dataset["theme"] = theme
    document0().setStatus({ otherRelays: 1 })
    document0().replicated = true
    await show()
    const refused = { url: "wss://closed.example/sync", health: "refused", code: "forbidden", welcomeMs: undefined } as const
    await status({ relays: [...replica.status.relays, refused] })
    const { violations } = await axe.run(place, { resultTypes: ["violations"] })
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)).toEqual([])
    delete dataset["theme"]
  })
}
