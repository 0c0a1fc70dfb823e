import { Conversation, conversationDocumentId, type ConversationOptions } from "@polylogue/conversation"
import {
  createPolylogue,
  type OpenConversation,
  type Polylogue,
  PolylogueProvider,
  useConversation,
  useConversationStatus,
  useLine,
  useMessageSafety,
  useSegments,
  useWaitingMessages,
} from "@polylogue/react"
import { act, useEffect } from "react"
import { createRoot, type Root } from "react-dom/client"
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import * as Y from "yjs"
import { FakeDocument, FakeReplica } from "./fake-replica.ts"

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

const ID = "c1"
const NO_CHOICES = new Set<string>()
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
// What the component was given, for the test to act on.
const seen: { held?: OpenConversation | undefined } = {}

beforeEach(() => {
  replica = new FakeReplica()
  polylogue = createPolylogue({ replica, writer: "here", author: () => ({ id: "ana", kind: "person", name: "Ana" }), lingerMs: 0 })
  place = document.createElement("div")
  document.body.append(place)
  root = createRoot(place)
})

afterEach(async () => {
  await act(async () => root.unmount())
  place.remove()
  seen.held = undefined
})

/** The document of a segment in the fake store. */
function documentOf(segment: number): FakeDocument {
  const documentId = conversationDocumentId("home", ID, segment)
  const known = replica.documents.get(documentId) ?? new FakeDocument(documentId)
  replica.documents.set(documentId, known)
  return known
}

/** Writes `count` messages in one chain as another device would that has all segments, and returns their ids. */
function write(count: number): string[] {
  const documents = new Map(Array.from({ length: 6 }, (_, segment) => [segment, documentOf(segment).ydoc]))
  const writer = new Conversation(documents, OPTIONS)
  const ids: string[] = []
  for (let step = 0; step < count; step++) ids.push(writer.send({ text: `m${step}`, parentId: ids.at(-1) ?? null }))
  writer.destroy()
  return ids
}

function Chat() {
  const state = useConversation(ID)
  useEffect(() => {
    seen.held = state.state === "open" ? state : undefined
  }, [state])
  return state.state === "open" ? <Shown held={state} /> : <p>{state.state}</p>
}

function Shown({ held: open }: { held: OpenConversation }) {
  const line = useLine(open.conversation, NO_CHOICES)
  const { hasOlder, loading, open: segments } = useSegments(open)
  const { waitingRows } = useConversationStatus(open)
  const last = line.at(-1)?.id ?? ""
  const safety = useMessageSafety(open, last)
  return (
    <p>
      {open.conversation.getMessage(line[0]?.id ?? "")?.text} to {open.conversation.getMessage(last)?.text}; {hasOlder ? "older" : "all"};{" "}
      {loading ? "loading" : "quiet"}; {[...segments.keys()].join(" ")}; {waitingRows} rows; {safety}; {useWaitingMessages(open)} waiting
    </p>
  )
}

const show = (): Promise<void> =>
  act(async () =>
    root.render(
      <PolylogueProvider polylogue={polylogue}>
        <Chat />
      </PolylogueProvider>,
    ),
  )
const opened = (): number[] =>
  [0, 1, 2, 3, 4, 5].filter((segment) => (replica.documents.get(conversationDocumentId("home", ID, segment))?.openings ?? 0) > 0)
const shown = (): string => place.textContent ?? ""

test("[RE13] a conversation of several segments opens at its end, and older ones come one by one when asked for", async () => {
  const ids = write(1700)
  await show()
  expect(shown()).toContain("m1536 to m1699; older; quiet; 0 3;")
  await act(async () => seen.held?.segments.loadOlder())
  expect(shown()).toContain("m1024 to m1699; older; quiet; 0 2 3;")
  await act(async () => seen.held?.segments.loadOlder())
  expect(shown()).toContain("m0 to m1699; all; quiet; 0 1 2 3;")
  expect(seen.held?.conversation.getLine().map(({ id }) => id)).toEqual(ids)
})

