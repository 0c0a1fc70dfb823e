import { MAX_OBSERVED_REGISTERS, MAX_REGISTER_BYTES } from "@polylogue/protocol"
import { expect, test } from "vitest"
import type { Principal } from "../src/index.ts"
import { LABEL, openRegisterBed, principal, RegisterDevice } from "./register-bed.ts"
import { seededNumbers, settle, type TestBed, TestDevice } from "./test-relay.ts"
import { WatchedLog } from "./watched-log.ts"

test("[RL68] an observer is told every register of the documents at or below its prefix, by whole segments, and then what changes", async () => {
  const bed = await openRegisterBed()
  const ana = await RegisterDevice.welcomed(bed)
  const inside = ["home/prompt#a", "home/prompt/7#a", "home/prompt/7/x#a/b", "home/prompt/8#a"]
  const outside = ["home#a", "home/index#a", "home/prompts#a", "home/prompt-7#a", "away/prompt/7#a"]
  for (const key of [...inside, ...outside]) await ana.set(key, key)
  await ana.set("home/prompt/9#gone", "x")
  await ana.set("home/prompt/9#gone", null)
  await ana.set("home/prompt/9#guard", null, { guarded: true })
  const bo = await RegisterDevice.welcomed(bed, principal("bo"))
  await bo.observe("home/prompt")
  const frames = bo.device.of("observed")
  expect(frames.map(({ anew, caughtUp }) => [anew, caughtUp])).toEqual([[true, true]])
  expect(frames[0]!.registers.map(({ key, value, guarded }) => [key, value, guarded])).toEqual([
    ["home/prompt#a", "home/prompt#a", false],
    ["home/prompt/7#a", "home/prompt/7#a", false],
    ["home/prompt/7/x#a/b", "home/prompt/7/x#a/b", false],
    ["home/prompt/8#a", "home/prompt/8#a", false],
    ["home/prompt/9#guard", null, true],
  ])
  await ana.set("home/prompt/new#a", "new")
  await ana.set("home/prompt/7#a", null)
  for (const key of outside) await ana.set(key, "other")
  expect(
    bo.device
      .of("observed")
      .slice(1)
      .flatMap(({ registers }) => registers.map(({ key, value }) => [key, value])),
  ).toEqual([
    ["home/prompt/new#a", "new"],
    ["home/prompt/7#a", null],
  ])
  expect(bed.relay.stats().registerObservers).toBe(1)
  bo.device.send({ type: "close", handle: 1, code: 1000, reason: "" })
  await ana.set("home/prompt/new#a", "newer")
  expect(bo.observed().get("home/prompt/new#a")).toBe("new")
  expect(bed.relay.stats().registerObservers).toBe(0)
})

test("[RL68] a prefix with nothing below it is told as such at once", async () => {
  const bed = await openRegisterBed()
  const ana = await RegisterDevice.welcomed(bed)
  await ana.observe("home")
  expect(ana.device.of("observed")).toEqual([
    { type: "observed", handle: 1, anew: true, caughtUp: true, time: bed.clock.now(), registers: [] },
  ])
})

test("[RL68] long lists come in frames that are never too large, with large values cut, and nothing is missing", async () => {
  const bed = await openRegisterBed()
  const ana = await RegisterDevice.welcomed(bed)
  const random = seededNumbers(7)
  const expected = new Map<string, string>()
  for (let index = 0; index < 2 * MAX_OBSERVED_REGISTERS + 3; index++) {
    const size = index % 40 === 0 ? MAX_REGISTER_BYTES : Math.floor(random() * 300)
    expected.set(`home/prompt/${index}#a`, "x".repeat(size))
  }
  for (const [index, [key, value]] of [...expected].entries()) {
    ana.askCas(key, { value })
    if (index % 50 === 0) await settle()
  }
  await settle()
  const bo = await RegisterDevice.welcomed(bed, principal("bo"))
  await bo.observe("home")
  await settle(400)
  const sizes = (held: ReadonlyMap<string, string>): unknown => [...held].map(([key, value]) => `${key} ${value.length}`).toSorted()
  expect(sizes(bo.observed())).toEqual(sizes(expected))
  const frames = bo.device.of("observed")
  expect(frames.map(({ anew }) => anew)).toEqual(frames.map((_, index) => index === 0))
  expect(frames.map(({ caughtUp }) => caughtUp)).toEqual(frames.map((_, index) => index === frames.length - 1))
  for (const message of bo.device.socket.received) expect(message.length).toBeLessThanOrEqual(16 * 1024)
})

/** May read the one prompt that its token names. */
const oneEach = async ({ token }: { readonly token: string }): Promise<Principal> => ({
  ...principal("bo", (documentId) => (documentId === `home/prompt/${token}` ? "read" : "none")),
  grants: token,
})

async function observing(bed: TestBed, token: string): Promise<TestDevice> {
  const device = new TestDevice(bed.relay)
  await device.hello(token)
  device.send({ type: "observe", handle: 1, prefix: "home" })
  await settle()
  return device
}

const told = (device: TestDevice): unknown[] =>
  device.of("observed").flatMap(({ anew, registers }) => registers.map(({ value }) => [anew, value]))

test("[RL68, I11] what may not be read is left out, and told or taken back when the grants change", async () => {
  const bed = await openRegisterBed({ authenticate: oneEach })
  const ana = await RegisterDevice.welcomed(bed)
  for (const id of ["7", "8"]) await ana.set(`home/prompt/${id}#a`, id)
  const bo = await observing(bed, "7")
  await ana.set("home/prompt/8#a", "8 again")
  await ana.set("home/prompt/7#a", "7 again")
  expect(told(bo)).toEqual([
    [true, "7"],
    [false, "7 again"],
  ])
  bo.send({ type: "token", token: "8" })
  await settle()
  await ana.set("home/prompt/7#a", "7 once more")
  expect(told(bo).slice(2)).toEqual([[true, "8 again"]])
})

