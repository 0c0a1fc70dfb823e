import {
  anchorWords,
  type Citation,
  Conversation,
  conversationDocumentId,
  type ConversationOptions,
  Notes,
  notesDocumentId,
} from "@polylogue/conversation"
import {
  type Citing,
  createPolylogue,
  type NotesState,
  type OpenConversation,
  type OpenNotes,
  type Polylogue,
  PolylogueProvider,
  useCitations,
  useCiting,
  useConversation,
  useNotes,
  useNoteThreads,
} from "@polylogue/react"
import { act, useEffect } from "react"
import { createRoot, type Root } from "react-dom/client"
import { afterEach, beforeEach, expect, test } from "vitest"
import * as Y from "yjs"
import { FakeDocument, FakeReplica } from "./fake-replica.ts"

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

const OPTIONS: ConversationOptions = {
  writer: "elsewhere",
  author: { id: "bea", kind: "person", name: "Bea" },
  now: () => 1_700_000_000_000,
  randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
}

let replica: FakeReplica
let polylogue: Polylogue
let root: Root
let place: HTMLElement

beforeEach(() => {
  replica = new FakeReplica()
  polylogue = createPolylogue({ replica, writer: "here", author: () => ({ id: "ana", kind: "person", name: "Ana" }), lingerMs: 0 })
  place = document.createElement("div")
  root = createRoot(place)
})

afterEach(() => act(async () => root.unmount()))

function documentOf(documentId: string): FakeDocument {
  const known = replica.documents.get(documentId) ?? new FakeDocument(documentId)
  replica.documents.set(documentId, known)
  return known
}

function show(children: React.ReactNode): Promise<void> {
  return act(async () => root.render(<PolylogueProvider polylogue={polylogue}>{children}</PolylogueProvider>))
}

test("[RE35] the citations of a message render what shows them and nothing else", async () => {
  const { ydoc } = documentOf(conversationDocumentId("home", "c1"))
  const writer = new Conversation(ydoc, OPTIONS)
  const first = writer.send({ text: "one two three", parentId: null })
  const second = writer.send({ text: "four", parentId: first })
  const renders = new Map<string, number>()
  const lists = new Map<string, readonly Citation[]>()
  const seen: { citing?: Citing } = {}
  const Row = ({ held, id }: { readonly held: OpenConversation; readonly id: string }) => {
    const citations = useCitations(held, id)
    const citing = useCiting(held)
    useEffect(() => {
      renders.set(id, (renders.get(id) ?? 0) + 1)
      lists.set(id, citations)
      seen.citing = citing
    })
    return <p>{citations.length}</p>
  }
  const Chat = () => {
    const held = useConversation("c1")
    if (held.state !== "open") return null
    return (
      <>
        <Row held={held} id={first} />
        <Row held={held} id={second} />
      </>
    )
  }
  await show(<Chat />)
  await expect.poll(() => place.textContent).toBe("00")
  const before = renders.get(second)
  await act(async () => {
    seen.citing?.add({ messageId: first, partId: "0", answer: { from: 4, to: 7 }, source: { sourceId: "s1" } })
  })
  expect(place.textContent).toBe("10")
  expect(renders.get(second)).toBe(before)
  const [citation] = lists.get(first) ?? []
  expect(citation).toMatchObject({ answer: { quote: { exact: "two" } }, by: { id: "ana" } })
  await act(async () => seen.citing?.reattach(citation as Citation, "answer", { from: 0, to: 3 }))
  expect(lists.get(first)?.[0]).toMatchObject({ answer: { quote: { exact: "one" } } })
  await act(async () => seen.citing?.remove(citation as Citation))
  expect(place.textContent).toBe("00")
  expect(() => seen.citing?.add({ messageId: "nowhere", partId: "0", answer: { from: 0, to: 1 }, source: { sourceId: "s" } })).toThrow(
    "nowhere",
  )
})

test("[RE35] a message in a later segment is cited there", async () => {
  const documents = new Map([0, 1].map((segment) => [segment, documentOf(conversationDocumentId("home", "c1", segment)).ydoc]))
  const late = new Conversation(documents.get(1) ?? new Y.Doc(), OPTIONS)
  const id = late.send({ text: "in the second segment", parentId: null })
  documents.get(0)?.getMap("meta").set("segments/elsewhere", 1)
  const seen: { citing?: Citing } = {}
  const Row = ({ held }: { readonly held: OpenConversation }) => {
    const citations = useCitations(held, id)
    const citing = useCiting(held)
    useEffect(() => {
      seen.citing = citing
    })
    return <p>{citations.map(({ source }) => (source.kind === "url" ? source.url : source.sourceId)).join()}</p>
  }
  const Chat = () => {
    const held = useConversation("c1")
    return held.state === "open" ? <Row held={held} /> : null
  }
  await show(<Chat />)
  await expect.poll(() => seen.citing).toBeDefined()
  await act(async () => void seen.citing?.add({ messageId: id, partId: "0", answer: null, source: { sourceId: "s1" } }))
  expect(place.textContent).toBe("s1")
  expect([...documents.values()].map((ydoc) => ydoc.getMap("citations").size)).toEqual([0, 1])
})

test("[RE36] notes are open as long as a component shows them, the same for all, and others after a reset", async () => {
  const document = documentOf(notesDocumentId("home", { sourceId: "s1" }))
  const seen: NotesState[] = []
  const List = ({ held }: { readonly held: OpenNotes }) => (
    <p>
      {useNoteThreads(held)
        .map(({ comments }) => comments[0]?.text)
        .join()}
    </p>
  )
  const Open = ({ id }: { readonly id: string | undefined }) => {
    const state = useNotes(id === undefined ? undefined : { sourceId: id })
    useEffect(() => void seen.push(state), [state])
    return state.state === "open" ? <List held={state} /> : <p>{state.state}</p>
  }
  await show(<Open id={undefined} />)
  expect(place.textContent).toBe("opening")
  await show([<Open key="1" id="s1" />, <Open key="2" id="s1" />])
  await expect.poll(() => seen.some(({ state }) => state === "open")).toBe(true)
  const [left, right] = seen.filter(({ state }) => state === "open")
  expect(left).toBe(right)
  const other = new Notes(document.ydoc, OPTIONS)
  const anchor = anchorWords("some words", { from: 0, to: 4 })
  await act(async () => void other.add({ target: { kind: "source" }, anchor, text: "why", kind: "note" }))
  expect(place.textContent).toBe("whywhy")
  await act(async () => document.reset())
  expect(place.textContent).toBe("")
  expect(seen.at(-1)).not.toBe(left)
})
