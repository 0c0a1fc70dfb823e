import type { Failure } from "./http-failure.ts"

/** Requests of one principal that are answered at once; one more is told to come again. */
export const MAX_AT_ONCE = 32

/** Counts what each principal asks at once of one endpoint. */
export class AtOnce {
  readonly #busy = new Map<string, number>()

  /** Answers a request of `name` with `answer`, or with why not now. */
  async run(name: string, answer: () => Promise<void>, refuse: (failure: Failure) => void): Promise<void> {
    const busy = this.#busy.get(name) ?? 0
    if (busy >= MAX_AT_ONCE) {
      const message = `At most ${MAX_AT_ONCE} requests at once are answered.`
      return refuse({ status: 429, code: "rate-limited", message, passing: true })
    }
    this.#busy.set(name, busy + 1)
    try {
      await answer()
    } finally {
      const left = this.#busy.get(name)! - 1
      if (left === 0) this.#busy.delete(name)
      else this.#busy.set(name, left)
    }
  }
}
