import { expect, type Locator, type Page } from "@playwright/test"

/** Where a message is safe, as its mark says. */
export type Safety = "memory" | "local" | "stored" | "replicated"

/** A key of a row or an entry on a device's disk, or the beginning of one. */
type DiskKey = readonly (string | number)[]

/** The app in one tab, as a person uses it. */
export class ChatPage {
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  /** Opens the app; with a path, at a conversation. The name is what others see. */
  async open(url: string, name: string, conversationId?: string): Promise<void> {
    await this.page.addInitScript((who) => {
      // These dialogs are the system's, which no test can answer: without them files are chosen and downloaded as everywhere.
      for (const picker of ["showOpenFilePicker", "showSaveFilePicker"]) Reflect.deleteProperty(window, picker)
      const key = "polylogue.identity"
      // The same person after a crash: browsers write localStorage to disk some seconds late.
      const id = Array.from(who, (character) => character.codePointAt(0)!.toString(16))
        .join("")
        .padEnd(32, "0")
      if (localStorage.getItem(key) === null) localStorage.setItem(key, JSON.stringify({ id, name: who, colour: 1 }))
    }, name)
    await this.page.goto(conversationId === undefined ? url : `${url}/#/c/${conversationId}`)
    await expect(this.status).toBeVisible()
  }

  get status(): Locator {
    return this.page.getByTestId("connection-status")
  }

  get messages(): Locator {
    return this.page.getByTestId("message")
  }

  /** Who else is in the conversation. */
  get others(): Locator {
    return this.page.getByTestId("present")
  }

  get composer(): Locator {
    return this.page.getByTestId("composer")
  }

  /** Waits until the connection is as said. */
  async connected(state: "online" | "offline" = "online"): Promise<void> {
    if (state === "online") await expect(this.status).toHaveAttribute("data-connection", "online")
    else await expect(this.status).not.toHaveAttribute("data-connection", "online")
  }

  /** Waits until the page can be opened without a network. */
  async keptOffline(): Promise<void> {
    await this.page.evaluate(async () => {
      await navigator.serviceWorker.ready
      // The shell is complete once the worker that controls the next load is active.
      const { active } = await navigator.serviceWorker.ready
      if (active?.state !== "activated") await new Promise((resolve) => active?.addEventListener("statechange", resolve, { once: true }))
    })
  }

  /** Makes a conversation and returns its id. */
  async create(): Promise<string> {
    await this.page.getByTestId("new-conversation").first().click()
    await expect(this.composer).toBeVisible()
    const match = /#\/c\/([^/]+)$/.exec(this.page.url())
    if (match?.[1] === undefined) throw new Error(`no conversation in ${this.page.url()}`)
    return match[1]
  }

  /** Goes to a conversation by its link. */
  async goTo(conversationId: string): Promise<void> {
    await this.page.evaluate((id) => {
      location.hash = `#/c/${id}`
    }, conversationId)
    await expect(this.composer).toBeVisible()
  }

  /** Writes and sends one message. */
  async send(text: string): Promise<void> {
    await this.composer.fill(text)
    await this.composer.press("Enter")
    await expect(this.message(text)).toBeVisible()
  }

  /** Writes `text` into the composer and waits until this device's disk has it as a draft, sent already or not. */
  async draftOnDisk(text: string): Promise<void> {
    await this.composer.fill(text)
    // Drafts are in the private documents, whose ids begin with "u/".
    await expect.poll(() => this.#diskHolds(["outbox", "items"], ["u/"], ["u0"], text)).toBe(true)
  }

  /** Waits until this device's disk holds an entry of the conversation with `text` in it, whether or not the conversation was ever opened here. */
  async onDisk(conversationId: string, text: string): Promise<void> {
    const id = `home/conv/${conversationId}`
    await expect.poll(() => this.#diskHolds(["items"], [id, 0], [id, Infinity], text)).toBe(true)
  }

  /** Whether what is committed in these stores, from one key to another, has `text` in it. One transaction: a row becomes an entry in one step, so it is in one of the two. */
  #diskHolds(stores: readonly ("outbox" | "items")[], from: DiskKey, to: DiskKey, text: string): Promise<boolean> {
    return this.page.evaluate(
      async ([names, first, last, wanted]) => {
        const done = <T>(request: IDBRequest<T>) =>
          new Promise<T>((resolve, reject) => {
            request.addEventListener("success", () => resolve(request.result))
            request.addEventListener("error", () => reject(request.error ?? new Error("the disk cannot be read")))
          })
        const database = await done(indexedDB.open("polylogue"))
        const reading = database.transaction([...names])
        const read = await Promise.all(
          names.map((name) =>
            done(reading.objectStore(name).getAll(IDBKeyRange.bound(first, last)) as IDBRequest<(Uint8Array | { update: Uint8Array })[]>),
          ),
        )
        database.close()
        return read.flat().some((value) => new TextDecoder().decode("update" in value ? value.update : value).includes(wanted))
      },
      [stores, from, to, text] as const,
    )
  }

  /** The messages whose text is `text`. */
  message(text: string): Locator {
    return this.messages.filter({ has: this.page.getByText(text, { exact: true }) })
  }

  /** Waits until a message is as safe as said. */
  async safe(text: string, safety: Safety): Promise<void> {
    await expect(this.message(text)).toHaveAttribute("data-safety", safety)
  }

  /** Texts on screen by the state of their mark, at this instant. */
  async safetyOfAll(): Promise<{ readonly text: string; readonly safety: Safety }[]> {
    return this.messages.evaluateAll((elements) =>
      elements.map((element) => ({
        text: element.querySelector(".markdown")?.textContent?.trim() ?? "",
        safety: element.getAttribute("data-safety") as Safety,
      })),
    )
  }
}
