import { expect, test } from "vitest"
import { AnsweringTown, whole } from "./support/answering-town.ts"

test("[RS1] what is asked for is answered once, in the conversation, and shown on every device", async () => {
  const here = await AnsweringTown.open()
  here.onAnswer = (answer) => answer.say(...whole("An answer."))
  await here.respond("one")
  const [ana, ben] = [await here.person("ana"), await here.person("ben")]
  const ask = ana.question("What is it?")
  const reply = await ben.answer(ask)
  expect(reply.text).toBe("An answer.")
  expect(reply.parts).toHaveLength(1)
  expect(reply.parts[0]).toMatchObject({ state: "done", details: { finishReason: "stop", usage: { outputTokens: 1 } } })
  expect(reply).toMatchObject({ model: "m", authorName: "Model M", authorKind: "model" })
  await here.pass(100_000)
  expect(here.answers).toHaveLength(1)
  expect(ana.texts(ask.messageId)).toEqual(["An answer."])
})
