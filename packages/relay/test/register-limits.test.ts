import { codeNumber, MAX_REGISTER_BYTES, MAX_REGISTER_REQUESTS, MAX_REGISTER_TTL_MS } from "@polylogue/protocol"
import { expect, test } from "vitest"
import { freshAttempt, LABEL, openRegisterBed, RegisterDevice } from "./register-bed.ts"
import { settle } from "./test-relay.ts"
import { WatchedLog } from "./watched-log.ts"

const tooLarge = { outcome: "refused", code: codeNumber("too-large") }

test("[RL70, I5] a value and a time to live at their limits are taken, one more is refused, and the session goes on", async () => {
  const bed = await openRegisterBed()
  const ana = await RegisterDevice.welcomed(bed)
  // Two bytes each: bytes are counted, not characters.
  const largest = "é".repeat(MAX_REGISTER_BYTES / 2)
  expect(await ana.cas(LABEL, { value: `${largest}x` })).toMatchObject(tooLarge)
  expect(await ana.cas(LABEL, { value: "x", ttlMs: MAX_REGISTER_TTL_MS + 1 })).toMatchObject(tooLarge)
  expect(await ana.cas(LABEL, { value: largest, ttlMs: MAX_REGISTER_TTL_MS })).toMatchObject({
    outcome: "ok",
    register: { value: largest },
  })
  expect((await ana.get(LABEL)).register!.value).toBe(largest)
})

test("[RL70, I5] as many requests wait as may, one more ends the session; those whose answers were taken count no more", async () => {
  const log = new WatchedLog()
  const bed = await openRegisterBed({ log })
  const ana = await RegisterDevice.welcomed(bed)
  let goOn = (): void => undefined
  log.beforeCommit = () => new Promise((resolve) => (goOn = resolve))
  for (let index = 0; index < MAX_REGISTER_REQUESTS; index++) ana.askCas(LABEL, { value: `${index}` })
  await settle()
  expect(ana.device.closedCode).toBeUndefined()
  log.beforeCommit = () => undefined
  goOn()
  await settle(80)
  expect(ana.device.of("answer")).toHaveLength(MAX_REGISTER_REQUESTS)
  // Taken by nobody they count as waiting.
  ana.device.socket.taking = false
  ana.askGet(LABEL)
  await settle()
  const held = bed.relay.stats().framesSent
  log.beforeCommit = () => new Promise((resolve) => (goOn = resolve))
  const { revision } = await bed.relay.registers.get(LABEL)
  for (let index = 0; index < MAX_REGISTER_REQUESTS; index++) ana.askCas(LABEL, { value: `${index}`, expected: revision })
  await settle()
  expect(bed.relay.stats().framesSent).toBe(held)
  expect(ana.device.closedCode).toBeUndefined()
  ana.askGet(LABEL)
  await settle()
  expect(ana.device.closedCode).toBe("rate-limited")
})

test("[RL70, I5] as many observers as may be, one more is refused under its handle", async () => {
  const bed = await openRegisterBed({ limits: { maxObservers: 2 } })
  const ana = await RegisterDevice.welcomed(bed)
  for (const handle of [1, 2, 3]) await ana.observe("home", handle)
  expect(ana.device.of("observed").map(({ handle }) => handle)).toEqual([1, 2])
  expect(ana.device.closeCode(3)).toBe("too-many-documents")
  await ana.observe("not a prefix", 4)
  expect(ana.device.closeCode(4)).toBe("bad-document-id")
  await ana.observe("home", 2)
  expect(ana.device.closedCode).toBe("bad-frame")
})

test("[RL70, I5] attempts of a register are bounded: beyond them it says unavailable until one is old enough", async () => {
  const bed = await openRegisterBed({ limits: { maxRegisterAttempts: 3 } })
  const ana = await RegisterDevice.welcomed(bed)
  const first = { value: "v1", attempt: freshAttempt() }
  const made = (await ana.cas(LABEL, first)).register
  await bed.clock.advance(60_000)
  await ana.set(LABEL, "v2")
  const { revision } = await ana.set(LABEL, "v3")
  expect((await ana.cas(LABEL, { expected: revision, value: "v4" })).outcome).toBe("unavailable")
  expect(await ana.cas(LABEL, first)).toMatchObject({ outcome: "ok", register: made })
  await bed.clock.advance(540_001)
  expect(await ana.cas(LABEL, { expected: revision, value: "v4" })).toMatchObject({ outcome: "ok" })
  expect((await ana.cas(LABEL, first)).outcome).toBe("conflict")
})

