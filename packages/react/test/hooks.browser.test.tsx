import { AnsweringConversation, Conversation, conversationDocumentId, UserHome, WorkspaceIndex } from "@polylogue/conversation"
import { act, type ReactNode, useEffect } from "react"
import { createRoot, type Root } from "react-dom/client"
import { afterEach, beforeEach, expect, test } from "vitest"
import * as Y from "yjs"
import {
  createPolylogue,
  type OpenConversation,
  type OpenWorkspace,
  type Polylogue,
  PolylogueProvider,
  useAnnouncePresence,
  useConversation,
  useConversationCard,
  useConversationList,
  useDocument,
  useDocumentStatus,
  useDraft,
  useLine,
  useMessage,
  useMessageSafety,
  usePresence,
  useReplicaStatus,
  useTitle,
  useWaitingMessages,
  useUserHome,
  useWatchWorkspace,
  useWorkspace,
} from "../src/index.ts"
import { FakeReplica } from "./fake-replica.ts"

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

const NO_CHOICES: ReadonlySet<string> = new Set()
const ID = "c1"
const DOCUMENT_ID = conversationDocumentId("home", ID)

let replica: FakeReplica
let polylogue: Polylogue
let root: Root
let place: HTMLElement
let name = "Ana"
let renders: Map<string, number>

beforeEach(() => {
  name = "Ana"
  replica = new FakeReplica()
  polylogue = createPolylogue({ replica, writer: "device", author: () => ({ id: "ana", kind: "person", name }), lingerMs: 0 })
  renders = new Map()
  place = document.createElement("div")
  root = createRoot(place)
})

afterEach(async () => {
  await act(async () => root.unmount())
})

const show = (children: ReactNode): Promise<void> =>
  act(async () => root.render(<PolylogueProvider polylogue={polylogue}>{children}</PolylogueProvider>))
const rendered = (what: string): void => void renders.set(what, (renders.get(what) ?? 0) + 1)
const since = (before: Map<string, number>): Record<string, number> =>
  Object.fromEntries([...renders].map(([what, count]) => [what, count - (before.get(what) ?? 0)]).filter(([, count]) => count !== 0))

// What a component was given, for the test to act on.
const seen: { held?: OpenConversation | undefined; workspace?: OpenWorkspace | undefined } = {}
const conversationNow = (): Conversation => {
  if (seen.held === undefined) throw new Error("no conversation is open")
  return seen.held.conversation
}

/** A program that answers in the same document. */
const answering = (conversation: Conversation): AnsweringConversation =>
  new AnsweringConversation(docOf(conversation), {
    writer: "program",
    author: { id: "m", kind: "model" },
    now: Date.now,
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  })

function Chat() {
  const state = useConversation(ID)
  rendered("chat")
  useEffect(() => {
    seen.held = state.state === "open" ? state : undefined
  }, [state])
  if (state.state !== "open") return <p>{state.state}</p>
  return <Line key={state.open.ydoc.guid} held={state} />
}

function docOf(conversation: Conversation): Y.Doc {
  const ydoc = conversation.documents.get(0)
  if (ydoc === undefined) throw new TypeError("a conversation has a segment 0")
  return ydoc
}

function Line({ held }: { held: OpenConversation }) {
  const line = useLine(held.conversation, NO_CHOICES)
  rendered("line")
  return line.map((entry) => <Row key={entry.id} held={held} id={entry.id} />)
}

function Row({ held, id }: { held: OpenConversation; id: string }) {
  const message = useMessage(held.conversation, id)
  const safety = useMessageSafety(held, id)
  rendered(`row ${message?.text.slice(0, 3)}`)
  return (
    <p data-safety={safety}>
      {message?.authorName}: {message?.text}
    </p>
  )
}

test("[RE1] a streamed token renders the row of its message once and nothing else", async () => {
  await show(<Chat />)
  const conversation = conversationNow()
  let reply!: ReturnType<AnsweringConversation["startReply"]>
  await act(async () => {
    const first = conversation.send({ text: "one", parentId: null })
    reply = answering(conversation).startReply({ parentId: first, author: { id: "m", kind: "model" } })
    reply.append("two")
  })
  const before = new Map(renders)
  for (const token of [" and", " three", " more"]) await act(async () => reply.append(token))
  expect(since(before)).toEqual({ "row two": 3 })
  expect(place.textContent).toContain("two and three more")
})

