import { type PromptCards, promptCards } from "@polylogue/conversation"
import { createPolylogue, type Polylogue, PolylogueProvider, useWorkspace } from "@polylogue/react"
import { openReplica, type Replica } from "@polylogue/replica"
import { randomBytes, systemClock } from "@polylogue/replica/browser"
import { MemoryEntryLog } from "@polylogue/storage"
import { act } from "react"
import { createRoot, type Root } from "react-dom/client"
import { expect } from "vitest"
import { page } from "vitest/browser"
import { ToastProvider } from "../src/frame/toast.tsx"
import { useIdentity } from "../src/identity/identity.ts"
import { useShortcuts } from "../src/palette/shortcuts.ts"
import { PromptsPage } from "../src/prompts/prompts-page.tsx"

Reflect.set(globalThis, "IS_REACT_ACT_ENVIRONMENT", true)

/** The page of prompts on a device without a relay, or over another replica, with what a person does there. */
export class PromptsDevice {
  readonly place: HTMLElement
  readonly polylogue: Polylogue
  readonly replica: Replica
  readonly #root: Root
  #cards: PromptCards | undefined

  private constructor(replica: Replica) {
    this.replica = replica
    this.polylogue = createPolylogue({ replica, writer: "w", author: () => ({ id: "ana", kind: "person", name: "Ana" }) })
    this.place = document.body.appendChild(document.createElement("div"))
    this.#root = createRoot(this.place)
  }

  static async open(given?: Replica): Promise<PromptsDevice> {
    localStorage.clear()
    await page.viewport(1280, 800)
    location.hash = "#/p"
    const dial = (): never => {
      throw new Error("there is no relay here")
    }
    const replica = given ?? (await openReplica({ store: new MemoryEntryLog(), relays: [], dial, clock: systemClock, randomBytes }))
    const device = new PromptsDevice(replica)
    const Page = () => {
      const workspace = useWorkspace()
      const identity = useIdentity()
      useShortcuts()
      if (workspace.state === "open") device.#cards = promptCards(workspace.index)
      return (
        <div style={{ height: 700, display: "grid" }}>
          <PromptsPage
            {...{ workspace, identity }}
            status={undefined}
            notices={undefined}
            foot={undefined}
            margin={undefined}
            onSignIn={() => undefined}
          >
            {undefined}
          </PromptsPage>
        </div>
      )
    }
    await act(async () =>
      device.#root.render(
        <PolylogueProvider polylogue={device.polylogue}>
          <ToastProvider>
            <Page />
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

  get cards(): PromptCards {
    if (this.#cards === undefined) throw new Error("the index is not open")
    return this.#cards
  }

  rows(): HTMLElement[] {
    return [...this.place.querySelectorAll<HTMLElement>('.list-grid [role="row"]')]
  }

  /** What the rows are called, from the first to the last. */
  texts(): string[] {
    return this.rows().map((row) => row.querySelector(".conversation-title, .folder-name, .deleted-title")?.textContent ?? "")
  }

  /** The link of a row. */
  link(text: string): HTMLElement {
    const found = this.rows()
      .find((row) => row.textContent.includes(text))
      ?.querySelector<HTMLElement>(".row-link")
    if (found == null) throw new Error(`no row ${text} among ${this.texts().join(", ")}`)
    return found
  }

  async choose(menu: string, item: string): Promise<void> {
    await click(named(menu))
    const items = (): Element[] => [...document.querySelectorAll('[role^="menuitem"]')]
    await expect.poll(() => items().map((candidate) => candidate.textContent), { message: menu }).toContain(item)
    await click(items().find((candidate) => candidate.textContent === item))
  }
}

export const click = (target: Element | null | undefined, more: MouseEventInit = {}): Promise<void> =>
  act(async () => {
    if (target == null) throw new Error("there is nothing to press")
    target.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, ...more }))
  })

export const press = (target: Element, key: string, more: KeyboardEventInit = {}): Promise<void> =>
  act(async () => void target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more })))

export const named = (name: string): HTMLElement | null => document.querySelector<HTMLElement>(`[aria-label="${CSS.escape(name)}"]`)

export const button = (text: string): HTMLElement | undefined =>
  [...document.querySelectorAll<HTMLElement>("button")].find((candidate) => candidate.textContent.trim() === text)

/** Types into a field as a person does. */
export const type = (field: HTMLInputElement | HTMLTextAreaElement | null, text: string): Promise<void> =>
  act(async () => {
    if (field === null) throw new Error("there is no field")
    const prototype = field instanceof HTMLTextAreaElement ? HTMLTextAreaElement.prototype : HTMLInputElement.prototype
    Object.getOwnPropertyDescriptor(prototype, "value")?.set?.call(field, text)
    field.dispatchEvent(new Event("input", { bubbles: true }))
  })
