import { AnsweringConversation, Conversation, conversationDocumentId, indexDocumentId, WorkspaceIndex } from "@polylogue/conversation"
import { createPolylogue, PolylogueProvider, useConversation, useWorkspace } from "@polylogue/react"
import { openReplica } from "@polylogue/replica"
import { randomBytes, systemClock } from "@polylogue/replica/browser"
import { MemoryEntryLog } from "@polylogue/storage"
import { act } from "react"
import { createRoot } from "react-dom/client"
import { TextPlane } from "../src/conversation/text-plane.tsx"
import "../src/style/tokens.css"
import "../src/style/base.css"

const ANA = { id: "ana", kind: "person", name: "Ana" }

/** The text plane over a device of Ana's without a relay. */
export interface TextPlanePage {
  readonly place: HTMLElement
  /** Writes as Ana. */
  readonly ana: Conversation
  /** Writes as somebody else, with whom Ana shares the document. */
  readonly sky: AnsweringConversation
  readonly show: () => Promise<void>
  /** Presses a key where the focus is. */
  readonly key: (key: string) => Promise<void>
  readonly row: (id: string) => HTMLElement | null
  readonly end: () => Promise<void>
}

export async function textPlanePage(id: string): Promise<TextPlanePage> {
  const dial = (): never => {
    throw new Error("there is no relay here")
  }
  const replica = await openReplica({ store: new MemoryEntryLog(), relays: [], dial, clock: systemClock, randomBytes })
  const polylogue = createPolylogue({ replica, writer: "w", author: () => ANA })
  const list = await replica.open(indexDocumentId("home"))
  new WorkspaceIndex(list.ydoc, { writer: "w", now: Date.now, randomBytes }).create({ id })
  const document = await replica.open(conversationDocumentId("home", id))
  const writing = { now: Date.now, randomBytes }
  const ana = new Conversation(document.ydoc, { ...writing, writer: "w", author: ANA })
  const sky = new AnsweringConversation(document.ydoc, { ...writing, writer: "s", author: { id: "model:sky", kind: "model", name: "Sky" } })
  const place = window.document.body.appendChild(window.document.createElement("div"))
  place.style.cssText = "display: flex; flex-direction: column; height: 600px; width: 800px"
  const root = createRoot(place)
  const show = (): Promise<void> =>
    act(async () =>
      root.render(
        <PolylogueProvider polylogue={polylogue}>
          <Plane id={id} />
        </PolylogueProvider>,
      ),
    )
  const key = (key: string): Promise<void> =>
    act(async () => {
      window.document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }))
    })
  const row = (message: string): HTMLElement | null => place.querySelector(`[data-message-id="${message}"]`)
  const end = async (): Promise<void> => {
    await act(async () => root.unmount())
    place.remove()
    localStorage.clear()
    await replica.close()
  }
  return { place, ana, sky, show, key, row, end }
}

function Plane({ id }: { readonly id: string }) {
  const state = useConversation(id)
  const workspace = useWorkspace()
  if (state.state !== "open" || workspace.state !== "open") return <p>opening</p>
  return <TextPlane key={id} held={state} workspace={workspace} identity={{ id: "ana", name: "Ana", colour: 1 }} />
}

/** Polls between renders, as what comes later needs. */
export async function settle(): Promise<void> {
  await act(async () => new Promise((resolve) => requestAnimationFrame(() => resolve(undefined))))
}
