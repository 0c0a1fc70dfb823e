import { expect, type Locator, type Page } from "@playwright/test"

/** The prompts of the app in one tab, as a person uses them. */
export class PromptPage {
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  /** Makes a chat prompt and returns its id. */
  async create(): Promise<string> {
    await this.page.evaluate(() => {
      location.hash = "#/p"
    })
    await this.page.getByTestId("new-prompt").first().click()
    await expect(this.slots.first()).toBeVisible()
    const match = /#\/p\/([^/]+)$/.exec(this.page.url())
    if (match?.[1] === undefined) throw new Error(`no prompt in ${this.page.url()}`)
    return match[1]
  }

  /** Goes to a prompt by its link. */
  async goTo(promptId: string): Promise<void> {
    await this.page.evaluate((id) => {
      location.hash = `#/p/${id}`
    }, promptId)
    await expect(this.slots.first()).toBeVisible()
  }

  /** The cards of its messages, in their order. */
  get slots(): Locator {
    return this.page.locator(".slot-card")
  }

  /** The field of the message at a place. */
  text(place: number): Locator {
    return this.slots.nth(place).locator(".cm-content")
  }

  /** All texts in their order, without the names at others' cursors. */
  texts(): Promise<string[]> {
    return this.page.locator(".slot-card .cm-content").evaluateAll((fields) =>
      fields.map((field) => {
        const copy = field.cloneNode(true) as HTMLElement
        for (const widget of copy.querySelectorAll('[contenteditable="false"], .cm-widgetBuffer, .cm-placeholder')) widget.remove()
        return Array.from(copy.querySelectorAll(".cm-line"), (line) => line.textContent).join("\n")
      }),
    )
  }

  /** Writes at the end of the message at a place, key by key. */
  async type(place: number, words: string): Promise<void> {
    await this.text(place).click()
    await this.page.keyboard.press("Control+End")
    await this.page.keyboard.type(words)
  }

  /** Moves the message at a place down by one. */
  async moveDown(place: number): Promise<void> {
    await this.slots
      .nth(place)
      .getByRole("button", { name: /^Move message/ })
      .press("Alt+ArrowDown")
  }

  /** Publishes what the draft says; the name is asked for the first time only. */
  async publish(why: string, name?: string): Promise<void> {
    await this.page.locator(".publish-button").click()
    const dialog = this.page.getByRole("dialog", { name: "Publish" })
    if (name !== undefined) await dialog.getByLabel("Name, by which others ask for it").fill(name)
    await dialog.getByLabel("Why, for the history").fill(why)
    await dialog.getByRole("button", { name: "Publish" }).click()
    await expect(dialog).toHaveCount(0)
  }

  /** What is said about wishes to publish that are not carried out. */
  get wishes(): Locator {
    return this.page.locator(".publish-banner")
  }
}
