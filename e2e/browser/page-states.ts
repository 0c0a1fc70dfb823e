import { expect, type Page } from "@playwright/test"
import { ChatPage } from "./chat-page.ts"
import { PROMPT_STATES } from "./prompt-states.ts"
import type { Showcase } from "./showcase.ts"
import { CITATION_STATES, JUDGING_STATES, SOURCE_STATES } from "./source-states.ts"

/** A screen or state of the page, and how one comes there. */
export interface PageState {
  /** Names it, and its picture. */
  readonly name: string
  /** Stands only where there is a keyboard. */
  readonly wide?: true
  /** Leads from a page that was just opened to the state. */
  readonly go: (page: Page, showcase: Showcase) => Promise<void>
  /** States to which one goes on from this one, one after the other: the page is not opened anew for them. */
  readonly next?: readonly PageState[]
}

const nothing = async (): Promise<void> => undefined

/** The conversation with every kind of content, scrolled to its end, with nothing still on its way. */
async function openGarden(page: Page, { garden }: Showcase): Promise<void> {
  await page.evaluate((id) => {
    location.hash = `#/c/${id}`
  }, garden)
  await expect(page.getByTestId("composer")).toBeVisible()
  await expect(page.getByTestId("message").last()).toBeVisible()
  await expect(page.getByRole("button", { name: "Allow" }).first()).toBeVisible()
}

/** Somewhere in the middle of it: files, thoughts, a formula and a table. */
async function openGardenAbove(page: Page, showcase: Showcase): Promise<void> {
  await openGarden(page, showcase)
  // A list that still settles at its end takes the first attempt back.
  await expect(async () => {
    await page.locator(".message-scroller").evaluate((list) => {
      list.scrollTop = 0
    })
    await expect(page.getByTestId("picture").locator("img")).toBeVisible({ timeout: 500 })
  }).toPass()
}

async function press(page: Page, keys: string): Promise<void> {
  // Plain keys mean something once nobody writes.
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
  await page.keyboard.press(keys)
}

async function runCommand(page: Page, words: string): Promise<void> {
  await press(page, "Control+k")
  await page.getByRole("dialog").getByRole("combobox").fill(words)
  // Some commands come with a part of the page that is loaded after its first paint.
  await expect(page.getByRole("dialog").getByRole("option").first()).toContainText(words, { ignoreCase: true })
  await page.keyboard.press("Enter")
}

async function openSettings(page: Page, section: string): Promise<void> {
  await press(page, "Control+,")
  await page.getByRole("tab", { name: section }).click()
  await expect(page.getByRole("tabpanel")).toBeVisible()
}

/** Every state in which the page stands for a while, with a workspace that holds something. */
export const PAGE_STATES: readonly PageState[] = [
  { name: "list", go: nothing },
  {
    name: "list-selecting",
    go: async (page) => {
      await page.getByRole("button", { name: "List actions" }).click()
      await page.getByRole("menuitem", { name: "Select conversations" }).click()
      await expect(page.getByRole("toolbar", { name: "Selected conversations" })).toBeVisible()
    },
  },
  {
    name: "list-menu",
    go: async (page) => {
      await page.getByRole("button", { name: "List actions" }).click()
      await expect(page.getByRole("menuitem").first()).toBeVisible()
    },
  },
  { name: "conversation", go: openGarden },
  { name: "conversation-above", go: openGardenAbove },
  {
    name: "answers",
    go: async (page, { asked }) => {
      await page.evaluate((id) => {
        location.hash = `#/c/${id}`
      }, asked)
      await expect(page.getByTestId("who-answers")).toHaveValue("fern-2")
      await expect(page.getByText("Who could help?").last()).toBeVisible()
    },
  },
  {
    name: "branches",
    go: async (page, showcase) => {
      await openGarden(page, showcase)
      await runCommand(page, "all branches")
      await expect(page.getByRole("heading", { name: "Branches" })).toBeVisible()
    },
  },
  {
    name: "find",
    go: async (page, showcase) => {
      await openGarden(page, showcase)
      await runCommand(page, "find in this conversation")
      await page.getByRole("search", { name: "Find in this conversation" }).locator("input").fill("tank")
    },
  },
  {
    name: "palette",
    go: async (page, showcase) => {
      await openGarden(page, showcase)
      await press(page, "Control+k")
      await page.getByRole("dialog").getByRole("combobox").fill("con")
      await expect(page.getByRole("dialog").getByRole("option").first()).toBeVisible()
    },
  },
  {
    name: "keys",
    wide: true,
    go: async (page, showcase) => {
      await openGarden(page, showcase)
      await press(page, "?")
      await expect(page.getByRole("dialog")).toBeVisible()
    },
  },
  ...["You", "Appearance", "Writing", "Answers", "Storage", "Relays", "Keyboard", "About"].map((section): PageState => ({
    name: `settings-${section.toLowerCase()}`,
    go: (page) => openSettings(page, section),
  })),
  {
    name: "search",
    go: async (page, showcase) => {
      await openGarden(page, showcase)
      await press(page, "Control+Shift+f")
      await page.getByRole("combobox", { name: "Search in messages" }).fill("tank")
      await expect(page.getByTestId("search-hit").first()).toBeVisible()
    },
  },
  {
    name: "import",
    go: async (page) => {
      await runCommand(page, "import conv")
      await expect(page.getByRole("dialog").getByRole("heading", { name: "Import" }).first()).toBeVisible()
    },
  },
  {
    name: "import-report",
    go: async (page) => {
      await runCommand(page, "import conv")
      const chat = [{ role: "user", content: "Which tide table do you use?" }]
      const files = [
        { name: "tides.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify({ messages: chat })) },
        { name: "shopping.json", mimeType: "application/json", buffer: Buffer.from('{ "bread": 2 ') },
      ]
      await page.getByRole("dialog").locator('input[type="file"]').first().setInputFiles(files)
      await expect(page.getByRole("dialog").getByText("shopping.json").first()).toBeVisible()
    },
  },
  {
    name: "export",
    go: async (page, showcase) => {
      await openGarden(page, showcase)
      await page.getByRole("button", { name: "Conversation actions" }).click()
      await page.getByRole("menuitem", { name: "Export" }).click()
      await expect(page.getByRole("heading", { name: "Export" })).toBeVisible()
    },
  },
  {
    name: "sync-details",
    go: async (page, showcase) => {
      await openGarden(page, showcase)
      await page.getByTestId("connection-status").click()
      await expect(page.getByRole("complementary")).toBeVisible()
    },
  },
  {
    name: "erasing",
    go: async (page, showcase) => {
      await openGarden(page, showcase)
      await page.getByRole("button", { name: "Conversation actions" }).click()
      await page.getByRole("menuitem", { name: "Erase for good" }).click()
      await expect(page.getByText("What stays")).toBeVisible()
    },
  },
  PROMPT_STATES,
  SOURCE_STATES,
  CITATION_STATES,
  JUDGING_STATES,
  {
    name: "offline",
    go: async (page, showcase) => {
      await openGarden(page, showcase)
      await new ChatPage(page).keptOffline()
      await page.context().setOffline(true)
      await page.getByTestId("composer").fill("The old tank is behind the shed, I will look at it tonight.")
      await page.locator(".composer-send").click()
      await expect(page.getByTestId("connection-status")).toHaveAttribute("data-tone", "warn")
      await page.getByTestId("connection-status").click()
      await expect(page.getByRole("complementary")).toBeVisible()
    },
  },
]
