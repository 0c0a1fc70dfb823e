import { type Source, sourceCards, sourceDocumentId, type SourceCards } from "@polylogue/conversation"
import { createPolylogue, type Polylogue, PolylogueProvider, useWorkspace } from "@polylogue/react"
import { openReplica, type Replica } from "@polylogue/replica"
import { randomBytes, systemClock } from "@polylogue/replica/browser"
import { MemoryEntryLog } from "@polylogue/storage"
import { act } from "react"
import { createRoot, type Root } from "react-dom/client"
import { expect } from "vitest"
import { page } from "vitest/browser"
import { EraseProvider } from "../src/erasing/erase-context.tsx"
import { ToastProvider } from "../src/frame/toast.tsx"
import { useIdentity } from "../src/identity/identity.ts"
import { useCommands } from "../src/palette/commands.ts"
import { useShortcuts } from "../src/palette/shortcuts.ts"
import { SourcesPage } from "../src/sources/sources-page.tsx"
import { withSource } from "../src/sources/with-source.ts"
import "../src/style/tokens.css"
import "../src/style/base.css"
import "../src/frame/frame.css"

Reflect.set(globalThis, "IS_REACT_ACT_ENVIRONMENT", true)

/** What can be done on every page, as the app offers it: it comes after the page. */
function General({ onCreate }: { readonly onCreate: () => void }): null {
  useCommands([{ id: "create", group: "Conversations", name: "New conversation", icon: "plus", keys: "n", run: onCreate }], true)
  return null
}

/** The page of sources on a device without a relay, with what a person does there. */
export class SourcesDevice {
  readonly place: HTMLElement
  readonly polylogue: Polylogue
  readonly replica: Replica
  /** How often something was done that every page offers. */
  general = 0
  readonly #root: Root
  #cards: SourceCards | undefined

  private constructor(replica: Replica) {
    this.replica = replica
    this.polylogue = createPolylogue({ replica, writer: "w", author: () => ({ id: "ana", kind: "person", name: "Ana" }) })
    this.place = document.body.appendChild(document.createElement("div"))
    this.#root = createRoot(this.place)
  }

  static async open(): Promise<SourcesDevice> {
    localStorage.clear()
    await page.viewport(1280, 800)
    location.hash = "#/s"
    const dial = (): never => {
      throw new Error("there is no relay here")
    }
    const replica = await openReplica({ store: new MemoryEntryLog(), relays: [], dial, clock: systemClock, randomBytes })
    const device = new SourcesDevice(replica)
    const Page = () => {
      const workspace = useWorkspace()
      const identity = useIdentity()
      useShortcuts()
      if (workspace.state === "open") device.#cards = sourceCards(workspace.index)
      return (
        <SourcesPage
          {...{ workspace, identity }}
          status={undefined}
          notices={undefined}
          foot={undefined}
          margin={undefined}
          onSignIn={() => undefined}
        >
          <General onCreate={() => void device.general++} />
        </SourcesPage>
      )
    }
    await act(async () =>
      device.#root.render(
        <PolylogueProvider polylogue={device.polylogue}>
          <ToastProvider>
            <EraseProvider>
              <Page />
            </EraseProvider>
          </ToastProvider>
        </PolylogueProvider>,
      ),
    )
    await expect.poll(() => device.place.querySelector(".list-note")).not.toBeNull()
    return device
  }

  async close(): Promise<void> {
    await act(async () => this.#root.unmount())
    await this.replica.close()
    this.place.remove()
    location.hash = ""
  }

  get cards(): SourceCards {
    if (this.#cards === undefined) throw new Error("the index is not open")
    return this.#cards
  }

  /** The titles in the list, from the first to the last. */
  titles(): string[] {
    return [...this.place.querySelectorAll('.list-grid [role="row"]')].map(
      (row) => row.querySelector(".conversation-title, .folder-name, .deleted-title")?.textContent ?? "",
    )
  }

  /** Drops files on the page. */
  async drop(...files: readonly File[]): Promise<void> {
    const transfer = new DataTransfer()
    for (const file of files) transfer.items.add(file)
    await act(async () => void window.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true })))
  }

  /** Pastes a text on the page. */
  async paste(text: string): Promise<void> {
    const clipboardData = new DataTransfer()
    clipboardData.setData("text/plain", text)
    await act(async () => void document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true })))
  }

  /** Adds a source that says `text`, and shows it. */
  async show(text: string): Promise<string> {
    await this.paste(text)
    await expect.poll(() => this.text(), { timeout: 5_000 }).toBe(text)
    return location.hash.split("/")[2] ?? ""
  }

  /** What the source on screen says. */
  text(): string {
    return [...this.place.querySelectorAll(".source-block")].map((block) => block.textContent).join("")
  }

  /** Reads or changes a source beside the page. */
  withSource<Value>(id: string, use: (source: Source) => Value): Promise<Value> {
    return withSource(this.polylogue, id, use)
  }

  documentId(id: string): string {
    return sourceDocumentId(this.polylogue.workspace, id)
  }

  /** What a highlight of the page marks, in order. */
  painted(name: string): string[] {
    return [...(CSS.highlights.get(name) ?? [])].map((range) => {
      const live = document.createRange()
      live.setStart(range.startContainer, range.startOffset)
      live.setEnd(range.endContainer, range.endOffset)
      return live.toString()
    })
  }
}
