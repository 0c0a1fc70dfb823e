import { expect, test } from "./test.ts"

const answered = (id: string, question: string, answer: string): object => ({
  id,
  title: null,
  create_time: null,
  // Newer exports name the model here and leave metadata out of the messages.
  model_slug: "gpt-5",
  current_node: "b",
  mapping: {
    b: { message: { author: { role: "assistant" }, content: { content_type: "text", parts: [answer] } }, parent: "a" },
    a: { message: { author: { role: "user" }, content: { content_type: "text", parts: [question] } }, parent: null, children: ["b"] },
  },
})

test("[PN17] an export in a new shape, split over files of which some hold nothing, is imported and reported item by item", async ({
  join,
}) => {
  const ana = await join("Ana")
  await ana.connected()
  await ana.page
    .getByRole("button", { name: /Import/ })
    .first()
    .click()
  const file = (name: string, value: unknown): { name: string; mimeType: string; buffer: Buffer } => ({
    name,
    mimeType: "application/json",
    buffer: Buffer.from(typeof value === "string" ? value : JSON.stringify(value)),
  })
  await ana.page
    .getByTestId("import-files")
    .first()
    .setInputFiles([
      file("conversations-000.json", [answered("one", "Is there metadata?", "None at all."), { id: "odd", mapping: 7 }]),
      file("conversations-001.json", [answered("two", "And in the second file?", "Neither.")]),
      file("user.json", { id: "user-1", email: "nobody@example.org" }),
      file("cut.json", '[{"id":"three","mapping":{'),
    ])
  const report = ana.page.getByTestId("import-report")
  await expect(report.locator('[data-status="imported"]')).toHaveCount(2)
  await expect(report.locator('[data-status="skipped"]')).toHaveCount(1)
  await expect(report.locator('[data-status="failed"]')).toHaveCount(2)
  await expect(report).toContainText("cut.json")
  await expect(report).toContainText("breaks off")
  await ana.page.getByRole("button", { name: "Done" }).click()
  await expect(ana.page.getByTestId("conversation-item")).toHaveCount(2)
  await ana.page.getByTestId("conversation-item").filter({ hasText: "Neither" }).getByRole("link").click()
  await expect(ana.message("Neither.")).toHaveCount(1)
  await expect(ana.status).toContainText("All safe")
})
