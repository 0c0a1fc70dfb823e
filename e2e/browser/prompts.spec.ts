import { PromptPage } from "./prompt-page.ts"
import { PromptProgram } from "./prompt-program.ts"
import { expect, test } from "./test.ts"

/** How often each word stands in the texts. */
function counts(texts: readonly string[], words: readonly string[]): readonly number[] {
  const all = texts.join("\n").split(/[^a-z0-9-]+/u)
  return words.map((word) => all.filter((one) => one === word).length)
}

const ROUNDS = [1, 2, 3]

test("[PN22, I2, I12] two browsers and a program write in the same messages of a prompt, cut off from each other now and then", async ({
  join,
  relay,
}) => {
  const [anaChat, boChat] = [await join("Ana"), await join("Bo")]
  const [ana, bo] = [new PromptPage(anaChat.page), new PromptPage(boChat.page)]
  const promptId = await ana.create()
  await ana.type(0, "common")
  await ana.type(1, "question")
  await bo.goTo(promptId)
  await expect.poll(() => bo.texts()).toEqual(["common", "question"])
  const program = await PromptProgram.join(relay, promptId, "program")
  await expect.poll(() => program.texts()).toEqual(["common", "question"])

  await Promise.all([anaChat.keptOffline(), boChat.keptOffline()])
  for (const round of ROUNDS) {
    // Who is cut off changes from round to round; everybody writes in the same message.
    const cut = [anaChat, boChat, undefined][round - 1]
    await cut?.page.context().setOffline(true)
    program.setCutOff(cut === undefined)
    await Promise.all([ana.type(0, ` ana-${round}`), bo.type(0, ` bo-${round}`)])
    program.writeBefore("common", `program-${round} `)
    // While Ana goes on in it, Bo moves it below the other one, and back in the next round.
    await bo.moveDown(0)
    await anaChat.page.keyboard.type(` more-${round}`)
    await cut?.page.context().setOffline(false)
    program.setCutOff(false)
    await expect.poll(async () => (await ana.texts()).length).toBe(2)
    await expect.poll(async () => counts(await bo.texts(), [`more-${round}`, `program-${round}`])).toEqual([1, 1])
    await expect.poll(() => ana.texts()).toEqual(await bo.texts())
    await bo.moveDown(0)
    await expect.poll(async () => (await ana.texts())[0]).toContain("common")
    await expect.poll(async () => (await bo.texts())[0]).toContain("common")
  }

  const words = ROUNDS.flatMap((round) => [`ana-${round}`, `more-${round}`, `bo-${round}`, `program-${round}`])
  await expect.poll(() => ana.texts()).toEqual(program.texts())
  expect(await bo.texts()).toEqual(program.texts())
  expect(counts(program.texts(), [...words, "common", "question"])).toEqual([...words.map(() => 1), 1, 1])

  // What one takes back is one's own, whoever wrote later.
  await boChat.page.keyboard.press("Escape")
  await ana.text(0).click()
  for (let press = 0; press < 40; press++) await anaChat.page.keyboard.press("Control+z")
  const others = ROUNDS.flatMap((round) => [`bo-${round}`, `program-${round}`])
  const own = ROUNDS.flatMap((round) => [`ana-${round}`, `more-${round}`])
  await expect.poll(async () => counts(await bo.texts(), own)).toEqual(own.map(() => 0))
  expect(counts(await bo.texts(), others)).toEqual(others.map(() => 1))
  await program.stored()
  await program.leave()
})

test("[PN20, I8, I12] two people publish while both are cut off: one is production, the other keeps every word and goes on from there", async ({
  join,
  relay,
}) => {
  const [anaChat, boChat] = [await join("Ana"), await join("Bo")]
  const [ana, bo] = [new PromptPage(anaChat.page), new PromptPage(boChat.page)]
  const promptId = await ana.create()
  await ana.type(0, "You answer about plants.")
  await ana.publish("the beginning", "Plants & birds")
  const address = `${relay.url}/api/prompts/${encodeURIComponent("Plants & birds")}`
  const production = async (): Promise<{ readonly version: number; readonly words: string | undefined } | undefined> => {
    const response = await fetch(`${address}?label=production`)
    if (!response.ok) return undefined
    const { version, prompt } = (await response.json()) as { version: number; prompt: readonly { content: string }[] }
    return { version, words: prompt[0]?.content }
  }
  await expect.poll(production).toEqual({ version: 1, words: "You answer about plants." })
  await bo.goTo(promptId)
  await expect.poll(() => bo.texts()).toContain("You answer about plants.")

  await Promise.all([anaChat.keptOffline(), boChat.keptOffline()])
  await anaChat.page.context().setOffline(true)
  await boChat.page.context().setOffline(true)
  await Promise.all([anaChat.connected("offline"), boChat.connected("offline")])
  await ana.type(0, " Ana says: be short.")
  await bo.type(0, " Bo says: be kind.")
  await ana.publish("shorter")
  await bo.publish("kinder")
  for (const page of [ana, bo]) await expect(page.wishes).toContainText("when a relay is in reach")
  await anaChat.page.context().setOffline(false)
  await expect(ana.wishes).toHaveCount(0)
  await expect.poll(production).toEqual({ version: 2, words: "You answer about plants. Ana says: be short." })

  await boChat.page.context().setOffline(false)
  await expect(bo.wishes).toContainText("somebody else was first")
  expect(await production()).toMatchObject({ version: 2 })
  await bo.wishes.getByRole("button", { name: "Compare" }).click()
  const dialog = boChat.page.getByRole("dialog", { name: "Two versions" })
  await expect(dialog).toContainText("v2 was published first")
  await expect(dialog).toContainText("Ana says: be short.")
  await expect(dialog).toContainText("Bo says: be kind.")
  await dialog.getByRole("button", { name: "Publish mine as it is" }).click()
  await expect.poll(production).toEqual({ version: 3, words: "You answer about plants. Bo says: be kind." })
  await expect(bo.wishes).toHaveCount(0)
  // The draft has the words of both, as written together.
  for (const page of [ana, bo]) await expect.poll(async () => counts(await page.texts(), ["short", "kind", "plants"])).toEqual([1, 1, 1])
})
