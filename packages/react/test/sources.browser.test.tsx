import {
  Conversation,
  conversationDocumentId,
  indexDocumentId,
  recordRetrieval,
  Source,
  sourceCards,
  sourceDocumentId,
  WorkspaceIndex,
} from "@polylogue/conversation"
import { act, useEffect } from "react"
import { createRoot, type Root } from "react-dom/client"
import { afterEach, beforeEach, expect, test } from "vitest"
import * as Y from "yjs"
import {
  createPolylogue,
  type OpenConversation,
  type Polylogue,
  PolylogueProvider,
  type SourceState,
  useChunking,
  useConversation,
  useRecordRetrieval,
  useRetrievals,
  useSource,
  useSourceCard,
  useSourceList,
  useSourceMeta,
  useSourceText,
  useWorkspace,
} from "../src/index.ts"
import { FakeDocument, FakeReplica } from "./fake-replica.ts"

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

const NOW = 1_700_000_000_000
const TEXT = "Ants walk.\nBees dance.\n"

function writer(name: string) {
  return {
    writer: name,
    author: { id: name, kind: "person" },
    now: () => NOW,
    randomBytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)),
  }
}

let replica: FakeReplica
let polylogue: Polylogue
let root: Root
let place: HTMLElement

beforeEach(() => {
  replica = new FakeReplica()
  polylogue = createPolylogue({ replica, writer: "device", author: () => ({ id: "ana", kind: "person" }), now: () => NOW, lingerMs: 0 })
  place = document.createElement("div")
  root = createRoot(place)
})

afterEach(() => act(async () => root.unmount()))

const show = (children: React.ReactNode): Promise<void> =>
  act(async () => root.render(<PolylogueProvider polylogue={polylogue}>{children}</PolylogueProvider>))
const text = (id: string): string | null | undefined => place.querySelector(`#${id}`)?.textContent

function documentOf(documentId: string): FakeDocument {
  const known = replica.documents.get(documentId) ?? new FakeDocument(documentId)
  replica.documents.set(documentId, known)
  return known
}

test("[RE37] the list of sources follows the index, and a card renders what shows it and nothing else", async () => {
  let renders = 0
  const List = () => (
    <p id="list">
      {useSourceList(useWorkspace())
        .map(({ name }) => name)
        .join(" ")}
    </p>
  )
  const Deleted = () => <p id="deleted">{useSourceList(useWorkspace(), "deleted").length}</p>
  const Card = () => {
    const card = useSourceCard(useWorkspace(), "one")
    useEffect(() => void renders++, [card])
    return <p id="card">{card?.mime}</p>
  }
  await show(
    <>
      <List />
      <Deleted />
      <Card />
    </>,
  )
  const { ydoc } = await replica.open(indexDocumentId("home"))
  const cards = sourceCards(new WorkspaceIndex(ydoc, writer("other")))
  await act(async () => void cards.create({ id: "one", name: "first", file: { mime: "text/html", size: 3 } }))
  await expect.poll(() => [text("list"), text("card")]).toEqual(["first", "text/html"])
  const before = renders
  await act(async () => cards.create({ id: "two", name: "second" }))
  expect([text("list")?.split(" ").toSorted(), renders]).toEqual([["first", "second"], before])
  await act(async () => cards.delete("two"))
  expect([text("list"), text("deleted")]).toEqual(["first", "1"])
})

