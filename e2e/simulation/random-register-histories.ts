import type { Random } from "./random.ts"
import type { CasAnswer, CasOperation, DiskEvent, RegisterEvent, SeenRegister } from "./register-history.ts"

/** How a random history is made. */
export interface RandomHistoryOptions {
  readonly operations: number
  /** Without leases and disks. */
  readonly plain: boolean
}

/** How long an operation takes on either side of the instant at which it takes effect, at the most; how far apart these are, about. */
const MARGIN_MS = 12
const DISTANCE_MS = 4

/** A history that is linearizable, since each operation of it was done at one instant between its two ends. */
export function linearizableHistory(
  random: Random,
  { operations, plain }: RandomHistoryOptions = { operations: random.between(10, 70), plain: false },
): RegisterEvent[] {
  const register = new AtomicRegister(random, plain)
  const instants = Array.from({ length: operations }, () => random.fraction() * operations * DISTANCE_MS)
  return instants
    .toSorted((one, other) => one - other)
    .flatMap((effectAt, index): RegisterEvent[] => {
      register.passTo(effectAt)
      const from = effectAt - random.fraction() * MARGIN_MS
      const to = effectAt + random.fraction() * MARGIN_MS
      if (!plain && random.chance(0.06)) return [{ kind: register.disaster(), at: effectAt }]
      if (random.chance(0.35)) return [{ kind: "get", who: `reader ${index}`, from, to, seen: register.seen }]
      return register.cas(index, { from, effectAt, to })
    })
}

/** A register as it should be. */
class AtomicRegister {
  seen: SeenRegister = { value: null, revision: null }
  readonly #random: Random
  readonly #plain: boolean
  #revisions = 0
  /** When it may go of itself. */
  #until = Infinity
  #copy: SeenRegister = { value: null, revision: null }
  /** Revisions that were once current, for attempts that come too late. */
  readonly #known: SeenRegister[] = [{ value: null, revision: null }]

  constructor(random: Random, plain: boolean) {
    this.#random = random
    this.#plain = plain
  }

