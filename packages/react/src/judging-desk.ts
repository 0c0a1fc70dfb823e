import {
  advanceBlind,
  type Annotator,
  type BlindJudgements,
  type BlindOutcome,
  blindStanding,
  type Judgement,
  progressOf,
  type RoundProgress,
} from "@polylogue/conversation"
import { annotatorOf, isEnforced } from "./annotator.ts"
import type { OpenDocument } from "./document-pool.ts"
import type { Polylogue } from "./polylogue.ts"
import { type Schedule, scheduleTimer } from "./publisher.ts"
import { storedWithin } from "./stored-within.ts"
import type { OpenRound } from "./use-round.ts"

/**
 * How far somebody is in a blind round, as it was last heard. `done`: they said so, and what they judged is not shown yet. `changed`: it is other than what they were done
 * with when others revealed theirs. `late`: they were done after the round was closed.
 */
export type AnnotatorState = "judging" | "done" | "revealed" | "changed" | "late"

/** One annotator of a round. */
export interface AnnotatorStanding {
  readonly annotator: Annotator
  readonly state: AnnotatorState
  /** Of who is done: how many judgements they made; null otherwise, and in an open round. */
  readonly count: number | null
}

/** How a round stands for who judges in it. Immutable, and the same object until something of it changes. */
export interface JudgingState {
  /** What this person judged, by item, chunk. */
  readonly judgements: readonly Judgement[]
  /** How far this person is. */
  readonly progress: RoundProgress
  /** All of the round's annotators; this person too, if they are none of them. */
  readonly standing: readonly AnnotatorStanding[]
  /** This person wants to be done; what they judged is sealed as soon as the relay can be asked. */
  readonly finished: boolean
  /** The authority knows that they are done. */
  readonly done: boolean
  /** Others have revealed theirs after this person was done: there is no way back. */
  readonly final: boolean
  /** What they judged is other than what they were done with; that is what counts. */
  readonly changedSinceDone: boolean
  /** When the round was closed for who was not done, in the relay's ms since 1970; null while it is not. */
  readonly closedAt: number | null
  /** Why the authority refused to take that they are done; null while it did not. */
  readonly refused: string | null
}

/** Waits in ms before what could not be said is tried again. The last one holds for all later tries. */
const TRY_AGAIN_MS = [2_000, 5_000, 15_000, 60_000] as const
/** Longest that is waited for a relay to have the judgements, in ms. */
const STORED_WITHIN_MS = 30_000

/** What one person does in one round: reads how it stands, and in a blind one takes their work as far as it goes while somebody listens. */
export class JudgingDesk {
  readonly #polylogue: Polylogue
  readonly #held: OpenRound
  readonly #blind: { readonly judgements: BlindJudgements; readonly open: OpenDocument } | undefined
  readonly #schedule: Schedule
  readonly #listeners = new Set<() => void>()
  #stop: (() => void) | undefined
  #state: JudgingState | undefined
  #outcome: BlindOutcome | undefined
  #running = false
  #again = false
  #tries = 0
  #cancelWait: (() => void) | undefined

  /** @param blind - this person's document of a blind round. @param schedule - default: the timers of the environment. */
  constructor(
    polylogue: Polylogue,
    held: OpenRound,
    blind: { readonly judgements: BlindJudgements; readonly open: OpenDocument } | undefined,
    schedule: Schedule = scheduleTimer,
  ) {
    this.#polylogue = polylogue
    this.#held = held
    this.#blind = blind
    this.#schedule = schedule
  }

  /** How the round stands. The same object until something changes. */
  readonly getState = (): JudgingState => {
    this.#state ??= this.#read()
    return this.#state
  }