test("[RE38] an open source is the same for all that show it, follows its document, and stands there once where two devices began it", async () => {
  const ydoc = documentOf(sourceDocumentId("home", "one")).ydoc
  const other = new Source(new Y.Doc(), writer("a-lower"))
  const begin = (source: Source): boolean => source.begin({ meta: { name: "animals" }, text: TEXT })
  begin(new Source(ydoc, writer("other")))
  const seen: SourceState[] = []
  const Shown = ({ source }: { readonly source: Source }) => {
    const { chunking, stale } = useChunking(source)
    return (
      <p id="shown">
        {useSourceMeta(source).title}|{useSourceText(source)}|{chunking?.places.length ?? 0}|{stale ? "stale" : "cut"}
      </p>
    )
  }
  const Open = ({ id }: { readonly id: string | undefined }) => {
    const state = useSource(id)
    useEffect(() => void seen.push(state), [state])
    return state.state === "open" ? <Shown source={state.source} /> : <p id="shown">{state.state}</p>
  }
  await show(<Open id={undefined} />)
  expect(text("shown")).toBe("opening")
  await show(
    <>
      <Open id="one" />
      <Open id="one" />
    </>,
  )
  await expect.poll(() => text("shown")).toBe(`animals|${TEXT}|0|stale`)
  const [left, right] = seen.filter(({ state }) => state === "open")
  expect(left).toBe(right)
  if (left?.state !== "open") throw new Error("not open")
  await act(async () => void left.source.writeChunking([{ start: 0, end: 10, text: "Ants walk." }]))
  expect(text("shown")).toBe(`animals|${TEXT}|1|cut`)
  begin(other)
  await act(async () => Y.applyUpdate(ydoc, Y.encodeStateAsUpdate(other.ydoc)))
  await expect.poll(() => text("shown")).toBe(`animals|${TEXT}|1|cut`)
  await act(async () => left.source.setTitle("Animals"))
  expect(text("shown")).toContain("Animals|")
})

test("[RE38] who may not write leaves a source that two devices began as it is", async () => {
  const document = documentOf(sourceDocumentId("home", "one"))
  const [left, right] = [new Source(document.ydoc, writer("a")), new Source(new Y.Doc(), writer("b"))]
  for (const source of [left, right]) source.begin({ meta: {}, text: TEXT })
  Y.applyUpdate(document.ydoc, Y.encodeStateAsUpdate(right.ydoc))
  document.setStatus({ mayWrite: false })
  const Open = () => {
    const state = useSource("one")
    return <p id="shown">{state.state === "open" ? <Text source={state.source} /> : state.state}</p>
  }
  const Text = ({ source }: { readonly source: Source }) => useSourceText(source)
  await show(<Open />)
  await expect.poll(() => text("shown")).toBe(TEXT + TEXT)
  await act(async () => document.setStatus({ mayWrite: true }))
  await expect.poll(() => text("shown")).toBe(TEXT)
})

test("[RE39] what was found for a message follows the segments that are here, and renders what shows that message alone", async () => {
  const ydoc = documentOf(conversationDocumentId("home", "c")).ydoc
  const messageId = new Conversation(ydoc, writer("other")).send({ text: "Who dances?", parentId: null })
  const renders: string[] = []
  const Found = ({ held, id }: { readonly held: OpenConversation; readonly id: string }) => {
    const records = useRetrievals(held, id)
    useEffect(() => void renders.push(id), [records, id])
    return <p id={id === messageId ? "found" : "none"}>{records.map(({ query }) => query).join("|")}</p>
  }
  const noting: { record?: ReturnType<typeof useRecordRetrieval> } = {}
  const Noting = ({ held }: { readonly held: OpenConversation }) => {
    const record = useRecordRetrieval(held)
    useEffect(() => void (noting.record = record), [record])
    return null
  }
  const Chat = () => {
    const state = useConversation("c")
    if (state.state !== "open") return <p>{state.state}</p>
    return (
      <>
        <Noting held={state} />
        <Found held={state} id={messageId} />
        <Found held={state} id="another" />
      </>
    )
  }
  await show(<Chat />)
  await expect.poll(() => text("found")).toBe("")
  renders.splice(0)
  const found = { messageId, query: "who dances", config: { ranker: "bm25" }, results: [] }
  await act(async () => void recordRetrieval(ydoc, writer("other"), found))
  expect([text("found"), text("none"), renders]).toEqual(["who dances", "", [messageId]])
  await act(async () => void noting.record?.({ ...found, query: "what dances" }))
  expect(text("found")?.split("|").toSorted()).toEqual(["what dances", "who dances"])
})
