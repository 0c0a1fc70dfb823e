import type { Page } from "@playwright/test"
import { type ProviderAnswer, ProviderServer, Gate } from "../../packages/responder/test/provider-server.ts"
import { spokenStream } from "../../packages/responder/test/provider-streams.ts"
import { RespondProcess } from "../answers/respond-process.ts"
import { RelayProcess } from "../relay-process.ts"
import type { ChatPage } from "./chat-page.ts"
import { markdownFile, SourcePage } from "./source-page.ts"
import { expect, test as base } from "./test.ts"

const HERON = "# Heron\n\nThe grey heron eats fish and frogs. It stands still for a long time before it strikes.\n"

interface Answering {
  /** Whether a model is connected; without it the relay is as it is started without any configuration. */
  readonly connected: boolean
  /** Whether a responder runs beside the relay; without it those answer that the test starts. */
  readonly beside: boolean
  /** Starts a responder of its own, with the model; it is gone after the test. A short lease is over while one waits. */
  readonly respond: (name: string, lease: "short" | "long") => Promise<RespondProcess>
  /** The provider of the model, which says what the test has it say. */
  readonly provider: ProviderServer
}

const test = base.extend<Answering>({
  connected: [true, { option: true }],
  beside: [true, { option: true }],
  // oxlint-disable-next-line no-empty-pattern -- reason: Playwright reads the names of the fixtures from the pattern.
  provider: async ({}, use) => {
    const provider = await ProviderServer.start()
    await use(provider)
    await provider.close()
  },
  relay: async ({ beside, connected, provider }, use) => {
    const flags = beside ? ["--responder", "on", ...(connected ? modelFlags(provider) : [])] : []
    const relay = await RelayProcess.start({ flags })
    await use(relay)
    await relay.dispose()
  },
  respond: async ({ relay, provider }, use) => {
    const started: RespondProcess[] = []
    await use(async (name, lease) => {
      const flags = ["--name", name, ...modelFlags(provider), "--limits", JSON.stringify(LEASES[lease])]
      const responder = await RespondProcess.start({ relay: `ws://127.0.0.1:${relay.port}`, flags })
      started.push(responder)
      return responder
    })
    for (const responder of started) await responder.kill()
  },
})

const LEASES = {
  short: { answerLeaseMs: 3_000, answerHeartbeatMs: 500, responderLeaseMs: 3_000, responderHeartbeatMs: 500 },
  long: { answerLeaseMs: 30_000, answerHeartbeatMs: 1_000, responderLeaseMs: 30_000, responderHeartbeatMs: 1_000 },
}
const modelFlags = ({ url }: ProviderServer) => ["--model-url", url, "--model", "heron-1"]

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

test.describe(() => {
  test.use({ beside: false })
  test("[PN35] an answer whose responder is killed in the middle is seen to break off, is written whole by another, and one that was stopped is gone on with", async ({
    join,
    provider,
    respond,
  }) => {
    // One knows whom to ask from a responder that was there and is not any more.
    const before = await respond("before", "short")
    const ana = await join("Ana")
    await ana.create()
    await expect(picker(ana.page)).toHaveValue("heron-1")
    await before.stop()
    await expect(ana.page.getByText("No responder is running. Asked now, answered when one runs again.")).toBeVisible()
    await ana.send("What do herons eat?")
    await expect(ana.page.getByText("No responder is running. It is answered when one runs again.")).toBeVisible()
    expect(asked(provider)).toEqual([])

    const gate = new Gate()
    provider.next(says("Herons eat fish, and frogs, and", { gate }))
    const killed = await respond("killed", "short")
    gate.allow(4)
    await expect(answers(ana)).toContainText("Herons eat fish,")
    await expect(answers(ana)).toContainText("heron-1 is writing")
    await killed.kill()
    await expect(answers(ana)).toContainText("It broke off. It waits for a responder. What was written stays.")
    await expect(answers(ana)).toContainText("Herons eat fish,")

    const whole = "Fish is what herons eat, and frogs."
    provider.next(says(whole))
    await respond("after", "long")
    await expect(answers(ana).getByText(whole, { exact: true })).toBeVisible()
    await expect(answers(ana)).toHaveCount(1)
    await expect(answers(ana).getByText("Herons eat fish,")).toBeHidden()
    await answers(ana).getByText("An attempt that broke off").click()
    await expect(answers(ana).getByText("Herons eat fish,")).toBeVisible()
    await expect(answers(ana)).toContainText("It broke off here.")
    expect(asked(provider)).toEqual(["What do herons eat?", "What do herons eat?"])

    const long = new Gate()
    provider.next(says("one two three four five six", { gate: long }))
    await ana.send("Count to six.")
    long.allow(4)
    const counted = answers(ana).last()
    await expect(counted).toContainText("two")
    const lost = provider.closedEarly
    await ana.page.getByRole("button", { name: "Stop the answer" }).click()
    await provider.until(({ closedEarly }) => closedEarly === lost + 1)
    await expect(counted).toContainText("Stopped here. What was written until then stays.")
    provider.next(says("four five six, and that is all."))
    await counted.getByRole("button", { name: "Continue" }).click()
    await expect(counted.getByText("four five six, and that is all.", { exact: true })).toBeVisible()
    await expect(counted.getByText("one two")).toBeVisible()
    await expect(answers(ana)).toHaveCount(2)
    expect(saidLast(provider, "assistant")).toContain("one two")
    await expect(counted.getByRole("button", { name: "Regenerate", exact: true })).toBeVisible()
  })
})

/** The questions that came to the model, each as its last words. */
function asked({ requests }: ProviderServer): readonly string[] {
  return requests.filter(({ api }) => api === "chat").map(({ body }) => lastWords(body))
}

/** What the model was asked last. */
function lastWords(body: Record<string, unknown> | null): string {
  return wordsOf(messagesOf(body).at(-1)?.content)
}

/** What `role` said last, as the model was told in the last request. */
function saidLast({ last }: ProviderServer, role: string): string {
  return wordsOf(messagesOf(last?.body ?? null).findLast((message) => message.role === role)?.content)
}

function messagesOf(body: Record<string, unknown> | null): readonly { readonly role: string; readonly content: unknown }[] {
  return (body?.["messages"] ?? []) as readonly { readonly role: string; readonly content: unknown }[]
}

function wordsOf(content: unknown = ""): string {
  if (typeof content === "string") return content
  return (content as readonly { readonly text?: string }[]).map(({ text = "" }) => text).join("")
}
