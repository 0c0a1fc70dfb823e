import type { FrameOf } from "@polylogue/protocol"
import { type Change, MemoryDisk } from "@polylogue/storage"
import { expect, test } from "vitest"
import { decodeRegister } from "../src/registers/register-record.ts"
import { freshAttempt, LABEL, openRegisterBed, principal, RegisterDevice } from "./register-bed.ts"
import { settle, type TestBed } from "./test-relay.ts"
import { WatchedLog } from "./watched-log.ts"

type Step = { readonly value: string | null; readonly ttlMs?: number; readonly guarded?: boolean }

/** What a writer does, one after the other, each on what the one before has made. */
const STEPS: readonly Step[] = [
  { value: "v1" },
  { value: "v2", ttlMs: 60_000 },
  { value: null },
  { value: "v3", guarded: true },
  { value: "v4" },
  { value: null, guarded: false },
  { value: "v5" },
]

/** Does all steps, each with one attempt, repeated until it is told; `reconnect` gives the next bed when the one before is no more. */
async function doSteps(reconnect: () => Promise<TestBed>): Promise<FrameOf<"answer">[]> {
  const answers: FrameOf<"answer">[] = []
  let expected: string | null = null
  let bed = await reconnect()
  let device = await RegisterDevice.welcomed(bed)
  for (const step of STEPS) {
    const attempt = freshAttempt()
    for (let tries = 0; ; tries++) {
      if (tries > 20) throw new Error("no end")
      const request = device.askCas(LABEL, { ...step, expected, attempt })
      await settle(20)
      const answer = device.answerTo(request)
      if (answer !== undefined && answer.outcome !== "unavailable") {
        answers.push(answer)
        expected = answer.register?.revision ?? null
        break
      }
      await bed.clock.advance(100)
      if (answer !== undefined) continue
      bed = await reconnect()
      device = await RegisterDevice.welcomed(bed)
    }
  }
  return answers
}

function expectAllOnce(answers: readonly FrameOf<"answer">[]): void {
  expect(answers.map(({ outcome, register }) => [outcome, register?.value])).toEqual(STEPS.map(({ value }) => ["ok", value]))
  const revisions = answers.flatMap(({ register }) => register?.revision ?? [])
  expect(new Set(revisions).size).toBe(revisions.length)
}

test.each(["before", "after"] as const)(
  "[RL62, I1] the relay is killed %s the n-th commit, for every n: the same attempt sent to the next start is answered, and has one effect",
  async (when) => {
    for (let crashAt = 1, crashed = true; crashed; crashAt++) {
      crashed = false
      let log: WatchedLog | undefined
      let commits = 0
      let bed: TestBed | undefined
      const answers = await doSteps(async () => {
        if (bed !== undefined) void bed.relay.close()
        const next = new WatchedLog(log?.disk.copy())
        log = next
        const kill = async (changes: readonly Change[]): Promise<void> => {
          if (!changes.some((change) => change.type === "record" && change.key.startsWith("register"))) return
          if (++commits !== crashAt) return
          crashed = true
          // A process that is no more neither answers nor writes.
          await new Promise(() => undefined)
        }
        if (when === "before") next.beforeCommit = kill
        else next.afterCommit = kill
        bed = await openRegisterBed({ log: next })
        return bed
      })
      expectAllOnce(answers)
      if (crashAt === 1) expect(crashed).toBe(true)
    }
  },
)

test.each(["before", "after"] as const)(
  "[RL63] the n-th commit fails %s it took effect, for every n: it is told so, and the same attempt has one effect",
  async (when) => {
    for (let failAt = 1, failed = true; failed; failAt++) {
      failed = false
      const log = new WatchedLog()
      const bed = await openRegisterBed({ log })
      let commits = 0
      const fail = (): void => {
        if (++commits !== failAt) return
        failed = true
        throw Object.assign(new Error("the disk"), { code: "io" })
      }
      if (when === "before") log.beforeCommit = fail
      else log.afterCommit = fail
      expectAllOnce(await doSteps(() => Promise.resolve(bed)))
      if (failAt <= STEPS.length) expect(failed).toBe(true)
      await bed.relay.close()
    }
  },
)

test("[RL63] while the store fails everybody is told so at once, and afterwards what the disk has", async () => {
  const log = new WatchedLog()
  const bed = await openRegisterBed({ log })
  const ana = await RegisterDevice.welcomed(bed)
  const bo = await RegisterDevice.welcomed(bed, principal("bo"))
  const { revision } = await ana.set(LABEL, "v1")
  await bo.observe("home")
  let failing = true
  log.beforeCommit = () => {
    if (failing) throw Object.assign(new Error("the disk"), { code: "io" })
  }
  const attempt = freshAttempt()
  const requests = [ana.askCas(LABEL, { expected: revision, value: "v2", attempt }), ana.askCas(LABEL, { expected: revision, value: "v3" })]
  await settle()
  for (const request of requests) expect(ana.answerTo(request)?.outcome).toBe("unavailable")
  expect((await bo.get(LABEL)).outcome).toBe("unavailable")
  expect((await bo.cas("home/prompt/9#label/a", { value: "x" })).outcome).toBe("unavailable")
  expect(bo.observed().get(LABEL)).toBe("v1")
  failing = false
  await bed.clock.advance(10_000)
  // Begun before the store failed, and done since: the other one was never begun.
  expect((await bo.get(LABEL)).register).toMatchObject({ value: "v2" })
  expect(bo.observed().get(LABEL)).toBe("v2")
  expect(await ana.cas(LABEL, { expected: revision, value: "v2", attempt })).toMatchObject({ outcome: "ok", register: { value: "v2" } })
  expect(bed.relay.stats().registersUnavailable).toBe(4)
})

