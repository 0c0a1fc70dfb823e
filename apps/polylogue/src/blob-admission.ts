import { BlobError } from "./blob-error.ts"

/** Lets so many bodies be on their way at once, and of one principal so many of them: who is slow, or means ill, takes no place from others. */
export class BlobAdmission {
  readonly #what: string
  readonly #most: number
  readonly #mostPerPrincipal: number
  readonly #byPrincipal = new Map<string, number>()
  #count = 0

  /** @param what - in the plural, for the refusal. */
  constructor(what: string, most: number, mostPerPrincipal: number) {
    this.#what = what
    this.#most = most
    this.#mostPerPrincipal = mostPerPrincipal
  }

  /** Runs `act` in a place of its own. @throws BlobError `overloaded` when there is none. */
  async run<T>(principal: string, act: () => Promise<T>): Promise<T> {
    const own = this.#byPrincipal.get(principal) ?? 0
    if (this.#count >= this.#most || own >= this.#mostPerPrincipal) {
      throw new BlobError("overloaded", `as many ${this.#what} as may be are under way`)
    }
    this.#count++
    this.#byPrincipal.set(principal, own + 1)
    try {
      return await act()
    } finally {
      this.#count--
      const left = this.#byPrincipal.get(principal)! - 1
      if (left === 0) this.#byPrincipal.delete(principal)
      else this.#byPrincipal.set(principal, left)
    }
  }
}
