import {
  addAsk,
  type Ask,
  AnsweringConversation,
  asksOf,
  conversationDocumentId,
  type Message,
  type NewAsk,
  stopAsk,
} from "@polylogue/conversation"
import type { Replica, ReplicaDocument } from "@polylogue/replica"
import { MemoryDisk } from "@polylogue/storage"
import { DeviceClock } from "../../../replica/test/support/manual-clock.ts"
import { seededBytes } from "../../../replica/test/support/random.ts"
import { Town } from "../../../replica/test/support/town.ts"
import { type Answerer, type AnswerEvent, openResponder, type Question, type Responder, type ResponderEvent } from "../../src/index.ts"
import type { ResponderLimits } from "../../src/limits.ts"

const WORKSPACE = "home"

/** An answer that a test leads: what it is told to say, one event at a time, to whoever asks. */
export interface LedAnswer {
  readonly question: Question
  readonly signal: AbortSignal
  /** At which responder. */
  readonly at: string
  say(...events: readonly AnswerEvent[]): void
  fail(error: unknown): void
}

/** Says `text` and that it is done. */
export function whole(text: string): readonly AnswerEvent[] {
  return [
    { type: "text", text },
    { type: "finish", finishReason: "stop", usage: { outputTokens: 1 } },
  ]
}

/** A responder in a town, with a replica and a clock of its own. */
export interface RunningHere {
  readonly responder: Responder
  readonly replica: Replica
  readonly clock: DeviceClock
  readonly events: ResponderEvent[]
}

/** People and responders around a real relay, in memory. */
export class AnsweringTown {
  readonly town = new Town()
  readonly relayDisk = new MemoryDisk()
  /** What was asked of answerers, in order. */
  readonly answers: LedAnswer[] = []
  /** Called for each of them: says at once what this town's answerers say. */
  onAnswer: ((answer: LedAnswer) => void) | undefined
  #devices = 0

  static async open(): Promise<AnsweringTown> {
    const here = new AnsweringTown()
    await here.town.raise(here.relayDisk)
    return here
  }

  /** Lets time pass. */
  pass(milliseconds: number): Promise<void> {
    return this.town.clock.pass(milliseconds)
  }

  /** Lets time pass until something is so. */
  async until(what: string, holds: () => boolean, stepMs = 10, steps = 2_000): Promise<void> {
    for (let step = 0; step < steps; step++) {
      if (holds()) return
      await this.pass(stepMs)
    }
    throw new Error(`it has not come: ${what}`)
  }

  /** A responder that answers as `onAnswer` leads it, or with the answerer that `answererOf` makes. */
  async respond(
    id: string,
    limits: Partial<ResponderLimits> = {},
    disk = new MemoryDisk(),
    answererOf: (replica: Replica, clock: DeviceClock) => Answerer = () => this.#answerer(id),
  ): Promise<RunningHere> {
    const clock = new DeviceClock(this.town.clock)
    const replica = await this.town.replica(disk, { clock })
    const events: ResponderEvent[] = []
    const responder = openResponder({
      replica,
      workspaces: [WORKSPACE],
      answerers: [answererOf(replica, clock)],
      id,
      name: `Responder ${id}`,
      clock,
      randomBytes: seededBytes(4_000 + ++this.#devices),
      limits,
      events: (event) => events.push(event),
    })
    await this.until(`card of ${id}`, () => responder.status.announced)
    return { responder, replica, clock, events }
  }

  /** A person's device with a conversation open. */
  async person(name: string, conversationId = "c1"): Promise<Person> {
    const replica = await this.town.replica()
    const document = await replica.open(conversationDocumentId(WORKSPACE, conversationId))
    await this.until("the conversation", () => document.status.synced)
    return new Person(this, name, replica, document, ++this.#devices)
  }

  #answerer(at: string): Answerer {
    return {
      offers: () => [{ id: "m", label: "Model M", kind: "model", isDefault: true }],
      answer: (question, signal) => this.#led(at, question, signal),
    }
  }

  async *#led(at: string, question: Question, signal: AbortSignal): AsyncGenerator<AnswerEvent> {
    const told: (AnswerEvent | { readonly error: unknown })[] = []
    let wake = (): void => undefined
    const say = (...events: readonly AnswerEvent[]): void => {
      told.push(...events)
      wake()
    }
    const fail = (error: unknown): void => {
      told.push({ error })
      wake()
    }
    signal.addEventListener("abort", () => wake())
    const answer = { question, signal, at, say, fail }
    this.answers.push(answer)
    this.onAnswer?.(answer)
    while (!signal.aborted) {
      const next = told.shift()
      if (next === undefined) await new Promise<void>((resolve) => (wake = resolve))
      else if ("error" in next) throw next.error
      else yield next
    }
  }
}

/** Somebody who asks. */
export class Person {
  readonly name: string
  readonly replica: Replica
  readonly document: ReplicaDocument
  readonly #here: AnsweringTown
  readonly #options: ConstructorParameters<typeof AnsweringConversation>[1]
  conversation: AnsweringConversation

  constructor(here: AnsweringTown, name: string, replica: Replica, document: ReplicaDocument, seed: number) {
    const now = (): number => here.town.clock.now()
    this.#here = here
    this.name = name
    this.replica = replica
    this.document = document
    this.#options = { writer: name, author: { id: name, kind: "person", name }, now, randomBytes: seededBytes(7_000 + seed) }
    this.conversation = new AnsweringConversation(document.ydoc, this.#options)
    document.onReset((ydoc) => this.conversation.attach(0, ydoc))
  }

  /** Says something. */
  send(text: string, parentId: string | null = null): string {
    return this.conversation.send({ text, parentId })
  }

  /** Asks for an answer. */
  ask(messageId: string, more: Omit<NewAsk, "messageId"> = {}): Ask {
    return addAsk(this.document.ydoc, this.#options, { messageId, ...more })
  }

  /** Says something and asks for an answer. */
  question(text: string, more: Omit<NewAsk, "messageId"> = {}): Ask {
    return this.ask(this.send(text), more)
  }

  stop(ask: Ask): void {
    stopAsk(this.document.ydoc, this.#options, ask)
  }

  asks(messageId: string): readonly Ask[] {
    return asksOf(this.document.ydoc, messageId)
  }

  /** The replies to a message that are shown. */
  replies(messageId: string): readonly Message[] {
    const { turnsAfter } = this.conversation.getTree()
    return turnsAfter(messageId)
      .flatMap(({ members }) => members)
      .map((id) => this.conversation.getMessage(id)!)
      .filter(({ id }) => this.conversation.getTree().nodes.get(id)?.superseded === false)
  }

  /** The texts of the replies to a message. */
  texts(messageId: string): readonly string[] {
    return this.replies(messageId).map(({ text }) => text)
  }

  /** Waits until the one reply to a message is over, and gives it. */
  async answer({ messageId }: Pick<Ask, "messageId">): Promise<Message> {
    const over = (): Message | undefined => this.replies(messageId).find(({ parts }) => parts.some(isEnd))
    await this.#here.until(`an answer for ${this.name}`, () => over() !== undefined)
    return over()!
  }
}

function isEnd({ state, details }: Message["parts"][number]): boolean {
  return ENDS.has(state) || (state === "done" && (details as { readonly ends?: boolean } | null)?.ends === true)
}

const ENDS: ReadonlySet<string> = new Set(["stopped", "failed"])
