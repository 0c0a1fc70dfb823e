import { type BrowserContext, type Page, test as base } from "@playwright/test"
import { RelayProcess } from "../relay-process.ts"
import { ChatPage } from "./chat-page.ts"

/** What every test of a browser may use. Everything is made for one test and gone after it. */
interface Fixtures {
  readonly relay: RelayProcess
  /** Opens the app as a person with a name, in a browser profile of their own (or in the one given). */
  readonly join: (name: string, context?: BrowserContext) => Promise<ChatPage>
}

export const test = base.extend<Fixtures>({
  // oxlint-disable-next-line no-empty-pattern -- reason: Playwright reads the names of the fixtures from the pattern.
  relay: async ({}, use) => {
    const relay = await RelayProcess.start()
    await use(relay)
    await relay.dispose()
  },
  join: async ({ browser, relay }, use) => {
    const contexts: BrowserContext[] = []
    await use(async (name, given) => {
      const context = given ?? (await browser.newContext())
      if (given === undefined) contexts.push(context)
      const page: Page = await context.newPage()
      const chat = new ChatPage(page)
      await chat.open(relay.url, name)
      return chat
    })
    for (const context of contexts) await context.close()
  },
})

export { expect } from "@playwright/test"