test("[RL63] a register that the store alone refuses is told as unavailable, and read again before anything else is said of it", async () => {
  const log = new WatchedLog()
  const bed = await openRegisterBed({ log })
  const ana = await RegisterDevice.welcomed(bed)
  const { revision } = await ana.set(LABEL, "v1")
  await ana.observe("home")
  const ofRegister = (changes: readonly Change[]): boolean =>
    changes.some((change) => change.type === "record" && change.key === `register/${LABEL}`)
  let refuse = true
  // Written, and reported as failed, until it is given up.
  log.afterCommit = (changes) => {
    if (refuse && ofRegister(changes)) throw Object.assign(new Error("the disk"), { code: "io" })
  }
  const request = ana.askCas(LABEL, { expected: revision, value: "v2" })
  await bed.clock.advance(10_000)
  expect(ana.answerTo(request)?.outcome).toBe("unavailable")
  refuse = false
  await bed.clock.advance(10_000)
  expect(ana.observed().get(LABEL)).toBe("v2")
  expect((await ana.get(LABEL)).register).toMatchObject({ value: "v2" })
  expect(await ana.cas(LABEL, { expected: revision, value: "v3" })).toMatchObject({ outcome: "conflict", register: { value: "v2" } })
})

test("[RL63] a register that cannot be read is unavailable, and no other", async () => {
  const disk = new MemoryDisk()
  const log = new WatchedLog(disk)
  const bed = await openRegisterBed({ log })
  const ana = await RegisterDevice.welcomed(bed)
  const other = "home/prompt/8#label/a"
  let failing = true
  const record = log.record.bind(log)
  log.record = async (key) => {
    if (failing && key.endsWith(LABEL)) throw Object.assign(new Error("the disk"), { code: "corrupt" })
    return await record(key)
  }
  expect((await ana.get(LABEL)).outcome).toBe("unavailable")
  expect((await ana.cas(LABEL, { value: "v1" })).outcome).toBe("unavailable")
  expect((await ana.cas(other, { value: "v1" })).outcome).toBe("ok")
  await expect(bed.relay.registers.get(LABEL)).rejects.toMatchObject({ code: "unavailable" })
  failing = false
  expect((await ana.cas(LABEL, { value: "v1" })).outcome).toBe("ok")
  expect(bed.eventsOf("failed").map(({ where }) => where)).toEqual(["register"])
})

test("[RL73] a record that does not decode makes its register unavailable, whatever its bytes are, and the next start goes on without it", async () => {
  const disk = new MemoryDisk()
  const first = await openRegisterBed({ disk })
  const ana = await RegisterDevice.welcomed(first)
  await ana.set(LABEL, "v1", { ttlMs: 60_000 })
  await first.relay.close()
  const key = `register/${LABEL}`
  const whole = disk.records.get(key)!
  expect(decodeRegister(LABEL, whole)).toMatchObject({ value: "v1", attempts: [{ count: 1 }] })
  const damaged = [
    new Uint8Array(),
    Uint8Array.of(2, 0, 0),
    Uint8Array.of(1, 0, 1, 2, ...Array<number>(16).fill(0), 0),
    Uint8Array.of(1, 9, 0),
    Uint8Array.of(...whole, 0),
    ...Array.from({ length: whole.length - 1 }, (_, length) => whole.slice(0, length)),
  ]
  for (const bytes of damaged) expect(() => decodeRegister(LABEL, bytes)).toThrow(expect.objectContaining({ code: "unsound" }))
  disk.records.set(key, damaged[1]!)
  const second = await openRegisterBed({ disk })
  const bo = await RegisterDevice.welcomed(second)
  expect((await bo.get(LABEL)).outcome).toBe("unavailable")
  expect((await bo.cas(LABEL, { value: "v2" })).outcome).toBe("unavailable")
  expect((await bo.cas("home/prompt/8#label/a", { value: "v1" })).outcome).toBe("ok")
  expect(disk.records.get(key)).toEqual(damaged[1])
})

test("[RL74, RL22] a drain answers what was asked before", async () => {
  const log = new WatchedLog()
  const bed = await openRegisterBed({ log })
  const ana = await RegisterDevice.welcomed(bed)
  let goOn = (): void => undefined
  log.beforeCommit = () => new Promise((resolve) => (goOn = resolve))
  const request = ana.askCas(LABEL, { value: "v1" })
  await settle()
  const drained = bed.relay.drain()
  await settle()
  expect(ana.device.socket.closedWith).toBeUndefined()
  log.beforeCommit = () => undefined
  goOn()
  await drained
  expect(ana.answerTo(request)).toMatchObject({ outcome: "ok", register: { value: "v1" } })
  expect(ana.device.closedCode).toBe("draining")
})
