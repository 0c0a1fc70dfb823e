import { MemoryDisk } from "@polylogue/storage"
import { expect, test } from "vitest"
import type { RegisterAnswer } from "../src/index.ts"
import { World } from "./support/device.ts"
import { settle } from "./support/manual-clock.ts"

const KEY = "home/prompt/1#label/production"
const ATTEMPT = "00000000000000a1"

/** Notes an answer when it comes. */
function noted(answer: Promise<RegisterAnswer>): { current: RegisterAnswer | undefined } {
  const box: { current: RegisterAnswer | undefined } = { current: undefined }
  void answer.then((value) => (box.current = value))
  return box
}

function valueOf(answer: RegisterAnswer | undefined): string | null | undefined {
  return answer !== undefined && "register" in answer ? answer.register.value : undefined
}

test("[RP45] a register is read and set at the authority, and one who expected something else is told what is there", async () => {
  const world = new World()
  const { registers } = (await world.device()).replica
  expect(await registers.get(KEY)).toMatchObject({ outcome: "ok", register: { key: KEY, value: null, revision: null } })
  const set = await registers.cas(KEY, { expected: null, value: "v1" })
  expect(set).toMatchObject({ outcome: "ok", register: { value: "v1", principal: "ada", guarded: false } })
  expect(await registers.cas(KEY, { expected: null, value: "mine" })).toMatchObject({ outcome: "conflict", register: { value: "v1" } })
  const { revision } = world.relay.registers.at(KEY)
  expect(await registers.cas(KEY, { expected: revision, value: "v2", ttlMs: 500, guarded: true })).toMatchObject({
    outcome: "ok",
    register: { value: "v2", guarded: true, expiresAt: expect.any(Number) as number },
  })
  const last = world.relay.registers.at(KEY).revision
  expect(await registers.cas(KEY, { expected: last, value: null })).toMatchObject({ outcome: "ok", register: { value: null } })
})

test("[RP46] a connection that breaks between question and answer is not noticed: the same attempt is made once", async () => {
  const world = new World()
  const { registers } = (await world.device()).replica
  await settle()
  let cuts = 0
  world.relay.registers.onRequest = (frame, session) => {
    if (frame.type === "get" || ++cuts > 2) return undefined
    void Promise.resolve().then(() => session.socket.break())
    return "swallow"
  }
  const answer = noted(registers.cas(KEY, { expected: null, value: "v1" }))
  await world.clock.pass(5_000)
  expect(answer.current).toMatchObject({ outcome: "ok", register: { value: "v1" } })
  expect(world.relay.registers.sets).toBe(1)
  const asked = world.relay.received.filter((frame) => frame.type === "cas")
  expect(asked).toHaveLength(3)
  expect(new Set(asked.map(({ attempt }) => attempt)).size).toBe(1)
})

test("[RP46] what is not answered within its deadline is unavailable, and an ambiguous attempt is told apart by saying it again", async () => {
  const world = new World()
  const { registers } = (await world.device({ limits: { registerTimeoutMs: 4_000 } })).replica
  await settle()
  world.relay.registers.onRequest = () => "swallow"
  const change = { expected: null, value: "v1", attempt: ATTEMPT }
  const answer = noted(registers.cas(KEY, change))
  await world.clock.pass(3_999)
  expect(answer.current).toBeUndefined()
  await world.clock.pass(1)
  expect(answer.current).toEqual({ outcome: "unavailable" })
  world.relay.registers.onRequest = undefined
  world.relay.registers.set("home/prompt/1#label/staging", "other")
  expect(await registers.cas(KEY, change)).toMatchObject({ outcome: "ok", register: { value: "v1" } })
  expect(world.relay.registers.sets).toBe(2)
})

test("[RP46] nobody is waited for who will not answer: cut off, refused, without a relay, or at a relay without registers", async () => {
  const world = new World()
  const unavailable = { outcome: "unavailable" }
  const { replica } = await world.device()
  await settle()
  world.relay.registers.onRequest = () => "ignore"
  const waiting = noted(replica.registers.get(KEY))
  await settle()
  replica.setCutOff(true)
  await settle()
  expect(waiting.current).toEqual(unavailable)
  expect(await replica.registers.cas(KEY, { expected: null, value: "v1" })).toEqual(unavailable)
  world.relay.registers.onRequest = undefined
  const alone = (await world.device({ relays: [] })).replica
  expect(await alone.registers.get(KEY)).toEqual(unavailable)
  world.relay.version = 2
  const before = (await world.device()).replica
  await settle()
  expect(await before.registers.get(KEY)).toEqual(unavailable)
  expect(before.status.connection).toBe("online")
  world.relay.refuse = "unauthenticated"
  const refused = (await world.device()).replica
  await settle()
  expect(await refused.registers.get(KEY)).toEqual(unavailable)
  expect(world.relay.registers.sets).toBe(0)
})

test("[RP47] what was heard is there offline and after a reload, with the moment at which it was true", async () => {
  const world = new World()
  const disk = new MemoryDisk()
  const first = await world.device({ disk })
  await first.replica.registers.cas(KEY, { expected: null, value: "v1" })
  const heard = first.replica.registers.cached(KEY)
  expect(heard).toMatchObject({ value: "v1", asOf: world.relay.registers.time })
  expect(first.replica.registers.cached(KEY)).toBe(heard)
  await first.replica.close()
  const { registers } = (await world.device({ disk, cutOff: true })).replica
  expect(valueOf(await registers.get(KEY))).toBeUndefined()
  expect(registers.cached(KEY)).toEqual(heard)
})

test("[RP48] who watches a prefix hears of every change below it, again after a cut, until it lets go", async () => {
  const world = new World()
  world.relay.registers.set(KEY, "v1")
  const { registers } = (await world.device()).replica
  const heard: (string | null | undefined)[] = []
  const end = registers.watch("home", (key) => heard.push(registers.cached(key)?.value))
  await settle()
  world.relay.registers.set(KEY, "v2")
  world.relay.registers.set("homework/1#a", "not ours")
  await settle()
  expect(heard).toEqual(["v1", "v2"])
  world.relay.breakAll()
  world.relay.registers.set(KEY, null)
  world.relay.registers.set("home/prompt/2#label/production", "w1")
  await world.clock.pass(5_000)
  expect(registers.cached(KEY)).toBeUndefined()
  expect(heard.slice(2)).toEqual(["w1", undefined])
  end()
  await settle()
  world.relay.registers.set(KEY, "v3")
  await settle()
  expect(heard).toHaveLength(4)
  expect(registers.cached(KEY)).toBeUndefined()
})