test("[RL70, I5] registers that changed lately are bounded: one more says unavailable, and those that did may change again", async () => {
  const bed = await openRegisterBed({ limits: { maxRecentRegisters: 2 } })
  const ana = await RegisterDevice.welcomed(bed)
  for (const id of [1, 2]) await ana.set(`home/prompt/${id}#a`, "x")
  expect((await ana.cas("home/prompt/3#a", { value: "x" })).outcome).toBe("unavailable")
  await ana.set("home/prompt/1#a", "y")
  await bed.clock.advance(11 * 60_000)
  expect((await ana.cas("home/prompt/3#a", { value: "x" })).outcome).toBe("ok")
})

test("[RL70, I5] whoever sets as many registers as may be keeps nobody in another workspace from theirs, after a restart neither", async () => {
  const bed = await openRegisterBed({ limits: { maxRecentRegisters: 4, maxRecentRegistersOfWorkspace: 2 } })
  const ana = await RegisterDevice.welcomed(bed)
  for (const id of [1, 2]) await ana.set(`noise/prompt/${id}#a`, "x", { ttlMs: MAX_REGISTER_TTL_MS })
  expect((await ana.cas("noise/prompt/3#a", { value: "x" })).outcome).toBe("unavailable")
  expect((await ana.cas("home/prompt/1#a", { value: "x" })).outcome).toBe("ok")
  await bed.relay.close()
  const again = await openRegisterBed({ log: bed.log, limits: { maxRecentRegisters: 4, maxRecentRegistersOfWorkspace: 2 } })
  const bo = await RegisterDevice.welcomed(again)
  expect((await bo.cas("noise/prompt/3#a", { value: "x" })).outcome).toBe("unavailable")
  expect((await bo.cas("home/prompt/2#a", { value: "x" })).outcome).toBe("ok")
  expect((await bo.cas("home/prompt/3#a", { value: "x" })).outcome).toBe("unavailable")
  await again.clock.advance(11 * 60_000)
  expect((await bo.cas("noise/prompt/3#a", { value: "x" })).outcome).toBe("unavailable")
  for (const id of [3, 4]) expect((await bo.cas(`home/prompt/${id}#a`, { value: "x" })).outcome).toBe("ok")
})

test("[RL70, I5] values that wait for their commit count with rows", async () => {
  const log = new WatchedLog()
  const bed = await openRegisterBed({ log, limits: { maxQueuedBytes: 1_000 } })
  const ana = await RegisterDevice.welcomed(bed)
  let goOn = (): void => undefined
  log.beforeCommit = () => new Promise((resolve) => (goOn = resolve))
  const first = ana.askCas("home/prompt/1#a", { value: "x".repeat(900) })
  await settle()
  expect((await ana.cas("home/prompt/2#a", { value: "x".repeat(101) })).outcome).toBe("unavailable")
  const fits = ana.askCas("home/prompt/3#a", { value: "x".repeat(100) })
  log.beforeCommit = () => undefined
  goOn()
  await settle()
  expect([first, fits].map((request) => ana.answerTo(request)?.outcome)).toEqual(["ok", "ok"])
  expect(bed.relay.stats().queuedBytes).toBe(0)
})

test("[RL70, RL29] who sets large values faster than it may is slowed down", async () => {
  const bed = await openRegisterBed({ limits: { maxRowBytesPerSecond: 1_000 } })
  const ana = await RegisterDevice.welcomed(bed)
  ana.askCas(LABEL, { value: "x".repeat(12_000) })
  const next = ana.askGet(LABEL)
  await settle()
  expect(ana.answerTo(next)).toBeUndefined()
  await bed.clock.advance(2_000)
  expect(ana.answerTo(next)?.register?.value).toHaveLength(12_000)
})
