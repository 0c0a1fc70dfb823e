import { indexDocumentId, type ResponderCard } from "@polylogue/conversation"
import type { Clock, RandomBytes } from "@polylogue/protocol"
import type { Replica } from "@polylogue/replica"
import { Announcer, modelCards } from "./announcer.ts"
import type { Answerer, OfferedModel } from "./answer.ts"
import { chooseModel, offeredModels } from "./answer-models.ts"
import { AskDesk, type AwaitedAsk } from "./ask-desk.ts"
import { AskFinder } from "./ask-finder.ts"
import { generate, type GenerationHost, type GenerationOutcome } from "./generation.ts"
import { checkResponderLimits, type ResponderLimits } from "./limits.ts"
import { pause } from "./pause.ts"
import type { ResponderEvent } from "./responder-events.ts"

/** What `openResponder` is given: the environment, what it answers with, and limits with defaults. */
export interface ResponderOptions {
  /** Its replica, which stays the caller's. It has to be alone with its store: not one of several tabs. */
  readonly replica: Replica
  /** Names of the workspaces whose conversations it answers in; at most 32. */
  readonly workspaces: readonly string[]
  /** Ways to answer; of several that offer the same id the first counts. Asked again at each renewal of the card. */
  readonly answerers: readonly Answerer[]
  /** Names this responder among others: 1 to 64 of `A-Z a-z 0-9 _ -`, no other running one's. The same over restarts, it takes its own card over. */
  readonly id: string
  /** What people read of it. */
  readonly name: string
  readonly clock: Clock
  /** Source of ids and of the spreading of claims; must be unpredictable and never repeat. */
  readonly randomBytes: RandomBytes
  /** What is wrong with how it is set up, for people; asked again at each renewal of the card. Default nothing. */
  readonly problem?: () => string | null
  readonly limits?: Partial<ResponderLimits>
  /** Told of what it does, for metrics and a journal. It must not throw. Default: nobody. */
  readonly events?: (event: ResponderEvent) => void
}

/** How a responder stands. */
export interface ResponderStatus {
  /** Answers that it writes now. */
  readonly writing: number
  /** Asks that it knows of and does not write: they wait for their turn, or others have them. */
  readonly waiting: number
  /** Documents that it has still to read. */
  readonly unread: number
  /** Whether its card stands in all its workspaces. */
  readonly announced: boolean
}

/** A responder at work. */
export interface Responder {
  readonly status: ResponderStatus
  /**
   * Ends what it writes at once, as interrupted, and gives its leases back so that another takes over; takes its card away. Resolves when the relay has been told, or
   * could not be reached for a while. Idempotent.
   */
  close(): Promise<void>
}

/** Most workspaces of one responder: each takes two observers of registers, of which a session has 64. */
export const MAX_WORKSPACES = 32

/**
 * Begins to answer what people ask for in the workspaces, until it is closed. Several may run side by side, in one process or in many: each answer is written by one of
 * them at a time.
 * @throws RangeError for limits, an id or workspaces outside their range.
 */
export function openResponder(options: ResponderOptions): Responder {
  return new RunningResponder(options)
}

class RunningResponder implements Responder {
  readonly #options: ResponderOptions
  readonly #limits: ResponderLimits
  readonly #announcers = new Map<string, Announcer>()
  readonly #finder: AskFinder
  readonly #desk: AskDesk
  readonly #closing = new AbortController()
  readonly #running = new Set<Promise<unknown>>()
  readonly #ends: (() => void)[] = []
  #wasOnline = false
  #closed: Promise<void> | undefined

