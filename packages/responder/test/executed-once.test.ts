import { approvalKey, type Ask, decideApproval, type MessagePart } from "@polylogue/conversation"
import { MemoryDisk } from "@polylogue/storage"
import { expect, test } from "vitest"
import { seededBytes } from "../../replica/test/support/random.ts"
import { modelAnswerer, type Tool, Toolbox } from "../src/index.ts"
import { type Line, ScriptedModel } from "./scripted-model.ts"
import { AnsweringTown, type Person, type RunningHere } from "./support/answering-town.ts"

/** People and responders whose model books a room, which asks. */
class BookingTown {
  readonly here: AnsweringTown
  /** Who ran the tool, and with what; ends the run. */
  readonly runs: { readonly at: string; readonly end: () => void }[] = []
  readonly models: ScriptedModel[] = []
  /** Whether a run of the tool ends by itself. */
  ends = true

  constructor(here: AnsweringTown) {
    this.here = here
  }

  static async open(): Promise<BookingTown> {
    return new BookingTown(await AnsweringTown.open())
  }

  /** A responder whose model books a room, and says `end` once it is told what came of that. */
  respond(id: string, end: string): Promise<RunningHere> {
    const model = new ScriptedModel(({ messages }) => (messages.at(-1)?.role === "tool" ? [{ say: end }] : BOOKS))
    this.models.push(model)
    return this.here.respond(id, {}, new MemoryDisk(), (replica, clock) =>
      modelAnswerer({
        models: () => [model],
        buildContext: async () => ({
          messages: [{ role: "user", text: "Book a room." }],
          record: {},
          passages: [],
          citations: () => [],
          shrink: () => undefined,
        }),
        tools: new Toolbox([this.#tool(id)], { clock, limits: { timeoutMs: 1_000_000 } }),
        registers: replica.registers,
        clock,
        randomBytes: seededBytes(id.charCodeAt(0)),
      }),
    )
  }

  /** The call, as somebody has it, once it is in one of these states. */
  async call(
    person: Person,
    { messageId }: Ask,
    ...states: readonly string[]
  ): Promise<{ readonly replyId: string; readonly part: MessagePart }> {
    const find = (): readonly { readonly replyId: string; readonly part: MessagePart }[] =>
      person
        .replies(messageId)
        .flatMap(({ id, parts }) => parts.filter(({ type }) => type === "tool").map((part) => ({ replyId: id, part })))
    await this.here.until(`a call that is ${states.join(" or ")}`, () => find().some(({ part }) => states.includes(part.state)))
    return find()[0]!
  }

  /** Answers as an app does: at the authority first, then in the conversation. */
  async answer(person: Person, replyId: string, pid: string, approved: boolean): Promise<void> {
    const key = approvalKey(person.document.documentId, replyId, pid)
    await decideApproval(person.replica.registers, key, { approved, by: person.name })
    if (approved) person.conversation.approve(replyId, pid)
    else person.conversation.deny(replyId, pid)
  }

  #tool(at: string): Tool {
    return {
      name: "book",
      description: "Books a room.",
      input: { type: "object" },
      asks: true,
      readsOnly: false,
      run: () =>
        new Promise((resolve) => {
          const end = (): void => resolve(`booked by ${at}`)
          this.runs.push({ at, end })
          if (this.ends) end()
        }),
    }
  }
}

const BOOKS: readonly Line[] = [{ say: "I book." }, { call: "book", id: "c1", input: { room: 4 } }]

test("[RS45] an answer waits for people without a responder bound to it, and another one goes on", async () => {
  const town = await BookingTown.open()
  const first = await town.respond("one", "It is.")
  const ana = await town.here.person("ana")
  const ask = ana.question("Book a room.")
  const { replyId, part } = await town.call(ana, ask, "approval-requested")
  const closed = first.responder.close()
  await town.here.pass(5_000)
  await closed
  await town.respond("two", "It is booked.")
  await town.here.pass(60_000)
  expect(town.runs).toEqual([])
  ana.conversation.approve(replyId, part.pid)
  const reply = await ana.answer(ask)
  expect(reply.text).toBe("I book.\n\nIt is booked.")
  expect(reply.parts.find(({ type }) => type === "tool")).toMatchObject({ state: "output-available", fields: { output: "booked by two" } })
  expect(town.models[1]!.requests[0]!.messages.at(-1)).toEqual({
    role: "tool",
    results: [{ toolCallId: "c1", name: "book", output: "booked by two" }],
  })
})

test("[RS42, RS43, I8] of two people who answer differently at the same moment one counts, and it runs at most once", async () => {
  for (const approvesFirst of [true, false]) {
    const town = await BookingTown.open()
    await town.respond("one", "So be it.")
    await town.respond("two", "So be it.")
    const [ana, ben] = [await town.here.person("ana"), await town.here.person("ben")]
    const ask = ana.question("Book a room.")
    const { replyId, part } = await town.call(ana, ask, "approval-requested")
    await town.call(ben, ask, "approval-requested")
    const answers = [ana, ben].map((person, index) => town.answer(person, replyId, part.pid, approvesFirst === (index === 0)))
    await town.here.pass(1_000)
    await Promise.all(answers)
    const [reply, other] = [await ana.answer(ask), await ben.answer(ask)]
    await town.here.pass(100_000)
    expect(town.runs.length).toBeLessThanOrEqual(1)
    const ended = reply.parts.find(({ type }) => type === "tool")!
    expect(ended.state).toBe(town.runs.length === 1 ? "output-available" : "output-denied")
    expect(other.parts.find(({ type }) => type === "tool")!.state).toBe(ended.state)
    expect(ana.texts(ask.messageId)).toEqual(["I book.\n\nSo be it."])
    expect(ben.texts(ask.messageId)).toEqual(ana.texts(ask.messageId))
  }
})

test("[RS43, I8] a responder that dies while a tool runs leaves a call that never runs again, and one answer", async () => {
  const town = await BookingTown.open()
  town.ends = false
  const dying = await town.respond("one", "It is.")
  const ana = await town.here.person("ana")
  const ask = ana.question("Book a room.")
  const { replyId, part } = await town.call(ana, ask, "approval-requested")
  ana.conversation.approve(replyId, part.pid)
  await town.here.until("it runs", () => town.runs.length === 1)
  const thaw = dying.clock.freeze()
  await town.respond("two", "I cannot say whether it is booked.")
  await town.here.pass(100_000)
  const reply = await ana.answer(ask)
  const failed = reply.parts.find(({ type }) => type === "tool")!
  expect(failed.state).toBe("output-error")
  expect(failed.fields["errorText"]).toMatch(/^Whether it ran is not known/u)
  // It comes back, and its tool ends.
  town.runs[0]!.end()
  thaw()
  await town.here.pass(200_000)
  expect(town.runs).toHaveLength(1)
  expect(ana.conversation.getMessage(replyId)!.parts.find(({ type }) => type === "tool")).toMatchObject({ state: "output-error" })
  expect(ana.texts(ask.messageId)).toEqual(["I book.\n\nI cannot say whether it is booked."])
})
