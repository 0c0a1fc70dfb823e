import { Conversation, conversationDocumentId, indexDocumentId, Source, sourceDocumentId } from "@polylogue/conversation"
import { createPolylogue, PolylogueProvider } from "@polylogue/react"
import { type KeptRecord, openReplica, type Replica } from "@polylogue/replica"
import { randomBytes, systemClock } from "@polylogue/replica/browser"
import { MemoryEntryLog } from "@polylogue/storage"
import { act } from "react"
import { createRoot } from "react-dom/client"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { KeptTexts } from "../src/sync/kept-texts.tsx"

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

test("[WB15] what a relay refused is shown word for word, can be used again, and goes only when it is let go", async () => {
  const author = { id: "ana", kind: "person", name: "Ana" }
  const ydoc = new Y.Doc()
  const refused = new Conversation(ydoc, { writer: "w", author, now: Date.now, randomBytes })
  refused.send({ text: "words that\nno relay took", parentId: null })
  const sourceDoc = new Y.Doc()
  new Source(sourceDoc, { writer: "w", author, now: Date.now, randomBytes }).begin({ meta: {}, text: "a source\nno relay took" })
  const records: KeptRecord[] = [
    {
      key: "kept/1",
      documentId: conversationDocumentId("home", "c1"),
      code: undefined,
      keptAt: Date.now(),
      update: Y.encodeStateAsUpdate(ydoc),
    },
    {
      key: "kept/3",
      documentId: sourceDocumentId("home", "s1"),
      code: undefined,
      keptAt: Date.now(),
      update: Y.encodeStateAsUpdate(sourceDoc),
    },
    { key: "kept/2", documentId: indexDocumentId("home"), code: undefined, keptAt: Date.now(), update: Y.encodeStateAsUpdate(new Y.Doc()) },
  ]
  const dial = (): never => {
    throw new Error("there is no relay here")
  }
  const real = await openReplica({ store: new MemoryEntryLog(), relays: [], dial, clock: systemClock, randomBytes })
  const replica: Replica = {
    ...bound(real),
    kept: () => Promise.resolve([...records]),
    dismissKept: () => {
      records.length = 0
      return Promise.resolve()
    },
  }
  const polylogue = createPolylogue({ replica, writer: "w", author: () => author })
  const used: string[] = []
  const place = document.createElement("div")
  document.body.append(place)
  const root = createRoot(place)
  await act(async () => {
    root.render(
      <PolylogueProvider polylogue={polylogue}>
        <KeptTexts onUseText={(text) => used.push(text)} />
      </PolylogueProvider>,
    )
  })
  await expect.poll(() => place.textContent).toContain("words that\nno relay took")
  expect(place.textContent).toContain("a source\nno relay took")
  expect([...place.querySelectorAll("a")].map((link) => link.getAttribute("href"))).toContain("#/s/s1")
  // What is no message is not said to be in a conversation.
  expect(place.textContent).toContain("It holds no message")
  expect(place.textContent).not.toContain("in the conversation")
  const press = (name: string): Promise<void> =>
    act(async () => [...place.querySelectorAll("button")].find((button) => button.textContent === name)?.click())
  await press("Put into the composer")
  expect(used).toEqual(["words that\nno relay took"])
  expect(place.textContent).toContain("no relay took")
  await press("Let it go")
  await expect.poll(() => place.textContent).toBe("")
  await act(async () => root.unmount())
  place.remove()
  await real.close()
})

/** The replica with its methods bound, so that a copy of it can replace some. */
function bound(replica: Replica): Replica {
  return {
    open: (documentId) => replica.open(documentId),
    get status() {
      return replica.status
    },
    subscribe: (listener) => replica.subscribe(listener),
    watch: (prefix) => replica.watch(prefix),
    kept: () => replica.kept(),
    dismissKept: (key) => replica.dismissKept(key),
    reconnect: () => replica.reconnect(),
    setToken: (token) => replica.setToken(token),
    setCutOff: (cutOff) => replica.setCutOff(cutOff),
    close: () => replica.close(),
  }
}
