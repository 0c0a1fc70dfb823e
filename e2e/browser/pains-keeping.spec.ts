import { execFile } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join as path } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { storedTexts } from "./stored-texts.ts"
import { expect, test } from "./test.ts"

const PROGRAM = fileURLToPath(new URL("../../apps/polylogue/bin/polylogue.js", import.meta.url))

test("[PN1, PN8] two devices write into one conversation at once: both keep every message, in one order", async ({ join, relay }) => {
  const ana = await join("Ana")
  const bo = await join("Bo")
  const conversation = await ana.create()
  await ana.send("begin")
  await ana.safe("begin", "stored")
  await bo.goTo(conversation)
  await expect(bo.message("begin")).toHaveCount(1)
  const rounds = Array.from({ length: 12 }, (_, index) => index)
  await Promise.all(
    [ana, bo].map(async (chat, who) => {
      for (const round of rounds) await chat.send(`${who === 0 ? "ana" : "bo"} ${round}`)
    }),
  )
  for (const chat of [ana, bo]) await expect(chat.status).toContainText("All safe")
  const everything = ["begin", ...rounds.flatMap((round) => [`ana ${round}`, `bo ${round}`])].toSorted()
  await expect.poll(async () => (await storedTexts(relay)).toSorted()).toEqual(everything)
  // The rows on screen are the last ones on both, so equal rows mean an equal order.
  await expect.poll(async () => JSON.stringify(await idsOf(ana)) === JSON.stringify(await idsOf(bo))).toBe(true)
})

test("[PN2] two tabs of one browser write at once: neither overwrites the other, nor does a tab that only watched", async ({
  browser,
  join,
}) => {
  const context = await browser.newContext()
  const left = await join("Ana", context)
  const conversation = await left.create()
  await left.send("begin")
  const right = await join("Ana", context)
  await right.goTo(conversation)
  const watcher = await join("Ana", context)
  await watcher.goTo(conversation)
  await expect(watcher.message("begin")).toHaveCount(1)
  for (const round of [1, 2, 3, 4]) {
    // The draft is one in all tabs of a person, so one goes on writing where one sees what was written last.
    await left.send(`left ${round}`)
    await expect(right.message(`left ${round}`)).toHaveCount(1)
    await expect(right.composer).toHaveValue("")
    await right.send(`right ${round}`)
    await expect(left.message(`right ${round}`)).toHaveCount(1)
    await expect(left.composer).toHaveValue("")
  }
  for (const tab of [left, right, watcher]) await expect(tab.messages).toHaveCount(9)
  await watcher.page.close()
  await left.page.reload()
  await expect.poll(() => idsOf(left)).toEqual(await idsOf(right))
  await context.close()
})

test("[PN7] what a browser lost with its storage comes back from the relay, and what no relay had was marked so before", async ({
  browser,
  join,
  relay,
}) => {
  const context = await browser.newContext()
  const ana = await join("Ana", context)
  const conversation = await ana.create()
  await ana.send("kept by the relay")
  await ana.safe("kept by the relay", "stored")
  await context.setOffline(true)
  await ana.connected("offline")
  await ana.send("on this device only")
  await ana.safe("on this device only", "local")
  await expect(ana.status).toContainText("1 message on this device only")
  await context.setOffline(false)
  await ana.safe("on this device only", "stored")
  await expect(ana.status).toContainText("All safe")

  await ana.page.goto("about:blank")
  const session = await context.newCDPSession(ana.page)
  await session.send("Storage.clearDataForOrigin", { origin: relay.url, storageTypes: "all" })
  await ana.open(relay.url, "Ana")
  await expect(ana.page.getByTestId("conversation-item")).toHaveCount(1)
  await ana.goTo(conversation)
  await expect(ana.message("kept by the relay")).toHaveCount(1)
  await expect(ana.message("on this device only")).toHaveCount(1)
  await context.close()
})

