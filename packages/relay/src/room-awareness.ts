import type { RelayId } from "@polylogue/protocol"
import { type AwarenessState, decodeAwareness, GONE, isGone } from "./awareness-update.ts"
import type { RelayLimits } from "./limits.ts"

/** Where awareness goes to and comes from: one session's view of a room. */
export interface AwarenessPeer {
  /** The relay at its other end, when it is one. */
  readonly link: RelayId | undefined
  /** A client id has a new state. Only the last one of each id needs to be sent. */
  awarenessChanged(state: AwarenessState): void
}

interface Known {
  readonly state: AwarenessState
  readonly peer: AwarenessPeer
}

/**
 * Awareness of one room: the last state of each client id, in memory only, and the session that brought it. Bounded in states and in
 * bytes per state; what exceeds that is dropped, which the protocol allows. Removals are kept by nobody: they are passed on once.
 */
export class RoomAwareness {
  readonly #limits: RelayLimits
  readonly #known = new Map<number, Known>()
  #bytes = 0

  constructor(limits: RelayLimits) {
    this.#limits = limits
  }

  get size(): number {
    return this.#known.size
  }

  /** Takes an update of `peer` in and tells `others`. @throws RelayError `bad-frame` */
  receive(peer: AwarenessPeer, update: Uint8Array, others: Iterable<AwarenessPeer>): void {
    const news = decodeAwareness(update).filter((state) => this.#take(peer, state))
    if (news.length > 0) tell(peer, news, others)
  }

  /** All states, for a session that comes. */
  states(): AwarenessState[] {
    return Array.from(this.#known.values(), ({ state }) => state)
  }

  /**
   * `peer` is gone, and with it the client ids that it brought last: `others` are told with the next clock. What a link brought may still be there
   * behind another one, so it goes with the clock that it had, which counts only where it came from here.
   */
  leave(peer: AwarenessPeer, others: Iterable<AwarenessPeer>): void {
    const gone: AwarenessState[] = []
    for (const [client, known] of this.#known) {
      if (known.peer !== peer) continue
      this.#known.delete(client)
      this.#bytes -= known.state.state.length
      gone.push({ client, clock: known.state.clock + (peer.link === undefined ? 1 : 0), state: GONE })
    }
    if (gone.length > 0) tell(peer, gone, others)
  }

  #take(peer: AwarenessPeer, state: AwarenessState): boolean {
    const known = this.#known.get(state.client)
    const gone = isGone(state)
    if (known === undefined) {
      // A removal of somebody unknown may be news to others still, for states that were dropped here. Between relays it would go round for ever.
      if (gone) return peer.link === undefined
      if (this.#known.size >= this.#limits.maxAwarenessStates) return false
    } else if (state.clock < known.state.clock) {
      return false
    } else if (state.clock === known.state.clock && (!gone || (peer.link !== undefined && known.peer !== peer))) {
      return false
    }
    const bytes = this.#bytes + (gone ? 0 : state.state.length) - (known?.state.state.length ?? 0)
    if (state.state.length > this.#limits.maxAwarenessStateBytes || (!gone && bytes > this.#limits.maxAwarenessBytes)) return false
    this.#bytes = bytes
    if (gone) this.#known.delete(state.client)
    else this.#known.set(state.client, { state, peer })
    return true
  }
}

function tell(from: AwarenessPeer, states: readonly AwarenessState[], others: Iterable<AwarenessPeer>): void {
  for (const other of others) {
    if (other === from || (from.link !== undefined && other.link === from.link)) continue
    for (const state of states) other.awarenessChanged(state)
  }
}
