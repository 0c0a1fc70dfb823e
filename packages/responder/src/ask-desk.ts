import {
  type Ask,
  type AuthorityRegister,
  conversationDocumentId,
  type Generation,
  generationKey,
  readGeneration,
  type RegisterClient,
} from "@polylogue/conversation"
import type { Clock } from "@polylogue/protocol"
import type { AskedDocument } from "./ask-finder.ts"
import type { GenerationOutcome } from "./generation.ts"
import type { ResponderLimits } from "./limits.ts"

/*
 * What becomes of an ask at one responder:
 *
 *   found ─▶ resting ─▶ queued ─▶ running ─▶ gone: answered, waiting for people, or not to be answered any more
 *              ▲ └─ somebody else has it   │
 *              └───── it did not go ───────┘
 *
 * It rests until the lease of whoever has it ends, as the authority tells those who observe it, and by the clock in case that word is lost; no authority is asked
 * meanwhile. What nobody has rests for a moment, another one at each responder and longer where more is written, so that mostly one claims it.
 */

/** An ask about which something is to be done. */
export interface AwaitedAsk {
  readonly key: string
  readonly ask: Ask
  readonly document: AskedDocument
  /** What was last heard of a holder; it stays when the lease has run out. */
  former: Generation | undefined
  phase: "resting" | "queued" | "running"
  failures: number
  /** While it runs: there was something to be done about it when its document was read last. */
  isAgain: boolean
  cancel: (() => void) | undefined
  /** When it was found, in monotonic milliseconds. */
  readonly since: number
}

/** What a desk needs. */
export interface AskDeskOptions {
  readonly registers: RegisterClient
  readonly clock: Clock
  readonly limits: ResponderLimits
  /** A number from 0 to 1, below 1. */
  readonly random: () => number
  /** Whether others may be about to answer in the same workspace. */
  readonly hasPeers: (awaited: AwaitedAsk) => boolean
  /** Whether it is for this responder to answer; a number: others may, it is looked at again after so many milliseconds. */
  readonly isMine: (awaited: AwaitedAsk) => boolean | number
  /** Writes the answer. Never rejects. @param expected - revision of the register, as far as it is known. */
  readonly run: (awaited: AwaitedAsk, expected: string | null) => Promise<GenerationOutcome>
  /** There is room again. */
  readonly room: () => void
}

/** Decides which ask is answered next, and when one is looked at again. */
export class AskDesk {
  readonly #options: AskDeskOptions
  readonly #awaited = new Map<string, AwaitedAsk>()
  readonly #ofDocument = new Map<string, Set<string>>()
  /** Registers as an answer to a claim told of them, where nothing is observed. */
  readonly #told = new Map<string, string | null>()
  #running = 0
  #wasFull = false
  #closed = false

  constructor(options: AskDeskOptions) {
    this.#options = options
  }

  /** Asks that wait for their turn, or for whoever has them. */
  get waiting(): number {
    return this.#awaited.size - this.#running
  }

  /** Answers that are written. */
  get running(): number {
    return this.#running
  }

  /** Takes what is to be done about a document, in place of what was there before. Returns whether there was room for all of it. */
  found(document: AskedDocument, asks: readonly Ask[]): boolean {
    const before = this.#ofDocument.get(document.documentId) ?? new Set<string>()
    const now = new Set<string>()
    let isComplete = true
    const { maxAwaited, maxGenerations } = this.#options.limits
    const share = Math.max(maxGenerations, Math.floor(maxAwaited / 4))
    for (const ask of asks.toSorted((left, right) => left.clock - right.clock)) {
      const key = generationKey(conversationDocumentId(document.workspace, document.conversationId), ask)
      if (!this.#awaited.has(key)) {
        if (now.size >= share || this.#awaited.size >= maxAwaited) {
          isComplete = false
          continue
        }
        this.#add(key, ask, document)
      }
      this.#awaited.get(key)!.isAgain = true
      now.add(key)
    }
    for (const key of before) if (!now.has(key)) this.#forget(key)
    if (now.size === 0) this.#ofDocument.delete(document.documentId)
    else this.#ofDocument.set(document.documentId, now)
    if (!isComplete) this.#wasFull = true
    return isComplete
  }

  /** A register has changed, or is told of for the first time. */
  heard(key: string): void {
    const awaited = this.#awaited.get(key)
    if (awaited === undefined) return
    this.#told.delete(key)
    awaited.former = readGeneration(this.#options.registers.cached(key)) ?? awaited.former
    if (awaited.phase !== "running") this.#look(awaited)
  }

  /** Looks at all that rests again: who offers what has changed, or the authority is within reach again. */
  wake(): void {
    for (const awaited of this.#awaited.values()) {
      if (awaited.phase !== "resting") continue
      awaited.failures = 0
      this.#look(awaited)
    }
  }

  /** Begins nothing any more. */
  close(): void {
    this.#closed = true
    for (const { cancel } of this.#awaited.values()) cancel?.()
  }

  #add(key: string, ask: Ask, document: AskedDocument): void {
    const { registers, clock } = this.#options
    const former = readGeneration(registers.cached(key))
    const awaited: AwaitedAsk = {
      key,
      ask,
      document,
      former,
      phase: "resting",
      failures: 0,
      isAgain: false,
      cancel: undefined,
      since: clock.monotonic(),
    }
    this.#awaited.set(key, awaited)
    this.#look(awaited)
  }

  #forget(key: string): void {
    const awaited = this.#awaited.get(key)
    if (awaited === undefined) return
    awaited.isAgain = false
    // Whoever writes finds out by itself.
    if (awaited.phase === "running") return
    awaited.cancel?.()
    this.#drop(awaited)
  }