  /** Calls `listener` when the state changes, and works as long as somebody listens. Returns what ends it. */
  readonly subscribe = (listener: () => void): (() => void) => {
    if (this.#listeners.size === 0) this.#begin()
    const entry = (): void => listener()
    this.#listeners.add(entry)
    return () => {
      if (this.#listeners.delete(entry) && this.#listeners.size === 0) this.#end()
    }
  }

  #begin(): void {
    const { replica } = this.#polylogue
    const { round, open } = this.#held
    const stops = [round.subscribe(() => this.#changed())]
    if (this.#blind !== undefined) {
      stops.push(
        this.#blind.judgements.subscribe(() => this.#changed()),
        replica.registers.watch(open.document.documentId, () => this.#changed()),
        replica.subscribe(() => this.#connection()),
      )
    }
    this.#stop = () => stops.forEach((stop) => stop())
    this.#changed()
  }

  #end(): void {
    this.#stop?.()
    this.#stop = undefined
    this.#cancelWait?.()
    this.#cancelWait = undefined
    // What changes while nobody listens is not told.
    this.#state = undefined
  }

  #changed(): void {
    this.#takeClaims()
    this.#state = undefined
    for (const listener of this.#listeners) listener()
    void this.#advance()
  }

  #connection(): void {
    if (this.#polylogue.replica.status.connection !== "online") return
    this.#tries = 0
    void this.#advance()
  }

  /** What the authority said of who is done decides which revealed judgements count. */
  #takeClaims(): void {
    if (this.#blind === undefined) return
    const { done } = this.#standing()
    this.#held.round.setClaims(new Map([...done].map(([annotator, { commitment }]) => [annotator, commitment])))
  }

  /** Whether there is anything to say or to reveal, so that who just judges asks the authority nothing. */
  #isDue(): boolean {
    if (this.#blind === undefined) return false
    const { round } = this.#held
    const own = this.#standing().done.get(round.annotator)
    const wants = this.#blind.judgements.wantsToBeDone()
    if (own === undefined) return wants
    return !wants || round.reveals.get().get(round.annotator)?.commitment !== own.commitment
  }

  async #advance(): Promise<void> {
    if (this.#stop === undefined || this.#polylogue.replica.status.connection !== "online" || !this.#isDue()) return
    this.#again = true
    if (this.#running) return
    this.#running = true
    try {
      while (this.#again && this.#stop !== undefined && this.#blind !== undefined) {
        this.#again = false
        await this.#once(this.#blind)
      }
    } finally {
      this.#running = false
    }
  }

  async #once({ judgements, open }: { readonly judgements: BlindJudgements; readonly open: OpenDocument }): Promise<void> {
    const { replica } = this.#polylogue
    const { round } = this.#held
    const roundDocument = this.#held.open.document.documentId
    this.#cancelWait?.()
    this.#cancelWait = undefined
    const before = JSON.stringify(this.#outcome)
    try {
      this.#outcome = await advanceBlind({
        registers: replica.registers,
        roundDocument,
        round,
        blind: judgements,
        enforced: isEnforced(this.#polylogue),
        stored: () => storedWithin(open.document, STORED_WITHIN_MS, this.#schedule),
      })
    } catch (error) {
      // Too much to be sealed: nothing that trying again would mend.
      this.#outcome = { state: "refused", code: codeOf(error) }
    }
    if (this.#outcome.state === "unavailable") this.#wait()
    if (JSON.stringify(this.#outcome) !== before) {
      this.#state = undefined
      for (const listener of this.#listeners) listener()
    }
  }

  #wait(): void {
    const ms = TRY_AGAIN_MS[Math.min(this.#tries++, TRY_AGAIN_MS.length - 1)] ?? 0
    this.#cancelWait = this.#schedule(ms, () => {
      this.#cancelWait = undefined
      void this.#advance()
    })
  }

  #standing(): ReturnType<typeof blindStanding> {
    const { round, open } = this.#held
    const names = new Set([...round.getSettings().annotators.map(({ id }) => id), round.annotator])
    return blindStanding(this.#polylogue.replica.registers, open.document.documentId, names, isEnforced(this.#polylogue))
  }

  #read(): JudgingState {
    const { round } = this.#held
    const settings = round.getSettings()
    const me = annotatorOf(this.#polylogue)
    const judgements = this.#blind === undefined ? round.getJudgements(me) : this.#blind.judgements.getJudgements()
    const { done, closedAt } = this.#blind === undefined ? { done: new Map<string, never>(), closedAt: null } : this.#standing()
    const revealed = round.reveals.get()
    const own = done.get(me)
    const sealed = own === undefined ? undefined : this.#blind?.judgements.sealedJudgements(own.commitment)
    const finished = this.#blind?.judgements.wantsToBeDone() === true
    // Who was not asked and only looks keeps nobody waiting; who judges all the same has joined.
    const joins = !settings.annotators.some(({ id }) => id === me) && (judgements.length > 0 || own !== undefined || finished)
    const annotators = joins ? [...settings.annotators, { id: me, name: "" }] : settings.annotators
    const stateOf = (id: string): AnnotatorState => {
      const claim = done.get(id)
      if (revealed.get(id)?.changed === true) return "changed"
      if (claim === undefined) return "judging"
      if (closedAt !== null && claim.at > closedAt) return "late"
      return revealed.has(id) ? "revealed" : "done"
    }
    return Object.freeze({
      judgements,
      progress: progressOf(round.getItems(), judgements),
      standing: Object.freeze(
        annotators.map((annotator) => ({ annotator, state: stateOf(annotator.id), count: done.get(annotator.id)?.count ?? null })),
      ),
      finished,
      done: own !== undefined,
      final: own !== undefined && round.reveals.seenOf(me).size > 0,
      changedSinceDone: sealed !== undefined && JSON.stringify(sealed) !== JSON.stringify(judgements),
      closedAt,
      refused: this.#outcome?.state === "refused" ? this.#outcome.code : null,
    })
  }
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === "string" ? code : "failed"
}
