import {
  type CasOperation,
  describeEvent,
  eraOf,
  historyUntil,
  register,
  type RegisterEvent,
  type SeenRegister,
} from "./register-history.ts"
import { Problem, seenIn, type Step } from "./register-steps.ts"

/*
 * Whether the history of one register is linearizable: whether every operation can be given one instant between its asking and its answer such that
 * a single register that does them in the order of these instants answers as was answered (Herlihy and Wing, "Linearizability: a correctness
 * condition for concurrent objects", TOPLAS 12(3), 1990).
 *
 * The search is that of Wing and Gong ("Testing and verifying concurrent objects", JPDC 17, 1993) with Lowe's memory of the configurations
 * that led nowhere ("Testing for linearizability", CCPE 29(4), 2017): again and again it takes one of the operations that may be next - those asked
 * for before the first answer that is still to be explained - and goes back when none fits. Registers are checked one by one, since
 * linearizability is local. Beyond the textbook:
 *
 *   no answer   an attempt that was never answered takes effect at any time after it was sent, once, or never
 *   attempts    however often it is sent, an attempt takes effect at most once in an era, and is answered the same.
 *               A conflict is not remembered, though: one that expects absence may take effect later, from where it is still being sent
 *   leases      a value with a time to live may go of itself, never before that time has passed since it was set. Each operation is put at the
 *               earliest instant that its predecessors leave: if a lease can have ended in time at all, it has then
 *   disks       between runs the authority's disk may be copied, put back, or lost. Each of the last two begins an era, in which an attempt may
 *               take effect once more, the memory of it being lost too; a revision never stands for a second value in any era
 */

/** What became of a check. */
export type Verdict =
  | { readonly linearizable: true; readonly visited: number }
  /** With `decided` false the search gave up: no proof either way, which counts as a failure. */
  | { readonly linearizable: false; readonly decided: boolean; readonly explanation: string }

/** Configurations that a search may visit unless told otherwise; histories of the simulation take some hundred. */
const BUDGET = 200_000
/** How much of a history an explanation shows. */
const SHOWN_EVENTS = 30

/** Checks the history of one register, which begins absent. */
export function checkLinearizable(events: readonly RegisterEvent[], budget: number = BUDGET): Verdict {
  const contradiction = findContradiction(events)
  if (contradiction !== undefined) return { linearizable: false, decided: true, explanation: contradiction }
  const { outcome, visited } = search(new Problem(events), budget)
  if (outcome === "linearizable") return { linearizable: true, visited }
  const decided = outcome === "impossible"
  const explanation = decided ? explain(events, budget) : `undecided after ${visited} configurations of ${events.length} events`
  return { linearizable: false, decided, explanation }
}

/** What needs no search to be wrong. */
function findContradiction(events: readonly RegisterEvent[]): string | undefined {
  const values = new Map<string, string | null>()
  for (const event of events) {
    for (const { value, revision } of seenIn(event)) {
      if ((value === null) !== (revision === null)) return `a value without a revision, or the reverse: ${describeEvent(event)}`
      if (revision === null) continue
      const before = values.get(revision)
      if (before !== undefined && before !== value)
        return `revision ${revision} stood for ${before} before it stands for ${value}: ${describeEvent(event)}`
      values.set(revision, value)
    }
    if ("at" in event || event.kind === "get") continue
    if (event.answers.some(({ outcome, seen: { value } }) => outcome === "ok" && value !== event.value))
      return `an attempt set what it was not asked for: ${describeEvent(event)}`
    if (answeredDifferently(event, events)) return `one attempt was answered differently: ${describeEvent(event)}`
  }
  return undefined
}

function answeredDifferently({ from, answers }: CasOperation, events: readonly RegisterEvent[]): boolean {
  const [first, ...others] = answers.filter(({ at }) => eraOf(events, from) === eraOf(events, at))
  return others.some(
    ({ outcome, seen: { revision } }) => outcome !== first!.outcome || (outcome === "ok" && revision !== first!.seen.revision),
  )
}

/** The register in the middle of a search. `revision` undefined: set by an attempt of which nobody has heard yet. */
interface State {
  readonly value: string | null
  readonly revision: string | null | undefined
  readonly ttlMs: number
  readonly setAt: number
  /** What set it. */
  readonly by: Step | undefined
}

const ABSENT: State = Object.freeze({ value: null, revision: null, ttlMs: 0, setAt: 0, by: undefined })
const NONE: ReadonlyMap<string, Step> = new Map()

