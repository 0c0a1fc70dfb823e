import { codeNumber } from "@polylogue/protocol"
import { MemoryDisk } from "@polylogue/storage"
import { expect, test } from "vitest"
import { freshAttempt, LABEL, principal, RegisterDevice } from "./register-bed.ts"
import { openTestBed, settle } from "./test-relay.ts"
import { WatchedLog } from "./watched-log.ts"

test("[RL60] a register that was never set is absent; one that was is what it was set to, by whom and when", async () => {
  const bed = await openTestBed()
  const ana = await RegisterDevice.welcomed(bed)
  const absent = { key: LABEL, value: null, revision: null, guarded: false, setAt: 0, principal: "" }
  expect(await ana.get(LABEL)).toMatchObject({ outcome: "ok", code: 0, register: absent })
  const revision = `${bed.relay.log}:1`
  const set = { key: LABEL, value: "v1", revision, guarded: false, setAt: bed.clock.now(), principal: "ana" }
  expect(await ana.cas(LABEL, { value: "v1" })).toMatchObject({ outcome: "ok", register: set })
  await bed.clock.advance(1_000)
  const { register, time } = await ana.get(LABEL)
  expect({ register, time }).toEqual({ register: set, time: bed.clock.now() })
  expect(await ana.cas(LABEL, { expected: revision })).toMatchObject({ outcome: "ok", register: absent })
  expect(await ana.get(LABEL)).toMatchObject({ outcome: "ok", register: absent })
})

test("[RL60] nothing is answered or observed before it is durable, and what is asked meanwhile sees what was", async () => {
  const log = new WatchedLog()
  const bed = await openTestBed({ log })
  const ana = await RegisterDevice.welcomed(bed)
  const bo = await RegisterDevice.welcomed(bed, principal("bo"))
  const { revision } = await ana.set(LABEL, "v1")
  await bo.observe("home")
  let goOn = (): void => undefined
  log.beforeCommit = () => new Promise((resolve) => (goOn = resolve))
  const request = ana.askCas(LABEL, { expected: revision, value: "v2" })
  await settle()
  expect(ana.answerTo(request)).toBeUndefined()
  expect(await bo.get(LABEL)).toMatchObject({ outcome: "ok", register: { value: "v1" } })
  expect(bo.observed()).toEqual(new Map([[LABEL, "v1"]]))
  log.beforeCommit = async () => undefined
  goOn()
  await settle()
  expect(ana.answerTo(request)).toMatchObject({ outcome: "ok", register: { value: "v2" } })
  expect(await bo.get(LABEL)).toMatchObject({ outcome: "ok", register: { value: "v2" } })
  expect(bo.observed()).toEqual(new Map([[LABEL, "v2"]]))
})

test("[RL60] changes of many registers in one tick are one commit", async () => {
  const log = new WatchedLog()
  const bed = await openTestBed({ log })
  const ana = await RegisterDevice.welcomed(bed)
  const keys = Array.from({ length: 20 }, (_, index) => `home/prompt/${index}#label/a`)
  await ana.get(keys[0]!)
  // Each is read first; those that are in memory are judged at once.
  for (const key of keys) ana.askGet(key)
  await settle()
  const before = log.commits.length
  for (const key of keys) ana.askCas(key, { value: "v1" })
  await settle()
  expect(log.commits.length - before).toBe(1)
  expect(ana.device.of("answer").filter(({ outcome, register }) => outcome === "ok" && register?.value === "v1")).toHaveLength(20)
})

test("[RL61, I8] of many who set a register from the same revision one wins, and the others are told what is there", async () => {
  const bed = await openTestBed()
  const ana = await RegisterDevice.welcomed(bed)
  const { revision } = await ana.set(LABEL, "base")
  const many = await Promise.all(Array.from({ length: 30 }, (_, index) => RegisterDevice.welcomed(bed, principal(`p${index}`))))
  const requests = many.map((each, index) => each.askCas(LABEL, { expected: revision, value: `by ${index}` }))
  await settle(40)
  const answers = many.map((each, index) => each.answerTo(requests[index]!)!)
  const winners = answers.filter(({ outcome }) => outcome === "ok")
  expect(winners).toHaveLength(1)
  const winner = winners[0]!.register!
  for (const { outcome, register } of answers)
    if (outcome !== "ok") expect({ outcome, register }).toEqual({ outcome: "conflict", register: winner })
  expect((await ana.get(LABEL)).register).toEqual(winner)
})

