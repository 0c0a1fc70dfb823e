import { absentRegister, codeNumber, type FrameOf, isWithin, MAX_OBSERVED_REGISTERS, type RegisterState } from "@polylogue/protocol"
import type { FakeRelay, FakeSession } from "./fake-relay.ts"

type Request = FrameOf<"get"> | FrameOf<"cas">

/** The authority of a {@link FakeRelay}: everything in memory, with levers. */
export class FakeAuthority {
  readonly registers = new Map<string, RegisterState>()
  /** What attempts have made. */
  readonly effects = new Map<string, RegisterState>()
  /** How many times something was set. */
  sets = 0
  time = 1_000
  /** What becomes of a request instead of the usual: not heard; carried out, with its answer lost; answered `unavailable`. */
  onRequest: ((frame: Request, session: FakeSession) => "ignore" | "swallow" | "unavailable" | undefined) | undefined
  readonly #relay: FakeRelay

  constructor(relay: FakeRelay) {
    this.#relay = relay
  }

  /** As if another device had set it. */
  set(key: string, value: string | null, change: Partial<RegisterState> = {}): RegisterState {
    this.sets++
    this.time++
    const before = this.at(key)
    const there = { key, value, guarded: before.guarded, setAt: this.time, principal: "bob" }
    const state =
      value === null ? absentRegister(key, before.guarded) : { ...there, revision: `${this.#relay.log}:${this.sets}`, ...change }
    if (value === null) this.registers.delete(key)
    else this.registers.set(key, state)
    for (const session of this.#relay.sessions) {
      for (const [handle, prefix] of session.observed) {
        if (!isWithin(documentOf(key), prefix) || this.#forbids(key)) continue
        session.send({ type: "observed", handle, anew: false, caughtUp: true, time: this.time, registers: [state] })
      }
    }
    return state
  }

  at(key: string): RegisterState {
    return this.registers.get(key) ?? absentRegister(key, false)
  }

  /** All that stands below what is observed. */
  list(handle: number, session: FakeSession): void {
    const prefix = session.observed.get(handle)!
    const there = [...this.registers.values()].filter(({ key }) => isWithin(documentOf(key), prefix) && !this.#forbids(key))
    for (let from = 0; from === 0 || from < there.length; from += MAX_OBSERVED_REGISTERS) {
      const registers = there.slice(from, from + MAX_OBSERVED_REGISTERS)
      const caughtUp = from + registers.length >= there.length
      session.send({ type: "observed", handle, anew: from === 0, caughtUp, time: this.time, registers })
    }
  }

  answer(frame: Request, session: FakeSession): void {
    const verdict = this.onRequest?.(frame, session)
    if (verdict === "ignore") return
    const { request } = frame
    const answer = { type: "answer", request, code: 0, time: this.time, register: undefined } as const
    if (verdict === "unavailable") return session.send({ ...answer, outcome: "unavailable" })
    if (this.#forbids(frame.key)) return session.send({ ...answer, outcome: "refused", code: codeNumber("forbidden") })
    const [outcome, register] = frame.type === "get" ? (["ok", this.at(frame.key)] as const) : this.#judge(frame)
    if (verdict !== "swallow") session.send({ ...answer, time: ++this.time, outcome, register })
  }

  #judge({ key, attempt, expected, value, ttlMs, guarded }: FrameOf<"cas">): readonly ["ok" | "conflict", RegisterState] {
    const earlier = this.effects.get(attempt)
    if (earlier !== undefined) return ["ok", earlier]
    const there = this.at(key)
    if (there.revision !== expected) return ["conflict", there]
    const lease = ttlMs > 0 ? { expiresAt: this.time + 1 + ttlMs } : {}
    const state = this.set(key, value, { principal: this.#relay.principal, ...(guarded !== undefined && { guarded }), ...lease })
    this.effects.set(attempt, state)
    return ["ok", state]
  }

  #forbids(key: string): boolean {
    return this.#relay.forbidden.has(documentOf(key))
  }
}

function documentOf(key: string): string {
  return key.slice(0, key.indexOf("#"))
}
