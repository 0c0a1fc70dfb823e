/** Bounds of a {@link Lobby}. */
export interface LobbyLimits {
  /** Sockets that have not yet shown who they are, over all addresses; one more is refused. */
  readonly maxUnauthenticated: number
  /** The same, from one address. */
  readonly maxUnauthenticatedPerAddress: number
}

/** Counts the sockets that were let in without a token and have still to say who they are: they are owed nothing, and must not crowd out others. */
export class Lobby {
  readonly #limits: LobbyLimits
  readonly #byAddress = new Map<string, number>()
  #size = 0

  constructor(limits: LobbyLimits) {
    this.#limits = limits
  }

  /** Sockets inside. */
  get size(): number {
    return this.#size
  }

  /** Takes one in; the function lets it out, once, however often it is called. `undefined` when there is no room. */
  enter(address: string): (() => void) | undefined {
    const inside = this.#byAddress.get(address) ?? 0
    if (this.#size >= this.#limits.maxUnauthenticated || inside >= this.#limits.maxUnauthenticatedPerAddress) return undefined
    this.#size++
    this.#byAddress.set(address, inside + 1)
    let left = false
    return () => {
      if (left) return
      left = true
      this.#size--
      const others = this.#byAddress.get(address)! - 1
      if (others === 0) this.#byAddress.delete(address)
      else this.#byAddress.set(address, others)
    }
  }
}