test("[RE1] a token from another device renders the same one row", async () => {
  await show(<Chat />)
  const conversation = conversationNow()
  await act(async () => void conversation.send({ text: "one", parentId: null }))
  const other = new Y.Doc()
  const far = new AnsweringConversation(other, {
    writer: "far",
    author: { id: "m", kind: "model" },
    now: Date.now,
    randomBytes: polylogue.randomBytes,
  })
  Y.applyUpdate(other, Y.encodeStateAsUpdate(docOf(conversation)))
  const first = conversation.getLine(NO_CHOICES)[0]?.id ?? ""
  const reply = far.startReply({ parentId: first, author: { id: "m", kind: "model" } })
  reply.append("two")
  await act(async () => Y.applyUpdate(docOf(conversation), Y.encodeStateAsUpdate(other)))
  const before = new Map(renders)
  reply.append(" more")
  await act(async () => Y.applyUpdate(docOf(conversation), Y.encodeStateAsUpdate(other)))
  expect(since(before)).toEqual({ "row two": 1 })
})

test("[RE2] a new message renders the line and its own row; the other rows keep what they have", async () => {
  await show(<Chat />)
  const conversation = conversationNow()
  let first = ""
  await act(async () => void (first = conversation.send({ text: "one", parentId: null })))
  const message = conversation.getMessage(first)
  await act(async () => void conversation.send({ text: "two", parentId: first }))
  expect(conversation.getMessage(first)).toBe(message)
  expect(renders.get("row two")).toBe(1)
  expect(renders.get("chat")).toBe(2)
})

test("[RE3] one opening for many components, closed after the last of them has gone", async () => {
  const Reader = () => <p>{useDocument(DOCUMENT_ID).state}</p>
  await show([<Reader key="a" />, <Reader key="b" />, <Chat key="c" />])
  const document = replica.documents.get(DOCUMENT_ID)!
  expect(document.openings).toBe(1)
  await show(<Reader />)
  expect(document.openings).toBe(1)
  await show(null)
  await act(async () => void (await new Promise((resolve) => setTimeout(resolve, 0))))
  expect(document.openings).toBe(0)
})

test("[RE3] what is shown again at once is the same document", async () => {
  polylogue = createPolylogue({ replica, writer: "device", author: () => ({ id: "ana", kind: "person" }), lingerMs: 60_000 })
  await show(<Chat />)
  const before = conversationNow()
  await show(null)
  await show(<Chat />)
  expect(conversationNow()).toBe(before)
  expect(replica.documents.get(DOCUMENT_ID)!.openings).toBe(1)
  await act(async () => polylogue.pool.clear())
  expect(replica.documents.get(DOCUMENT_ID)!.openings).toBe(0)
})

test("[RE4] after a reset the conversation is read from the new document, and the old one has no listeners", async () => {
  await show(<Chat />)
  const old = conversationNow()
  await act(async () => void old.send({ text: "one", parentId: null }))
  await act(async () => replica.documents.get(DOCUMENT_ID)!.reset())
  expect(conversationNow()).not.toBe(old)
  expect(place.textContent).toBe("")
  const before = new Map(renders)
  await act(async () => void old.send({ text: "late", parentId: null }))
  expect(since(before)).toEqual({})
  await act(async () => void conversationNow().send({ text: "new", parentId: null }))
  expect(place.textContent).toBe("Ana: new")
})

test("[RE5] a document that cannot be opened is failed", async () => {
  replica.failure = new Error("no store")
  await show(<Chat />)
  expect(place.textContent).toBe("failed")
})

test("[RE6] the least safe word decides, over all clients and parts", async () => {
  await show(<Chat />)
  const conversation = conversationNow()
  const document = replica.documents.get(DOCUMENT_ID)!
  await act(async () => void conversation.send({ text: "one", parentId: null }))
  const safety = (): string | null => place.querySelector("p")!.getAttribute("data-safety")
  const client = docOf(conversation).clientID
  await act(async () => {
    document.unsafe = { client, from: 0, safety: "memory" }
    document.setStatus({ unsavedUpdates: 1 })
  })
  expect(safety()).toBe("memory")
  await act(async () => {
    document.unsafe = { client, from: 0, safety: "local" }
    document.setStatus({ unsavedUpdates: 0, waitingRows: 1 })
  })
  expect(safety()).toBe("local")
  // Only the last word of the text is waiting.
  await act(async () => {
    document.unsafe = { client, from: Y.getState(docOf(conversation).store, client) - 1, safety: "local" }
    document.setStatus({ waitingRows: 1 })
  })
  expect(safety()).toBe("local")
  await act(async () => {
    document.unsafe = undefined
    document.setStatus({ waitingRows: 0 })
  })
  expect(safety()).toBe("stored")
})

