import { MemoryDisk } from "@polylogue/storage"
import { expect, test } from "vitest"
import { freshAttempt, LABEL, openRegisterBed, RegisterDevice } from "./register-bed.ts"
import { ManualClock, settle } from "./test-relay.ts"
import { WatchedLog } from "./watched-log.ts"

const MINUTE = 60_000
const registersOn = (disk: MemoryDisk): string[] => [...disk.records.keys()].filter((key) => key.startsWith("register")).toSorted()

test("[RL65] a time to live ends by a durable step of its own, not earlier, and observers are told", async () => {
  const bed = await openRegisterBed()
  const ana = await RegisterDevice.welcomed(bed)
  await ana.observe("home")
  const { expiresAt } = await ana.set(LABEL, "mine", { ttlMs: MINUTE })
  expect(expiresAt).toBe(bed.clock.now() + MINUTE)
  await bed.clock.advance(MINUTE - 1)
  expect((await ana.get(LABEL)).register).toMatchObject({ value: "mine", expiresAt })
  await bed.clock.advance(1)
  expect((await ana.get(LABEL)).register).toMatchObject({ value: null, revision: null })
  expect(ana.observed().has(LABEL)).toBe(false)
  expect(bed.relay.stats().registersExpired).toBe(1)
  expect(await ana.cas(LABEL, { value: "next" })).toMatchObject({ outcome: "ok" })
})

test("[RL65] a value is there until its end is durable, and a store that fails only delays the end", async () => {
  const log = new WatchedLog()
  const bed = await openRegisterBed({ log })
  const ana = await RegisterDevice.welcomed(bed)
  await ana.set(LABEL, "mine", { ttlMs: MINUTE })
  let goOn = (): void => undefined
  log.beforeCommit = () => new Promise((resolve) => (goOn = resolve))
  await bed.clock.advance(MINUTE)
  expect((await ana.get(LABEL)).register).toMatchObject({ value: "mine" })
  log.beforeCommit = () => undefined
  goOn()
  await settle()
  expect((await ana.get(LABEL)).register).toMatchObject({ value: null })
})

test("[RL65] one that was renewed ends when the last time has passed, one that was set for ever does not", async () => {
  const bed = await openRegisterBed()
  const ana = await RegisterDevice.welcomed(bed)
  let { revision } = await ana.set(LABEL, "mine", { ttlMs: MINUTE })
  for (let renewals = 0; renewals < 3; renewals++) {
    await bed.clock.advance(MINUTE - 1)
    const answer = await ana.cas(LABEL, { expected: revision, value: "mine", ttlMs: MINUTE })
    expect(answer.outcome).toBe("ok")
    revision = answer.register!.revision
  }
  expect(await ana.cas(LABEL, { expected: revision, value: "kept" })).toMatchObject({ outcome: "ok" })
  await bed.clock.advance(100 * MINUTE)
  expect((await ana.get(LABEL)).register).toMatchObject({ value: "kept" })
  expect((await ana.get(LABEL)).register).not.toHaveProperty("expiresAt")
})

test("[RL65] after a restart the whole time passes again, whatever the clock on the wall says and whether or not anybody asks", async () => {
  const disk = new MemoryDisk()
  const first = await openRegisterBed({ disk })
  const ana = await RegisterDevice.welcomed(first)
  const { revision } = await ana.set(LABEL, "mine", { ttlMs: MINUTE })
  await first.clock.advance(MINUTE - 1)
  await first.relay.close()
  const clock = new ManualClock()
  // An hour later by the wall.
  const now = clock.now()
  clock.now = () => now + 3_600_000 + clock.monotonic() - now
  const second = await openRegisterBed({ disk, clock })
  await second.clock.advance(MINUTE - 1)
  const bo = await RegisterDevice.welcomed(second)
  expect((await bo.get(LABEL)).register).toMatchObject({ value: "mine", revision, expiresAt: clock.now() + 1 })
  await second.clock.advance(1)
  expect((await bo.get(LABEL)).register).toMatchObject({ value: null })
  await second.relay.close()

  const third = await openRegisterBed({ disk: first.disk.copy() })
  await third.clock.advance(MINUTE)
  expect((await third.relay.registers.get(LABEL)).value).toBeNull()
})