test("[RL68, I11] what was being read for a list, or for what changed, is not told when the grants changed meanwhile", async () => {
  for (const during of ["the list", "a change"]) {
    const log = new WatchedLog()
    // So that each is read from the store.
    const bed = await openRegisterBed({ log, authenticate: oneEach, limits: { maxRegisterBytes: 1, maxBufferedBytes: 1 } })
    const ana = await RegisterDevice.welcomed(bed)
    for (const id of ["7", "8"]) await ana.set(`home/prompt/${id}#a`, id)
    const bo = during === "the list" ? undefined : await observing(bed, "7")
    if (bo !== undefined) {
      // Its socket is full when the change comes, and the register has left memory when it is read.
      bo.socket.taking = false
      bo.send({ type: "ping", nonce: 1 })
      await ana.set("home/prompt/7#a", "7 again")
    }
    const record = log.record.bind(log)
    let goOn = (): void => undefined
    log.record = async (key) => {
      const value = await record(key)
      if (key === "register/home/prompt/7#a") await new Promise<void>((resolve) => (goOn = resolve))
      return value
    }
    bo?.socket.drain()
    await settle()
    const reader = bo ?? (await observing(bed, "7"))
    const before = told(reader).length
    reader.send({ type: "token", token: "8" })
    await settle()
    goOn()
    await settle()
    expect(told(reader).slice(before)).toEqual([[true, "8"]])
  }
})

test("[RL69, I5] an observer that takes nothing costs names and no values, and finds the last values when it takes again", async () => {
  const bed = await openRegisterBed({ limits: { maxBufferedBytes: 1024 } })
  const ana = await RegisterDevice.welcomed(bed)
  const slow = await RegisterDevice.welcomed(bed, principal("slow"))
  await slow.observe("home")
  slow.device.socket.taking = false
  // Fills its socket.
  await ana.set("home/prompt/0#a", "x".repeat(5_000))
  for (let round = 0; round < 20; round++) await ana.set(LABEL, `${round} ${"y".repeat(20_000)}`)
  expect(slow.device.socket.mostBuffered).toBeLessThan(40_000)
  slow.device.socket.drain()
  await settle(40)
  expect(slow.observed().get(LABEL)?.slice(0, 3)).toBe("19 ")
  // Once from the socket and once the last, not each of twenty.
  expect(slow.device.of("observed").filter(({ registers }) => registers.some(({ key }) => key === LABEL)).length).toBeLessThanOrEqual(2)
})

test("[RL69, I5] names that wait are bounded: at the limit each is told, one more and all are told anew", async () => {
  for (const [changes, lists] of [
    [5, 1],
    [6, 2],
  ] as const) {
    const bed = await openRegisterBed({ limits: { maxBufferedBytes: 1, maxObserved: 5 } })
    const ana = await RegisterDevice.welcomed(bed)
    const slow = await RegisterDevice.welcomed(bed, principal("slow"))
    await slow.observe("home")
    slow.device.socket.taking = false
    // The socket is full of the first.
    await ana.set("home/prompt/0#a", "0")
    for (let index = 1; index <= changes; index++) await ana.set(`home/prompt/${index}#a`, `${index}`)
    slow.device.socket.drain()
    await settle(40)
    expect(slow.device.of("observed").filter(({ anew }) => anew)).toHaveLength(lists)
    expect(slow.observed()).toEqual(new Map(Array.from({ length: changes + 1 }, (_, index) => [`home/prompt/${index}#a`, `${index}`])))
  }
})

test("[RL68] an observer that the store does not answer asks again, and is told everything", async () => {
  const log = new WatchedLog()
  const bed = await openRegisterBed({ log })
  const ana = await RegisterDevice.welcomed(bed)
  await ana.set(LABEL, "v1")
  let failing = true
  const recordKeys = log.recordKeys.bind(log)
  log.recordKeys = async (prefix, page) => {
    if (failing) throw Object.assign(new Error("the disk"), { code: "corrupt" })
    return await recordKeys(prefix, page)
  }
  await ana.observe("home")
  expect(ana.device.of("observed")).toEqual([])
  failing = false
  await bed.clock.advance(1_000)
  expect(ana.observed()).toEqual(new Map([[LABEL, "v1"]]))
  expect(ana.device.of("observed")[0]).toMatchObject({ anew: true, caughtUp: true })
})

test("[RL68] whatever changes while a list is told, the observer ends with what there is", async () => {
  const random = seededNumbers(11)
  for (let run = 0; run < 12; run++) {
    const bed = await openRegisterBed({ limits: { maxObserved: 20, maxRegisterBytes: 2_000 } })
    const ana = await RegisterDevice.welcomed(bed)
    const expected = new Map<string, string>()
    const change = (): void => {
      const key = `home/prompt/${Math.floor(random() * 30)}#a`
      const value = random() < 0.3 ? null : `${Math.floor(random() * 1e6)}`
      void bed.relay.registers.get(key).then(({ revision }) => ana.askCas(key, { expected: revision, value }))
    }
    for (let index = 0; index < 60; index++) change()
    await settle(10)
    const bo = await RegisterDevice.welcomed(bed, principal("bo"))
    bo.device.send({ type: "observe", handle: 1, prefix: "home" })
    for (let index = 0; index < 40; index++) {
      change()
      if (random() < 0.5) await settle(1)
    }
    await settle(40)
    for (let index = 0; index < 30; index++) {
      const { key, value } = await bed.relay.registers.get(`home/prompt/${index}#a`)
      if (value !== null) expected.set(key, value)
    }
    expect(bo.observed()).toEqual(expected)
  }
})