test("[RE13] when the last segment does not fill a screen, the one before it comes with it", async () => {
  write(1536 + 59)
  await show()
  expect(shown()).toContain("m1024 to m1594; older; quiet; 0 2 3;")
})

test("[RE13] with a full screen in the last segment, nothing older is opened", async () => {
  write(1024 + 200)
  await show()
  expect(shown()).toContain("m1024 to m1223; older; quiet; 0 2;")
  expect(opened()).toEqual([0, 2])
})

test("[RE13] a message far back is revealed, and one that is nowhere is not", async () => {
  const ids = write(2300)
  await show()
  expect(shown()).toContain("m2048 to")
  await act(async () => expect(await seen.held?.segments.reveal(ids[1200] ?? "")).toBe(true))
  expect(shown()).toContain("m1024 to m2299; older")
  await act(async () => expect(await seen.held?.segments.reveal("nobody")).toBe(false))
  expect(shown()).toContain("m0 to m2299; all")
})

test("[RE14] the next segment is opened before it is needed, so that a message is written at once", async () => {
  write(420)
  await show()
  expect(opened()).toEqual([0, 1])
  for (let step = 0; step < 100; step++) {
    await act(
      async () => void seen.held?.conversation.send({ text: "more", parentId: seen.held.conversation.getLine().at(-1)?.id ?? null }),
    )
  }
  expect(documentOf(0).ydoc.getMap("messages").size).toBe(512)
  expect(documentOf(1).ydoc.getMap("messages").size).toBe(8)
  expect(documentOf(0).ydoc.getMap("meta").get("segments/here")).toBe(1)
})

test("[RE14] a lost note heals: past a segment that is nearly full one looks for the next", async () => {
  const ids = write(1100)
  const bare = new Y.Doc()
  Y.applyUpdate(bare, Y.encodeStateAsUpdate(documentOf(0).ydoc))
  bare.getMap("meta").set("segments/elsewhere", 0)
  documentOf(0).ydoc = bare
  await show()
  expect(opened()).toEqual([0, 1, 2])
  expect(seen.held?.conversation.getLine().at(-1)?.id).toBe(ids.at(-1))
})

test("[RE14] segments that others begin while one reads join behind, and nothing that is shown goes", async () => {
  const ids = write(500)
  await show()
  const first = seen.held
  await act(async () => {
    const writer = new Conversation(new Map([0, 1, 2].map((segment) => [segment, documentOf(segment).ydoc])), OPTIONS)
    for (let step = 0; step < 700; step++) ids.push(writer.send({ text: `n${step}`, parentId: ids.at(-1) ?? null }))
    writer.destroy()
  })
  expect(seen.held).toBe(first)
  expect(seen.held?.conversation.getLine().map(({ id }) => id)).toEqual(ids)
})

test("[RE15] the safety of a message is that of its own segment; what waits is counted over all", async () => {
  write(600)
  await show()
  const last = documentOf(1)
  const client = [...last.ydoc.store.clients.keys()][0] ?? 0
  await act(async () => {
    last.unsafe = { client, from: Y.getState(last.ydoc.store, client) - 1, safety: "local" }
    last.setStatus({ waitingRows: 1 })
  })
  expect(shown()).toContain("1 rows; local; 1 waiting")
  await act(async () => documentOf(0).setStatus({ waitingRows: 2 }))
  expect(shown()).toContain("3 rows; local")
  await act(async () => {
    last.unsafe = undefined
    last.setStatus({ waitingRows: 0 })
  })
  expect(shown()).toContain("2 rows; stored; 0 waiting")
})

test("[RE16] a reset of one segment replaces it alone; after one of the first as much is shown as before", async () => {
  const ids = write(1700)
  await show()
  await act(async () => seen.held?.segments.loadOlder())
  expect(shown()).toContain("m1024 to m1699")
  const before = seen.held
  const again = (segment: number): Promise<void> =>
    act(async () => {
      const state = Y.encodeStateAsUpdate(documentOf(segment).ydoc)
      documentOf(segment).reset()
      Y.applyUpdate(documentOf(segment).ydoc, state)
    })
  await again(2)
  expect(seen.held).toBe(before)
  expect(shown()).toContain("m1024 to m1699")
  await again(0)
  expect(seen.held).not.toBe(before)
  expect(shown()).toContain("m1024 to m1699; older")
  expect(seen.held?.conversation.getLine().map(({ id }) => id)).toEqual(ids.slice(1024))
})