test("[RL71, RL62] attempts are remembered for ten minutes, from their effect or from a restart, and then leave the store with the register that they made absent", async () => {
  const disk = new MemoryDisk()
  const first = await openRegisterBed({ disk })
  const ana = await RegisterDevice.welcomed(first)
  const gone = "home/prompt/7#label/gone"
  const attempt = freshAttempt()
  const change = { value: "v1", attempt }
  const made = (await ana.cas(LABEL, change)).register
  const { revision } = await ana.set(gone, "x")
  const removal = { expected: revision, attempt: freshAttempt() }
  await ana.cas(gone, removal)
  await first.clock.advance(10 * MINUTE - 1)
  expect((await ana.cas(LABEL, change)).register).toEqual(made)
  await first.relay.close()

  const second = await openRegisterBed({ disk, clock: new ManualClock() })
  const bo = await RegisterDevice.welcomed(second)
  await second.clock.advance(10 * MINUTE - 1)
  expect(await bo.cas(LABEL, change)).toMatchObject({ outcome: "ok", register: made })
  expect(await bo.cas(gone, removal)).toMatchObject({ outcome: "ok", register: { value: null } })
  expect(registersOn(disk)).toHaveLength(4)
  await second.clock.advance(2 * MINUTE)
  expect(registersOn(disk)).toEqual([`register/${LABEL}`])
  expect(await bo.cas(LABEL, change)).toMatchObject({ outcome: "conflict", register: { value: "v1" } })
})

test("[RL71] what has a time to live or a guard stays as long as it has", async () => {
  const bed = await openRegisterBed()
  const ana = await RegisterDevice.welcomed(bed)
  const guard = "home/prompt/7#label/guarded"
  await ana.set(guard, null, { guarded: true })
  await ana.set(LABEL, "mine", { ttlMs: 60 * MINUTE })
  await bed.clock.advance(30 * MINUTE)
  expect(registersOn(bed.disk)).toEqual([`register-due/${LABEL}`, `register/${guard}`, `register/${LABEL}`])
  await bed.clock.advance(31 * MINUTE)
  expect((await bed.relay.registers.get(LABEL)).value).toBeNull()
  await bed.clock.advance(12 * MINUTE)
  expect(registersOn(bed.disk)).toEqual([`register/${guard}`])
})

test("[RL71] registers that nobody asks for leave memory, and those beyond a number of bytes sooner", async () => {
  const bed = await openRegisterBed({ limits: { maxRegisterBytes: 100_000 } })
  const ana = await RegisterDevice.welcomed(bed)
  for (let index = 0; index < 50; index++) await ana.set(`home/prompt/${index}#label/a`, "x".repeat(5_000))
  expect(bed.relay.stats().registers).toBeLessThan(11)
  expect((await ana.get("home/prompt/0#label/a")).register!.value).toHaveLength(5_000)
  await bed.clock.advance(2 * MINUTE)
  expect(bed.relay.stats().registers).toBe(0)
  expect((await ana.get("home/prompt/49#label/a")).register!.value).toHaveLength(5_000)
})

test("[RL71, RL62] an attempt is known again after its register has left memory", async () => {
  const bed = await openRegisterBed()
  const ana = await RegisterDevice.welcomed(bed)
  const change = { value: "v1", attempt: freshAttempt() }
  const made = (await ana.cas(LABEL, change)).register
  await bed.clock.advance(2 * MINUTE)
  expect(bed.relay.stats().registers).toBe(0)
  expect((await ana.cas(LABEL, change)).register).toEqual(made)
})
