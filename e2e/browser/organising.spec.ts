import type { Locator } from "@playwright/test"
import type { ChatPage } from "./chat-page.ts"
import { expect, test } from "./test.ts"

const row = (chat: ChatPage, title: string): Locator =>
  chat.page.locator('[role="row"]').filter({ has: chat.page.locator(".conversation-title, .folder-name", { hasText: title }) })

async function choose(chat: ChatPage, title: string, item: string): Promise<void> {
  await row(chat, title).hover()
  await row(chat, title)
    .getByRole("button", { name: /^Actions for/ })
    .click()
  await chat.page.getByRole("menuitem", { name: item, exact: true }).click()
}

async function pick(chat: ChatPage, words: string): Promise<void> {
  const field = chat.page.getByRole("dialog").getByRole("combobox")
  await field.fill(words)
  await field.press("Enter")
}

async function makeFolder(chat: ChatPage, name: string): Promise<void> {
  await chat.page.getByRole("button", { name: "List actions" }).click()
  await chat.page.getByRole("menuitem", { name: "New folder" }).click()
  await chat.page.getByRole("textbox", { name: "Name of the folder" }).fill(name)
  await chat.page.keyboard.press("Enter")
  await expect(row(chat, name)).toBeVisible()
}

/** The list as one reads it: level, name, tags. */
const listOf = (chat: ChatPage): Promise<string[]> =>
  chat.page.locator('[role="row"]').evaluateAll((rows) =>
    rows.map((element) => {
      const name = element.querySelector(".conversation-title, .folder-name")?.textContent.trim() ?? ""
      const tags = [...element.querySelectorAll(".tag")].map((tag) => `#${tag.textContent}`)
      return [element.getAttribute("aria-level"), name, ...tags].join(" ").trim()
    }),
  )

test("[I2, I12] two devices organise the same conversations while both are offline, meet, and show the same list with nothing lost", async ({
  join,
}) => {
  const ana = await join("Ana")
  const bo = await join("Bo")
  const ids: string[] = []
  for (const title of ["alpha", "beta", "gamma"]) {
    ids.push(await ana.create())
    await ana.send(title)
    await ana.safe(title, "stored")
  }
  await makeFolder(ana, "Garden")
  await makeFolder(ana, "House")
  await expect(row(bo, "House")).toBeVisible()
  await expect(row(bo, "alpha")).toBeVisible()

  for (const chat of [ana, bo]) await chat.page.context().setOffline(true)
  // Each puts one folder into the other; a cycle that neither could have made alone.
  await choose(ana, "Garden", "Move to…")
  await pick(ana, "House")
  await choose(bo, "House", "Move to…")
  await pick(bo, "Garden")
  await choose(ana, "alpha", "Move to…")
  await pick(ana, "Garden")
  await choose(ana, "alpha", "Tags…")
  await pick(ana, "later")
  await ana.page.keyboard.press("Escape")
  await choose(bo, "alpha", "Tags…")
  await pick(bo, "LATER")
  await pick(bo, "mine")
  await bo.page.keyboard.press("Escape")
  await choose(bo, "beta", "Rename")
  await bo.page.getByRole("textbox", { name: "Title" }).fill("beta renamed")
  await bo.page.keyboard.press("Enter")
  await expect(row(bo, "beta renamed")).toBeVisible()
  // One deletes what the other writes in.
  await choose(ana, "gamma", "Delete")
  await bo.goTo(ids[2]!)
  await bo.send("still writing here")
  for (const chat of [ana, bo]) await chat.page.context().setOffline(false)

  await expect(row(ana, "beta renamed")).toBeVisible()
  await bo.safe("still writing here", "stored")
  await expect.poll(async () => (await listOf(ana)).join("\n")).toContain("mine")
  await expect.poll(async () => JSON.stringify(await listOf(ana)) === JSON.stringify(await listOf(bo))).toBe(true)
  const list = await listOf(ana)
  expect(list).toEqual(expect.arrayContaining(["1 Garden", "2 House", "1 beta renamed"]))
  expect(list.filter((entry) => entry.includes("alpha"))).toHaveLength(1)
  expect(list.find((entry) => entry.includes("alpha"))).toMatch(/^2 alpha #later #mine$/i)
  // The deletion stands, for it knew nothing of the words; they are there, and restoring brings them back.
  await ana.page.getByRole("button", { name: /^Deleted/ }).click()
  await ana.page.getByRole("button", { name: "Restore gamma" }).click()
  await expect(ana.message("still writing here")).toHaveCount(1)
})

test("[WB30] what came while one was away is marked in the list and in the conversation, until one leaves it", async ({ join }) => {
  const ana = await join("Ana")
  const bo = await join("Bo")
  await bo.connected()
  const conversation = await ana.create()
  await ana.send("hello")
  await ana.safe("hello", "stored")
  await bo.goTo(conversation)
  await expect(bo.message("hello")).toHaveCount(1)
  await bo.create()
  await expect(row(bo, "hello").locator(".unread-dot")).toHaveCount(0)
  for (let number = 1; number <= 30; number++) await ana.send(`news ${number}`)
  await ana.safe("news 30", "stored")
  await expect(row(bo, "hello").locator(".unread-dot")).toHaveCount(1)
  await expect(row(ana, "hello").locator(".unread-dot")).toHaveCount(0)

  await bo.goTo(conversation)
  await expect(bo.message("news 30")).toBeVisible()
  await expect(row(bo, "hello").locator(".unread-dot")).toHaveCount(0)
  const jump = bo.page.getByTestId("away-jump")
  await expect(jump).toHaveText("30 messages while you were away")
  await jump.click()
  await expect(bo.page.getByTestId("away-divider")).toBeInViewport()
  await expect(bo.message("news 1")).toBeInViewport()
  await expect(jump).toHaveCount(0)
  await ana.send("while you look")
  await expect(bo.page.getByTestId("away-divider")).toHaveText("While you were away – 30 messages")

  await bo.create()
  await bo.goTo(conversation)
  await expect(bo.page.getByTestId("away-divider")).toHaveCount(0)
})

test("[WB29] conversations and folders are dragged into folders, and put there from the palette", async ({ join }) => {
  const ana = await join("Ana")
  await ana.create()
  await ana.send("trams of Lisbon")
  await makeFolder(ana, "Travel")
  await makeFolder(ana, "Ideas")
  const folder = (name: string): Locator => ana.page.getByTestId("folder-item").filter({ hasText: name })
  const within = { targetPosition: { x: 60, y: 26 } }
  await ana.page.getByTestId("conversation-item").dragTo(folder("Ideas"), within)
  await expect.poll(() => listOf(ana)).toEqual(["1 Travel", "2", "1 Ideas", "2 trams of Lisbon"])
  await folder("Ideas").dragTo(folder("Travel"), within)
  await expect.poll(() => listOf(ana)).toEqual(["1 Travel", "2 Ideas", "3 trams of Lisbon"])
  await ana.page.keyboard.press("Control+k")
  await ana.page.getByRole("dialog").getByRole("combobox").fill("move to")
  await ana.page.keyboard.press("Enter")
  await expect(ana.page.getByRole("dialog", { name: /^Move/ })).toBeVisible()
  await pick(ana, "Travel")
  await expect.poll(() => listOf(ana)).toEqual(["1 Travel", "2 trams of Lisbon", "2 Ideas", "3"])
})
