import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Message } from "@polylogue/conversation"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { Gate, ProviderServer } from "../../packages/responder/test/provider-server.ts"
import { recordedAnswer } from "../../packages/responder/test/recorded-answer.ts"
import { hasRecordings, recordings } from "../../packages/responder/test/recordings.ts"
import { RelayProcess } from "../relay-process.ts"
import { Person } from "./person.ts"
import { RespondProcess } from "./respond-process.ts"

let relay: RelayProcess
let provider: ProviderServer
let responder: RespondProcess
let folder: string

/** Recordings of whole answers: the others are steps, around calls of a tool of a program that is not here. */
const whole = recordings().filter((recording) => {
  const { calls, ended } = recordedAnswer(recording)
  return calls.every(({ id, byProvider }) => byProvider && ended.includes(id)) && ended.length === calls.length
})

describe.skipIf(!hasRecordings)("recorded answers (skipped without the shared data)", () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "polylogue-e2e-"))
    relay = await RelayProcess.start({ command: "relay" })
    provider = await ProviderServer.start()
    const models = ["chat", "responses", "anthropic"].map((api) => ({ id: api, api, url: provider.url, model: "recorded" }))
    await writeFile(join(folder, "models.json"), JSON.stringify(models))
    responder = await RespondProcess.start({
      relay: `ws://127.0.0.1:${relay.port}`,
      flags: ["--models", join(folder, "models.json"), "--name", "recorded"],
    })
  }, 60_000)

  afterAll(async () => {
    await responder.stop()
    await relay.dispose()
    await provider.close()
    await rm(folder, { recursive: true, force: true })
  }, 60_000)

  test.each(whole)(
    "[EE16] $name: while who asked goes away and another opens, the reply becomes what was recorded",
    async ({ name, api, events }) => {
      const recorded = recordedAnswer({ name, api, events })
      const gate = new Gate()
      provider.next({ events, gate })
      const conversationId = `recorded-${name.replaceAll(" ", "-")}`
      const ana = await Person.open(relay, "ana", conversationId)
      const ask = await ana.ask("What was recorded?", { model: api })
      await provider.until(({ open }) => open === 1)
      gate.allow(Math.ceil(events.length / 2))
      await ana.until("the reply", () => ana.replies(ask)[0])
      await ana.close()
      gate.allow(Infinity)
      const ben = await Person.open(relay, "ben", conversationId)
      const reply = await ben.until("the end", () => ben.replies(ask).find(hasEnded))
      const said = (type: string): string => reply.parts.flatMap((part) => (part.type === type ? [part.text ?? ""] : [])).join("")
      expect(said("text")).toBe(recorded.text)
      expect(said("reasoning")).toBe(recorded.reasoning)
      const calls = reply.parts.filter(({ type }) => type === "tool")
      expect(calls.map(({ fields }) => fields["toolCallId"])).toEqual(recorded.calls.map(({ id }) => id))
      expect(calls.filter(({ state }) => state === "output-available")).toHaveLength(recorded.ended.length)
      expect(ben.citations(reply)).toHaveLength(recorded.annotations.length)
      expect(reply.parts.findLast(({ details }) => details !== null)?.details).toMatchObject({
        usage: { outputTokens: recorded.outputTokens },
      })
      await ben.close()
    },
  )
})

function hasEnded({ parts }: Message): boolean {
  return parts.some(({ details }) => (details as { readonly ends?: unknown } | null)?.ends === true)
}
