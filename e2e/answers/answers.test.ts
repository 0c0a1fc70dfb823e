import process from "node:process"
import { afterEach, beforeEach, expect, test } from "vitest"
import { Gate, ProviderServer } from "../../packages/responder/test/provider-server.ts"
import { spokenStream } from "../../packages/responder/test/provider-streams.ts"
import { RelayProcess } from "../relay-process.ts"
import { Person } from "./person.ts"
import { RespondProcess } from "./respond-process.ts"

/** Responders of the test in which many share the work: `POLYLOGUE_RESPONDERS`, else 4, which is what the suite affords. */
const RESPONDERS = Number(process.env["POLYLOGUE_RESPONDERS"] ?? 4)
const ASKS = 100
const CONVERSATIONS = 10
/** A lease that is over while a test waits, and one that outlasts a relay's new start. */
const SHORT = { answerLeaseMs: 3_000, answerHeartbeatMs: 500 }
const LONG = { answerLeaseMs: 30_000, answerHeartbeatMs: 1_000 }

let relay: RelayProcess
let provider: ProviderServer
const ends: (() => Promise<void>)[] = []

beforeEach(async () => {
  relay = await RelayProcess.start({ command: "relay" })
  provider = await ProviderServer.start()
  provider.models = null
  ends.push(
    () => relay.dispose(),
    () => provider.close(),
  )
})

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function respond(name: string, limits: Readonly<Record<string, number>>): Promise<RespondProcess> {
  const flags = [
    "--model-url",
    provider.url,
    "--model",
    "scripted",
    "--model-api",
    "chat",
    "--name",
    name,
    "--limits",
    JSON.stringify(limits),
  ]
  const responder = await RespondProcess.start({ relay: `ws://127.0.0.1:${relay.port}`, flags })
  ends.push(() => responder.kill())
  return responder
}

/** Requests to the provider for an answer; those that only list its models are others. */
function answersAsked(): number {
  return provider.requests.filter(({ api }) => api !== "models").length
}

async function person(name: string, conversationId: string): Promise<Person> {
  const someone = await Person.open(relay, name, conversationId)
  ends.push(() => someone.close())
  return someone
}

test(
  `[EE12, I8] ${RESPONDERS} responders and ${ASKS} asks: each is answered once, by one request to the provider`,
  { timeout: 300_000 },
  async () => {
    provider.play(() => ({ events: spokenStream("chat", [{ text: "An answer to what was asked." }]), paceMs: 1 }))
    await Promise.all(Array.from({ length: RESPONDERS }, (_, index) => respond(`responder-${index + 1}`, LONG)))
    const people = await Promise.all(Array.from({ length: CONVERSATIONS }, (_, index) => person(`person-${index}`, `many-${index}`)))
    const asks = await Promise.all(
      Array.from({ length: ASKS }, async (_, index) => {
        const someone = people[index % CONVERSATIONS]!
        return { someone, ask: await someone.ask(`question ${index}`) }
      }),
    )
    for (const { someone, ask } of asks) {
      const reply = await someone.until(`the answer to ${ask.messageId}`, () =>
        someone.replies(ask).find((one) => !one.streaming && one.text !== ""),
      )
      expect(reply.text).toBe("An answer to what was asked.")
      expect(someone.replies(ask)).toHaveLength(1)
    }
    expect(answersAsked()).toBe(ASKS)
  },
)

test(
  "[EE13, I8, I12] a responder killed with -9 in the middle of an answer: another writes it anew, one is shown, what was written is kept",
  { timeout: 120_000 },
  async () => {
    const gate = new Gate()
    provider.next({ events: spokenStream("chat", [{ text: "Half of an answer that never ends." }]), gate })
    provider.play({ events: spokenStream("chat", [{ text: "A whole answer." }]) })
    const first = await respond("first", SHORT)
    const ana = await person("ana", "killed")
    const ask = await ana.ask("Why is the sky blue?")
    await provider.until(({ open }) => open === 1)
    gate.allow(4)
    const begun = await ana.until("the first words", () => ana.replies(ask).find(({ text }) => text !== ""))
    await first.kill()
    await respond("second", SHORT)
    const reply = await ana.until("the whole answer", () =>
      ana.replies(ask).find((one) => !one.streaming && one.text === "A whole answer."),
    )
    expect(reply.id).toBe(begun.id)
    expect(reply.parts[0]).toMatchObject({ state: "interrupted" })
    expect("Half of an answer that never ends.".startsWith(reply.parts[0]!.text!)).toBe(true)
    expect(reply.parts[0]!.text!.startsWith(begun.text)).toBe(true)
    expect(ana.replies(ask)).toHaveLength(1)
    expect(answersAsked()).toBe(2)
  },
)

test(
  "[EE14, I1] the relay killed with -9 and started again in the middle of an answer: the text is the provider's, for who comes later too",
  { timeout: 120_000 },
  async () => {
    const text = Array.from({ length: 200 }, (_, index) => `word ${index}`).join(", ")
    provider.play({ events: spokenStream("chat", [{ text }]), paceMs: 10 })
    await respond("only", LONG)
    const ana = await person("ana", "restarted")
    const ask = await ana.ask("Count.")
    await ana.until("the first words", () => ana.replies(ask).find((one) => one.text !== ""))
    await relay.kill()
    await relay.start()
    const reply = await ana.until("the whole answer", () =>
      ana.replies(ask).find((one) => !one.streaming && one.text.length >= text.length),
    )
    expect(reply.text).toBe(text)
    // Who reads it from the relay alone.
    const ben = await person("ben", "restarted")
    expect((await ben.until("the answer", () => ben.replies(ask).find((one) => !one.streaming))).text).toBe(text)
    expect(answersAsked()).toBe(1)
  },
)

test(
  "[EE15] who asked goes away, the answer goes on; stopped from another device, the provider's connection is closed and what was written stays",
  { timeout: 120_000 },
  async () => {
    const gate = new Gate()
    provider.play({ events: spokenStream("chat", [{ text: "An answer that somebody stops in its middle." }]), gate })
    await respond("only", LONG)
    const ana = await Person.open(relay, "ana", "stopped")
    const ask = await ana.ask("Tell me everything.")
    await provider.until(({ open }) => open === 1)
    await ana.close()
    gate.allow(5)
    const ben = await person("ben", "stopped")
    const begun = await ben.until("the first words", () => ben.replies(ask).find(({ text }) => text !== ""))
    ben.stop(ask)
    await provider.until(({ closedEarly }) => closedEarly === 1)
    const reply = await ben.until("the end", () => ben.replies(ask).find((one) => !one.streaming))
    expect(reply.parts.at(-1)).toMatchObject({ state: "stopped" })
    expect(reply.text.startsWith(begun.text)).toBe(true)
    expect("An answer that somebody stops in its middle.".startsWith(reply.text)).toBe(true)
    expect(answersAsked()).toBe(1)
  },
)
