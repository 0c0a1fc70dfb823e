import { advanceBlind, BlindJudgements, blindDocumentId, blindStanding, parseDoneKey, Round, roundKindOf } from "@polylogue/conversation"
import { annotatorOf, isEnforced } from "./annotator.ts"
import type { Polylogue } from "./polylogue.ts"
import { type Schedule, scheduleTimer } from "./publisher.ts"
import { storedWithin, syncedWithin } from "./stored-within.ts"

/** Most rounds that are looked after: those with which this person was done last. */
export const MAX_KEPT_ROUNDS = 20
/** Longest that is waited for a document to arrive, or to be stored, in ms. */
const WITHIN_MS = 30_000

/**
 * Reveals what the person on this device judged blind once all are done, in rounds that nobody has on screen. What the registers say is enough to know when it is time; only
 * then documents are opened, one round after another.
 */
export class RoundKeeper {
  readonly #polylogue: Polylogue
  readonly #schedule: Schedule
  /** Documents of rounds with which this person said that they are done. */
  readonly #rounds = new Set<string>()
  /** Commitments that were revealed, or found to be. */
  readonly #settled = new Set<string>()
  /** Those that came to no end since the device came online. */
  readonly #tried = new Set<string>()
  #online = false
  #stop: (() => void) | undefined
  #users = 0
  #running = false

  /** Begins nothing. @param schedule - default: the timers of the environment. */
  constructor(polylogue: Polylogue, schedule: Schedule = scheduleTimer) {
    this.#polylogue = polylogue
    this.#schedule = schedule
  }

  /** Begins, and goes on until it was stopped as often as started. Returns what stops it; calling that twice is harmless. */
  start(): () => void {
    if (this.#users++ === 0) this.#begin()
    let stopped = false
    return () => {
      if (stopped) return
      stopped = true
      if (--this.#users > 0) return
      this.#stop?.()
      this.#stop = undefined
    }
  }

  #begin(): void {
    const { replica, workspace } = this.#polylogue
    const stops = [replica.registers.watch(`${workspace}/anno`, (key) => this.#heard(key)), replica.subscribe(() => this.#connection())]
    this.#stop = () => stops.forEach((stop) => stop())
    void this.#turn()
  }

  #heard(key: string): void {
    const place = parseDoneKey(key)
    if (place?.annotator === annotatorOf(this.#polylogue) && roundKindOf(roundIdOf(place.roundDocument)) === "blind")
      this.#rounds.add(place.roundDocument)
    void this.#turn()
  }

  async #turn(): Promise<void> {
    if (this.#running || this.#stop === undefined) return
    this.#running = true
    try {
      for (let round = this.#due(); round !== undefined && this.#stop !== undefined; round = this.#due()) {
        this.#tried.add(round.commitment)
        if (await this.#reveal(round.roundDocument)) this.#settled.add(round.commitment)
      }
    } catch {
      // A document that cannot be opened, a replica that closes: nothing is lost by it, and the next time online it is tried again.
    } finally {
      this.#running = false
    }
  }

  #connection(): void {
    const online = this.#polylogue.replica.status.connection === "online"
    if (online && !this.#online) this.#tried.clear()
    this.#online = online
    void this.#turn()
  }

  /** A round of which, as was last heard, everybody is done whom this person waits for. */
  #due(): { readonly roundDocument: string; readonly commitment: string } | undefined {
    const { replica } = this.#polylogue
    if (replica.status.connection !== "online") return undefined
    const me = annotatorOf(this.#polylogue)
    const standing = (roundDocument: string, names: readonly string[]): ReturnType<typeof blindStanding> =>
      blindStanding(replica.registers, roundDocument, names, isEnforced(this.#polylogue))
    const claims = [...this.#rounds].flatMap((roundDocument) => {
      const claim = standing(roundDocument, [me]).done.get(me)
      return claim === undefined ? [] : [{ ...claim, roundDocument }]
    })
    const latest = claims.toSorted((left, right) => right.at - left.at).slice(0, MAX_KEPT_ROUNDS)
    return latest.find(({ roundDocument, roster, commitment }) => {
      if (this.#settled.has(commitment) || this.#tried.has(commitment)) return false
      const { done, closedAt } = standing(roundDocument, roster)
      return closedAt !== null || roster.every((name) => done.has(name))
    })
  }

  /** Whether it was revealed. */
  async #reveal(roundDocument: string): Promise<boolean> {
    const { pool, replica, workspace, writer, now, randomBytes } = this.#polylogue
    const [annotator, roundId] = [annotatorOf(this.#polylogue), roundIdOf(roundDocument)]
    const held = [roundDocument, blindDocumentId(workspace, roundId, annotator)].map((id) => pool.hold(id))
    const views: { destroy(): void }[] = []
    try {
      const [open, own] = await Promise.all(held.map(({ opened }) => opened))
      if (open === undefined || own === undefined) return false
      await Promise.all([open, own].map(({ document }) => syncedWithin(document, WITHIN_MS, this.#schedule)))
      const relayNow = (): number => now() + replica.status.relayTimeOffsetMs
      const options = { writer, annotator, roundId, now, relayNow, randomBytes }
      const [round, blind] = [new Round(open.ydoc, options), new BlindJudgements(own.ydoc, options)]
      views.push(round, blind)
      const stored = (): Promise<boolean> => storedWithin(own.document, WITHIN_MS, this.#schedule)
      const enforced = isEnforced(this.#polylogue)
      const { state } = await advanceBlind({ registers: replica.registers, roundDocument, round, blind, enforced, stored })
      return state === "revealed"
    } finally {
      for (const view of views) view.destroy()
      for (const { close } of held) close()
    }
  }
}

const keepers = new WeakMap<Polylogue, RoundKeeper>()

/** The keeper of a device's rounds, one for all components. */
export function roundKeeperOf(polylogue: Polylogue): RoundKeeper {
  const keeper = keepers.get(polylogue) ?? new RoundKeeper(polylogue)
  keepers.set(polylogue, keeper)
  return keeper
}

function roundIdOf(roundDocument: string): string {
  return roundDocument.slice(roundDocument.lastIndexOf("/") + 1)
}
