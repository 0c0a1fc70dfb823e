import { asksOf, type Generation, readGeneration } from "@polylogue/conversation"
import type { DocumentId } from "@polylogue/protocol"
import type { RegisterAnswer, RegisterChange } from "@polylogue/replica"
import * as Y from "yjs"
import type { World } from "../world.ts"
import type { AnswerCounts } from "./happenings.ts"
import { type Running, onOpened } from "./machine.ts"
import type { ScriptRun } from "./scripted-answerer.ts"

/** What one process counts on for one slot. */
interface Hold {
  readonly session: string
  /** Every revision that it was given for it since it claimed it: the first is its fencing token. */
  readonly revisions: Set<string>
  /** When the lease ends by its own count, from when it asked for it. */
  readonly until: number
  /** Which disk of the authority it asked. */
  readonly era: number
}

/** When an attempt to set a register was first sent, and to which disk of the authority. */
interface Asked {
  readonly sentAt: number
  readonly era: number
}

/** Time after a stop is seen in which what was collected may still be written: one tick, and the turn it runs in. */
const STOP_SLACK_MS = 60
const GENERATION_MARK = "#gen/"

/**
 * I8, at every step: who writes words of an answer holds its lease at that instant, counted from when it asked for it; nobody is given a lease while another one counts on it; a part
 * holds the words of one run; and nothing is written after a stop was seen. It reads what responders say to the authority and write into their documents, and believes nothing they say of it.
 */
export class LeaseWatch {
  readonly runs = new Map<string, ScriptRun>()
  readonly #world: World
  readonly #counts: AnswerCounts
  readonly #era: () => number
  readonly #holds = new Map<string, Map<string, Hold>>()
  /** Which run each part was written by. */
  readonly #writers = new Map<string, string>()
  readonly #stopSeen = new Map<string, number>()
  readonly #claimedBy = new Map<string, string>()

  /** @param era - how often the authority's disk was lost or put back: then it knows nothing of who holds what. */
  constructor(world: World, counts: AnswerCounts, era: () => number) {
    this.#world = world
    this.#counts = counts
    this.#era = era
  }

