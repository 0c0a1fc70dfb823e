import { type Approval, approvalKey, decideApproval, readDecision, runKey } from "@polylogue/conversation"
import { expect, test } from "vitest"
import { type Fate, RegisterAuthority } from "../../conversation/test/register-authority.ts"
import { ManualClock } from "../../replica/test/support/manual-clock.ts"
import { AUTHORITY_RETRY_MS, type CallPlace, claimRun, settleApproval } from "../src/index.ts"

const CALL = { conversationDocument: "home/conv/c1", messageId: "m 1", pid: "a:1.2" }
const KEY = approvalKey("home/conv/c1", "m 1", "a:1.2")
const never = new AbortController().signal

function said(userId: string, approved: boolean): Approval {
  return { userId, userName: null, approved, reason: null, at: 1 }
}

function place(authority: RegisterAuthority, principal: string, clock = new ManualClock()): CallPlace {
  return { ...CALL, registers: authority.client(principal), clock }
}

test("[RS42] the answer that is first at the authority counts, whoever else answered", async () => {
  const authority = new RegisterAuthority()
  const [ana, ben] = [authority.client("ana"), authority.client("ben")]
  const answers = await Promise.all([
    decideApproval(ana, KEY, { approved: true, by: "ana" }),
    decideApproval(ben, KEY, { approved: false, by: "ben" }),
  ])
  expect(answers).toEqual([1, 2].map(() => ({ state: "decided", decision: { approved: true, by: "ana" } })))
  expect(await settleApproval(place(authority, "r1"), [], never)).toBe("approved")
  expect(await settleApproval(place(authority, "r1"), [said("ana", true)], never)).toBe("approved")
})

test("[RS42] what was answered offline is said to the authority before it counts, and a denial holds against all", async () => {
  const authority = new RegisterAuthority()
  expect(await settleApproval(place(authority, "r1"), [], never)).toBeNull()
  expect(authority.changes).toEqual([])
  expect(await settleApproval(place(authority, "r1"), [said("ana", true)], never)).toBe("approved")
  expect(readDecision(authority.read(KEY))).toEqual({ approved: true, by: "ana" })
  // Ben's denial came later, and still before it ran.
  expect(await settleApproval(place(authority, "r2"), [said("ana", true), said("ben", false)], never)).toBe("denied")
  const other = new RegisterAuthority()
  expect(await settleApproval(place(other, "r1"), [said("ana", true), said("ben", false)], never)).toBe("denied")
  expect(readDecision(other.read(KEY))).toEqual({ approved: false, by: "ben" })
  expect(await settleApproval(place(other, "r2"), [said("cat", true)], never)).toBe("denied")
})

test("[RS42] what nobody understands allows nothing", async () => {
  for (const value of ["", "yes", "null", "[]", '{"approved":"true"}', '{"approved":1,"by":3}']) {
    const authority = new RegisterAuthority()
    await authority.client("eve").cas(KEY, { expected: null, value })
    expect(await settleApproval(place(authority, "r1"), [], never)).toBe("denied")
    expect(readDecision(authority.read(KEY))).toEqual({ approved: false, by: "eve" })
  }
})

test("[RS43, I8] of all who claim a run one gets it, and whoever lost the answer to its own claim still has it", async () => {
  const authority = new RegisterAuthority()
  const claims = await Promise.all(["r1", "r2", "r3"].map((name) => claimRun(place(authority, name), name, never)))
  expect(claims).toEqual([true, false, false])
  expect(authority.registers.get(runKey("home/conv/c1", "m 1", "a:1.2"))?.expiresAt).toBeUndefined()
  for (const fate of ["lost", "unanswered", "late"] satisfies Fate[]) {
    const flaky = new RegisterAuthority()
    flaky.fates.set(0, fate)
    const clock = new ManualClock()
    const claimed = claimRun(place(flaky, "r1", clock), "r1", never)
    await clock.pass(AUTHORITY_RETRY_MS)
    expect(await claimed).toBe(true)
    expect(await claimRun(place(flaky, "r2"), "r2", never)).toBe(false)
    expect(flaky.changes).toHaveLength(1)
  }
})

test("[RS43] without the authority nothing is decided and nothing runs; who waits for it ends with the answer", async () => {
  const authority = new RegisterAuthority()
  for (let request = 0; request < 100; request++) authority.fates.set(request, "lost")
  const clock = new ManualClock()
  const stop = new AbortController()
  const waiting = [
    settleApproval(place(authority, "r1", clock), [said("ana", true)], stop.signal),
    settleApproval(place(authority, "r1", clock), [], stop.signal),
    claimRun(place(authority, "r1", clock), "r1", stop.signal),
  ]
  const ended = Promise.allSettled(waiting)
  await clock.pass(5 * AUTHORITY_RETRY_MS)
  expect(authority.requests).toBe(18)
  stop.abort(new Error("the lease is lost"))
  expect((await ended).map((one) => (one.status === "rejected" ? (one.reason as Error).message : one))).toEqual(
    Array.from({ length: 3 }, () => "the lease is lost"),
  )
  expect(clock.pending).toBe(0)
  const refusing = new RegisterAuthority()
  const guest: CallPlace = { ...place(refusing, "guest"), registers: refusing.client("guest", { mayWrite: false }) }
  const failure = { name: "AnswerError", code: "failed" }
  await expect(settleApproval(guest, [said("ana", true)], never)).rejects.toMatchObject(failure)
  await expect(claimRun(guest, "guest", never)).rejects.toMatchObject(failure)
})
