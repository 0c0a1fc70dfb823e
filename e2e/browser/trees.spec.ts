import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { branchesTo } from "@polylogue/conversation"
import type { Page } from "@playwright/test"
import { Program } from "./program.ts"
import { storedIds } from "./stored-texts.ts"
import { expect, test } from "./test.ts"

const TREES = fileURLToPath(new URL("../../../shared/data/conversations/oasst-trees-a.jsonl.gz", import.meta.url))
/** Trees that are gone through in the browser: those with the most forks. */
const WALKED = 2

test("[PN16] of real message trees every message is on a branch, and the outline of branches leads to each version", async ({
  join,
  relay,
}) => {
  test.skip(!existsSync(TREES), "the shared conversations are not there")
  const ana = await join("Ana")
  await ana.connected()
  await ana.page
    .getByRole("button", { name: /Import/ })
    .first()
    .click()
  await ana.page.getByTestId("import-files").first().setInputFiles(TREES)
  await ana.page.getByRole("button", { name: "Done" }).click()
  await expect(ana.status).toContainText("All safe")

  const forks = new Map<string, number>()
  for (const id of await storedIds(relay)) {
    const reader = await Program.join(relay, id, "reader")
    await expect.poll(() => reader.conversation.getTree().nodes.size).toBeGreaterThan(0)
    const tree = reader.conversation.getTree()
    for (const message of tree.nodes.keys()) {
      expect(reader.conversation.getLine(branchesTo(tree, message)).map((entry) => entry.id)).toContain(message)
    }
    const versions = [...tree.nodes.keys()].flatMap((message) => tree.turnsAfter(message)).filter(({ members }) => members.length > 1)
    forks.set(
      id,
      versions.reduce((sum, { members }) => sum + members.length, 0),
    )
    await reader.leave()
  }
  expect(forks.size).toBeGreaterThan(WALKED)

  const most = [...forks].toSorted(([, left], [, right]) => right - left).slice(0, WALKED)
  for (const [id, versions] of most) {
    await ana.goTo(id)
    await expect(ana.messages.last()).toBeVisible()
    const entries = ana.page.locator(".branch-outline button")
    await openOutline(ana.page)
    await expect(entries).toHaveCount(versions)
    for (let place = 0; place < versions; place++) {
      await entries.nth(place).click()
      await expect(entries).toHaveCount(0)
      await openOutline(ana.page)
      // It is in the line that is on screen now.
      await expect(entries.nth(place)).toHaveAttribute("aria-current", "true")
    }
    await ana.page.keyboard.press("Escape")
  }
})

async function openOutline(page: Page): Promise<void> {
  await page.keyboard.press("ControlOrMeta+k")
  const palette = page.getByRole("dialog")
  await palette.getByRole("combobox").fill("All branches")
  await palette.getByRole("option").filter({ hasText: "All branches" }).first().click()
  await expect(page.locator(".branch-outline")).toBeVisible()
}