/** A configuration: what has happened, and what the register holds. */
interface Configuration {
  readonly up: Uint32Array
  /** How many of the flags that are due are up. */
  readonly explained: number
  readonly era: number
  /** The earliest instant at which all this can have happened. */
  readonly now: number
  readonly state: State
  /** The last copy of the disk. */
  readonly copy: State
  /** What set each revision that was heard of. Kept over several eras only: in one era it follows from what is up. */
  readonly setters: ReadonlyMap<string, Step>
  /** How it came to be; `step` undefined: a lease ended. */
  readonly before: Configuration | undefined
  readonly step: Step | undefined
}

interface Found {
  readonly outcome: "linearizable" | "impossible" | "undecided"
  readonly visited: number
  /** The configuration that explained most. */
  readonly furthest: Configuration
}

function search(problem: Problem, budget: number): Found {
  const up = new Uint32Array(Math.ceil(problem.flags / 32))
  const stack: Configuration[] = [
    { up, explained: 0, era: 0, now: -Infinity, state: ABSENT, copy: ABSENT, setters: NONE, before: undefined, step: undefined },
  ]
  const memory = new Memory(problem)
  let furthest = stack[0]!
  const found = (outcome: Found["outcome"]): Found => ({ outcome, visited: memory.size, furthest })
  while (stack.length > 0) {
    const configuration = stack.pop()!
    if (configuration.explained > furthest.explained) furthest = configuration
    if (configuration.explained === problem.due.length) return found("linearizable")
    if (!memory.isNew(configuration)) continue
    if (memory.size > budget) return found("undecided")
    stack.push(...followers(configuration, problem))
  }
  return found("impossible")
}

/** The configurations that a search has visited. */
class Memory {
  size = 0
  readonly #problem: Problem
  /** By what happened and what is held: the instants, of which an earlier one leaves everything open that a later one does. */
  readonly #visited = new Map<string, (readonly number[])[]>()

  constructor(problem: Problem) {
    this.#problem = problem
  }

  /** Notes a configuration, unless one was there from which the same can follow. */
  isNew(configuration: Configuration): boolean {
    const { now, state, copy } = configuration
    const instants = this.#problem.leases ? [now, state.setAt, copy.setAt] : []
    const key = this.#key(configuration)
    const before = this.#visited.get(key) ?? []
    if (before.some((earlier) => earlier.every((instant, index) => instant <= instants[index]!))) return false
    this.#visited.set(key, [...before, instants])
    this.size++
    return true
  }

  #key({ up, state, copy, setters }: Configuration): string {
    const words = ({ value, revision, ttlMs }: State): string => `${value} ${revision} ${ttlMs}`
    if (this.#problem.eras === 1) return `${up.join()} ${words(state)}`
    const set = [...setters].map(([revision, step]) => `${revision} ${this.#problem.steps.indexOf(step)}`)
    return `${up.join()} ${words(state)} ${words(copy)} ${set.toSorted().join()}`
  }
}

/** What can come next, what is most likely last. */
function followers(configuration: Configuration, problem: Problem): Configuration[] {
  const { state, now } = configuration
  const limit = limitOf(configuration, problem)
  const unheard: Configuration[] = []
  const heard: Configuration[] = []
  for (const step of problem.steps) {
    if (step.from > limit) break
    const next = take(configuration, step, problem)
    if (next === undefined) continue
    // A read that costs no time changes nothing for the others: if it fits now, it may as well be now. Unless it is the first to tell the revision of what an
    // attempt has set, which over several eras may be that of another time at which it took effect.
    const tellsNothing = problem.eras === 1 || next.state.revision === state.revision
    if (isRead(step) && step.flags.length === 1 && tellsNothing && (!problem.leases || step.from <= now)) return [next]
    if (isUnheard(step)) unheard.push(next)
    else heard.push(next)
  }
  const end = Math.max(now, state.setAt + state.ttlMs)
  if (state.ttlMs > 0 && end <= limit) unheard.push({ ...configuration, now: end, state: ABSENT, before: configuration, step: undefined })
  return [...unheard.toReversed(), ...heard.toReversed()]
}

/** The first answer that is still to be explained: what was asked for after it cannot be next. */
function limitOf(configuration: Configuration, { due }: Problem): number {
  return due.find(({ flag }) => !isUp(configuration, flag))!.to
}

function isUp({ up }: Configuration, flag: number): boolean {
  return (up[flag >>> 5]! & (1 << (flag & 31))) !== 0
}

function isRead({ event, answer }: Step): boolean {
  return event.kind === "get" || answer?.outcome === "conflict"
}

function isUnheard({ event, answer }: Step): boolean {
  return event.kind === "cas" && answer === undefined
}

