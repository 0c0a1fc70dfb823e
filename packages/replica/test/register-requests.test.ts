import { codeNumber, MAX_REGISTER_BYTES, MAX_REGISTER_REQUESTS, MAX_REGISTER_TTL_MS } from "@polylogue/protocol"
import { expect, test } from "vitest"
import type { RegisterAnswer, RegisterChange } from "../src/index.ts"
import { MAX_OBSERVED_PREFIXES } from "../src/registers/observed-prefixes.ts"
import { MAX_REQUEST_CHARACTERS, MAX_REQUESTS } from "../src/registers/register-requests.ts"
import { World } from "./support/device.ts"
import { FakeTabs } from "./support/fake-tabs.ts"
import { settle } from "./support/manual-clock.ts"

const KEY = "home/prompt/1#label/production"

/** The answers that have come so far. */
function gathered(answers: readonly Promise<RegisterAnswer>[]): RegisterAnswer[] {
  const come: RegisterAnswer[] = []
  for (const answer of answers) void answer.then((value) => come.push(value))
  return come
}

test("[RP45] what no authority could take is refused here: bad keys, values and leases that are too large, at the bound and one past it", async () => {
  const world = new World()
  const { registers } = (await world.device()).replica
  const badKey = { outcome: "refused", code: "bad-key" }
  for (const key of ["", "home/prompt/1", "#a", "home/prompt/1#", "home/prompt/1#a b", "../x#a"])
    expect(await registers.get(key)).toEqual(badKey)
  expect(await registers.cas("home", { expected: null, value: "v" })).toEqual(badKey)
  expect(await registers.cas(KEY, { expected: null, value: "\ud800" })).toEqual(badKey)
  const tooLarge = { outcome: "refused", code: "too-large" }
  expect(await registers.cas(KEY, { expected: null, value: "é".repeat(MAX_REGISTER_BYTES / 2) + "x" })).toEqual(tooLarge)
  expect(await registers.cas(KEY, { expected: null, value: "v", ttlMs: MAX_REGISTER_TTL_MS + 1 })).toEqual(tooLarge)
  expect(world.relay.received.filter(({ type }) => type === "cas" || type === "get")).toEqual([])
  const atTheBound = { expected: null, value: "é".repeat(MAX_REGISTER_BYTES / 2), ttlMs: MAX_REGISTER_TTL_MS }
  expect(await registers.cas(KEY, atTheBound)).toMatchObject({ outcome: "ok" })
})

test("[RP45] a change that no frame can say is a fault of the program", async () => {
  const { registers } = (await new World().device()).replica
  const change = { expected: null, value: "v" }
  const wrong: readonly [unknown, typeof TypeError | typeof RangeError][] = [
    [{ ...change, value: 7 }, TypeError],
    [{ ...change, guarded: "yes" }, TypeError],
    [{ ...change, expected: "newest" }, RangeError],
    [{ ...change, ttlMs: -1 }, RangeError],
    [{ ...change, ttlMs: 0.5 }, RangeError],
    [{ ...change, attempt: "again" }, RangeError],
  ]
  for (const [one, error] of wrong) await expect(registers.cas(KEY, one as RegisterChange)).rejects.toThrow(error)
  expect(() => registers.watch("home//prompt", () => undefined)).toThrow(expect.objectContaining({ code: "bad-document-id" }))
})

test("[RP46, I5] no more is under way at a relay than it takes, and what was asked first goes first", async () => {
  const world = new World()
  const { registers } = (await world.device()).replica
  await settle()
  world.relay.registers.onRequest = () => "ignore"
  const keys = Array.from({ length: MAX_REGISTER_REQUESTS + 6 }, (_, index) => `home/prompt/${index}#a`)
  const answers = gathered(keys.map((key) => registers.get(key)))
  await settle()
  const asked = () => world.relay.received.flatMap((frame) => (frame.type === "get" ? [frame.key] : []))
  expect(asked()).toEqual(keys.slice(0, MAX_REGISTER_REQUESTS))
  // At its deadline a question is answered here; there it still counts.
  await world.clock.pass(10_000)
  expect(answers).toHaveLength(keys.length)
  void registers.get(KEY)
  await settle()
  expect(asked()).not.toContain(KEY)
  world.relay.registers.onRequest = undefined
  world.relay.breakAll()
  await world.clock.pass(5_000)
  expect(asked()).toContain(KEY)
})

test("[RP46, I5] questions that wait are bounded in number, and one more is unavailable at once", async () => {
  const world = new World()
  world.relay.unreachable = true
  const { registers } = (await world.device()).replica
  const answers = gathered(Array.from({ length: MAX_REQUESTS }, () => registers.get(KEY)))
  await settle()
  expect(answers).toEqual([])
  expect(await registers.get(KEY)).toEqual({ outcome: "unavailable" })
  expect(answers).toEqual([])
  await world.clock.pass(10_000)
  expect(answers).toHaveLength(MAX_REQUESTS)
  expect(new Set(answers.map(({ outcome }) => outcome))).toEqual(new Set(["unavailable"]))
})

test("[RP46, I5] the values in them are bounded, however few they are", async () => {
  const world = new World()
  world.relay.unreachable = true
  const { registers } = (await world.device()).replica
  const value = "x".repeat(MAX_REGISTER_BYTES)
  const most = MAX_REQUEST_CHARACTERS / MAX_REGISTER_BYTES
  const answers = gathered(Array.from({ length: most }, () => registers.cas(KEY, { expected: null, value })))
  await settle()
  expect(answers).toEqual([])
  expect(await registers.cas(KEY, { expected: null, value: "x" })).toEqual({ outcome: "unavailable" })
  await world.clock.pass(10_000)
  expect(answers).toHaveLength(most)
})

