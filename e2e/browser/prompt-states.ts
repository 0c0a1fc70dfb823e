import { expect, type Page } from "@playwright/test"
import type { PageState } from "./page-states.ts"
import { PromptPage } from "./prompt-page.ts"

/** Goes to the list of prompts. */
export async function goToPrompts(page: Page): Promise<void> {
  await page.evaluate(() => {
    location.hash = "#/p"
  })
  await expect(page.getByTestId("new-prompt").first()).toBeVisible()
}

async function unfold(page: Page, title: string): Promise<void> {
  const section = page.locator(".editor-section", { hasText: title })
  await section.locator("summary").first().click()
  await section.scrollIntoViewIfNeeded()
}

/** The list of prompts, and from it everything in which one stands on the way of a prompt until somebody else was first to publish. */
export const PROMPT_STATES: PageState = {
  name: "prompts",
  go: async (page) => {
    await goToPrompts(page)
    await expect(page.getByRole("link", { name: /Garden helper/ })).toBeVisible()
  },
  next: [
    { name: "prompt", go: (page, { prompt }) => new PromptPage(page).goTo(prompt.id) },
    {
      name: "prompt-variables",
      go: async (page) => {
        await unfold(page, "Variables")
        await page.locator(".variable summary").first().click()
        await unfold(page, "Configuration")
      },
    },
    {
      name: "prompt-fill-in",
      go: async (page) => {
        await unfold(page, "Fill in and use")
        await expect(page.getByRole("region", { name: "Preview" })).toBeVisible()
      },
    },
    {
      name: "prompt-labels",
      go: async (page) => {
        await page.locator(".label-facts").click()
        await expect(page.getByRole("complementary")).toContainText("Everybody who asks for production gets v1.")
      },
    },
    {
      name: "prompt-publish",
      go: async (page) => {
        await page.getByRole("complementary").getByRole("button", { name: "Close" }).click()
        await new PromptPage(page).type(0, " Name the plants.")
        await page.locator(".publish-button").click()
        await expect(page.getByRole("dialog", { name: "Publish" })).toContainText("What changes")
      },
    },
    {
      name: "prompt-conflict",
      go: async (page, { prompt }) => {
        await page.keyboard.press("Escape")
        await page.context().setOffline(true)
        await new PromptPage(page).publish("Names")
        await prompt.publishAgain()
        await page.context().setOffline(false)
        await page.locator(".publish-banner").getByRole("button", { name: "Compare" }).click()
        await expect(page.getByRole("dialog", { name: "Two versions" })).toContainText("v2 was published first")
      },
    },
  ],
}
