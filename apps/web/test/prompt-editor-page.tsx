import { EditorView } from "@codemirror/view"
import { Prompt, type PromptKind, promptDocumentId } from "@polylogue/conversation"
import { createPolylogue, type OpenDocument, type Polylogue, PolylogueProvider } from "@polylogue/react"
import { openReplica, type Replica, type ReplicaRegisters } from "@polylogue/replica"
import { randomBytes, systemClock } from "@polylogue/replica/browser"
import { MemoryEntryLog } from "@polylogue/storage"
import { act } from "react"
import { createRoot } from "react-dom/client"
import * as Y from "yjs"
import { ToastProvider } from "../src/frame/toast.tsx"
import { PromptEditor } from "../src/prompt-editor/prompt-editor.tsx"
import "../src/style/tokens.css"
import "../src/style/base.css"

/** The editor of the prompt `p` on a device of somebody, without a relay. */
export interface PromptPage {
  readonly place: HTMLElement
  readonly replica: Replica
  readonly polylogue: Polylogue
  readonly prompt: Prompt
  readonly open: OpenDocument
  readonly show: (options?: { readonly mayWrite?: boolean; readonly draftId?: string }) => Promise<void>
  /** The editors of the slots on screen, from top to bottom. */
  readonly views: () => readonly EditorView[]
  readonly end: () => Promise<void>
}

/** @param registers - those of an authority, in the place of the device's, which has none. */
export async function promptPage(name: string, kind?: PromptKind, registers?: ReplicaRegisters): Promise<PromptPage> {
  const dial = (): never => {
    throw new Error("there is no relay here")
  }
  const device = await openReplica({ store: new MemoryEntryLog(), relays: [], dial, clock: systemClock, randomBytes })
  const replica = registers === undefined ? device : withRegisters(device, registers)
  const author = { id: name.toLowerCase(), kind: "person", name }
  const polylogue = createPolylogue({ replica, writer: name.toLowerCase(), author: () => author })
  const document = await replica.open(promptDocumentId("home", "p"))
  const open: OpenDocument = { state: "open", document, ydoc: document.ydoc }
  const prompt = new Prompt(document.ydoc, { writer: author.id, author, now: Date.now, randomBytes })
  if (kind !== undefined) prompt.create({ kind, name: "Greeting" })
  const place = window.document.body.appendChild(window.document.createElement("div"))
  place.style.cssText = "width: 800px; height: 480px; overflow-y: auto"
  const root = createRoot(place)
  return {
    place,
    replica,
    polylogue,
    prompt,
    open,
    show: ({ mayWrite = true, draftId = "main" } = {}) =>
      act(async () =>
        root.render(
          <PolylogueProvider polylogue={polylogue}>
            <ToastProvider>
              <PromptEditor prompt={{ state: "open", promptId: "p", prompt, open }} draftId={draftId} mayWrite={mayWrite} />
            </ToastProvider>
          </PolylogueProvider>,
        ),
      ),
    views: () => [...place.querySelectorAll<HTMLElement>(".cm-editor")].map((element) => EditorView.findFromDOM(element)!),
    end: async () => {
      await act(async () => root.unmount())
      place.remove()
      prompt.destroy()
      await replica.close()
    },
  }
}

function withRegisters(device: Replica, registers: ReplicaRegisters): Replica {
  return new Proxy(device, {
    get: (_, name) => {
      const value: unknown = name === "registers" ? registers : Reflect.get(device, name)
      return typeof value === "function" ? value.bind(device) : value
    },
  })
}

/** A way between the documents of two devices, which can be cut and healed. */
export interface Wire {
  cut(): void
  heal(): void
}

const WIRE = Object.freeze({ kind: "test-wire" })

export function wire(one: OpenDocument, other: OpenDocument): Wire {
  let waiting: (() => void)[] | undefined
  const connect = (from: OpenDocument, to: OpenDocument): void => {
    Y.applyUpdate(to.ydoc, Y.encodeStateAsUpdate(from.ydoc), WIRE)
    from.ydoc.on("update", (update: Uint8Array, origin: unknown) => {
      if (origin === WIRE) return
      const carry = (): void => Y.applyUpdate(to.ydoc, update, WIRE)
      if (waiting === undefined) carry()
      else waiting.push(carry)
    })
    const [said, heard] = [from.document.awareness, to.document.awareness]
    said.on("change", (_change: unknown, origin: unknown) => {
      if (origin === WIRE) return
      heard.states.set(said.clientID, { ...said.getLocalState() })
      heard.emit("change", [{ added: [], updated: [said.clientID], removed: [] }, WIRE])
    })
  }
  connect(one, other)
  connect(other, one)
  return {
    cut: () => {
      waiting ??= []
    },
    heal: () => {
      const held = waiting ?? []
      waiting = undefined
      for (const carry of held) carry()
    },
  }
}

/** Types `text` at `at` as a keyboard would. */
export function typeInto(view: EditorView, at: number, text: string, replaced = 0): void {
  view.dispatch({
    changes: { from: at, to: at + replaced, insert: text },
    selection: { anchor: at + text.length },
    userEvent: "input.type",
  })
}

export const textsOf = ({ prompt }: Pick<PromptPage, "prompt">): readonly string[] =>
  prompt
    .getSlots("main")
    .filter(({ removed }) => !removed)
    .map(({ id }) => prompt.getText("main", id))

/** Puts `text` into a field as typing does. */
export const fill = (field: Element | null | undefined, text: string): Promise<void> =>
  act(async () => {
    const prototype =
      field instanceof HTMLTextAreaElement
        ? HTMLTextAreaElement.prototype
        : field instanceof HTMLSelectElement
          ? HTMLSelectElement.prototype
          : HTMLInputElement.prototype
    Object.getOwnPropertyDescriptor(prototype, "value")?.set?.call(field, text)
    field?.dispatchEvent(new Event(field instanceof HTMLSelectElement ? "change" : "input", { bubbles: true }))
  })

/** Lets the page paint so many times. */
export async function frames(count: number): Promise<void> {
  for (let frame = 0; frame < count; frame++) await act(async () => void (await new Promise(requestAnimationFrame)))
}

/** Presses keys where the focus is. */
export const pressKey = (key: string, keys: KeyboardEventInit = {}): Promise<void> =>
  act(
    async () => void document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...keys })),
  )

/** The field of a label. */
export const fieldOf = (place: Element, label: string): HTMLInputElement | null => {
  const found = [...place.querySelectorAll("label")].find(({ textContent }) => textContent === label)
  return found === undefined ? null : document.querySelector<HTMLInputElement>(`#${CSS.escape(found.htmlFor)}`)
}

/** Unfolds the parts of the editor that the next page shows. */
export function unfold(...sections: readonly string[]): void {
  for (const section of sections) localStorage.setItem(`polylogue.prompt-section.${section}`, "open")
}
