import type { AuthorityAnswer, AuthorityRegister, RegisterClient } from "@polylogue/conversation"
import { expect, test } from "vitest"
import { ManualClock } from "../../replica/test/support/manual-clock.ts"
import { seededBytes } from "../../replica/test/support/random.ts"
import { type Claim, Lease, type LeaseOptions } from "../src/lease.ts"

const ABSENT: AuthorityRegister = {
  key: "home/conv/c#gen/m/1",
  value: null,
  revision: null,
  guarded: false,
  setAt: 0,
  principal: "",
  asOf: 0,
}
const LEASE_MS = 90_000

/** An authority with levers, and what was asked of it. */
class Authority {
  readonly clock = new ManualClock()
  readonly asked: { readonly attempt: string | undefined; readonly at: number; readonly value: string | null }[] = []
  register = ABSENT
  /** What becomes of a question: carried out and answered, carried out with its answer lost, or not heard. */
  does: "answers" | "swallows" | "hears nothing" = "answers"
  /** Answers after so many milliseconds. */
  delayMs = 0
  readonly #effects = new Map<string, AuthorityRegister>()
  #count = 0

  readonly client: Pick<RegisterClient, "cas"> = {
    cas: async (_key, { attempt, expected, value, ttlMs }): Promise<AuthorityAnswer> => {
      this.asked.push({ attempt, at: this.clock.monotonic(), value })
      if (this.delayMs > 0) await new Promise<void>((resolve) => this.clock.setTimer(resolve, this.delayMs))
      if (this.does === "hears nothing") return { outcome: "unavailable" }
      const known = this.#effects.get(attempt!)
      const isRefused = known === undefined && expected !== this.register.revision
      if (known === undefined && !isRefused) {
        this.register =
          value === null ? ABSENT : { ...ABSENT, value, revision: `${"a".repeat(16)}:${++this.#count}`, expiresAt: ttlMs ?? 0 }
        this.#effects.set(attempt!, this.register)
      }
      if (this.does === "swallows") return { outcome: "unavailable" }
      return isRefused ? { outcome: "conflict", register: this.register } : { outcome: "ok", register: known ?? this.register }
    },
  }

  claim(value: LeaseOptions["value"] = () => "mine"): Promise<Claim> {
    const registers = this.client as RegisterClient
    const randomBytes = seededBytes(13)
    const options = { registers, key: ABSENT.key, clock: this.clock, randomBytes, leaseMs: LEASE_MS, heartbeatMs: 10_000, value }
    return Lease.claim(options, null)
  }

  async held(): Promise<Lease> {
    const claim = await this.claim()
    if (claim.outcome !== "held") throw new Error(claim.outcome)
    return claim.lease
  }
}

test("[RS13] a lease is counted from when it was asked for, not from the answer, and given up at nine tenths", async () => {
  const authority = new Authority()
  authority.delayMs = 5_000
  const claiming = authority.held()
  await authority.clock.pass(5_000)
  const lease = await claiming
  authority.does = "hears nothing"
  let isLost = false
  void lease.whenLost.then(() => (isLost = true))
  await authority.clock.pass(75_999)
  expect([lease.holds, isLost]).toEqual([true, false])
  await authority.clock.pass(1)
  expect([lease.holds, isLost, lease.mayLeave]).toEqual([false, true, true])
  await authority.clock.pass(8_999)
  expect(lease.mayLeave).toBe(true)
  await authority.clock.pass(1)
  expect(lease.mayLeave).toBe(false)
})

test("[RS13] it is renewed every 10 s; a renewal that nobody answered is said again as the same attempt until it is, and counts from when it was first said", async () => {
  const authority = new Authority()
  const lease = await authority.held()
  const { token } = lease
  await authority.clock.pass(30_000)
  expect(authority.asked.map(({ at }) => at)).toEqual([0, 10_000, 20_000, 30_000])
  authority.does = "swallows"
  await authority.clock.pass(40_000)
  authority.does = "answers"
  await authority.clock.pass(1_000)
  const unanswered = authority.asked.filter(({ at }) => at >= 40_000 && at < 71_000)
  expect(new Set(unanswered.map(({ attempt }) => attempt)).size).toBe(1)
  // Renewed at 40 s as far as the holder knows, so at once again.
  await authority.clock.pass(1)
  expect(authority.asked.at(-1)!.attempt).not.toBe(unanswered[0]!.attempt)
  expect([lease.holds, lease.token]).toEqual([true, token])
})

test("[RS13, I8] whoever finds another in its place has lost it, and sets nothing any more", async () => {
  const authority = new Authority()
  const lease = await authority.held()
  authority.register = { ...ABSENT, value: "theirs", revision: `${"b".repeat(16)}:1` }
  await authority.clock.pass(10_000)
  expect(lease.holds).toBe(false)
  await lease.whenLost
  expect(await lease.end("done", 1)).toBe(false)
  expect(authority.register.value).toBe("theirs")
})

test("[RS13] when the machine slept with its clock, nothing is written until the authority has answered; a wall clock that jumped costs nothing else", async () => {
  const authority = new Authority()
  const lease = await authority.held()
  const now = authority.clock.now.bind(authority.clock)
  authority.clock.now = () => now() + 3_600_000
  expect(lease.holds).toBe(false)
  await authority.clock.pass(0)
  expect(lease.holds).toBe(true)
  authority.clock.now = () => now() - 3_600_000
  expect(lease.holds).toBe(true)
  authority.register = ABSENT
  authority.clock.now = () => now() + 7_200_000
  expect(lease.holds).toBe(false)
  await authority.clock.pass(0)
  expect(lease.holds).toBe(false)
  await lease.whenLost
})

test("[RS13] a claim that nobody answers is given up, what somebody else has is shown, and an end is told as long as the lease runs", async () => {
  const silent = new Authority()
  silent.does = "hears nothing"
  const claiming = silent.claim()
  await silent.clock.pass(40_000)
  expect(await claiming).toEqual({ outcome: "unavailable" })
  const taken = new Authority()
  taken.register = { ...ABSENT, value: "theirs", revision: `${"b".repeat(16)}:1` }
  expect(await taken.claim()).toMatchObject({ outcome: "taken", register: { value: "theirs" } })
  const authority = new Authority()
  const lease = await authority.held()
  authority.does = "hears nothing"
  const ending = lease.end("done", 7)
  await authority.clock.pass(50_000)
  authority.does = "answers"
  await authority.clock.pass(1_000)
  expect(await ending).toBe(true)
  expect(authority.register).toMatchObject({ value: "done", expiresAt: 7 })
  const again = new Authority()
  const given = await again.held()
  expect(await given.giveBack(1_000)).toBe(true)
  expect(again.register.value).toBeNull()
  await again.clock.pass(100_000)
  expect(again.asked).toHaveLength(2)
})
