import { usePolylogue } from "@polylogue/react"
import type { Replica } from "@polylogue/replica"
import { useSyncExternalStore } from "react"

/** That this device went from one relay to another. */
export interface RelayMove {
  readonly from: string
  readonly to: string
  /** In milliseconds since 1970. */
  readonly at: number
}

/** Follows at which relay a replica is, for as long as there is the replica. */
export class RelayMoves {
  readonly #replica: Pick<Replica, "status" | "subscribe">
  readonly #now: () => number
  #last: string | undefined
  #move: RelayMove | undefined

  constructor(replica: Pick<Replica, "status" | "subscribe">, now: () => number = Date.now) {
    this.#replica = replica
    this.#now = now
    this.#look()
    replica.subscribe(() => this.#look())
  }

  /** The last move; a connection that came back at the same relay is none. The same object until the next one. */
  get move(): RelayMove | undefined {
    return this.#move
  }

  #look(): void {
    const { connection, relay } = this.#replica.status
    if (connection !== "online" || relay === undefined || relay === this.#last) return
    if (this.#last !== undefined) this.#move = { from: this.#last, to: relay, at: this.#now() }
    this.#last = relay
  }
}

const followed = new WeakMap<Replica, RelayMoves>()

/** The last move of this device from one relay to another; it is followed from the first time that somebody asks. */
export function useRelayMove(): RelayMove | undefined {
  const { replica } = usePolylogue()
  const moves = followed.get(replica) ?? new RelayMoves(replica)
  followed.set(replica, moves)
  return useSyncExternalStore(
    (listener) => replica.subscribe(listener),
    () => moves.move,
  )
}
