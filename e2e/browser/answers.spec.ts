import type { Page } from "@playwright/test"
import { type ProviderAnswer, ProviderServer, Gate } from "../../packages/responder/test/provider-server.ts"
import { spokenStream } from "../../packages/responder/test/provider-streams.ts"
import { RelayProcess } from "../relay-process.ts"
import type { ChatPage } from "./chat-page.ts"
import { markdownFile, SourcePage } from "./source-page.ts"
import { expect, test as base } from "./test.ts"

const HERON = "# Heron\n\nThe grey heron eats fish and frogs. It stands still for a long time before it strikes.\n"

interface Answering {
  /** Whether a model is connected; without it the relay is as it is started without any configuration. */
  readonly connected: boolean
  /** The provider of the model, which says what the test has it say. */
  readonly provider: ProviderServer
}

const test = base.extend<Answering>({
  connected: [true, { option: true }],
  // oxlint-disable-next-line no-empty-pattern -- reason: Playwright reads the names of the fixtures from the pattern.
  provider: async ({}, use) => {
    const provider = await ProviderServer.start()
    await use(provider)
    await provider.close()
  },
  relay: async ({ connected, provider }, use) => {
    const model = connected ? ["--model-url", provider.url, "--model", "heron-1"] : []
    const relay = await RelayProcess.start({ flags: ["--responder", "on", ...model] })
    await use(relay)
    await relay.dispose()
  },
})

const says = (text: string, more: Partial<ProviderAnswer> = {}): ProviderAnswer => ({ events: spokenStream("chat", [{ text }]), ...more })
const answers = ({ page }: Pick<ChatPage, "page">) => page.locator("[data-testid=message][data-role=assistant]")
const picker = (page: Page) => page.getByTestId("who-answers")

test.describe(() => {
  test.use({ connected: false })
  test("[PN30] a first start without any configuration is helped within one message, and with sources by passages that are cited", async ({
    join,
  }) => {
    const ana = await join("Ana")
    await expect(ana.page.getByText("No model is connected. Ask anyway")).toBeVisible()
    await ana.page.getByTestId("first-message").fill("What does the heron eat?")
    await ana.page.getByTestId("first-message").press("Enter")
    await expect(answers(ana)).toContainText("No model is connected")
    await expect(answers(ana)).toContainText("--model-url")

    const sources = new SourcePage(ana.page)
    await sources.list()
    await sources.add([markdownFile("heron.md", HERON)])
    await ana.page.evaluate(() => {
      location.hash = "#/"
    })
    await ana.create()
    await expect(picker(ana.page)).toHaveValue("passages")
    await ana.send("What does the heron eat?")
    await expect(answers(ana)).toContainText("The grey heron eats fish and frogs.")
    await expect(
      answers(ana)
        .getByRole("button", { name: /^Source 1/ })
        .first(),
    ).toBeVisible()
  })
})

test("[PN31] an answer goes on while its reader is gone and another device opens it, and a stop from there reaches the provider", async ({
  join,
  provider,
}) => {
  const gate = new Gate()
  const text = "Herons eat fish, and frogs, and now and then a mouse that was not careful enough at the edge of the water."
  provider.next(says(text, { gate }))
  const ana = await join("Ana")
  const id = await ana.create()
  await expect(picker(ana.page)).toHaveValue("heron-1")
  await ana.send("What do herons eat?")
  gate.allow(6)
  await expect(answers(ana)).toContainText("Herons eat fish,")
  await ana.safe("What do herons eat?", "stored")
  const context = ana.page.context()
  await ana.page.close()
  gate.allow(6)
  const bo = await join("Bo")
  await bo.goTo(id)
  await expect(answers(bo)).toContainText("now and then")
  gate.allow(Infinity)
  await expect(answers(bo)).toContainText(text)
  await expect(answers(bo)).toHaveCount(1)
  expect(asked(provider)).toEqual(["What do herons eat?"])

  // Ana asks again on another device of hers and stops on this one.
  const long = new Gate()
  provider.next(says("one two three four five six seven eight nine ten", { gate: long }))
  const again = await join("Ana", context)
  await again.goTo(id)
  await again.send("Count to ten.")
  long.allow(4)
  await expect(answers(again).last()).toContainText("two")
  const other = await join("Ana")
  await other.goTo(id)
  await expect(answers(other).last()).toContainText("two")
  await other.page.getByRole("button", { name: "Stop the answer" }).last().click()
  await provider.until(({ closedEarly }) => closedEarly === 1)
  for (const page of [again, other]) await expect(answers(page).last()).toContainText(/stopped/i)
  await expect(answers(again).last()).toContainText("two")
})