  #drop({ key, document }: AwaitedAsk): void {
    this.#awaited.delete(key)
    this.#told.delete(key)
    this.#ofDocument.get(document.documentId)?.delete(key)
    if (!this.#wasFull || this.#closed || this.#awaited.size > this.#options.limits.maxAwaited / 2) return
    this.#wasFull = false
    this.#options.room()
  }

  /** Looks who has it, and rests or queues. */
  #look(awaited: AwaitedAsk): void {
    const { registers, limits, random, isMine, hasPeers } = this.#options
    const register = registers.cached(awaited.key)
    const state = readGeneration(register)?.state
    // The end is on its way here, or stands in another segment. The document is read again when it changes.
    if (state !== undefined && OVER.has(state)) return this.#drop(awaited)
    if (state === "writing" && register !== undefined) return this.#rest(awaited, this.#leaseLeftMs(register), "claim")
    const mine = isMine(awaited)
    if (typeof mine === "number") return this.#rest(awaited, mine, "look")
    if (!mine) return this.#rest(awaited, Number.POSITIVE_INFINITY, "look")
    const load = this.#running / limits.maxGenerations
    const spread = hasPeers(awaited) ? limits.spreadMs * (random() + load) : 0
    this.#rest(awaited, spread, "claim")
  }

  /** How long nobody else may have it, counted from now: rather too long, and for each responder another time. */
  #leaseLeftMs({ expiresAt, asOf }: AuthorityRegister): number {
    const { limits, random } = this.#options
    const leftMs = expiresAt === undefined ? limits.leaseMs : Math.max(0, expiresAt - asOf)
    return Math.min(leftMs, 2 * limits.leaseMs) * (1.05 + random() * 0.1)
  }

  /** `claim`: after that it is its turn, unless something is heard of it before; `look`: it is looked at again. */
  #rest(awaited: AwaitedAsk, delayMs: number, then: "claim" | "look"): void {
    awaited.cancel?.()
    awaited.cancel = undefined
    awaited.phase = "resting"
    if (this.#closed || delayMs === Number.POSITIVE_INFINITY) return
    const wake = (): void => {
      awaited.cancel = undefined
      if (then === "look") return this.#look(awaited)
      awaited.phase = "queued"
      this.#next()
    }
    if (delayMs === 0) wake()
    else awaited.cancel = this.#options.clock.setTimer(wake, delayMs)
  }

  /** Whoever asks much in one conversation holds nobody up in another: those go first in which the fewest answers are written, of these what was asked for first. */
  #next(): void {
    while (!this.#closed && this.#running < this.#options.limits.maxGenerations) {
      const writing = new Map<string, number>()
      for (const { phase, document } of this.#awaited.values())
        if (phase === "running") writing.set(document.documentId, 1 + (writing.get(document.documentId) ?? 0))
      const load = ({ document }: AwaitedAsk): number => writing.get(document.documentId) ?? 0
      const [first] = [...this.#awaited.values()]
        .filter(({ phase }) => phase === "queued")
        .toSorted((left, right) => load(left) - load(right) || left.ask.clock - right.ask.clock)
      if (first === undefined) return
      void this.#run(first)
    }
  }

  async #run(awaited: AwaitedAsk): Promise<void> {
    const { registers, run } = this.#options
    awaited.phase = "running"
    awaited.isAgain = false
    this.#running++
    const told = this.#told.get(awaited.key)
    const cached = registers.cached(awaited.key)
    // That a lease has run out is for the authority to say, whose register is absent then: another holder may have a longer one than is usual here.
    const known = readGeneration(cached)?.state === "writing" ? null : (cached?.revision ?? null)
    const expected = told === undefined ? known : told
    const outcome = await run(awaited, expected)
    this.#running--
    this.#settle(awaited, outcome)
    this.#next()
  }

  #settle(awaited: AwaitedAsk, outcome: GenerationOutcome): void {
    const { limits, random } = this.#options
    awaited.phase = "resting"
    if (this.#closed) return
    switch (outcome.outcome) {
      case "done":
      case "stopped":
      case "failed":
        return this.#drop(awaited)
      case "waiting":
      case "settled":
        // People may have answered while it was said that they are waited for; nothing of that would bring it here again.
        return awaited.isAgain ? this.#rest(awaited, limits.readEveryMs, "look") : this.#drop(awaited)
      case "taken":
        return this.#taken(awaited, outcome.register)
      case "refused":
        return this.#rest(awaited, limits.maxRetryMs * (1 + random()), "look")
      case "interrupted":
      case "lost":
      case "unavailable": {
        const delayMs = Math.min(limits.minRetryMs * 2 ** awaited.failures++, limits.maxRetryMs)
        return this.#rest(awaited, delayMs * (0.5 + random()), "look")
      }
    }
  }

  /** Something else stands in the register than was known. */
  #taken(awaited: AwaitedAsk, register: AuthorityRegister): void {
    const { limits, random } = this.#options
    const generation = readGeneration(register)
    awaited.former = generation ?? awaited.former
    if (generation === undefined || generation.state === "waiting") {
      // Nobody has it.
      this.#told.set(awaited.key, register.revision)
      return this.#rest(awaited, limits.minRetryMs * 2 ** Math.min(awaited.failures++, 6) * random(), "claim")
    }
    if (OVER.has(generation.state)) this.#drop(awaited)
    else this.#rest(awaited, this.#leaseLeftMs(register), "claim")
  }
}

const OVER: ReadonlySet<string> = new Set(["done", "stopped", "failed"])