  /** Watches a responder's process from now on. */
  watch(running: Running): void {
    this.#watchRegisters(running)
    onOpened(running.replica, (documentId, ydoc) => this.#watchDocument(running, documentId, ydoc))
  }

  /** Whether the process counts on the lease of any slot now. */
  holds(session: string): boolean {
    return [...this.#holds.values()].some((holders) => (holders.get(session)?.until ?? 0) > this.#now)
  }

  get #now(): number {
    return this.#world.clock.elapsedMs
  }

  #watchRegisters({ session, replica: { registers } }: Running): void {
    const cas = registers.cas.bind(registers)
    const attempts = new Map<string, Asked>()
    const watched = async (key: string, change: RegisterChange): Promise<RegisterAnswer> => {
      const generation = readGeneration({ value: change.value })
      if (!key.includes(GENERATION_MARK)) return cas(key, change)
      const asked = attempts.get(change.attempt ?? "") ?? { sentAt: this.#now, era: this.#era() }
      if (change.attempt !== undefined) attempts.set(change.attempt, asked)
      // From when it asks to give the lease back, nobody may count on it.
      const leases = generation?.state === "writing"
      if (!leases) this.#holds.get(key)?.delete(session)
      if (generation?.state === "done" && !this.#wroteHere(session, key)) this.#counts.count("ended answer found without its register")
      const answer = await cas(key, change)
      if ("register" in answer) this.#told(session, key, { ...asked, change, answer, leases, generation })
      return answer
    }
    Object.defineProperty(registers, "cas", { value: watched, configurable: true })
  }

  #told(
    session: string,
    key: string,
    said: Asked & {
      readonly change: RegisterChange
      readonly answer: Extract<RegisterAnswer, { register: unknown }>
      readonly leases: boolean
      readonly generation: Generation | undefined
    },
  ): void {
    const { change, answer, sentAt, era, leases, generation } = said
    const holders = this.#holds.get(key) ?? new Map<string, Hold>()
    this.#holds.set(key, holders)
    this.#world.trace(`${session} is told ${answer.outcome} of ${key} (${generation?.state}): ${answer.register.revision}`)
    if (answer.outcome === "conflict") {
      if (holders.delete(session)) this.#counts.count("lease lost by its holder")
      else if (leases) this.#counts.count("claim lost to another responder")
      return
    }
    if (!leases) return
    const until = sentAt + (change.ttlMs ?? 0)
    // Word of it came when it was over, and whoever counts its lease knows.
    if (until <= this.#now) return
    const known = holders.get(session)
    const revisions = known?.revisions ?? new Set<string>()
    revisions.add(answer.register.revision!)
    if (known === undefined) this.#claimed(session, key)
    for (const other of holders.values()) {
      if (other.session === session || other.until <= this.#now || other.era !== this.#era()) continue
      this.#world.complain("I8", `${session} is given ${key} at ${this.#now}, and ${other.session} counts on it until ${other.until}`)
    }
    holders.set(session, { session, revisions, until, era })
  }

  #claimed(session: string, key: string): void {
    const before = this.#claimedBy.get(key)
    this.#claimedBy.set(key, session)
    if (before !== undefined && before !== session) this.#counts.count("lease taken over")
  }

  #watchDocument({ session }: Running, documentId: DocumentId, ydoc: Y.Doc): void {
    ydoc.on("afterTransaction", (transaction: Y.Transaction) => {
      this.#seeStops(session, documentId, ydoc)
      if (!transaction.local) return
      for (const type of transaction.changed.keys()) {
        if (type instanceof Y.Text && type.parent instanceof Y.Map) this.#wrote(session, documentId, type, type.parent as Y.Map<unknown>)
      }
    })
  }

  #seeStops(session: string, documentId: DocumentId, ydoc: Y.Doc): void {
    for (const run of this.runs.values()) {
      const key = `${session} ${documentId} ${run.slot}`
      if (this.#stopSeen.has(key)) continue
      const cut = run.slot.indexOf("/")
      const ask = asksOf(ydoc, run.slot.slice(0, cut)).find(({ slot }) => slot === run.slot.slice(cut + 1))
      if (ask?.stopped != null) this.#stopSeen.set(key, this.#now)
    }
  }

  #wrote(session: string, documentId: DocumentId, text: Y.Text, part: Y.Map<unknown>): void {
    const pid = String(part.get("pid"))
    const token = pid.slice(0, pid.lastIndexOf("."))
    const words = text.toJSON()
    const runId = /‹(.+?):\d+›/.exec(words)?.[1]
    if (runId === undefined) return
    const run = this.runs.get(runId)
    const where = `part ${pid} of the answer ${run?.slot} in ${documentId}`
    const writer = this.#writers.get(`${documentId} ${pid}`)
    if (writer !== undefined && writer !== runId) this.#world.complain("I8", `${where} was begun by ${writer} and is written by ${runId}`)
    this.#writers.set(`${documentId} ${pid}`, runId)
    if (run === undefined || !run.words.join("").includes(words))
      this.#world.complain("I8", `${where} says ${words}, which ${runId} does not`)
    if (run === undefined) return
    const stop = this.#stopSeen.get(`${session} ${documentId} ${run.slot}`)
    if (stop !== undefined && this.#now > stop + STOP_SLACK_MS)
      this.#world.complain("I8", `${session} writes ${where} ${this.#now - stop} ms after it saw the stop`)
    this.#checkHold(session, run, token, where)
  }

  /** Whether the process has begun the answer whose register this is. */
  #wroteHere(session: string, key: string): boolean {
    return [...this.runs.values()].some(({ id, slot }) => id.startsWith(`${session}!`) && key.endsWith(endingOf(slot)))
  }

  #checkHold(session: string, run: ScriptRun, token: string, where: string): void {
    const hold = [...this.#holds].find(([key]) => key.endsWith(endingOf(run.slot)))?.[1].get(session)
    if (hold === undefined) this.#world.complain("I8", `${session} writes ${where} without its lease`)
    else if (!hold.revisions.has(token)) this.#world.complain("I8", `${session} writes ${where} under a token that it was not given`)
    else if (hold.until <= this.#now)
      this.#world.complain("I8", `${session} writes ${where} at ${this.#now}, its lease having ended at ${hold.until}`)
  }
}

/** How the key of the register of `<message>/<slot>` ends. */
function endingOf(slot: string): string {
  return `${GENERATION_MARK}${slot.split("/").map(encodeURIComponent).join("/")}`
}
