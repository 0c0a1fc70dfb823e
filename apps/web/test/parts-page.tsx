import { AnsweringConversation, conversationDocumentId, type NewPart } from "@polylogue/conversation"
import { createPolylogue, type OpenConversation, PolylogueProvider, useConversation, useMessage } from "@polylogue/react"
import { openReplica, type Replica } from "@polylogue/replica"
import { randomBytes, systemClock } from "@polylogue/replica/browser"
import { MemoryEntryLog } from "@polylogue/storage"
import { act, useMemo } from "react"
import { createRoot } from "react-dom/client"
import { type ConversationScope, ConversationScopeContext } from "../src/conversation/conversation-scope.ts"
import { FeedbackButtons, FeedbackSummary } from "../src/conversation/feedback.tsx"
import { Pinned } from "../src/conversation/pinned.tsx"
import { MessageParts } from "../src/conversation/message-text.tsx"
import "../src/style/tokens.css"
import "../src/style/base.css"
import "../src/conversation/message-row.css"

const ANA = { id: "ana", kind: "person", name: "Ana" }

/** A page with the parts of messages of one conversation, over a device without a relay. */
export interface PartsPage {
  readonly place: HTMLElement
  readonly replica: Replica
  readonly conversation: AnsweringConversation
  /** What the parts asked of the conversation around them. */
  readonly asked: string[]
  /** Writes a message with `parts` and shows it; its id. */
  readonly show: (parts: readonly NewPart[]) => Promise<string>
  /** Shows a message that is there. */
  readonly showId: (id: string) => Promise<void>
  readonly end: () => Promise<void>
}

export async function partsPage(): Promise<PartsPage> {
  const dial = (): never => {
    throw new Error("there is no relay here")
  }
  const replica = await openReplica({ store: new MemoryEntryLog(), relays: [], dial, clock: systemClock, randomBytes })
  const polylogue = createPolylogue({ replica, writer: "w", author: () => ANA })
  const document = await replica.open(conversationDocumentId("home", "c"))
  const conversation = new AnsweringConversation(document.ydoc, { writer: "w", author: ANA, now: Date.now, randomBytes })
  const place = window.document.body.appendChild(window.document.createElement("div"))
  place.style.cssText = "width: 390px"
  const root = createRoot(place)
  const asked: string[] = []
  const showId = (id: string): Promise<void> =>
    act(async () =>
      root.render(
        <PolylogueProvider polylogue={polylogue}>
          <Shown id={id} asked={asked} />
        </PolylogueProvider>,
      ),
    )
  const show = async (parts: readonly NewPart[]): Promise<string> => {
    const id = conversation.send({ parts, parentId: null })
    await showId(id)
    return id
  }
  const end = async (): Promise<void> => {
    await act(async () => root.unmount())
    place.remove()
    conversation.destroy()
    await replica.close()
  }
  return { place, replica, conversation, asked, show, showId, end }
}

function Shown({ id, asked }: { readonly id: string; readonly asked: string[] }) {
  const state = useConversation("c")
  return state.state === "open" ? <Parts held={state} id={id} asked={asked} /> : null
}

function Parts({ held, id, asked }: { readonly held: OpenConversation; readonly id: string; readonly asked: string[] }) {
  const message = useMessage(held.conversation, id)
  const scope = useMemo(
    (): ConversationScope => ({
      held,
      mayWrite: () => true,
      showMessage: (shown) => void asked.push(`show ${shown}`),
      quote: ({ text }) => void asked.push(`quote ${text}`),
    }),
    [held, asked],
  )
  if (message === undefined) return null
  return (
    <ConversationScopeContext value={scope}>
      <Pinned held={held} />
      {message.role === "assistant" && <FeedbackButtons message={message} ownId="ana" />}
      <FeedbackSummary message={message} ownId="ana" />
      <MessageParts message={message} />
    </ConversationScopeContext>
  )
}

/** Presses the button that is called so. */
export function press(place: HTMLElement, name: string): Promise<void> {
  return act(async () => {
    const buttons = [...place.querySelectorAll("button")]
    const button = buttons.find((candidate) => (candidate.getAttribute("aria-label") ?? candidate.textContent) === name)
    if (button === undefined) throw new Error(`no button is called ${name}: ${buttons.map((other) => other.textContent).join(", ")}`)
    button.click()
  })
}

/** A picture of one colour, as a file. */
export async function pictureBytes(width: number, height: number): Promise<Uint8Array> {
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext("2d")
  if (context === null) throw new Error("there is no canvas")
  context.fillStyle = "teal"
  context.fillRect(0, 0, width, height)
  return new Uint8Array(await (await canvas.convertToBlob({ type: "image/png" })).arrayBuffer())
}
