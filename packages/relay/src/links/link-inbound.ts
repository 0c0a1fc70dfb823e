import type { InboundAccount } from "../inbound-budget.ts"

/**
 * Bytes that links have brought and that are not handled yet, over all of them: messages that wait or are being handled, and transfers under way. Where a
 * device that brings too much is closed, a link waits, for it would bring the same again. Of those that hold something the first goes on whatever the
 * others hold, until it holds nothing, so that no two wait for each other.
 */
export class LinkInbound {
  readonly #maxBytes: number
  /** Those that hold something, in the order in which they began to. */
  readonly #held = new Map<InboundAccount, number>()
  readonly #waiting = new Map<InboundAccount, () => void>()
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** What one link is counted by. */
  account(): InboundAccount {
    const account: InboundAccount = {
      take: (bytes) => {
        this.#count(account, bytes)
        return true
      },
      giveBack: (bytes) => this.#count(account, -bytes),
      goOn: () => {
        if (!this.#mayGoOn(account)) return new Promise((resolve) => this.#waiting.set(account, resolve))
      },
      leave: () => this.#release(account),
    }
    return account
  }

  #count(account: InboundAccount, bytes: number): void {
    this.#bytes += bytes
    const held = (this.#held.get(account) ?? 0) + bytes
    if (held === 0) this.#held.delete(account)
    else this.#held.set(account, held)
    if (bytes < 0) for (const waiting of this.#waiting.keys()) if (this.#mayGoOn(waiting)) this.#release(waiting)
  }

  #mayGoOn(account: InboundAccount): boolean {
    if (this.#bytes <= this.#maxBytes) return true
    const [first] = this.#held.keys()
    return first === account || !this.#held.has(account)
  }

  #release(account: InboundAccount): void {
    const resolve = this.#waiting.get(account)
    this.#waiting.delete(account)
    resolve?.()
  }
}
