import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Ask } from "@polylogue/conversation"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { Gate, type ProviderAnswer, ProviderServer } from "../../packages/responder/test/provider-server.ts"
import { spokenStream } from "../../packages/responder/test/provider-streams.ts"
import { type RecordedAnswer, recordedAnswer } from "../../packages/responder/test/recorded-answer.ts"
import { hasRecordings, type Recording, recordings } from "../../packages/responder/test/recordings.ts"
import { RelayProcess } from "../relay-process.ts"
import { Person } from "./person.ts"
import { RespondProcess } from "./respond-process.ts"

/** What a model says once it has heard that a tool which it called is not there. */
const AFTER_CALLS = "Without it, then."
/** A lease that is over while a test waits. */
const LIMITS = { answerLeaseMs: 3_000, answerHeartbeatMs: 500 }

let relay: RelayProcess
let provider: ProviderServer
let folder: string
const ends: (() => Promise<unknown>)[] = []

beforeEach(async () => {
  relay = await RelayProcess.start({ command: "relay" })
  ends.push(() => relay.dispose())
  provider = await ProviderServer.start()
  ends.push(() => provider.close())
  folder = await mkdtemp(join(tmpdir(), "polylogue-models-"))
  ends.push(() => rm(folder, { recursive: true }))
})

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** A responder with a model for each wire format, named as it is. */
async function respond(name: string): Promise<RespondProcess> {
  const file = join(folder, "models.json")
  await writeFile(
    file,
    JSON.stringify(["chat", "responses", "anthropic"].map((api) => ({ id: api, api, url: provider.url, model: "recorded" }))),
  )
  const flags = ["--models", file, "--name", name, "--limits", JSON.stringify(LIMITS)]
  const responder = await RespondProcess.start({ relay: `ws://127.0.0.1:${relay.port}`, flags })
  ends.push(() => responder.kill())
  return responder
}

async function person(name: string, conversationId: string): Promise<Person> {
  const someone = await Person.open(relay, name, conversationId)
  ends.push(() => someone.close())
  return someone
}

/** Has the provider play `recording` next, and what follows where the model waits for what its calls give. */
function play({ api, events }: Recording, more: Partial<ProviderAnswer> = {}): void {
  provider.next({ events, ...more })
  provider.play({ events: spokenStream(api, [{ text: AFTER_CALLS }]) })
}

/** That the answer, as `reader` has it, is what was recorded. */
async function expectRecorded(reader: Person, ask: Ask, recorded: RecordedAnswer): Promise<void> {
  const reply = await reader.until("the end of the answer", () => reader.answer(ask))
  expect(reader.replies(ask)).toHaveLength(1)
  const token = reply.parts.at(-1)!.pid.split(".")[0]!
  const parts = reply.parts.filter(({ pid }) => pid.startsWith(`${token}.`))
  const textOf = (type: string): string => parts.map((part) => (part.type === type ? (part.text ?? "") : "")).join("")
  const isAwaited = recorded.calls.some(({ byProvider }) => !byProvider)
  expect(textOf("text")).toBe(recorded.text + (isAwaited ? AFTER_CALLS : ""))
  expect(textOf("reasoning")).toBe(recorded.reasoning)

  const calls = parts.filter(({ fields }) => fields["toolCallId"] !== undefined)
  // Where another has begun the answer before, a call has a name of its own beside the one of then.
  expect(calls.map(({ fields }) => String(fields["toolCallId"]).replace(/_2$/u, ""))).toEqual(recorded.calls.map(({ id }) => id))
  for (const [index, { id, input, byProvider }] of recorded.calls.entries()) {
    const { fields, state } = calls[index]!
    if (typeof input === "object" && input !== null) expect(fields["input"]).toMatchObject(input)
    expect(state).toBe(byProvider && recorded.ended.includes(id) ? "output-available" : "output-error")
  }

  const citations = reader.citations(reply.id)
  expect(citations.map(({ raw }) => raw)).toEqual(recorded.annotations.map(({ raw }) => raw))
  for (const [index, { words }] of recorded.annotations.entries()) if (words !== undefined) expect(citations[index]!.words).toBe(words)
  if (!isAwaited)
    expect(parts.map(({ details }) => details)).toContainEqual(
      expect.objectContaining({ usage: expect.objectContaining({ outputTokens: recorded.outputTokens }) }),
    )
}

describe.skipIf(!hasRecordings)("recorded answers (skipped without the shared data)", () => {
  test(
    "[EE16] of every recording the text, the thoughts, the calls and the citations are what the provider sent; who asked has gone, another device opens it",
    { timeout: 300_000 },
    async () => {
      await respond("only")
      for (const [index, recording] of recordings().entries()) {
        const gate = new Gate()
        play(recording, { gate })
        const ana = await Person.open(relay, "ana", `recorded-${index}`)
        const ask = await ana.ask(recording.name, { model: recording.api })
        await provider.until(({ open }) => open === 1)
        gate.allow(Math.floor(recording.events.length / 2))
        await ana.until("the reply", () => ana.replies(ask)[0])
        await ana.close()
        const ben = await person("ben", `recorded-${index}`)
        gate.allow(Infinity)
        await expectRecorded(ben, ask, recordedAnswer(recording))
      }
    },
  )

  /** One of each wire format, the longest. */
  const longest = ["chat", "responses", "anthropic"].map(
    (api) =>
      recordings()
        .filter((one) => one.api === api)
        .toSorted((left, right) => right.events.length - left.events.length)[0]!,
  )

  test.each(longest)(
    "[EE17, I1] $api: the relay is killed with -9 in the middle of $name, and started again",
    { timeout: 120_000 },
    async (recording) => {
      await respond("only")
      const gate = new Gate()
      play(recording, { gate })
      const ana = await person("ana", "restarted")
      const ask = await ana.ask(recording.name, { model: recording.api })
      await provider.until(({ open }) => open === 1)
      gate.allow(Math.floor(recording.events.length / 2))
      await ana.until("the first words", () => ana.replies(ask).find(({ parts }) => parts.some(({ text }) => text !== null && text !== "")))
      await relay.kill()
      gate.allow(Infinity)
      await relay.start()
      await expectRecorded(ana, ask, recordedAnswer(recording))
      await expectRecorded(await person("ben", "restarted"), ask, recordedAnswer(recording))
    },
  )

  test.each(longest)(
    "[EE17, I8] $api: a responder is killed with -9 in the middle of $name, and another one writes it anew",
    { timeout: 120_000 },
    async (recording) => {
      const first = await respond("first")
      provider.next({ events: recording.events, silentAfter: Math.floor(recording.events.length / 2) })
      const ana = await person("ana", "killed")
      const ask = await ana.ask(recording.name, { model: recording.api })
      const begun = await ana.until("the first words", () =>
        ana.replies(ask).find(({ parts }) => parts.some(({ text }) => text !== null && text !== "")),
      )
      await first.kill()
      play(recording)
      await respond("second")
      await expectRecorded(ana, ask, recordedAnswer(recording))
      const [reply] = ana.replies(ask)
      expect(reply!.id).toBe(begun.id)
      for (const { pid, text } of begun.parts) {
        const kept = reply!.parts.find((part) => part.pid === pid)?.text ?? null
        if (text !== null) expect(kept?.slice(0, text.length)).toBe(text)
      }
      expect(reply!.parts.map(({ state }) => state)).toContain("interrupted")
    },
  )
})
