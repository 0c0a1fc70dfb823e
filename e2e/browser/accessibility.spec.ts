import { mkdir } from "node:fs/promises"
import process from "node:process"
import type { BrowserContextOptions, Page } from "@playwright/test"
import axe from "axe-core"
import { ChatPage } from "./chat-page.ts"
import { PAGE_STATES, type PageState } from "./page-states.ts"
import { goToPrompts } from "./prompt-states.ts"
import { fillShowcase, type Showcase } from "./showcase.ts"
import { expect, test } from "./test.ts"

/** A folder for a picture of every state; none are taken without it. */
const PICTURES = process.env["POLYLOGUE_SCREENSHOTS"]

/** The one state to visit; all of them without it. */
const ONLY = process.env["POLYLOGUE_STATE"]

/** A state that does not come is said soon, and the next one is visited. */
const PATIENCE_MS = 20_000

interface Device {
  readonly name: string
  readonly context: BrowserContextOptions
  /** Whether colours are examined once more, dark with high contrast: they are the same on every device. */
  readonly dark: boolean
}

const WIDE = { width: 1440, height: 900 }
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }
const DEVICES: readonly Device[] = [
  { name: "wide", context: { viewport: WIDE }, dark: true },
  { name: "phone", context: PHONE, dark: false },
  { name: "phone, right to left", context: { ...PHONE, locale: "ar" }, dark: false },
]

for (const { name, context: options, dark } of DEVICES) {
  test(`[EE2] no screen or state keeps assistive technology out: ${name}`, async ({ browser, relay }) => {
    const context = await browser.newContext({ ...options, colorScheme: "light", reducedMotion: "reduce" })
    const page = await context.newPage()
    page.setDefaultTimeout(PATIENCE_MS)
    const chat = new ChatPage(page)
    await chat.open(relay.url, "Ana")
    await chat.connected()
    const look = async (state: string): Promise<void> => {
      await examine(page, `${name}/${state}`, {})
      if (!dark) return
      await page.emulateMedia({ colorScheme: "dark", contrast: "more" })
      await examine(page, `${name}-dark-contrast/${state}`, { runOnly: ["color-contrast"] })
      await page.emulateMedia({ colorScheme: "light", contrast: "no-preference" })
    }
    await look("welcome")
    await goToPrompts(page)
    await look("prompts-empty")
    const showcase = await fillShowcase(relay.url)
    const phone = options.isMobile === true
    for (const state of PAGE_STATES.filter((one) => isWanted(one) && !(phone && one.wide === true))) {
      await test.step(state.name, async () => {
        await openAnew(page, relay.url, showcase)
        for (const { name, go } of [state, ...(state.next ?? [])]) {
          await go(page, showcase)
          await look(name)
        }
      })
    }
    await context.close()
    await showcase.replica.close()
  })
}

/** Whether a state is to be visited, or one to which one goes on from it. */
function isWanted({ name, next = [] }: PageState): boolean {
  return ONLY === undefined || ONLY === name || next.some(isWanted)
}

/** The page as somebody opens it, once the list has what the relay has. */
async function openAnew(page: Page, url: string, { garden }: Showcase): Promise<void> {
  await page.goto("about:blank")
  await page.goto(url)
  await expect(page.locator(`[data-conversation-id="${garden}"]`)).toBeVisible()
}

async function examine(page: Page, look: string, options: axe.RunOptions): Promise<void> {
  if (PICTURES !== undefined) {
    await mkdir(`${PICTURES}/${look}`.replace(/\/[^/]*$/, ""), { recursive: true })
    await page.screenshot({ path: `${PICTURES}/${look}.png` })
  }
  // Evaluated from outside: the page itself loads no foreign script.
  await page.evaluate(axe.source)
  const violations = await page.evaluate(async (run) => {
    const { axe: here } = window as unknown as { readonly axe: typeof axe }
    const results = await here.run(document, { ...run, resultTypes: ["violations"] })
    return results.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`)
  }, options)
  expect.soft(violations, look).toEqual([])
}
