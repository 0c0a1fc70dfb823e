import { indexDocumentId, userHomeDocumentId, WorkspaceIndex, workspaceFolders } from "@polylogue/conversation"
import { act, type ReactNode, useEffect } from "react"
import { createRoot, type Root } from "react-dom/client"
import { afterEach, beforeEach, expect, test } from "vitest"
import {
  createPolylogue,
  type Polylogue,
  PolylogueProvider,
  useBeginReading,
  useConversationCard,
  useConversationWaits,
  useFolders,
  useReadMarkers,
  useTags,
  useUnread,
  useWorkspace,
} from "../src/index.ts"
import { FakeReplica } from "./fake-replica.ts"

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

const NOW = 1_700_000_000_000

let replica: FakeReplica
let polylogue: Polylogue
let root: Root
let place: HTMLElement
let renders: string[]

beforeEach(() => {
  replica = new FakeReplica()
  polylogue = createPolylogue({
    replica,
    writer: "device",
    author: () => ({ id: "ana", kind: "person", name: "Ana" }),
    now: () => NOW,
    lingerMs: 0,
  })
  renders = []
  place = document.createElement("div")
  root = createRoot(place)
})

afterEach(async () => {
  await act(async () => root.unmount())
})

const show = (children: ReactNode): Promise<void> =>
  act(async () => root.render(<PolylogueProvider polylogue={polylogue}>{children}</PolylogueProvider>))

const OTHER = { writer: "other", now: () => NOW, randomBytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)) }

/** The index as another device writes it. */
async function otherIndex(): Promise<WorkspaceIndex> {
  const { ydoc } = await replica.open(indexDocumentId("home"))
  return new WorkspaceIndex(ydoc, OTHER)
}

let markers: ReturnType<typeof useReadMarkers>

function Reader() {
  useBeginReading()
  const found = useReadMarkers()
  renders.push(found === undefined ? "opening" : "reader")
  useEffect(() => {
    markers = found
  }, [found])
  return null
}

function Card({ id }: { readonly id: string }) {
  const card = useConversationCard(useWorkspace(), id)
  return card === undefined ? null : <CardText card={card} />
}

function CardText({ card }: { readonly card: Parameters<typeof useUnread>[0] }) {
  const unread = useUnread(card)
  renders.push(card.id)
  return <p id={card.id}>{unread ? "unread" : "read"}</p>
}

const text = (id: string): string | null | undefined => place.querySelector(`#${id}`)?.textContent

test("[RE17] a card is unread when another wrote after the marker, on whatever device that was set, and renders alone", async () => {
  const index = await otherIndex()
  for (const id of ["c1", "c2"]) {
    index.create({ id })
    index.touch(id, { clock: NOW + 10, snippet: "x", authorId: "bo" })
  }
  await show(
    <>
      <Reader />
      <Card id="c1" />
      <Card id="c2" />
    </>,
  )
  // What was there when somebody came is no news; what came at the same time is.
  expect([text("c1"), text("c2")]).toEqual(["unread", "unread"])
  renders.length = 0
  await act(async () => markers?.setRead("c1", { clock: NOW + 10, id: "m" }))
  expect([text("c1"), text("c2")]).toEqual(["read", "unread"])
  expect(renders).toEqual(["c1"])
  await act(async () => index.touch("c1", { clock: NOW + 20, snippet: "mine", authorId: "ana" }))
  expect(text("c1")).toBe("read")
  await act(async () => index.touch("c1", { clock: NOW + 30, snippet: "theirs", authorId: "bo" }))
  expect(text("c1")).toBe("unread")
  await act(async () => markers?.setAllRead(NOW + 40))
  expect([text("c1"), text("c2")]).toEqual(["unread", "read"])
})

test("[RE17] nothing is counted as read for a newcomer before their private document has arrived", async () => {
  const home = (await replica.open(userHomeDocumentId("ana"))) as unknown as ReturnType<typeof replica.documents.get>
  home?.setStatus({ synced: false })
  await show(<Reader />)
  expect(markers?.begun).toBe(false)
  // The relay has nothing of it, and has still to ask others: they may have read, there.
  await act(async () => home?.setStatus({ synced: true, relayAwaits: true }))
  expect(markers?.begun).toBe(false)
  await act(async () => home?.setStatus({ relayAwaits: false }))
  expect(markers?.begun).toBe(true)
  expect(markers?.get("any")).toEqual({ clock: NOW, id: null })
})

function Organised() {
  const workspace = useWorkspace()
  const forest = useFolders(workspace)
  const tags = useTags(workspace)
  renders.push("organised")
  return (
    <p id="all">
      {forest?.childrenOf(null).map(({ name }) => name)} {tags.map(({ name, count }) => `${name} ${count}`)}
    </p>
  )
}

function Waits({ id }: { readonly id: string }) {
  const waits = useConversationWaits(id)
  renders.push(id)
  return <p id={id}>{waits ? "waits" : "safe"}</p>
}

test("[RE18] folders and tags follow the index; what waits is known without opening a conversation", async () => {
  const index = await otherIndex()
  index.create({ id: "c1" })
  await show(
    <>
      <Organised />
      <Waits id="c1" />
      <Waits id="c2" />
    </>,
  )
  await act(async () => void workspaceFolders(index).create("Work"))
  await act(async () => index.addTag("c1", "later"))
  expect(text("all")).toBe("Work later 1")
  expect([text("c1"), text("c2")]).toEqual(["safe", "safe"])
  renders.length = 0
  replica.waiting.add("home/conv/c1")
  await act(async () => replica.setStatus({ waitingRows: 1 }))
  expect([text("c1"), text("c2")]).toEqual(["waits", "safe"])
  expect(renders).toEqual(["c1"])
  expect([...replica.documents.keys()]).toEqual([indexDocumentId("home")])
})
