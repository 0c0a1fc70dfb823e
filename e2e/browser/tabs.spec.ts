import { expect, test } from "./test.ts"

test("[I3, I12] one of two tabs is frozen while it holds the connection: the other takes over, and nothing is lost", async ({
  browser,
  join,
}) => {
  const context = await browser.newContext()
  const first = await join("Ana", context)
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
  const session = await context.newCDPSession(first.page)
  await session.send("Page.setWebLifecycleState", { state: "frozen" })
  await second.send("while the first is frozen")
  await second.safe("while the first is frozen", "stored")
  const bo = await join("Bo")
  await bo.goTo(conversation)
  await expect(bo.message("while the first is frozen")).toHaveCount(1)
  await bo.send("an answer from Bo")
  await expect(second.message("an answer from Bo")).toHaveCount(1)

  await session.send("Page.setWebLifecycleState", { state: "active" })
  for (const chat of [first, second, bo]) {
    await expect(chat.message("an answer from Bo")).toHaveCount(1)
    await expect(chat.messages).toHaveCount(4)
  }
  await first.send("awake again")
  await first.safe("awake again", "stored")
  await expect(bo.message("awake again")).toHaveCount(1)
  await context.close()
})