/** A device that knows the conversation to the end of `segment` writes there, after everything that it knows. */
function writeLate(segment: number, text: string): string {
  const known = Array.from({ length: segment + 1 }, (_, number) => [number, new Y.Doc()] as const)
  for (const [number, ydoc] of known) Y.applyUpdate(ydoc, Y.encodeStateAsUpdate(documentOf(number).ydoc))
  // It had not heard of the last message of its segment, so it had nothing to go on to.
  const last = documentOf(segment).ydoc
  const parentId = [...last.getMap("messages").keys()].at(300) ?? null
  const id = crypto.randomUUID().replaceAll("-", "")
  const before = Y.encodeStateVector(last)
  const away = new Conversation(new Map([[0, new Y.Doc()]]), { ...OPTIONS, writer: "away", randomBytes: () => hexBytes(id) })
  const sent = away.send({ text, parentId })
  Y.applyUpdate(last, Y.encodeStateAsUpdate([...away.documents.values()][0]!, before))
  away.destroy()
  return sent
}

const hexBytes = (hex: string): Uint8Array => Uint8Array.from({ length: 16 }, (_, at) => Number.parseInt(hex.slice(at * 2, at * 2 + 2), 16))

/** Lets the search for late words look at what it has heard of. */
const looked = (done: () => boolean): Promise<void> => act(async () => void (await vi.waitUntil(done, { timeout: 5_000 })))
const noteOf = (segment: number): boolean => replica.onDisk.notes.has(conversationDocumentId("home", ID, segment))

test("[RE24] words that come into an older segment while one reads bring that segment", async () => {
  write(2300)
  await show()
  await looked(() => [0, 1, 2, 3, 4].every(noteOf))
  expect(opened()).toEqual([0, 4])
  const id = writeLate(2, "late")
  await act(async () => replica.onDisk.written(conversationDocumentId("home", ID, 2)))
  await looked(() => seen.held?.conversation.getMessage(id) !== undefined)
  expect(opened()).toEqual([0, 2, 3, 4])
  expect([...(seen.held?.segments.state.late ?? [])]).toEqual([id])
  expect(seen.held?.conversation.getLine().map((entry) => entry.id)).toContain(id)
})

test("[RE24] words that came into older segments since one was here are there when one comes back, down to the oldest changed one; others stay away", async () => {
  write(2300)
  await show()
  await looked(() => [0, 1, 2, 3, 4].every(noteOf))
  await act(async () => root.unmount())
  const ids = [writeLate(2, "two"), writeLate(3, "three")]
  // Something that is no message: a reaction far back brings nothing.
  documentOf(0).ydoc.getMap("reactions").set("x/y/z", true)
  root = createRoot(place)
  await show()
  await looked(() => ids.every((id) => seen.held?.conversation.getMessage(id) !== undefined))
  expect(seen.held?.segments.state.late).toEqual(new Set(ids))
  expect(shown()).toContain("older")
  expect(seen.held?.conversation.oldestSegment).toBe(2)
})

test("[RE24] what stands in older segments at the first look is no news, nor what is read already; a segment is read again only when it moved on", async () => {
  write(1700)
  await show()
  await looked(() => [0, 1, 2, 3].every(noteOf))
  await act(async () => root.unmount())
  replica.onDisk.reads.length = 0
  root = createRoot(place)
  await show()
  const id = writeLate(1, "late")
  await looked(() => seen.held?.conversation.getMessage(id) !== undefined)
  expect(replica.onDisk.reads).toEqual([conversationDocumentId("home", ID, 1)])
  await looked(() => opened().length === 4)
  await act(async () => root.unmount())
  root = createRoot(place)
  await show()
  expect(seen.held?.segments.state.late).toEqual(new Set())
})