test("[PN9] all is called safe only when the relay has it on its disk, and then it has", async ({ join, relay }) => {
  const ana = await join("Ana")
  await ana.create()
  await ana.send("first")
  await expect(ana.status).toContainText("All safe")
  expect(await storedTexts(relay)).toContain("first")
  await relay.kill()
  await ana.connected("offline")
  await ana.send("second")
  await ana.safe("second", "local")
  await expect(ana.status).not.toContainText("All safe")
  await relay.start()
  await ana.safe("second", "stored")
  await expect(ana.status).toContainText("All safe")
  const stored = await storedTexts(relay)
  expect(stored).toEqual(expect.arrayContaining(["first", "second"]))
})

test("[PN13] what stands in the composer survives a reload, and what was sent does not come back into it", async ({ join }) => {
  const ana = await join("Ana")
  const conversation = await ana.create()
  await ana.draftOnDisk("half a thought")
  await ana.page.reload()
  await expect(ana.composer).toHaveValue("half a thought")
  const other = await ana.create()
  await expect(ana.composer).toHaveValue("")
  await ana.composer.fill("in the other one")
  await ana.goTo(conversation)
  await expect(ana.composer).toHaveValue("half a thought")
  await ana.composer.press("Enter")
  await ana.safe("half a thought", "stored")
  await expect(ana.composer).toHaveValue("")
  await ana.page.reload()
  await expect(ana.message("half a thought")).toHaveCount(1)
  await expect(ana.composer).toHaveValue("")
  await ana.goTo(other)
  await expect(ana.composer).toHaveValue("in the other one")
})

test("[PN18] a device whose clock is a year ahead, and one a year behind, take part in the right order", async ({ join }) => {
  const ana = await join("Ana")
  const conversation = await ana.create()
  await ana.send("one")
  await ana.safe("one", "stored")
  const late = await join("Late")
  await late.page.clock.install({ time: Date.now() - 365 * 86_400_000 })
  await late.page.reload()
  await late.goTo(conversation)
  await expect(late.message("one")).toHaveCount(1)
  await late.send("two, says the clock of last year")
  await expect(ana.message("two, says the clock of last year")).toHaveCount(1)
  const early = await join("Early")
  await early.page.clock.install({ time: Date.now() + 365 * 86_400_000 })
  await early.page.reload()
  await early.goTo(conversation)
  await expect(early.message("two, says the clock of last year")).toHaveCount(1)
  await early.send("three, says the clock of next year")
  await expect(ana.message("three, says the clock of next year")).toHaveCount(1)
  await ana.send("four")
  const order = ["one", "two, says the clock of last year", "three, says the clock of next year", "four"]
  for (const chat of [ana, late, early]) {
    await expect(chat.message("four")).toHaveCount(1)
    expect((await chat.safetyOfAll()).map(({ text }) => text)).toEqual(order)
  }
})

test("[PN21] what a program imports while a browser has the conversation open stands beside what is written there", async ({
  join,
  relay,
}) => {
  const folder = await mkdtemp(path(tmpdir(), "polylogue-import-"))
  try {
    const file = path(folder, "messages.jsonl")
    const line = (more: readonly object[]): string =>
      `${JSON.stringify({ id: "same", messages: [{ role: "user", content: "from a file" }, { role: "assistant", content: "answered in a file" }, ...more] })}\n`
    await writeFile(file, line([]))
    const imported = async (): Promise<string> =>
      (await promisify(execFile)(process.execPath, [PROGRAM, "import", file, "--relay", `ws://127.0.0.1:${relay.port}`])).stdout
    expect(await imported()).toContain("imported")
    const ana = await join("Ana")
    await ana.page.getByTestId("conversation-item").first().getByRole("link").click()
    await expect(ana.message("answered in a file")).toHaveCount(1)
    await ana.send("written in the browser")
    await ana.composer.fill("and a draft")
    expect(await imported()).toContain("unchanged")
    await expect(ana.message("written in the browser")).toHaveCount(1)
    await expect(ana.composer).toHaveValue("and a draft")
    await ana.safe("written in the browser", "stored")
    expect((await storedTexts(relay)).toSorted()).toEqual(["answered in a file", "from a file", "written in the browser"])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

function idsOf(chat: { readonly messages: import("@playwright/test").Locator }): Promise<(string | null)[]> {
  return chat.messages.evaluateAll((rows) => rows.map((row) => row.getAttribute("data-message-id")))
}
