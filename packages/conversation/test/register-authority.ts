import type { AuthorityAnswer, AuthorityRegister, RegisterClient } from "@polylogue/conversation"

/**
 * What becomes of a request: `lost` on the way there, `unanswered` after it took effect, `late`: answered as unavailable and taking effect at the next
 * request of anybody; `deny`: refused as forbidden.
 */
export type Fate = "lost" | "unanswered" | "late" | "deny"

type Change = Parameters<RegisterClient["cas"]>[1]

/** The authority's registers in memory, shared by the clients that `client` makes. Every answer is what a real one could say. */
export class RegisterAuthority {
  readonly registers = new Map<string, AuthorityRegister>()
  /** What happens to the n-th request from now on, counted from 0 over all clients. */
  readonly fates = new Map<number, Fate>()
  /** All requests so far. */
  requests = 0
  /** All changes that took effect, in order. */
  readonly changes: { readonly key: string; readonly value: string | null; readonly principal: string }[] = []
  /** Called before each request is looked at: where tests let others come between. */
  before: (request: { readonly key: string; readonly cas: boolean }) => void = () => {}
  readonly #watchers = new Set<(register: AuthorityRegister) => void>()
  readonly #attempts = new Map<string, AuthorityAnswer>()
  #late: (() => void)[] = []
  #count = 0
  now = 1_700_000_000_000

  client(principal: string, options: { readonly mayGuard?: boolean; readonly mayWrite?: boolean } = {}): RegisterClient {
    const { mayGuard = true, mayWrite = true } = options
    const cache = new Map<string, AuthorityRegister>()
    const heard = (answer: AuthorityAnswer): AuthorityAnswer => {
      if ("register" in answer) cache.set(answer.register.key, answer.register)
      return answer
    }
    return {
      get: async (key) => heard(await this.#answer({ key, cas: false }, () => ({ outcome: "ok", register: this.read(key) }))),
      cas: async (key, change) =>
        heard(
          await this.#answer({ key, cas: true }, () => {
            const guarded = this.read(key).guarded || change.guarded === true
            if (!mayWrite || (guarded && !mayGuard)) return { outcome: "refused", code: "forbidden" }
            return this.#once(key, change, principal)
          }),
        ),
      cached: (key) => cache.get(key),
      watch: (prefix, changed) => {
        const tell = (register: AuthorityRegister): void => {
          if (!register.key.startsWith(`${prefix}#`) && !register.key.startsWith(`${prefix}/`)) return
          cache.set(register.key, register)
          changed(register.key)
        }
        this.#watchers.add(tell)
        // As a relay does, what is there is told first, a moment later.
        void Promise.resolve().then(() => [...this.registers.values()].forEach((register) => this.#watchers.has(tell) && tell(register)))
        return () => this.#watchers.delete(tell)
      },
    }
  }

  read(key: string): AuthorityRegister {
    const absent = { key, value: null, revision: null, guarded: false, setAt: 0, principal: "" }
    const held = this.registers.get(key)
    const isOver = held?.expiresAt !== undefined && held.expiresAt <= this.now
    return Object.freeze({ ...(held === undefined ? absent : isOver ? { ...absent, guarded: held.guarded } : held), asOf: this.now })
  }

  /** Forgets all attempts, as the authority may after ten minutes. */
  forgetAttempts(): void {
    this.#attempts.clear()
  }

  async #answer(request: { readonly key: string; readonly cas: boolean }, run: () => AuthorityAnswer): Promise<AuthorityAnswer> {
    const fate = this.fates.get(this.requests++)
    await Promise.resolve()
    this.before(request)
    for (const late of this.#late.splice(0)) late()
    if (fate === "lost") return { outcome: "unavailable" }
    if (fate === "deny") return { outcome: "refused", code: "forbidden" }
    if (fate === "late") {
      this.#late.push(run)
      return { outcome: "unavailable" }
    }
    const answer = run()
    return fate === "unanswered" ? { outcome: "unavailable" } : answer
  }

  #once(key: string, change: Change, principal: string): AuthorityAnswer {
    const name = change.attempt === undefined ? undefined : `${key} ${change.attempt}`
    const known = name === undefined ? undefined : this.#attempts.get(name)
    const answer = known ?? this.#cas(key, change, principal)
    if (name !== undefined) this.#attempts.set(name, answer)
    return answer
  }

  #cas(key: string, { expected, value, guarded, ttlMs = 0 }: Change, principal: string): AuthorityAnswer {
    const held = this.read(key)
    if (held.revision !== expected) return { outcome: "conflict", register: held }
    const absent = value === null
    const register = Object.freeze({
      key,
      value,
      revision: absent ? null : `00000000000000aa:${++this.#count}`,
      guarded: guarded ?? held.guarded,
      setAt: absent ? 0 : this.now,
      principal: absent ? "" : principal,
      asOf: this.now,
      ...(absent || ttlMs === 0 ? {} : { expiresAt: this.now + ttlMs }),
    })
    this.registers.set(key, register)
    this.changes.push({ key, value, principal })
    for (const tell of this.#watchers) tell(register)
    return { outcome: "ok", register }
  }
}