test("[RP46] an authority that cannot say is passed on at once, and a replica that is closed asks nobody", async () => {
  const world = new World()
  const { replica } = await world.device()
  world.relay.registers.onRequest = () => "unavailable"
  expect(await replica.registers.cas(KEY, { expected: null, value: "v1" })).toEqual({ outcome: "unavailable" })
  world.relay.registers.onRequest = () => "ignore"
  const waiting = gathered([replica.registers.get(KEY)])
  await settle()
  await replica.close()
  expect(waiting).toEqual([{ outcome: "unavailable" }])
  expect(await replica.registers.get(KEY)).toEqual({ outcome: "unavailable" })
  expect(world.clock.pending).toBe(0)
})

test("[RP48, I5] no more prefixes are observed than the bound says; the next one is when another is given back", async () => {
  const world = new World()
  const { registers } = (await world.device()).replica
  const ends = Array.from({ length: MAX_OBSERVED_PREFIXES + 1 }, (_, index) => registers.watch(`home/prompt/${index}`, () => undefined))
  await settle()
  const observed = () => [...world.relay.sessions].flatMap((session) => [...session.observed.values()])
  expect(observed()).toHaveLength(MAX_OBSERVED_PREFIXES)
  expect(observed()).not.toContain(`home/prompt/${MAX_OBSERVED_PREFIXES}`)
  ends[0]!()
  await settle()
  expect(observed()).toHaveLength(MAX_OBSERVED_PREFIXES)
  expect(observed()).toContain(`home/prompt/${MAX_OBSERVED_PREFIXES}`)
})

test("[RP48] a prefix that others watch too, or that stands below another, is observed once; a listener that throws stops no other", async () => {
  const world = new World()
  const { replica, problems } = await world.device()
  const heard: string[] = []
  replica.registers.watch("home/prompt/1", () => {
    throw new Error("listener")
  })
  const ends = [
    replica.registers.watch("home/prompt/1", (key) => heard.push(key)),
    replica.registers.watch("home", (key) => heard.push(key)),
  ]
  await settle()
  const observed = () => [...world.relay.sessions].flatMap((session) => [...session.observed.values()])
  expect(observed()).toEqual(["home"])
  world.relay.registers.set(KEY, "v1")
  await settle()
  expect(heard).toEqual([KEY, KEY])
  expect(problems.map(({ kind }) => kind)).toEqual(["listener-failed"])
  ends[1]!()
  ends[1]!()
  await settle()
  expect(observed()).toEqual(["home/prompt/1"])
})

test("[RP48] who begins to watch is told soon of what is remembered already, but for who has ended it by then", async () => {
  const world = new World()
  const { registers } = (await world.device()).replica
  world.relay.registers.set(KEY, "v1")
  await registers.get(KEY)
  const heard: string[] = []
  const end = registers.watch("home", (key) => heard.push(key))
  registers.watch("home", () => heard.push("never"))()
  registers.watch("home/prompt/2", () => heard.push("not there"))
  expect(heard).toEqual([])
  await Promise.resolve()
  expect(heard).toEqual([KEY])
  end()
})

test("[RP49] what a tab watched that is gone without a word is given back after a while", async () => {
  const world = new World()
  const hub = new FakeTabs()
  const [first, second] = [hub.tab(), hub.tab()]
  const one = await world.device({ tabs: first })
  const two = await world.device({ tabs: second })
  await settle()
  two.replica.registers.watch("home", () => undefined)
  await settle()
  const observed = () => [...world.relay.sessions].flatMap((session) => [...session.observed.values()])
  expect(one.replica.status.holder).toBe(true)
  expect(observed()).toEqual(["home"])
  two.clock.freeze()
  hub.leave(second)
  await world.clock.pass(179_000)
  expect(observed()).toEqual(["home"])
  await world.clock.pass(200_000)
  expect(observed()).toEqual([])
})

test("[RP48] an observation that the relay cannot keep up is asked for again after a while; one that it forbids is not, and what it told is forgotten", async () => {
  const world = new World()
  const { registers } = (await world.device()).replica
  for (const prefix of ["home/a", "home/b"]) registers.watch(prefix, () => undefined)
  for (const key of ["home/a#x", "home/b#x"]) world.relay.registers.set(key, "v1")
  await settle()
  const asked = () => world.relay.received.flatMap((frame) => (frame.type === "observe" ? [frame.prefix] : []))
  const [session] = world.relay.sessions
  const codes = { "home/a": "unavailable", "home/b": "forbidden" } as const
  for (const [handle, prefix] of session!.observed) {
    session!.send({ type: "close", handle, code: codeNumber(codes[prefix as keyof typeof codes]), reason: "" })
  }
  session!.observed.clear()
  await settle()
  expect([registers.cached("home/a#x")?.value, registers.cached("home/b#x")?.value]).toEqual(["v1", undefined])
  expect(asked()).toEqual(["home/a", "home/b"])
  await world.clock.pass(29_000)
  expect(asked()).toHaveLength(2)
  await world.clock.pass(2_000)
  expect(asked()).toEqual(["home/a", "home/b", "home/a"])
  world.relay.breakAll()
  await world.clock.pass(5_000)
  expect(asked().slice(3)).toEqual(["home/a", "home/b"])
})
