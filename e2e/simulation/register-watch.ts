import { type RegisterKey, type RegisterState, splitRevision } from "@polylogue/protocol"
import type { Register } from "@polylogue/replica"
import { checkLinearizable } from "./linearizability.ts"
import { type CasRequest, type DiskEvent, eraOf, RegisterHistory, startOf } from "./register-history.ts"
import type { World } from "./world.ts"

/** What one of the holders of a lease counts on. */
interface Hold {
  readonly who: string
  readonly sentAt: number
  /** When it ends by its own count, from when it was asked for. */
  readonly until: number
}

/** What is asked of the registers of a run and what is said of them, by everybody; checked as it is said, and as a whole at the end (I8). */
export class RegisterWatch {
  readonly labels: readonly RegisterKey[]
  readonly lease: RegisterKey
  readonly #world: World
  readonly #histories: ReadonlyMap<RegisterKey, RegisterHistory>
  /** What relays have said: register and moment. */
  readonly #said = new Set<string>()
  readonly #holds = new Map<string, Hold>()
  /** By whom and which register: the newest revision that they heard of. */
  readonly #newest = new Map<string, string>()
  /** Starts of relays of which something was said; those of them whose disk was put back or lost since. */
  readonly #starts = new Set<string>()
  readonly #undone = new Set<string>()
  #lastDisaster = -Infinity

  constructor(world: World) {
    this.#world = world
    const [first, last] = [world.documents[0]!, world.documents.at(-1)!]
    this.labels = [`${first}#label/production`, `${last}#label/staging`]
    this.lease = `${first}#lease`
    this.#histories = new Map([...this.labels, this.lease].map((key) => [key, new RegisterHistory(() => world.clock.elapsedMs)]))
  }

  history(key: RegisterKey): RegisterHistory {
    return this.#histories.get(key)!
  }

  /** What became of the disk of an authority. */
  disk(kind: DiskEvent["kind"]): void {
    for (const history of this.#histories.values()) history.disk(kind)
    if (kind === "copied") return
    this.#lastDisaster = this.#world.clock.elapsedMs
    for (const start of this.#starts) this.#undone.add(start)
  }

  /** A relay says at `time`, by its own clock, what a register holds. */
  said(register: RegisterState, time: number): void {
    this.#said.add(sayingOf(register, time))
    const start = register.revision === null ? undefined : splitRevision(register.revision)?.start
    if (start !== undefined) this.#starts.add(start)
  }

  /** `who` has this in its cache now: nothing but what a relay said, and nothing older than what `who` had. */
  cached(who: string, register: Register): void {
    const { key, value, revision, asOf } = register
    this.#world.count("register heard of")
    if (!this.#said.has(sayingOf(register, asOf)))
      this.#world.complain("I8", `${who} knows of ${key} what no relay has said: ${value} at ${revision}, as of ${asOf}`)
    this.history(key).heard(who, { value, revision })
    // What is absent has no number, so what comes after it cannot be compared.
    if (revision === null) this.#newest.delete(`${who} ${key}`)
    const now = revision === null ? undefined : splitRevision(revision)
    if (now === undefined || this.#undone.has(now.start)) return
    const before = splitRevision(this.#newest.get(`${who} ${key}`) ?? "")
    // With several relays a device hears of several authorities by turns, and no order holds among them.
    if (before?.start === now.start && before.count > now.count && this.#world.oneAuthority)
      this.#world.complain("I8", `${who} goes back to ${revision} of ${key}, having had ${before.start}:${before.count}`)
    this.#newest.set(`${who} ${key}`, revision!)
  }

  /** `who` was told now that it has the lease it first asked for at `sentAt`. */
  leased(who: string, sentAt: number, { ttlMs }: CasRequest): void {
    const now = this.#world.clock.elapsedMs
    const until = sentAt + ttlMs
    if (until <= now) return
    this.#world.count(this.heldUntil(who) > now ? "lease renewed" : "lease taken")
    if (this.#holds.size > 0 && this.heldUntil(who) <= now) this.#world.count("lease taken over")
    for (const other of this.#holds.values()) {
      if (other.who === who || other.until <= now || other.sentAt <= this.#lastDisaster || !this.#world.oneAuthority) continue
      this.#world.complain("I8", `${who} holds the lease at ${now}, and so does ${other.who}, until ${other.until}`)
    }
    // What another one held is over.
    this.#holds.clear()
    this.#holds.set(who, { who, sentAt, until })
  }

  /** `who` does not count on the lease any more. */
  released(who: string): void {
    this.#holds.delete(who)
  }

  /** `who` counts on the lease until then at the most. */
  shortened(who: string, until: number): void {
    const hold = this.#holds.get(who)
    if (hold !== undefined && until < hold.until) this.#holds.set(who, { ...hold, until })
  }

  /** Until when `who` counts on the lease. */
  heldUntil(who: string): number {
    return this.#holds.get(who)?.until ?? -Infinity
  }

  /** I8: what everybody was told can have been told by one register. With several relays there are as many authorities, and no such promise. */
  checkEnd(): void {
    if (!this.#world.oneAuthority) return
    for (const [key, history] of this.#histories) {
      const verdict = checkLinearizable(history.events)
      if (!verdict.linearizable) this.#world.complain("I8", `the history of ${key} is not linearizable: ${verdict.explanation}`)
      this.#world.count("register history checked")
      for (const event of history.events) {
        const answer = event.kind === "cas" ? event.answers[0] : undefined
        if (answer !== undefined && eraOf(history.events, startOf(event)) < eraOf(history.events, answer.at))
          this.#world.count("attempt answered by an authority that lost its past")
      }
    }
  }
}

function sayingOf({ key, value, revision }: RegisterState, time: number): string {
  return JSON.stringify([key, value, revision, time])
}
