import { expect, type Locator, type Page } from "@playwright/test"

/** A file as it is given to the page. */
export interface GivenFile {
  readonly name: string
  readonly mimeType: string
  readonly buffer: Buffer
}

/** A file of Markdown with these words. */
export function markdownFile(name: string, words: string): GivenFile {
  return { name, mimeType: "text/markdown", buffer: Buffer.from(words) }
}

/** Chooses words in the first element found that holds them in one piece, as a pointer would. */
export async function choose(page: Page, within: string, words: string): Promise<void> {
  await expect(page.locator(within).filter({ hasText: words }).first()).toBeVisible()
  const chosen = await page.evaluate(
    ([selector, sought]) => {
      for (const element of document.querySelectorAll(selector!)) {
        const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT)
        for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
          const at = node.textContent?.indexOf(sought!) ?? -1
          if (at === -1) continue
          const range = document.createRange()
          range.setStart(node, at)
          range.setEnd(node, at + sought!.length)
          // A pointer takes the focus with it. A field that kept it would take the choice back when its words are next set: the composer's, when it is emptied.
          const focusable = element.closest<HTMLElement>("[tabindex]")
          if (focusable !== null) focusable.focus({ preventScroll: true })
          else if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
          const selection = getSelection()
          selection?.removeAllRanges()
          selection?.addRange(range)
          element.dispatchEvent(new PointerEvent("pointerup", { bubbles: true }))
          return true
        }
      }
      return false
    },
    [within, words],
  )
  expect(chosen, `"${words}" stands in ${within}`).toBe(true)
}

/** The sources of the app in one tab, as a person uses them. */
export class SourcePage {
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  /** Goes to the sources. */
  async list(): Promise<void> {
    await this.page.evaluate(() => {
      location.hash = "#/s"
    })
    await expect(this.page.getByRole("button", { name: "Add files" }).first()).toBeVisible()
  }

  /** Adds files and waits until all of them are there. */
  async add(files: readonly GivenFile[]): Promise<void> {
    const choosing = this.page.waitForEvent("filechooser")
    await this.page.getByRole("button", { name: "Add files" }).first().click()
    await (await choosing).setFiles([...files])
    // One alone is opened at once.
    if (files.length === 1) await expect(this.text).toBeVisible()
    else await expect(this.page.getByText(`${files.length} files: ${files.length} added`)).toBeVisible()
  }

  /** Opens a source of the list. */
  async open(title: string): Promise<void> {
    await this.list()
    await this.page.locator(".conversation-link", { hasText: title }).first().click()
    await expect(this.text).toBeVisible()
  }

  /** The text that is shown. */
  get text(): Locator {
    return this.page.locator(".source-text")
  }
}
