import { systemClock } from "@polylogue/replica/node"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { answeringModels } from "@polylogue/responder/models"
import type { Tool } from "../src/index.ts"
import { modelAt } from "./asking.ts"
import { type ProviderApi, ProviderServer } from "./provider-server.ts"
import { spokenStream } from "./provider-streams.ts"
import { eventsOf, Scene } from "./scripted-model.ts"

const APIS: readonly ProviderApi[] = ["chat", "responses", "anthropic"]
const never = new AbortController().signal

let server: ProviderServer
beforeAll(async () => {
  server = await ProviderServer.start()
})
afterAll(async () => server.close())

const LOOK: Tool = {
  name: "look",
  description: "Looks which rooms are free.",
  input: { type: "object", properties: { day: { type: "string" } }, required: ["day"] },
  asks: false,
  readsOnly: true,
  run: async (input) => ({ free: [4], on: (input as { readonly day: string }).day }),
}

describe.each(APIS)("%s", (api) => {
  test("[RS50] a model behind a provider calls tools and goes on with what they gave", async () => {
    server.requests.length = 0
    const input = { day: "Monday" }
    server.next(
      { events: spokenStream(api, [{ text: "I look." }, { tool: "look", id: "c1", input }]) },
      { events: spokenStream(api, [{ text: "Room four is free." }]) },
    )
    const scene = new Scene()
    const [model] = answeringModels([modelAt(server, api, { contextTokens: 2_000 })], { clock: systemClock })
    expect(model).toMatchObject({ id: "m", label: "Model M", isDefault: true, contextTokens: 2_000 })
    const events = await eventsOf(scene.answerer(model!, [LOOK]).answer(scene.question(scene.ask(), "r"), never))
    expect(events.filter(({ type }) => type === "text").map((event) => "text" in event && event.text)).toEqual([
      "I look.",
      "Room four is free.",
    ])
    expect(events.filter(({ type }) => type === "tool-call" || type === "tool-output")).toEqual([
      { type: "tool-call", toolCallId: "c1", name: "look", input },
      { type: "tool-output", toolCallId: "c1", output: { free: [4], on: "Monday" } },
    ])
    expect(events.at(-1)).toMatchObject({ finishReason: "stop", usage: { inputTokens: 24, outputTokens: 68 } })
    const [first, second] = server.requests.map(({ body }) => JSON.stringify(body))
    expect(first).toContain("Looks which rooms are free.")
    expect(first).not.toContain("I look.")
    for (const told of ["I look.", "c1", "Monday", "free"]) expect(second).toContain(told)
  })

  test("[RS44] an answer that is stopped closes the connection to its provider", async () => {
    const closed = server.closedEarly
    server.next({ events: spokenStream(api, [{ text: "And so on and so on." }]), silentAfter: 4 })
    const scene = new Scene()
    const stop = new AbortController()
    const answer = scene
      .answerer(answeringModels([modelAt(server, api)], { clock: systemClock })[0]!)
      .answer(scene.question(scene.ask(), "r"), stop.signal)
    const reading = (async () => {
      for await (const event of answer) if (event.type === "text") stop.abort(new Error("stopped"))
    })()
    await expect(reading).rejects.toThrow("stopped")
    await expect.poll(() => server.closedEarly).toBe(closed + 1)
  })
})
