import {
  addCitation,
  Conversation,
  conversationDocumentId,
  indexDocumentId,
  type NewCitation,
  Notes,
  notesDocumentId,
  Source,
  sourceCards,
  sourceDocumentId,
  WorkspaceIndex,
} from "@polylogue/conversation"
import { createPolylogue, PolylogueProvider, useConversation, useWorkspace } from "@polylogue/react"
import { openReplica } from "@polylogue/replica"
import { randomBytes, systemClock } from "@polylogue/replica/browser"
import { chunkText } from "@polylogue/retrieval"
import { MemoryEntryLog } from "@polylogue/storage"
import { act } from "react"
import { createRoot } from "react-dom/client"
import { page } from "vitest/browser"
import { TextPlane } from "../src/conversation/text-plane.tsx"
import { ToastProvider } from "../src/frame/toast.tsx"
import { useShortcuts } from "../src/palette/shortcuts.ts"
import "../src/style/tokens.css"
import "../src/style/base.css"
import "../src/frame/frame.css"

Reflect.set(globalThis, "IS_REACT_ACT_ENVIRONMENT", true)

const ANA = { id: "ana", kind: "person", name: "Ana" }
const SKY = { id: "model:sky", kind: "model", name: "Sky" }
const WRITING = { now: Date.now, randomBytes }

/** A conversation with its margin on a device of Ana's without a relay, in a workspace that may have sources. */
export async function besidePage(id: string, change: (replica: Awaited<ReturnType<typeof openReplica>>) => void = () => {}) {
  localStorage.clear()
  // What a test that failed has left would take the margin of this one.
  for (const left of window.document.querySelectorAll(".frame")) left.remove()
  await page.viewport(1280, 800)
  location.hash = "#/"
  const dial = (): never => {
    throw new Error("there is no relay here")
  }
  const replica = await openReplica({ store: new MemoryEntryLog(), relays: [], dial, clock: systemClock, randomBytes })
  change(replica)
  const polylogue = createPolylogue({ replica, writer: "w", author: () => ANA })
  const index = new WorkspaceIndex((await replica.open(indexDocumentId("home"))).ydoc, { writer: "w", ...WRITING })
  index.create({ id })
  const document = await replica.open(conversationDocumentId("home", id))
  const ana = new Conversation(document.ydoc, { ...WRITING, writer: "w", author: ANA })
  const place = window.document.body.appendChild(window.document.createElement("div"))
  const root = createRoot(place)
  const Frame = () => {
    const state = useConversation(id)
    const workspace = useWorkspace()
    useShortcuts()
    return (
      <div className="frame" style={{ gridTemplateColumns: undefined }}>
        <nav className="list-plane" aria-label="Conversations" />
        <main className="text-plane">
          {state.state === "open" && workspace.state === "open" && (
            <TextPlane key={id} held={state} workspace={workspace} identity={{ id: "ana", name: "Ana", colour: 1 }} />
          )}
        </main>
      </div>
    )
  }
  const settle = (): Promise<void> => act(async () => new Promise((resolve) => requestAnimationFrame(() => resolve(undefined))))
  return {
    place,
    ana,
    index,
    replica,
    ydoc: document.ydoc,
    /** Writes an answer of a model to a question, and returns its id. */
    answer: (text: string, question = "Why is the sky blue?"): string => {
      const parentId = ana.send({ text: question, parentId: ana.getLine(new Set()).at(-1)?.id ?? null })
      return ana.send({ text, parentId, role: "assistant", author: SKY })
    },
    /** The first part of a message. */
    part: (messageId: string): string => ana.getMessage(messageId)?.parts[0]?.pid ?? "",
    cite: (citation: Omit<NewCitation, "partId">): string =>
      addCitation(
        document.ydoc,
        { ...WRITING, writer: "w", author: ANA },
        { ...citation, partId: ana.getMessage(citation.messageId)?.parts[0]?.pid ?? "" },
      ),
    /** Adds a source to the workspace. */
    source: async (sourceId: string, title: string, text: string): Promise<Source> => {
      const held = await replica.open(sourceDocumentId("home", sourceId))
      const source = new Source(held.ydoc, { ...WRITING, writer: "w", author: ANA })
      source.begin({ meta: { title, name: `${sourceId}.txt` }, text, chunks: chunkText(text, { maxCharacters: 300 }), config: {} })
      sourceCards(index).create({ id: sourceId, name: title })
      return source
    },
    notes: async (): Promise<Notes> =>
      new Notes((await replica.open(notesDocumentId("home", { conversationId: id }))).ydoc, { ...WRITING, writer: "w", author: ANA }),
    show: (): Promise<void> =>
      act(async () =>
        root.render(
          <PolylogueProvider polylogue={polylogue}>
            <ToastProvider>
              <Frame />
            </ToastProvider>
          </PolylogueProvider>,
        ),
      ),
    settle,
    /** Does something that changes what is on screen. */
    does: (change: () => unknown): Promise<void> => act(async () => void (await change())),
    row: (messageId: string): HTMLElement | null => place.querySelector(`[data-message-id="${messageId}"]`),
    /** The margin. */
    margin: (): HTMLElement | null => place.querySelector(".margin"),
    /** Presses what is called `name`. */
    press: async (name: string, within: ParentNode = place): Promise<void> => {
      const found = [...within.querySelectorAll<HTMLElement>("button, a, [role=menuitem], summary")].find(
        (element) => (element.getAttribute("aria-label") ?? element.textContent) === name,
      )
      if (found === undefined) throw new Error(`nothing is called ${name}`)
      await act(async () => found.click())
    },
    /** Chooses words of a message on the page. */
    choose: (messageId: string, words: string): Promise<void> =>
      act(async () => {
        const element = place.querySelector(`[data-message-id="${messageId}"] [data-part]`)
        if (element === null) throw new Error("the message is not on the page")
        const walker = window.document.createTreeWalker(element, NodeFilter.SHOW_TEXT)
        const range = window.document.createRange()
        for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
          const at = (node as Text).data.indexOf(words)
          if (at === -1) continue
          range.setStart(node, at)
          range.setEnd(node, at + words.length)
          break
        }
        window.document.getSelection()?.removeAllRanges()
        window.document.getSelection()?.addRange(range)
      }),
    /** Writes into a field as a person does. */
    type: (field: HTMLInputElement | HTMLTextAreaElement, text: string): Promise<void> =>
      act(async () => {
        const prototype = field instanceof HTMLInputElement ? HTMLInputElement.prototype : HTMLTextAreaElement.prototype
        Object.getOwnPropertyDescriptor(prototype, "value")?.set?.call(field, text)
        field.dispatchEvent(new Event("input", { bubbles: true }))
      }),
    /** What the toast says. */
    said: (): string => place.querySelector(".toast-place")?.textContent ?? "",
    end: async (): Promise<void> => {
      await act(async () => root.unmount())
      place.remove()
      localStorage.clear()
      await replica.close()
    },
  }
}
