import { execFile } from "node:child_process"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { RelayProcess } from "../relay-process.ts"
import { ChatPage } from "./chat-page.ts"
import { markdownFile, SourcePage } from "./source-page.ts"
import { expect, test } from "./test.ts"

const PROGRAM = fileURLToPath(new URL("../../apps/polylogue/bin/polylogue.js", import.meta.url))

/** What to open to be signed in at `relay` as a user. */
async function invitation(relay: RelayProcess, user: string, role: string): Promise<string> {
  const args = ["token", "--user", user, "--workspace", "home", "--role", role, "--data", relay.data]
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, ...args])
  return `${relay.url}/#token=${stdout.trim()}`
}

test("[PN24, I11, I12] two people judge the same passages blind, each cut off, and see each other's grades when both are done", async ({
  browser,
}) => {
  const relay = await RelayProcess.start({ flags: ["--auth", "token"] })
  const join = async (user: string, role: string): Promise<ChatPage> => {
    const chat = new ChatPage(await (await browser.newContext()).newPage())
    await chat.open(await invitation(relay, user, role), user)
    await chat.connected()
    return chat
  }
  try {
    const olga = await join("olga", "owner")
    const sources = new SourcePage(olga.page)
    await sources.list()
    await sources.add([
      markdownFile("heron.md", "# Heron\n\nThe grey heron eats fish and frogs."),
      markdownFile("stork.md", "# Stork\n\nThe white stork eats frogs and mice."),
    ])
    await olga.page.goto(`${relay.url}/#/`)
    await olga.create()
    await olga.send("What eats frogs?")
    await olga.page.keyboard.press("Control+k")
    const palette = olga.page.getByRole("dialog")
    await palette.getByRole("combobox").fill("Look up in sources")
    await palette.getByRole("option").filter({ hasText: "Look up in sources" }).first().click()
    await olga.page.getByRole("button", { name: "Keep with this message" }).click()
    await expect(olga.page.getByRole("button", { name: "Kept with the message" })).toBeVisible()

    await olga.page.goto(`${relay.url}/#/j`)
    await olga.page.getByRole("button", { name: "New round" }).first().click()
    const dialog = olga.page.getByRole("dialog", { name: "New round" })
    await dialog.getByLabel("Name", { exact: true }).fill("Frogs")
    await dialog.getByRole("checkbox").first().check()
    for (const name of ["ana", "bo"]) {
      await dialog.getByLabel("Somebody else, by the name").fill(name)
      await dialog.getByRole("button", { name: "Add", exact: true }).click()
    }
    await dialog.getByRole("button", { name: "Take olga out" }).click()
    await expect(dialog.getByRole("radio", { name: "Blind" })).toBeChecked()
    await expect(dialog.getByRole("status").last()).toHaveText("1 question with 2 passages, judged by 2 people, each by all.")
    await dialog.getByRole("button", { name: "Begin" }).click()
    await expect(olga.page.getByRole("heading", { name: "Frogs", exact: true })).toBeVisible()
    const hash = /#\/j\/[^/]+/.exec(olga.page.url())?.[0] ?? ""

    const [ana, bo] = [await join("ana", "annotator"), await join("bo", "annotator")]
    for (const { page } of [ana, bo]) {
      await page.goto(`${relay.url}/${hash}`)
      await expect(page.getByRole("group", { name: /^Grade of/ })).toHaveCount(2)
    }
    await Promise.all([ana.keptOffline(), bo.keptOffline()])
    await ana.page.context().setOffline(true)
    await bo.page.context().setOffline(true)
    for (const [chat, keys] of [
      [ana, ["3", "0"]],
      [bo, ["2", "0"]],
    ] as const) {
      for (const key of keys) await chat.page.keyboard.press(key)
      await expect(chat.page.getByText("2 of 2 judged")).toBeVisible()
      await chat.page.getByRole("button", { name: "I am done" }).click()
      await chat.page.getByRole("dialog").getByRole("button", { name: "I am done" }).click()
    }
    await ana.page.context().setOffline(false)
    await ana.page.goto(`${relay.url}/${hash}/agreement`)
    // Who is done and alone in that sees nothing of the other.
    await expect(ana.page.getByRole("list", { name: "Who is how far" })).toContainText("bo")
    await expect(ana.page.getByText("Krippendorff")).toHaveCount(0)
    await bo.page.context().setOffline(false)
    await expect(ana.page.getByText("Krippendorff’s alpha").first()).toBeVisible()
    await ana.page.getByRole("row", { name: /ana/ }).first().scrollIntoViewIfNeeded()

    // By hand: grades (3, 2) and (0, 0). Kappa: half are equal, a quarter by chance: (1/2 − 1/4) / (1 − 1/4) = 1/3.
    // Alpha, ordered: 1 of disagreement in 4 pairable grades against (2·2·2.25 + 2·2·6.25 + 2·1) / 12 = 3: 1 − (1/2) / 3 = 0.83.
    for (const { page } of [ana, bo, olga]) {
      await page.goto(`${relay.url}/${hash}/agreement`)
      await expect(page.getByText("0.83").first()).toBeVisible()
      await expect(page.getByText("0.33").first()).toBeVisible()
    }
  } finally {
    for (const context of browser.contexts()) await context.close()
    await relay.dispose()
  }
})