test("[RL62] an attempt that is repeated has no second effect, and is answered as the first time whatever followed", async () => {
  const bed = await openTestBed()
  const ana = await RegisterDevice.welcomed(bed)
  const attempt = freshAttempt()
  const first = await ana.cas(LABEL, { value: "v1", attempt })
  expect(await ana.cas(LABEL, { value: "v1", attempt })).toMatchObject({ outcome: "ok", register: first.register })
  const second = await ana.cas(LABEL, { value: "v2", expected: first.register!.revision })
  const again = await RegisterDevice.welcomed(bed)
  expect(await again.cas(LABEL, { value: "v1", attempt })).toMatchObject({ outcome: "ok", register: first.register })
  expect((await ana.get(LABEL)).register).toEqual(second.register)
})

test("[RL62] an attempt that met a conflict had no effect, and is judged anew; one of somebody else, or with other fields, is another", async () => {
  const bed = await openTestBed()
  const ana = await RegisterDevice.welcomed(bed)
  const bo = await RegisterDevice.welcomed(bed, principal("bo"))
  const { revision } = await ana.set(LABEL, "v1")
  const attempt = freshAttempt()
  expect(await bo.cas(LABEL, { value: "v2", attempt })).toMatchObject({ outcome: "conflict", register: { value: "v1" } })
  await ana.cas(LABEL, { expected: revision })
  expect(await bo.cas(LABEL, { value: "v2", attempt })).toMatchObject({ outcome: "ok", register: { value: "v2" } })
  expect(await ana.cas(LABEL, { value: "v2", attempt })).toMatchObject({ outcome: "conflict" })
  expect(await bo.cas(LABEL, { value: "v3", attempt })).toMatchObject({ outcome: "conflict" })
  expect(await bo.cas("home/prompt/7#label/staging", { value: "v2", attempt })).toMatchObject({ outcome: "ok" })
})

test("[RL64] a restart keeps what was set, with other revisions from then on; a backup that is put back repeats none, and knows none of the lost future", async () => {
  const disk = new MemoryDisk()
  const first = await openTestBed({ disk })
  const ana = await RegisterDevice.welcomed(first)
  const { revision: v1 } = await ana.set(LABEL, "v1")
  const backup = disk.copy()
  const { revision: v2 } = await ana.set(LABEL, "v2")
  await first.relay.close()

  const second = await openTestBed({ disk })
  const bo = await RegisterDevice.welcomed(second, principal("bo"))
  expect((await bo.get(LABEL)).register).toMatchObject({ value: "v2", revision: v2, principal: "ana" })
  const { revision: v3 } = await bo.set(LABEL, "v3")
  await second.relay.close()

  const restored = await openTestBed({ disk: backup })
  const cy = await RegisterDevice.welcomed(restored, principal("cy"))
  expect((await cy.get(LABEL)).register).toMatchObject({ value: "v1", revision: v1 })
  for (const expected of [v2, v3])
    expect(await cy.cas(LABEL, { expected, value: "v4" })).toMatchObject({ outcome: "conflict", register: { value: "v1" } })
  const { revision: v4 } = await cy.set(LABEL, "v4")
  expect(new Set([v1, v2, v3, v4]).size).toBe(4)
})

test("[RL66] a guarded register is set by who may erase, and only they change the guard, which outlives the value", async () => {
  const bed = await openTestBed()
  const owner = await RegisterDevice.welcomed(bed, principal("owner", "erase"))
  const editor = await RegisterDevice.welcomed(bed, principal("editor", "write"))
  const forbidden = { outcome: "refused", code: codeNumber("forbidden") }
  expect(await editor.cas(LABEL, { value: "v1", guarded: true })).toMatchObject(forbidden)
  const { revision } = (await editor.cas(LABEL, { value: "v1", guarded: false })).register!
  const guarded = (await owner.cas(LABEL, { expected: revision, value: "v2", guarded: true })).register!
  expect(guarded.guarded).toBe(true)
  expect(await editor.cas(LABEL, { expected: guarded.revision, value: "v3" })).toMatchObject(forbidden)
  expect(await editor.cas(LABEL, { expected: guarded.revision, value: "v2", guarded: false })).toMatchObject(forbidden)
  expect((await owner.cas(LABEL, { expected: guarded.revision })).register).toMatchObject({ value: null, guarded: true })
  expect(await editor.cas(LABEL, { value: "v3" })).toMatchObject(forbidden)
  expect((await editor.get(LABEL)).register).toMatchObject({ value: null, guarded: true })
  expect((await owner.cas(LABEL, { guarded: false })).register).toMatchObject({ value: null, guarded: false })
  expect(await editor.cas(LABEL, { value: "v3" })).toMatchObject({ outcome: "ok" })
})

