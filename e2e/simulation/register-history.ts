/** What somebody was told that a register holds; both fields `null`: it is absent. */
export interface SeenRegister {
  readonly value: string | null
  /** Opaque here: equal or not. */
  readonly revision: string | null
}

/** A read that was answered. One that was not is of no consequence and stands in no history. */
export interface GetOperation {
  readonly kind: "get"
  readonly who: string
  /** When it was asked and when it was answered, in milliseconds; no two instants of a history are equal. `-Infinity`: told unasked. */
  readonly from: number
  readonly to: number
  readonly seen: SeenRegister
}

/** What one of the invocations of an attempt was answered. */
export interface CasAnswer {
  readonly at: number
  readonly outcome: "ok" | "conflict"
  readonly seen: SeenRegister
}

/** A compare-and-set: one attempt, however often it was sent. Without an answer it may have taken effect at any time since, or never. */
export interface CasOperation {
  readonly kind: "cas"
  readonly who: string
  readonly attempt: string
  readonly expected: string | null
  readonly value: string | null
  /** Milliseconds after which the authority may take the value away; 0: never. */
  readonly ttlMs: number
  /** When it was first sent, and how often it was: each time but those that are answered may still be under way. */
  readonly from: number
  readonly sent: number
  /** Definite answers only, oldest first. */
  readonly answers: readonly CasAnswer[]
}

/** What an operator did to the disk of the authority, which did not run at that instant: copied it, put the last copy back, or lost it. */
export interface DiskEvent {
  readonly kind: "copied" | "restored" | "wiped"
  readonly at: number
}

/** Something in the history of one register. */
export type RegisterEvent = GetOperation | CasOperation | DiskEvent

/** What a compare-and-set asks for. */
export type CasRequest = Pick<CasOperation, "expected" | "value" | "ttlMs">

/** Records what callers ask of one register and what they are told, for `checkLinearizable`. Values other than `null` must be unique by attempt. */
export class RegisterHistory {
  readonly #now: () => number
  readonly #finished: (GetOperation | DiskEvent)[] = []
  readonly #attempts = new Map<string, CasOperation & { sent: number; readonly answers: CasAnswer[] }>()
  readonly #values = new Map<string, string>()
  #last = -Infinity

  /** @param now - milliseconds that never go back. */
  constructor(now: () => number) {
    this.#now = now
  }

  /** A read is asked for now. Call what it returns at the instant of the answer; not at all when there is none. */
  get(who: string): (seen: SeenRegister) => void {
    const from = this.#instant()
    return ({ value, revision }) => this.#finished.push({ kind: "get", who, from, to: this.#instant(), seen: { value, revision } })
  }

  /** Somebody is told unasked what the register held at some instant until now. */
  heard(who: string, { value, revision }: SeenRegister): void {
    this.#finished.push({ kind: "get", who, from: -Infinity, to: this.#instant(), seen: { value, revision } })
  }

  /**
   * A compare-and-set is sent now, or sent again with the same `attempt`. Call what it returns at the instant of a definite answer; not at
   * all when there is none.
   *
   * @throws RangeError for a value that another attempt has, or an attempt that asks for something else than before.
   */
  cas(who: string, attempt: string, request: CasRequest): (outcome: "ok" | "conflict", seen: SeenRegister) => void {
    const from = this.#instant()
    const { expected, value, ttlMs } = request
    if (value !== null && (this.#values.get(value) ?? attempt) !== attempt) throw new RangeError(`two attempts set ${value}`)
    if (value !== null) this.#values.set(value, attempt)
    let operation = this.#attempts.get(attempt)
    if (operation === undefined) {
      operation = { kind: "cas", who, attempt, expected, value, ttlMs, from, sent: 0, answers: [] }
      this.#attempts.set(attempt, operation)
    }
    if (operation.expected !== expected || operation.value !== value || operation.ttlMs !== ttlMs)
      throw new RangeError(`attempt ${attempt} has changed its mind`)
    operation.sent++
    const { answers } = operation
    return (outcome, { value, revision }) => answers.push({ at: this.#instant(), outcome, seen: { value, revision } })
  }

  /** The disk of the authority is copied, put back as it was when it was last copied, or lost. */
  disk(kind: DiskEvent["kind"]): void {
    this.#finished.push({ kind, at: this.#instant() })
  }

  /** All so far, oldest first. */
  get events(): readonly RegisterEvent[] {
    return [...this.#finished, ...this.#attempts.values()].toSorted((one, other) => startOf(one) - startOf(other))
  }

  /** Things that happen at the same millisecond happen in the order in which they are told. */
  #instant(): number {
    this.#last = Math.max(this.#now(), this.#last + 1e-6)
    return this.#last
  }
}

/** When an event began. */
export function startOf(event: RegisterEvent): number {
  return "at" in event ? event.at : event.from
}

/** How often, up to `at`, the authority's state was put back or lost: what lies between is one era. */
export function eraOf(events: readonly RegisterEvent[], at: number): number {
  return events.filter((event) => (event.kind === "restored" || event.kind === "wiped") && event.at < at).length
}

/** The history as somebody would know it who stopped listening at `end`. */
export function historyUntil(events: readonly RegisterEvent[], end: number): RegisterEvent[] {
  return events.flatMap((event): RegisterEvent[] => {
    if (startOf(event) > end || (event.kind === "get" && event.to > end)) return []
    return event.kind === "cas" ? [{ ...event, answers: event.answers.filter(({ at }) => at <= end) }] : [event]
  })
}

/** An event in words. */
export function describeEvent(event: RegisterEvent): string {
  if ("at" in event) return `${instant(event.at)} the authority's disk is ${event.kind}`
  if (event.kind === "get" && event.from === -Infinity) return `${instant(event.to)} ${event.who} hears: ${register(event.seen)}`
  if (event.kind === "get") return `${instant(event.from)} ${event.who} reads; ${instant(event.to)} ${register(event.seen)}`
  const { who, attempt, expected, value, ttlMs, from, answers } = event
  const lease = ttlMs > 0 ? ` for ${ttlMs} ms` : ""
  const told = answers.map(({ at, outcome, seen }) => `${instant(at)} ${outcome}: ${register(seen)}`)
  return `${instant(from)} ${who} sets ${value ?? "nothing"}${lease} if at ${expected ?? "nothing"} (attempt ${attempt}); ${told.join(", ") || "no answer"}`
}

/** What a register holds, in words. */
export function register({ value, revision }: { readonly value: string | null; readonly revision: string | null | undefined }): string {
  return value === null && revision === null ? "absent" : `${value ?? "nothing"} at ${revision ?? "an unknown revision"}`
}

function instant(at: number): string {
  return `[${at.toFixed(3)}]`
}