/** The configuration after `step`, unless it cannot be next or does not fit. */
function take(before: Configuration, step: Step, problem: Problem): Configuration | undefined {
  const { event, era, flags, down = [] } = step
  if ((era !== undefined && era !== before.era) || [...flags, ...down].some((flag) => isUp(before, flag))) return undefined
  const now = Math.max(before.now, step.from)
  const met = stateMet(before, step, problem)
  const setters = met && settersAfter(before.setters, met, problem)
  if (met === undefined || setters === undefined) return undefined
  const state = stateAfter(before, met, step, now)
  const settersNow = settersAfter(setters, state, problem)
  if (settersNow === undefined) return undefined
  const up = before.up.slice()
  for (const flag of flags) up[flag >>> 5]! |= 1 << (flag & 31)
  return {
    up,
    explained: before.explained + (isUnheard(step) ? 0 : 1),
    era: before.era + (event.kind === "restored" || event.kind === "wiped" ? 1 : 0),
    now,
    state,
    copy: event.kind === "copied" ? before.state : before.copy,
    setters: settersNow,
    before,
    step,
  }
}

/** What the register holds as `step` comes, whose answer may tell its revision; undefined when it does not fit. */
function stateMet({ state }: Configuration, { event, answer }: Step, { values }: Problem): State | undefined {
  if ("at" in event) return state
  if (event.kind === "get") return read(state, event.seen)
  const { expected } = event
  if (answer?.outcome === "conflict") return answer.seen.revision === expected ? undefined : read(state, answer.seen)
  return read(state, { value: expected === null ? null : (values.get(expected) ?? state.value), revision: expected })
}

/** The state, if `seen` may be what it showed: now its revision is known. */
function read(state: State, { value, revision }: SeenRegister): State | undefined {
  if (state.value !== value || (state.revision !== undefined && state.revision !== revision)) return undefined
  return state.revision === revision ? state : { ...state, revision }
}

/** What the register holds after `step`, which fits. */
function stateAfter({ copy }: Configuration, met: State, step: Step, now: number): State {
  const { event, answer } = step
  if (event.kind === "restored") return copy
  if (event.kind === "wiped") return ABSENT
  if (event.kind !== "cas" || answer?.outcome === "conflict") return met
  const { value, ttlMs } = event
  const revision = answer === undefined ? (value === null ? null : undefined) : answer.seen.revision
  return { value, revision, ttlMs: value === null ? 0 : ttlMs, setAt: now, by: step }
}

/** A revision is that of one effect, and an effect has one revision, over all eras; undefined when it would not be so. */
function settersAfter(
  setters: ReadonlyMap<string, Step>,
  { revision, by }: State,
  { eras }: Problem,
): ReadonlyMap<string, Step> | undefined {
  if (eras === 1 || typeof revision !== "string" || by === undefined) return setters
  const before = setters.get(revision)
  if (before === by) return setters
  return before === undefined && ![...setters.values()].includes(by) ? new Map(setters).set(revision, by) : undefined
}

/** Why a history is wrong, by the shortest beginning of it that is. */
function explain(events: readonly RegisterEvent[], budget: number): string {
  const answers = events.flatMap((event) => ("at" in event ? [] : event.kind === "get" ? [event.to] : event.answers.map(({ at }) => at)))
  answers.sort((one, other) => one - other)
  let [fine, wrong] = [-1, answers.length - 1]
  while (wrong - fine > 1) {
    const middle = (fine + wrong) >>> 1
    if (search(new Problem(historyUntil(events, answers[middle]!)), budget).outcome === "linearizable") fine = middle
    else wrong = middle
  }
  const shortest = historyUntil(events, answers[wrong]!)
  const problem = new Problem(shortest)
  const { furthest } = search(problem, budget)
  const path = pathTo(furthest)
  const limit = limitOf(furthest, problem)
  const stuck = problem.steps.filter((step) => step.from <= limit && !isUnheard(step) && !step.flags.some((flag) => isUp(furthest, flag)))
  return [
    `no order explains the answer at [${answers[wrong]!.toFixed(3)}], the last of:`,
    ...(shortest.length > SHOWN_EVENTS ? [`  (${shortest.length - SHOWN_EVENTS} earlier ones)`] : []),
    ...shortest.slice(-SHOWN_EVENTS).map((event) => `  ${describeEvent(event)}`),
    "the order that explains most ends:",
    ...path.slice(-SHOWN_EVENTS).map((line) => `  ${line}`),
    "after which none of these fits:",
    ...new Set(stuck.slice(0, SHOWN_EVENTS).map(({ event }) => `  ${describeEvent(event)}`)),
  ].join("\n")
}

/** What led to a configuration, and what the register held after each step. */
function pathTo(configuration: Configuration): string[] {
  const lines: string[] = []
  for (let at = configuration; at.before !== undefined; at = at.before) {
    const what = at.step === undefined ? "a lease ends" : describeEvent(at.step.event)
    lines.push(`${register(at.state)} after: ${what}${at.step !== undefined && isUnheard(at.step) ? " (taking effect unheard)" : ""}`)
  }
  return lines.reverse()
}
