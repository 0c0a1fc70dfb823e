import { Conversation, conversationDocumentId } from "@polylogue/conversation"
import { act, useEffect } from "react"
import { createRoot, type Root } from "react-dom/client"
import { afterEach, beforeEach, expect, test } from "vitest"
import * as Y from "yjs"
import {
  createPolylogue,
  type OpenConversation,
  type Polylogue,
  PolylogueProvider,
  useConversation,
  useConversationStatus,
  useIsReplicated,
  useMessageSafety,
  useWaitingMessages,
} from "../src/index.ts"
import { FakeDocument, FakeReplica } from "./fake-replica.ts"

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

const ID = "c1"
let replica: FakeReplica
let polylogue: Polylogue
let root: Root
let place: HTMLElement
let shownIds: readonly string[]
let held: OpenConversation | undefined

beforeEach(() => {
  replica = new FakeReplica()
  polylogue = createPolylogue({ replica, writer: "device", author: () => ({ id: "ana", kind: "person", name: "Ana" }), lingerMs: 0 })
  place = document.createElement("div")
  root = createRoot(place)
  shownIds = []
})

afterEach(async () => {
  await act(async () => root.unmount())
})

function documentOf(segment: number): FakeDocument {
  const id = conversationDocumentId("home", ID, segment)
  const found = replica.documents.get(id) ?? new FakeDocument(id)
  replica.documents.set(id, found)
  return found
}

/** Messages as another device wrote them, over as many segments as they take. */
function write(count: number): string[] {
  const documents = new Map([0, 1].map((segment) => [segment, documentOf(segment).ydoc]))
  const options = {
    writer: "elsewhere",
    author: { id: "bo", kind: "person", name: "Bo" },
    now: () => 1_700_000_000_000,
    randomBytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)),
  } as const
  const writer = new Conversation(documents, options)
  const ids: string[] = []
  for (let step = 0; step < count; step++) ids.push(writer.send({ text: `m${step}`, parentId: ids.at(-1) ?? null }))
  writer.destroy()
  return ids
}

function Chat() {
  const state = useConversation(ID)
  useEffect(() => {
    held = state.state === "open" ? state : undefined
  }, [state])
  return state.state === "open" ? <Shown open={state} /> : <p>{state.state}</p>
}

function Shown({ open }: { readonly open: OpenConversation }) {
  const { otherRelays } = useConversationStatus(open)
  return (
    <p>
      {shownIds.map((id) => (
        <Mark key={id} open={open} id={id} />
      ))}
      {otherRelays} {useIsReplicated(open) ? "everywhere" : "here"} {useWaitingMessages(open)}
    </p>
  )
}

function Mark({ open, id }: { readonly open: OpenConversation; readonly id: string }) {
  return `${useMessageSafety(open, id)} `
}

async function show(ids: readonly string[]): Promise<void> {
  shownIds = ids
  await act(async () => root.render(<PolylogueProvider polylogue={polylogue}>{<Chat />}</PolylogueProvider>))
}
const shown = (): string => place.textContent ?? ""

/** The client that wrote the segment, and the clock of its last word. */
function lastWord({ ydoc }: FakeDocument): { client: number; from: number } {
  const [client = 0] = ydoc.store.clients.keys()
  return { client, from: Y.getState(ydoc.store, client) - 1 }
}

test("[RE48] a message is replicated when all its words are; those on one relay alone do not count as waiting", async () => {
  const ids = write(2)
  await show(ids)
  expect(shown()).toBe("stored stored 0 here 0")
  const first = documentOf(0)
  await act(async () => {
    first.unsafe = { ...lastWord(first), safety: "stored" }
    first.setStatus({ otherRelays: 1 })
  })
  expect(shown()).toBe("replicated stored 1 here 0")
  await act(async () => {
    first.unsafe = { ...lastWord(first), safety: "local" }
    first.setStatus({ waitingRows: 1 })
  })
  expect(shown()).toBe("replicated local 1 here 1")
  await act(async () => {
    first.unsafe = undefined
    first.replicated = true
    first.setStatus({ waitingRows: 0 })
  })
  expect(shown()).toBe("replicated replicated 1 everywhere 0")
})

test("[RE49] a conversation is replicated when all that is open of it is, and on as many relays as the least of it", async () => {
  const ids = write(600)
  await show(ids.slice(-1))
  expect([...(held?.segments.state.open.keys() ?? [])]).toEqual([0, 1])
  const [first, second] = [documentOf(0), documentOf(1)]
  await act(async () => {
    first.replicated = true
    first.setStatus({ otherRelays: 2 })
  })
  expect(shown()).toBe("stored 0 here 0")
  await act(async () => {
    second.replicated = true
    second.setStatus({ otherRelays: 1 })
  })
  expect(shown()).toBe("replicated 1 everywhere 0")
})

test("[RE50] where no relay has spoken of others, nothing is replicated, and nothing is looked for", async () => {
  await show(write(2))
  const first = documentOf(0)
  let asked = 0
  const safetyOf = first.safetyOf.bind(first)
  first.safetyOf = (...at) => {
    asked++
    return safetyOf(...at)
  }
  await act(async () => first.setStatus({ synced: false }))
  expect([shown(), asked]).toEqual(["stored stored 0 here 0", 0])
})