test("[RL67, I11] without permission to read nothing is looked up, whether it is there or not; who may only read sets nothing", async () => {
  const log = new WatchedLog()
  const bed = await openTestBed({ log })
  const owner = await RegisterDevice.welcomed(bed)
  await owner.set(LABEL, "secret")
  let reads = 0
  const record = log.record.bind(log)
  log.record = (key) => {
    reads++
    return record(key)
  }
  const nobody = await RegisterDevice.welcomed(bed, principal("nobody", "none"))
  const forbidden = { type: "answer", outcome: "refused", code: codeNumber("forbidden"), time: bed.clock.now() }
  for (const key of [LABEL, "home/prompt/8#label/a"]) {
    expect(await nobody.get(key)).toEqual({ ...forbidden, request: expect.any(Number) })
    expect(await nobody.cas(key, { value: "x" })).toEqual({ ...forbidden, request: expect.any(Number) })
  }
  expect(reads).toBe(0)
  const viewer = await RegisterDevice.welcomed(bed, principal("viewer", "read"))
  expect(await viewer.cas(LABEL, { value: "x" })).toMatchObject({ outcome: "refused", code: codeNumber("forbidden") })
  expect((await viewer.get(LABEL)).register).toMatchObject({ value: "secret" })
  expect(bed.eventsOf("register-refused")).toEqual([
    { type: "register-refused", documentId: "home/prompt/7", principal: "viewer", code: "forbidden" },
  ])
})

test("[RL67] what names no register is refused as such", async () => {
  const bed = await openTestBed()
  const ana = await RegisterDevice.welcomed(bed)
  for (const key of ["home", "home#", "ho me#a", "home#a b"]) {
    expect(await ana.get(key)).toMatchObject({ outcome: "refused", code: codeNumber("bad-key") })
    expect(await ana.cas(key, { value: "x" })).toMatchObject({ outcome: "refused", code: codeNumber("bad-key") })
  }
})

test("[RL72] a session of version 2 is told nothing of registers, and may not ask", async () => {
  const bed = await openTestBed()
  const old = await RegisterDevice.welcomed(bed, principal("old"), 2)
  expect(old.device.of("welcome")[0]!.version).toBe(2)
  await old.device.open("home/prompt/7")
  const ana = await RegisterDevice.welcomed(bed)
  await ana.set(LABEL, "v1")
  expect(old.device.frames.map(({ type }) => type)).toEqual(["welcome", "opened"])
  old.askGet(LABEL)
  await settle()
  expect(old.device.closedCode).toBe("bad-frame")
})

test("[RL60] the program that runs the relay reads registers and lists those of a document", async () => {
  const bed = await openTestBed()
  const ana = await RegisterDevice.welcomed(bed)
  for (const name of ["label/production", "label/staging", "versions"]) await ana.set(`home/prompt/7#${name}`, name)
  await ana.set("home/prompt/70#label/production", "other")
  await ana.set("home/prompt/7#label/staging", null)
  await ana.set("home/prompt/7#label/guarded", null, { guarded: true })
  expect(await bed.relay.registers.get(LABEL)).toMatchObject({ value: "label/production", principal: "ana" })
  expect((await bed.relay.registers.list("home/prompt/7")).map(({ key, value }) => [key.split("#")[1], value])).toEqual([
    ["label/guarded", null],
    ["label/production", "label/production"],
    ["versions", "versions"],
  ])
  await expect(bed.relay.registers.get("home")).rejects.toMatchObject({ code: "bad-key" })
})