  constructor(options: ResponderOptions) {
    const { replica, workspaces, id, clock, randomBytes } = options
    const limits = checkResponderLimits(options.limits)
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(id)) throw new RangeError(`${JSON.stringify(id)} does not name a responder`)
    if (workspaces.length > MAX_WORKSPACES) throw new RangeError(`a responder answers in at most ${MAX_WORKSPACES} workspaces`)
    this.#options = options
    this.#limits = limits
    const { registers } = replica
    for (const workspace of workspaces) {
      const card = (): ResponderCard => this.#card()
      const peersChanged = (): void => this.#desk.wake()
      const refused = (code: string): void => this.#problem("card", indexDocumentId(workspace), new Error(code))
      this.#announcers.set(workspace, new Announcer({ registers, workspace, id, clock, randomBytes, limits, card, peersChanged, refused }))
    }
    this.#desk = new AskDesk({
      registers,
      clock,
      limits,
      random: () => randomShare(randomBytes),
      hasPeers: ({ document }) => this.#peersOf(document.workspace).length > 0,
      isMine: (awaited) => this.#isMine(awaited),
      run: (awaited, expected) => this.#run(awaited, expected),
      room: () => this.#finder.again(),
    })
    for (const workspace of workspaces) this.#ends.push(registers.watch(`${workspace}/conv`, (key) => this.#desk.heard(key)))
    this.#finder = new AskFinder({
      replica,
      workspaces,
      id,
      clock,
      randomBytes,
      limits,
      found: (document, asks) => this.#desk.found(document, asks),
      problem: (documentId, error) => this.#problem("read", documentId, error),
    })
    this.#ends.push(replica.subscribe(() => this.#connection()))
  }

  get status(): ResponderStatus {
    return {
      writing: this.#desk.running,
      waiting: this.#desk.waiting,
      unread: this.#finder.waiting,
      announced: [...this.#announcers.values()].every(({ stands }) => stands),
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    for (const end of this.#ends) end()
    this.#finder.close()
    this.#desk.close()
    this.#closing.abort()
    const ending = [...[...this.#announcers.values()].map((announcer) => announcer.close()), ...this.#running]
    const done = new AbortController()
    const ended = Promise.all(ending).finally(() => done.abort())
    await Promise.race([ended, pause(this.#options.clock, 3 * this.#limits.drainMs, done.signal)])
  }

  /** The authority may be within reach again. */
  #connection(): void {
    const isOnline = this.#options.replica.status.connection === "online"
    if (isOnline && !this.#wasOnline) {
      for (const announcer of this.#announcers.values()) announcer.wake()
      this.#desk.wake()
    }
    this.#wasOnline = isOnline
  }

  #card(): ResponderCard {
    const { id, name, answerers, problem } = this.#options
    const models = modelCards(offeredModels(answerers).map(({ model }) => model))
    return { id, name, models, problem: problem?.() ?? null }
  }

  #peersOf(workspace: string): readonly ResponderCard[] {
    return this.#announcers.get(workspace)?.peers ?? []
  }

  #isMine({ ask, document, since }: AwaitedAsk): boolean | number {
    if (chooseModel(this.#options.answerers, ask.model) !== undefined) return true
    const isOffered = this.#peersOf(document.workspace).some(
      ({ models }) => ask.model === null || models.some(({ id }) => id === ask.model),
    )
    if (isOffered) return false
    // Nobody may be there to answer for a moment only.
    const leftMs = since + this.#limits.noModelMs - this.#options.clock.monotonic()
    return leftMs > 0 ? leftMs : true
  }

  #run(awaited: AwaitedAsk, expected: string | null): Promise<GenerationOutcome> {
    const running = this.#generate(awaited, expected)
    this.#running.add(running)
    return running.finally(() => this.#running.delete(running))
  }

  async #generate({ ask, document, former }: AwaitedAsk, expected: string | null): Promise<GenerationOutcome> {
    const { replica, id, name, clock, randomBytes, answerers, events = (): void => undefined } = this.#options
    const host: GenerationHost = { replica, id, name, clock, randomBytes, limits: this.#limits, events }
    const { workspace, conversationId, documentId } = document
    const chosen = chooseModel(answerers, ask.model)
    const model = chosen?.model ?? nobodys(ask.model)
    const closing = this.#closing.signal
    const task = { ask, workspace, conversationId, answerer: chosen?.answerer, model, former, expected, closing }
    try {
      const outcome = await generate(host, task)
      if (outcome.outcome === "refused") this.#problem("refused", documentId, new Error(outcome.code))
      return outcome
    } catch (error) {
      this.#problem("answer", documentId, error)
      return { outcome: "unavailable", code: "failed" }
    }
  }

  #problem(where: "card" | "read" | "refused" | "answer", documentId: string | undefined, error: unknown): void {
    this.#options.events?.({ type: "problem", where, documentId, error })
  }
}

/** A model that nobody offers: the answer says so. */
function nobodys(id: string | null): OfferedModel {
  return { id: id ?? "none", label: id ?? "No model", kind: "model" }
}

function randomShare(randomBytes: RandomBytes): number {
  const [high = 0, low = 0] = randomBytes(2)
  return (high * 256 + low) / 65_536
}
