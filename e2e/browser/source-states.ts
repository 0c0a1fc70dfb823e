import { expect, type Page } from "@playwright/test"
import type { PageState } from "./page-states.ts"

async function goTo(page: Page, hash: string): Promise<void> {
  await page.evaluate((to) => {
    location.hash = to
  }, hash)
}

/** The list of sources, and from it what is done with one of them. */
export const SOURCE_STATES: PageState = {
  name: "sources",
  go: async (page) => {
    await goTo(page, "#/s")
    await expect(page.getByRole("link", { name: /Timetable of the ferries/ })).toBeVisible()
  },
  next: [
    {
      name: "source",
      go: async (page, { sources }) => {
        await goTo(page, `#/s/${sources.source}`)
        await expect(page.locator(".source-text")).toContainText("The small ferry runs daily")
      },
    },
    {
      name: "source-notes",
      go: async (page) => {
        await page.getByRole("button", { name: /^Notes: / }).click()
        await expect(page.getByRole("complementary")).toContainText("Is that so this year?")
        await expect(page.getByRole("complementary")).toContainText("lost its words")
      },
    },
    {
      name: "source-editing",
      go: async (page) => {
        await page.getByRole("complementary").getByRole("button", { name: "Close" }).click()
        await page.getByRole("button", { name: "Source actions" }).click()
        await page.getByRole("menuitem", { name: "Edit text" }).click()
        await expect(page.locator(".cm-content")).toBeVisible()
      },
    },
    {
      name: "source-search",
      go: async (page) => {
        await goTo(page, "#/s")
        await page.getByText("Search in all texts").first().click()
        await page.getByLabel("Words or a question").fill("bicycles")
        await expect(page.locator(".source-hits")).toContainText("Bicycles are taken")
      },
    },
  ],
}

/** A conversation of which an answer cites sources. */
export const CITATION_STATES: PageState = {
  name: "citations",
  go: async (page, { ferry }) => {
    await goTo(page, `#/c/${ferry}`)
    await expect(page.getByRole("button", { name: /^Source 1/ }).first()).toBeVisible()
  },
  next: [
    {
      name: "citation-panel",
      go: async (page) => {
        await page
          .getByRole("button", { name: /^Source 1/ })
          .first()
          .click()
        await expect(page.getByRole("complementary")).toContainText("The small ferry runs daily")
      },
    },
  ],
}

/** The list of rounds, and from it one of them, judged and compared, and another that is begun. */
export const JUDGING_STATES: PageState = {
  name: "judging",
  go: async (page) => {
    await goTo(page, "#/j")
    await expect(page.getByRole("link", { name: /Ferries, first look/ })).toBeVisible()
  },
  next: [
    {
      name: "judging-round",
      go: async (page, { sources }) => {
        await goTo(page, `#/j/${sources.round}`)
        await expect(page.getByRole("group", { name: /^Grade of/ }).first()).toBeVisible()
      },
    },
    {
      name: "judging-agreement",
      go: async (page, { sources }) => {
        await goTo(page, `#/j/${sources.round}/agreement`)
        await expect(page.getByText("Krippendorff’s alpha").first()).toBeVisible()
      },
    },
    {
      name: "judging-new",
      go: async (page) => {
        await goTo(page, "#/j")
        await page.getByRole("button", { name: "New round" }).first().click()
        await page.getByRole("dialog").getByRole("checkbox").first().check()
      },
    },
  ],
}