test("[PN32] an answer that two devices want anew at the same moment is written anew once, and both can go back to the first", async ({
  join,
  provider,
}) => {
  provider.next(says("Herons eat fish."))
  const [ana, bo] = [await join("Ana"), await join("Bo")]
  const id = await ana.create()
  await expect(picker(ana.page)).toHaveValue("heron-1")
  await ana.send("What do herons eat?")
  await bo.goTo(id)
  const again = ({ page }: ChatPage) => page.getByRole("button", { name: "Regenerate", exact: true })
  for (const chat of [ana, bo]) await expect(again(chat)).toBeVisible()
  // Neither has heard of what the other does.
  for (const { page } of [ana, bo]) await page.context().setOffline(true)
  for (const chat of [ana, bo]) await chat.connected("offline")
  provider.play(says("Herons eat frogs, too."))
  for (const chat of [ana, bo]) await again(chat).click()
  for (const { page } of [ana, bo]) await page.context().setOffline(false)
  for (const chat of [ana, bo]) {
    await expect(chat.page.getByRole("group", { name: /^Version \d of 2$/ })).toBeVisible()
    await expect(answers(chat)).toHaveCount(1)
  }
  expect(asked(provider)).toEqual(["What do herons eat?", "What do herons eat?"])
})

test("[PN33] what two devices ask offline is answered once each when they come back, and they see the same", async ({ join, provider }) => {
  provider.play(({ body }) => says(`I was asked: ${lastWords(body)}`))
  const [ana, bo] = [await join("Ana"), await join("Bo")]
  const id = await ana.create()
  await expect(picker(ana.page)).toHaveValue("heron-1")
  await ana.send("Where do herons live?")
  await expect(answers(ana)).toContainText("I was asked: Where do herons live?")
  await bo.goTo(id)
  await expect(answers(bo)).toContainText("I was asked:")
  for (const { page } of [ana, bo]) await page.context().setOffline(true)
  for (const chat of [ana, bo]) await chat.connected("offline")
  await expect(ana.page.getByText("Asked now, answered when a relay and a responder are reached.")).toBeVisible()
  await ana.send("And in winter?")
  await bo.send("And in summer?")
  for (const { page } of [ana, bo]) await page.context().setOffline(false)
  // Where several people ask a model is told who asks.
  for (const words of ["I was asked: And in winter?", "I was asked: Bo: And in summer?"]) {
    for (const { page } of [ana, bo]) await expect(page.getByText(words, { exact: true })).toHaveCount(1)
  }
  expect(asked(provider)).toHaveLength(3)
  const lines = await Promise.all(
    [ana, bo].map((chat) => chat.messages.evaluateAll((rows) => rows.map((row) => row.getAttribute("data-message-id")))),
  )
  expect(lines[0]).toEqual(lines[1])
})

test("[PN34] an answer that failed says why and what to do, and is tried again from there", async ({ join, provider }) => {
  const ana = await join("Ana")
  await ana.create()
  await expect(picker(ana.page)).toHaveValue("heron-1")
  provider.next({ status: 401, body: JSON.stringify({ error: { message: "Incorrect API key provided: sk-secret" } }) })
  await ana.send("First?")
  await expect(answers(ana).last()).toContainText(/key/i)
  await expect(ana.page.getByText("sk-secret")).toHaveCount(0)
  provider.next(says("Now it works."))
  await answers(ana).last().getByRole("button", { name: "Try again" }).click()
  await expect(ana.page.getByText("Now it works.")).toBeVisible()

  provider.next({ status: 429, headers: { "retry-after": "3600" }, body: "{}" })
  await ana.send("Second?")
  await expect(answers(ana).last()).toContainText(/too many requests/i)
  provider.next(says("And now as well."))
  await answers(ana).last().getByRole("button", { name: "Try again" }).click()
  await expect(ana.page.getByText("And now as well.")).toBeVisible()
})

/** The questions that came to the model, each as its last words. */
function asked({ requests }: ProviderServer): readonly string[] {
  return requests.filter(({ api }) => api === "chat").map(({ body }) => lastWords(body))
}

/** What the model was asked last. */
function lastWords(body: Record<string, unknown> | null): string {
  const messages = body?.["messages"] as readonly { readonly content: unknown }[]
  const content = messages.at(-1)?.content
  if (typeof content === "string") return content
  return (content as readonly { readonly text?: string }[]).map(({ text = "" }) => text).join("")
}