test("[RE6] waiting messages are counted, imported ones included", async () => {
  const Count = () => {
    const state = useConversation(ID)
    return <b>{useWaitingMessages(state.state === "open" ? state : undefined)}</b>
  }
  await show([<Count key="count" />, <Chat key="chat" />])
  const conversation = conversationNow()
  const document = replica.documents.get(DOCUMENT_ID)!
  const client = docOf(conversation).clientID
  const core = { id: "i1", parentId: null, role: "user", authorId: "u", authorKind: "person", clock: 1, createdAt: 1 }
  await act(async () => {
    conversation.send({ text: "one", parentId: null })
    const from = Y.getState(docOf(conversation).store, client)
    docOf(conversation)
      .getMap("imported")
      .set("i1/d", { core, parts: [{ pid: "0", type: "text", text: "imported" }] })
    document.unsafe = { client, from, safety: "local" }
    document.setStatus({ waitingRows: 1 })
  })
  expect(place.querySelector("b")!.textContent).toBe("1")
  await act(async () => {
    document.unsafe = { client, from: 0, safety: "local" }
    document.setStatus({ waitingRows: 2 })
  })
  expect(place.querySelector("b")!.textContent).toBe("2")
})

test("[RE7] presence: others only, checked, and one's own goes with the component", async () => {
  const Present = () => {
    const state = useDocument(DOCUMENT_ID)
    const open = state.state === "open" ? state : undefined
    useAnnouncePresence(open, { userId: "ana", name: "Ana", colour: 3, typing: true })
    return <b>{JSON.stringify(usePresence(open))}</b>
  }
  await show(<Present />)
  const { others } = replica.documents.get(DOCUMENT_ID)!
  const shown = (): unknown => JSON.parse(place.querySelector("b")?.textContent ?? "")
  expect(others.getLocalState()).toEqual({ presence: { userId: "ana", name: "Ana", colour: 3, typing: true } })
  expect(shown()).toEqual([])
  await act(async () => {
    others.set(-7, { presence: { userId: "bo", name: "B".repeat(500), colour: 99, typing: "yes", conversationId: 5, user: {} } })
    others.set(-8, { presence: "hello" })
    others.set(-9, {})
    others.set(-10, { presence: { userId: polylogue.author.id, name: "Another tab", colour: 2 } })
  })
  expect(shown()).toEqual([{ userId: "bo", name: "B".repeat(120), colour: 1, clientId: -7 }])
  await act(async () => {
    others.set(-7, { presence: { userId: "bo", name: "Bo", colour: 1, user: "bo@relay" } })
  })
  expect(shown()).toEqual([{ userId: "bo", name: "Bo", user: "bo@relay", colour: 1, clientId: -7 }])
  await act(async () => {
    for (let client = 1; client <= 200; client++) others.set(-100 - client, { presence: { userId: `${client}`, name: "x", colour: 2 } })
  })
  expect(shown()).toHaveLength(64)
  await show(null)
  expect(others.getLocalState()).toEqual({ presence: null })
})

test("[RE23] a program among those present says that it is one", async () => {
  const Present = () => {
    const state = useDocument(DOCUMENT_ID)
    return <b>{JSON.stringify(usePresence(state.state === "open" ? state : undefined).map(({ kind }) => kind ?? "person"))}</b>
  }
  await show(<Present />)
  const { others } = replica.documents.get(DOCUMENT_ID)!
  const presence = { userId: "bo", name: "Bo", colour: 1 }
  await act(async () => {
    others.set(-3, { presence: { ...presence, kind: "model" } })
    others.set(-2, { presence: { ...presence, kind: 5 } })
    others.set(-1, { presence })
  })
  expect(place.textContent).toBe(JSON.stringify(["model", "person", "person"]))
})

