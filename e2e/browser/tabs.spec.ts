import type { CDPSession, Page } from "@playwright/test"
import { expect, test } from "./test.ts"

test("[I3, I12] one of two tabs is frozen while it holds the connection: the other takes over, and nothing is lost", async ({
  browser,
  join,
}) => {
  const context = await browser.newContext()
  const first = await join("Ana", context)
  await countTransactions(first.page)
  const conversation = await first.create()
  await first.send("before")
  await first.safe("before", "stored")
  const second = await join("Ana", context)
  await second.goTo(conversation)
  await expect(second.message("before")).toHaveCount(1)
  await second.send("from the second tab")
  await expect(first.message("from the second tab")).toHaveCount(1)
  await second.safe("from the second tab", "stored")

  // The first tab was alone, so it holds the lock and the socket; frozen, it keeps both.
  const thaw = await freeze(first.page)
  await second.send("while the first is frozen")
  await second.safe("while the first is frozen", "stored")
  expect(await textOf(first.page)).not.toContain("while the first is frozen")
  const bo = await join("Bo")
  await bo.goTo(conversation)
  await expect(bo.message("while the first is frozen")).toHaveCount(1)
  await bo.send("an answer from Bo")
  await expect(second.message("an answer from Bo")).toHaveCount(1)

  await thaw()
  for (const chat of [first, second, bo]) {
    await expect(chat.message("an answer from Bo")).toHaveCount(1)
    await expect(chat.messages).toHaveCount(4)
  }
  await first.send("awake again")
  await first.safe("awake again", "stored")
  await expect(bo.message("awake again")).toHaveCount(1)
  await context.close()
})

const sessions = new WeakMap<Page, CDPSession>()

/**
 * Stops everything that runs in a page, as a browser does that freezes a tab: timers, messages, sockets' events. Its locks stay with it. Headless
 * Chromium takes every tab for visible, and does not freeze those, so the debugger holds its main thread; like a browser, which freezes no tab in the middle
 * of a transaction, for all others would wait for it. Returns what lets it go on.
 */
async function freeze(page: Page): Promise<() => Promise<void>> {
  const session = await page.context().newCDPSession(page)
  sessions.set(page, session)
  const paused = new Promise((resolve) => session.once("Debugger.paused", resolve))
  await session.send("Debugger.enable")
  await session.send("Runtime.evaluate", {
    expression: "setTimeout(function attempt() { if (globalThis.openTransactions === 0) { debugger } else setTimeout(attempt, 0) }, 0)",
  })
  await paused
  return async () => {
    await session.send("Debugger.resume")
    await session.send("Debugger.disable")
  }
}

/** Counts the transactions of the page's databases that are open, for `freeze`. */
async function countTransactions(page: Page): Promise<void> {
  await page.evaluate(() => {
    const counted = globalThis as unknown as { openTransactions: number }
    counted.openTransactions = 0
    // oxlint-disable-next-line typescript/unbound-method -- reason: it is called on the database that it was asked of.
    const open = IDBDatabase.prototype.transaction
    IDBDatabase.prototype.transaction = function (this: IDBDatabase, ...args: Parameters<IDBDatabase["transaction"]>) {
      const transaction = open.apply(this, args)
      counted.openTransactions++
      for (const end of ["complete", "abort"]) transaction.addEventListener(end, () => counted.openTransactions--)
      return transaction
    }
  })
}

/** What a frozen page shows; the debugger can still look at it. */
async function textOf(page: Page): Promise<string> {
  const { result } = await sessions.get(page)!.send("Runtime.evaluate", { expression: "document.body.innerText" })
  return String(result.value)
}
