import { type CasAnswer, type CasOperation, eraOf, type RegisterEvent, type SeenRegister, startOf } from "./register-history.ts"

/** Something that may be next in a sequence that explains a history. */
export interface Step {
  readonly event: RegisterEvent
  /** Not before. */
  readonly from: number
  /** The only era in which it can be; undefined: any. */
  readonly era: number | undefined
  /** Flags that have to be down before it and are up after it. */
  readonly flags: readonly number[]
  /** Flags that have to be down before it, and stay so. */
  readonly down?: readonly number[]
  /** Of a compare-and-set: the answer that it explains; undefined: it takes effect and nobody hears of it. */
  readonly answer?: CasAnswer
}

/** What a history asks of a sequence that explains it. */
export class Problem {
  /** By the instant from which they may be. */
  readonly steps: readonly Step[]
  /** Flags that have to be up in the end, by the instant until which. */
  readonly due: readonly { readonly flag: number; readonly to: number }[]
  readonly leases: boolean
  readonly eras: number
  /** What value a revision stands for, as far as anybody was told. */
  readonly values: ReadonlyMap<string, string | null>
  readonly #events: readonly RegisterEvent[]
  readonly #steps: Step[] = []
  readonly #due: { flag: number; to: number }[] = []
  #flags = 0

  constructor(events: readonly RegisterEvent[]) {
    this.#events = events
    this.eras = 1 + eraOf(events, Infinity)
    for (const event of events) {
      if (!("at" in event) && event.kind === "cas") this.#addAttempt(event)
      else this.#steps.push({ event, from: startOf(event), era: undefined, flags: [this.#mustBe("at" in event ? event.at : event.to)] })
    }
    this.steps = this.#steps.toSorted((one, other) => one.from - other.from)
    this.due = this.#due.toSorted((one, other) => one.to - other.to)
    this.leases = events.some((event) => event.kind === "cas" && event.ttlMs > 0)
    this.values = new Map(events.flatMap(seenIn).map(({ revision, value }) => [revision ?? "", value]))
  }

  /** How many flags there are. */
  get flags(): number {
    return this.#flags
  }

  /**
   * An answer explains an effect, or a conflict, in one era until then. Unheard, an attempt may take effect once in each of the others, as long as
   * one of its sendings was not answered.
   */
  #addAttempt(event: CasOperation): void {
    const { from, sent, answers, expected, value } = event
    const [answer, ...repeated] = answers
    const first = eraOf(this.#events, from)
    const answered = answer === undefined ? -1 : eraOf(this.#events, answer.at)
    const last = answers.length < sent ? this.eras - 1 : eraOf(this.#events, answers.at(-1)!.at)
    const explained = answer === undefined ? undefined : this.#mustBe(answer.at)
    // A conflict is not remembered. What expects a register to be absent fits again when it is; another tab may still be sending it then.
    const comesAgain = expected === null && answer?.outcome === "conflict"
    for (let era = first; era <= last; era++) {
      const effect = first === last && explained !== undefined && !comesAgain ? [] : [this.#flags++]
      const taken = comesAgain ? [] : effect
      if (explained !== undefined && era <= answered)
        this.#steps.push({ event, from, era, flags: [explained, ...taken], down: effect, answer: answer! })
      // What changes nothing explains nothing.
      if (effect.length > 0 && expected !== value) this.#steps.push({ event, from, era, flags: effect })
    }
    // A conflict that is told again shows what was there at some instant until then.
    for (const { at, outcome, seen } of repeated) {
      if (outcome !== "conflict") continue
      const read: RegisterEvent = { kind: "get", who: event.who, from, to: at, seen }
      this.#steps.push({ event: read, from, era: undefined, flags: [this.#mustBe(at)] })
    }
  }

  #mustBe(to: number): number {
    this.#due.push({ flag: this.#flags, to })
    return this.#flags++
  }
}

/** Every register that somebody was shown. */
export function seenIn(event: RegisterEvent): readonly SeenRegister[] {
  if ("at" in event) return []
  return event.kind === "get" ? [event.seen] : event.answers.map(({ seen }) => seen)
}