  passTo(at: number): void {
    if (at > this.#until && this.#random.chance(0.7)) this.#set({ value: null, revision: null }, Infinity)
  }

  disaster(): DiskEvent["kind"] {
    const kind = this.#random.pick(["copied", "restored", "wiped"] as const)
    if (kind === "copied") this.#copy = this.seen
    // A lease that was copied may end at any time: nobody counts on the one that was put back.
    else this.#set(kind === "wiped" ? { value: null, revision: null } : this.#copy, Infinity)
    return kind
  }

  cas(index: number, { from, effectAt, to }: { from: number; effectAt: number; to: number }): RegisterEvent[] {
    const random = this.#random
    const known = random.chance(0.6) ? this.seen : random.pick(this.#known.slice(-3))
    const expected = known.revision
    const value = random.chance(0.15) ? null : `v${index}`
    const ttlMs = !this.#plain && value !== null && random.chance(0.3) ? random.between(3, 20) : 0
    const answered = random.chance(0.85)
    const outcome = expected === this.seen.revision ? "ok" : "conflict"
    // Without an answer, it may never have arrived.
    if (outcome === "ok" && (answered || random.chance(0.6))) {
      const revision = value === null ? null : `r${++this.#revisions}`
      this.#set({ value, revision }, ttlMs === 0 ? Infinity : effectAt + ttlMs)
    }
    const answers: CasAnswer[] = answered ? [{ at: to, outcome, seen: this.seen }] : []
    if (answered && outcome === "ok" && random.chance(0.1)) answers.push({ at: to + random.fraction() * 30, outcome, seen: this.seen })
    const who = `writer ${index}`
    const attempt: CasOperation = {
      kind: "cas",
      who,
      attempt: `${index}`,
      expected,
      value,
      ttlMs,
      from,
      sent: Math.max(1, answers.length),
      answers,
    }
    // Nobody can know a revision that nobody was told.
    return [{ kind: "get", who, from: -Infinity, to: effectAt, seen: known }, attempt]
  }

  #set(seen: SeenRegister, until: number): void {
    this.seen = seen
    this.#until = until
    this.#known.push(seen)
  }
}

/** The same history with one answer made wrong. */
export function corrupt(events: readonly RegisterEvent[], random: Random): RegisterEvent[] {
  const shown = events.flatMap((event) =>
    "at" in event ? [] : event.kind === "get" ? [event.seen] : event.answers.map(({ seen }) => seen),
  )
  // Whoever is told unasked may be told of anything that was.
  const asked = events.filter((event) => "from" in event && event.from > -Infinity && (event.kind === "get" || event.answers.length === 1))
  if (asked.length === 0) return [...events]
  const victim = random.pick(asked)
  const others = shown.filter(({ revision }) => !registersIn(victim).some((told) => told.revision === revision))
  const wrong = others.length === 0 || random.chance(0.3) ? { value: "v-none", revision: "r-none" } : random.pick(others)
  return events.map((event) => {
    if (event !== victim || "at" in event) return event
    if (event.kind === "get") return { ...event, seen: wrong }
    const { at, outcome, seen } = event.answers[0]!
    if (outcome === "conflict") return { ...event, answers: [random.chance(0.5) ? { at, outcome, seen: wrong } : okOf(event, at)] }
    return {
      ...event,
      answers: [
        random.chance(0.5) ? { at, outcome: "conflict", seen: wrong } : { at, outcome, seen: { ...seen, revision: wrong.revision } },
      ],
    }
  })
}

function okOf({ value, attempt }: CasOperation, at: number): CasAnswer {
  return { at, outcome: "ok", seen: { value, revision: value === null ? null : `never-${attempt}` } }
}

/** Whether some order explains a plain history, by trying all orders of all choices of what was never answered. For a handful of operations. */
export function linearizableByForce(events: readonly RegisterEvent[]): boolean {
  const told = events.flatMap(registersIn)
  const contradicts = told.some(
    ({ value, revision }) =>
      (value === null) !== (revision === null) || told.some((other) => (value === other.value) !== (revision === other.revision)),
  )
  return !contradicts && follows(events, { value: null, revision: null }, new Map(told.map(({ value, revision }) => [value, revision])))
}

function follows(rest: readonly RegisterEvent[], state: SeenRegister, revisions: ReadonlyMap<string | null, string | null>): boolean {
  if (rest.every((event) => endOf(event) === Infinity)) return true
  return rest.some((event) => {
    if (rest.some((other) => endOf(other) < (event as { from: number }).from)) return false
    const next = done(event, state, revisions)
    const others = rest.filter((other) => other !== event)
    return next !== undefined && follows(comesAgain(event) ? [...others, { ...event, answers: [] }] : others, next, revisions)
  })
}

/** A conflict is not remembered: what expects a register to be absent may still take effect. */
function comesAgain(event: RegisterEvent): event is CasOperation {
  return event.kind === "cas" && event.expected === null && event.answers[0]?.outcome === "conflict"
}

function done(event: RegisterEvent, state: SeenRegister, revisions: ReadonlyMap<string | null, string | null>): SeenRegister | undefined {
  if ("at" in event) throw new RangeError("only plain histories are tried by force")
  const isState = ({ value, revision }: SeenRegister): boolean => value === state.value && revision === state.revision
  if (event.kind === "get") return isState(event.seen) ? state : undefined
  const [answer] = event.answers
  const fits = event.expected === state.revision
  if (answer?.outcome === "conflict") return !fits && isState(answer.seen) ? state : undefined
  if (!fits || (answer !== undefined && answer.seen.value !== event.value)) return undefined
  // Of an attempt without an answer: what others were shown of it, or a revision that nobody was.
  const revision = event.value === null ? null : (revisions.get(event.value) ?? `unheard ${event.attempt}`)
  return { value: event.value, revision }
}

function endOf(event: RegisterEvent): number {
  if ("at" in event) return event.at
  if (event.kind === "get") return event.to
  return event.answers[0]?.at ?? Infinity
}

function registersIn(event: RegisterEvent): readonly SeenRegister[] {
  if ("at" in event) return []
  return event.kind === "get" ? [event.seen] : event.answers.map(({ seen }) => seen)
}
