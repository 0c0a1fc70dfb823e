import type { RelayId } from "@polylogue/protocol"
import type { RelayLimits } from "../limits.ts"
import { type AwarenessState, GONE, isGone } from "./awareness-update.ts"
import type { PresenceBudget } from "./presence-budget.ts"

/** Who brings states: a session, or the link to the relay that is named. */
export interface Speaker {
  readonly link: RelayId | undefined
}

interface Here {
  readonly state: AwarenessState
  readonly speaker: Speaker
  /** Monotonic milliseconds. */
  readonly heard: number
}

interface Gone {
  readonly clock: number
  /** Monotonic milliseconds. */
  readonly since: number
}

/** Bytes that are counted for each client id of a link, and each that is remembered, beside its state. */
const CLIENT_BYTES = 256

/**
 * Who is present in one document: the last state of each client id, in memory only, and who brought it. The states of a client id have an order, by
 * clock, and of one clock its going is the last; only what is later than what is known is taken. Where links are, a going is remembered until no relay
 * can have an earlier state any more: so what is told comes to rest in any topology. Bounded in states and in bytes; what exceeds that is dropped,
 * which the protocol allows.
 */
export class DocumentPresence {
  readonly #limits: RelayLimits
  readonly #budget: PresenceBudget
  readonly #remembers: boolean
  readonly #here = new Map<number, Here>()
  /** Those that were here, in the order in which they went. */
  readonly #gone = new Map<number, Gone>()
  #bytes = 0
  #own = 0

  /** `remembers`: whether links may bring what is older than what is known. */
  constructor(limits: RelayLimits, budget: PresenceBudget, remembers: boolean) {
    this.#limits = limits
    this.#budget = budget
    this.#remembers = remembers
  }

  /** Whether a session of this relay shows somebody. */
  get hasOwn(): boolean {
    return this.#own > 0
  }

  get isEmpty(): boolean {
    return this.#here.size === 0 && this.#gone.size === 0
  }

  /** Whether there is something that time takes away. */
  get ages(): boolean {
    return this.#here.size > this.#own || this.#gone.size > 0
  }

  /** The states of all who are here, but for those that `except` brought. */
  states(except?: Speaker): AwarenessState[] {
    return Array.from(this.#here.values()).flatMap(({ state, speaker }) => (speaker === except ? [] : [state]))
  }

  /** Takes in what is new of `states`, and returns it. */
  take(speaker: Speaker, states: readonly AwarenessState[], now: number): AwarenessState[] {
    return states.filter((state) => this.#take({ state, speaker, heard: now }))
  }

  /** `speaker` is gone, and with it those whom it brought last. Returns what is to be told. */
  leave(speaker: Speaker, now: number): AwarenessState[] {
    return this.#removeAll((here) => here.speaker === speaker, now)
  }

  /** What `link` brought is not kept up any more, and is not known from now on. Returns what is to be told here. */
  forget(link: Speaker): AwarenessState[] {
    return this.#removeAll((here) => here.speaker === link, undefined)
  }

  /** Those of whom links have brought nothing since `since` are gone, and who went before that is forgotten. Returns what is to be told. */
  expire(since: number, now: number): AwarenessState[] {
    for (const [client, gone] of this.#gone) {
      if (gone.since > since) break
      this.#forgetGone(client)
    }
    return this.#removeAll(({ speaker, heard }) => speaker.link !== undefined && heard <= since, now)
  }

  #take(news: Here): boolean {
    const { client, clock } = news.state
    const known = this.#here.get(client)
    if (known === undefined) return this.#takeUnknown(news)
    const [isOwn, wasOwn] = [news.speaker.link === undefined, known.speaker.link === undefined]
    if (isGone(news.state)) {
      // Whoever is connected here is here, wherever else it was.
      if (clock < known.state.clock || (wasOwn && !isOwn)) return false
      this.#remove(known, clock, news.heard)
      return true
    }
    if (clock > known.state.clock) return this.#keep(news)
    // It has come here from another relay, which is going to say that it left there. To the others that is no news.
    if (clock === known.state.clock && isOwn && !wasOwn) this.#keep(news)
    return false
  }

  #takeUnknown(news: Here): boolean {
    const { client, clock } = news.state
    const isOwn = news.speaker.link === undefined
    const goneAt = this.#gone.get(client)?.clock ?? -1
    // May be news to others still, for states that were dropped here. Between relays it would go round.
    if (isGone(news.state)) return isOwn && clock > goneAt
    // A session whose connection broke comes back with the state that it had.
    if (clock < goneAt || (clock === goneAt && !isOwn)) return false
    return this.#here.size < this.#limits.maxAwarenessStates && this.#keep(news)
  }

  /** Keeps a state in place of the one before it of the same client id; `false` when it is too large. */
  #keep(here: Here): boolean {
    const { client, state } = here.state
    const before = this.#here.get(client)
    const bytes = state.length - (before?.state.state.length ?? 0)
    if (state.length > this.#limits.maxAwarenessStateBytes || this.#bytes + bytes > this.#limits.maxAwarenessBytes) return false
    if (!this.#budget.take(linkedBytes(here) - linkedBytes(before))) return false
    this.#bytes += bytes
    this.#own += ownCount(here) - ownCount(before)
    this.#forgetGone(client)
    this.#here.set(client, here)
    return true
  }

  #removeAll(which: (here: Here) => boolean, now: number | undefined): AwarenessState[] {
    return Array.from(this.#here.values())
      .filter(which)
      .map((here) => {
        const { client, clock } = here.state
        this.#remove(here, clock, now)
        return { client, clock, state: GONE }
      })
  }

  /** Removes it, and remembers since when it is gone, unless that is not known. */
  #remove(here: Here, clock: number, since: number | undefined): void {
    const { client, state } = here.state
    this.#here.delete(client)
    this.#bytes -= state.length
    this.#budget.take(-linkedBytes(here))
    this.#own -= ownCount(here)
    if (!this.#remembers || since === undefined) return
    const [oldest] = this.#gone.keys()
    if (this.#gone.size >= this.#limits.maxAwarenessStates) this.#forgetGone(oldest!)
    if (this.#budget.take(CLIENT_BYTES)) this.#gone.set(client, { clock, since })
  }

  #forgetGone(client: number): void {
    if (this.#gone.delete(client)) this.#budget.take(-CLIENT_BYTES)
  }
}

function ownCount(here: Here | undefined): number {
  return here?.speaker.link === undefined && here !== undefined ? 1 : 0
}

function linkedBytes(here: Here | undefined): number {
  return here?.speaker.link === undefined ? 0 : here.state.state.length + CLIENT_BYTES
}