test("[RE8] the list renders for cards, a card for itself, the status for what it shows", async () => {
  const List = () => {
    const state = useWorkspace()
    useEffect(() => {
      seen.workspace = state.state === "open" ? state : undefined
    }, [state])
    const cards = useConversationList(state)
    const deleted = useConversationList(state, "deleted")
    rendered("list")
    return (
      <b>
        {cards.map(({ title }) => title).join()} | {deleted.map(({ title }) => title).join()}
      </b>
    )
  }
  const Card = ({ id }: { id: string }) => {
    const card = useConversationCard(useWorkspace(), id)
    rendered(`card ${id}`)
    return <i>{card?.title}</i>
  }
  const Status = () => {
    rendered("status")
    return <u>{useReplicaStatus().connection}</u>
  }
  await show([<List key="list" />, <Card key="a" id="a" />, <Card key="b" id="b" />, <Status key="status" />])
  const index = seen.workspace?.index
  if (index === undefined) throw new Error("no workspace is open")
  expect(index).toBeInstanceOf(WorkspaceIndex)
  await act(async () => {
    index.create({ id: "a", title: "First" })
    index.create({ id: "b", title: "Second" })
  })
  const before = new Map(renders)
  await act(async () => index.rename("a", "Renamed"))
  expect(since(before)).toEqual({ list: 1, "card a": 1 })
  await act(async () => index.delete("b"))
  expect(place.querySelector("b")!.textContent).toBe("Renamed | Second")
  const later = new Map(renders)
  await act(async () => replica.setStatus({ connection: "offline" }))
  expect(since(later)).toEqual({ status: 1 })
  expect(index.getCards()).toBe(index.getCards())
})

test("[RE8] titles and the state of a document follow their sources", async () => {
  const Head = ({ held }: { held: OpenConversation }) => (
    <b>
      {useTitle(held.conversation)} {String(useDocumentStatus(held.open).synced)}
    </b>
  )
  const Outer = () => {
    const state = useConversation(ID)
    return state.state === "open" ? <Head held={state} /> : null
  }
  await show([<Outer key="head" />, <Chat key="chat" />])
  await act(async () => conversationNow().setTitle("Named"))
  await act(async () => replica.documents.get(DOCUMENT_ID)!.setStatus({ synced: false }))
  expect(place.querySelector("b")!.textContent).toBe("Named false")
})

test("[RE9] the author's name is the one at the time of writing", async () => {
  await show(<Chat />)
  await act(async () => {
    const first = conversationNow().send({ text: "one", parentId: null })
    name = "Anna"
    conversationNow().send({ text: "two", parentId: first })
  })
  expect(place.textContent).toBe("Ana: oneAnna: two")
})

test("[RE10] what is typed before the store has opened joins what it holds; later words render the draft alone", async () => {
  const openNow = replica.open.bind(replica)
  const home = await openNow("u/ana/home")
  new UserHome(home.ydoc).setDraft(ID, "from before")
  const opening = Promise.withResolvers<void>()
  replica.open = (documentId) => opening.promise.then(() => openNow(documentId))
  const typed: ((text: string) => void)[] = []
  const Composer = () => {
    const draft = useDraft(ID)
    rendered("draft")
    useEffect(() => void typed.push(draft.setText), [draft])
    return <p>{draft.text}</p>
  }
  const Beside = () => {
    useReplicaStatus()
    rendered("beside")
    return null
  }
  await show(
    <>
      <Composer />
      <Beside />
    </>,
  )
  await act(async () => typed.at(-1)?.("typed"))
  expect(place.textContent).toBe("typed")
  await act(async () => opening.resolve())
  expect(place.textContent).toBe("from before\ntyped")
  const before = new Map(renders)
  await act(async () => typed.at(-1)?.("typed on"))
  expect(place.textContent).toBe("typed on")
  expect(since(before)).toEqual({ draft: 1 })
})

test("[RE11] the workspace is watched as long as a component asks for it, whether or not its index can be read", async () => {
  function Watch() {
    useWatchWorkspace()
    return null
  }
  replica.failure = new Error("not yet")
  await show(<Watch />)
  expect(replica.watched).toEqual(["home"])
  await act(async () => root.unmount())
  root = createRoot(place)
  expect(replica.watched).toEqual([])
})

test("[RE12] drafts stand in the private document of the user who is signed in, not of the author", async () => {
  function Home() {
    useUserHome()
    return null
  }
  const signedIn = createPolylogue({
    replica,
    writer: "w",
    author: () => ({ id: "ana", kind: "person", name: "Ana" }),
    user: "ana-at-work",
  })
  await act(async () =>
    root.render(
      <PolylogueProvider polylogue={signedIn}>
        <Home />
      </PolylogueProvider>,
    ),
  )
  expect([...replica.documents.keys()]).toContain("u/ana-at-work/home")
  expect([...replica.documents.keys()]).not.toContain("u/ana/home")
  signedIn.pool.clear()
})
