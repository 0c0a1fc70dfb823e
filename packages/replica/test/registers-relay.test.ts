import { MemoryDisk } from "@polylogue/storage"
import { expect, test } from "vitest"
import type { RegisterAnswer, Replica } from "../src/index.ts"
import { FakeTabs } from "./support/fake-tabs.ts"
import { socketPair } from "./support/memory-socket.ts"
import { seededBytes } from "./support/random.ts"
import { Town } from "./support/town.ts"

const KEY = "home/prompt/1#label/production"

/** Asks, lets time pass until there is an answer, and gives it. */
async function answerTo(town: Town, question: Promise<RegisterAnswer>): Promise<RegisterAnswer> {
  const come: RegisterAnswer[] = []
  void question.then((answer) => come.push(answer))
  for (let step = 0; step < 2_000 && come.length === 0; step++) await town.clock.pass(10)
  const [answer] = come
  if (answer === undefined) throw new Error("there is no answer")
  return answer
}

function registerOf(answer: RegisterAnswer): { readonly value: string | null; readonly revision: string | null } {
  if (!("register" in answer)) throw new Error(`there is no register in ${JSON.stringify(answer)}`)
  return answer.register
}

/** Adds a mark to the text of a register until that has worked, as an app would: what is ambiguous is tried again as the same attempt. */
async function addMark(replica: Replica, mark: string, attempt: () => string): Promise<void> {
  for (;;) {
    const before = await replica.registers.get(KEY)
    if (before.outcome !== "ok") continue
    const { value, revision } = before.register
    const change = { expected: revision, value: `${value ?? ""}${mark} `, attempt: attempt() }
    let answer = await replica.registers.cas(KEY, change)
    while (answer.outcome === "unavailable") answer = await replica.registers.cas(KEY, change)
    if (answer.outcome === "ok") return
  }
}

test("[RP45, RP47, RP48, I8] with the real relay: of two who publish at once one wins, both are shown who, and a restart changes nothing", async () => {
  const town = new Town()
  const [relayDisk, disk] = [new MemoryDisk(), new MemoryDisk()]
  await town.raise(relayDisk)
  const [left, right] = [await town.replica(disk), await town.replica()]
  for (const replica of [left, right]) replica.registers.watch("home", () => undefined)
  await town.clock.pass(100)
  const answers = await Promise.all([
    answerTo(town, left.registers.cas(KEY, { expected: null, value: "left" })),
    answerTo(town, right.registers.cas(KEY, { expected: null, value: "right" })),
  ])
  expect(answers.map(({ outcome }) => outcome).toSorted()).toEqual(["conflict", "ok"])
  const winner = registerOf(answers[0])
  const other = registerOf(answers[1])
  expect([other.value, other.revision]).toEqual([winner.value, winner.revision])
  await town.clock.pass(100)
  for (const replica of [left, right])
    expect(replica.registers.cached(KEY)).toMatchObject({ value: winner.value, revision: winner.revision })
  await town.relay.close()
  expect(await answerTo(town, right.registers.cas(KEY, { expected: winner.revision, value: "offline" }))).toEqual({
    outcome: "unavailable",
  })
  await town.raise(relayDisk)
  await town.clock.pass(60_000)
  const set = await answerTo(town, right.registers.cas(KEY, { expected: winner.revision, value: "after" }))
  expect(set).toMatchObject({ outcome: "ok", register: { value: "after" } })
  await town.clock.pass(100)
  expect(left.registers.cached(KEY)?.value).toBe("after")
  await town.relay.close()
  await left.close()
  const again = await town.replica(disk, { cutOff: true })
  await again.registers.get(KEY)
  expect(again.registers.cached(KEY)?.value).toBe("after")
})

test("[RP46, RP49, I8] with the real relay: marks that four devices and their tabs add under cuts are each there exactly once", async () => {
  const town = new Town()
  const relayDisk = new MemoryDisk()
  await town.raise(relayDisk)
  const random = seededBytes(46)
  const attempt = () => [...random(8)].map((byte) => byte.toString(16).padStart(2, "0")).join("")
  const devices: Replica[] = []
  for (let index = 0; index < 4; index++) {
    const [hub, disk] = [new FakeTabs(), new MemoryDisk()]
    devices.push(await town.replica(disk, { tabs: hub.tab() }), await town.replica(disk, { tabs: hub.tab() }))
  }
  const rounds = [0, 1, 2, 3, 4]
  const marks = devices.flatMap((_, index) => rounds.map((round) => `m${index}.${round}`))
  town.lives = () => 2 + (random(1)[0]! % 5)
  town.breakAll()
  let done = 0
  const adding = devices.map(async (replica, index) => {
    for (const round of rounds) await addMark(replica, `m${index}.${round}`, attempt)
    done++
  })
  let restarts = 0
  for (let step = 0; step < 5_000 && done < devices.length; step++) {
    await town.clock.pass(50)
    if (random(1)[0]! >= 20) continue
    restarts++
    await town.relay.close()
    await town.raise(relayDisk)
  }
  await Promise.all(adding)
  const { value } = registerOf(await answerTo(town, devices[0]!.registers.get(KEY)))
  expect(value!.trim().split(" ").toSorted()).toEqual(marks.toSorted())
  expect(town.cuts).toBeGreaterThan(20)
  expect(restarts).toBeGreaterThan(3)
})

test("[RP46, RP48] with the real relay: a lease is seen to end, and whoever waits for it can take it", async () => {
  const town = new Town()
  await town.raise(new MemoryDisk())
  const [left, right] = [await town.replica(), await town.replica()]
  const seen: (string | null | undefined)[] = []
  right.registers.watch("home/prompt/1", (key) => seen.push(right.registers.cached(key)?.value))
  const held = await answerTo(town, left.registers.cas(KEY, { expected: null, value: "left", ttlMs: 5_000 }))
  expect(held).toMatchObject({ register: { expiresAt: expect.any(Number) as number } })
  expect(await answerTo(town, right.registers.cas(KEY, { expected: null, value: "right" }))).toMatchObject({ outcome: "conflict" })
  await town.clock.pass(6_000)
  expect(seen.at(-1)).toBeNull()
  expect(await answerTo(town, right.registers.cas(KEY, { expected: null, value: "right" }))).toMatchObject({ outcome: "ok" })
})

test("[RP45, RP47, I11] with the real relay: who may not read learns nothing, who may not write sets nothing, and what was readable is forgotten", async () => {
  const town = new Town()
  let visible = true
  town.may = (token) => (token === "owner" ? "erase" : token === "reader" && visible ? "read" : "none")
  await town.raise(new MemoryDisk())
  const disk = new MemoryDisk()
  const [owner, reader, nobody] = [
    await town.replica(undefined, { token: "owner" }),
    await town.replica(disk, { token: "reader" }),
    await town.replica(undefined, { token: "nobody" }),
  ]
  for (const replica of [reader, nobody]) replica.registers.watch("home", () => undefined)
  await answerTo(town, owner.registers.cas(KEY, { expected: null, value: "v1", guarded: true }))
  await town.clock.pass(100)
  expect(reader.registers.cached(KEY)).toMatchObject({ value: "v1", guarded: true })
  expect(nobody.registers.cached(KEY)).toBeUndefined()
  const forbidden = { outcome: "refused", code: "forbidden" }
  expect(await answerTo(town, reader.registers.cas(KEY, { expected: null, value: "mine" }))).toEqual(forbidden)
  expect(await answerTo(town, nobody.registers.get(KEY))).toEqual(forbidden)
  expect(await answerTo(town, nobody.registers.get("home/prompt/404#a"))).toEqual(forbidden)
  visible = false
  town.breakAll()
  await town.clock.pass(5_000)
  expect(reader.registers.cached(KEY)).toBeUndefined()
})

test("[RP13, RP48] with the real relay: what is given back before the relay has heard of it ends no session", async () => {
  const town = new Town()
  await town.raise(new MemoryDisk())
  const replica = await town.replica()
  replica.registers.watch("home/prompt/1", () => undefined)
  await town.clock.pass(100)
  const codes: (string | undefined)[] = []
  replica.subscribe(() => codes.push(replica.status.code))
  // Each alone: only the highest handle of a session can be one that the relay has not heard of.
  for (const begin of [() => replica.registers.watch("home/prompt", () => undefined), () => replica.watch("home")]) {
    begin()()
    await town.clock.pass(100)
    expect(replica.status).toMatchObject({ connection: "online" })
  }
  expect(codes.filter((code) => code !== undefined)).toEqual([])
  // What is watched still is.
  expect(await answerTo(town, replica.registers.cas(KEY, { expected: null, value: "v1" }))).toMatchObject({ outcome: "ok" })
  await replica.close()
})

test("[RP45, RP46, RP47, RP48] at a relay that asks another one: what that says is shown with its time, as of then while it is away, and as it is when it was put back", async () => {
  const town = new Town()
  const disk = new MemoryDisk()
  const nobody = (): never => {
    throw new Error("it dials nobody")
  }
  const authority = { name: "authority", peers: [], dial: nobody }
  let root = await town.open(disk, authority)
  const dial = (): ReturnType<typeof socketPair>[0] => {
    const [near, far] = socketPair()
    root.accept(far)
    near.open()
    return near
  }
  await town.raise(new MemoryDisk(), { name: "edge", peers: [{ url: "ws://authority/sync" }], dial })
  const { registers } = await town.replica()
  registers.watch("home", () => undefined)
  await town.clock.pass(2_000)
  const first = registerOf(await answerTo(town, registers.cas(KEY, { expected: null, value: "v1" })))
  const backup = disk.copy()
  await answerTo(town, registers.cas(KEY, { expected: first.revision, value: "lost" }))
  await town.clock.pass(100)
  expect(town.relay.registers.authority.standing).toBe("away")
  await root.close()
  await town.clock.pass(1_000)
  const away = town.clock.now()
  expect(await answerTo(town, registers.get(KEY))).toEqual({ outcome: "unavailable" })
  expect(registers.cached(KEY)).toMatchObject({ value: "lost" })
  expect(registers.cached(KEY)!.asOf).toBeLessThan(away)
  root = await town.open(backup, authority)
  await town.clock.pass(60_000)
  expect(registers.cached(KEY)).toMatchObject({ value: "v1", revision: first.revision })
  expect(registers.cached(KEY)!.asOf).toBeGreaterThan(away)
  expect(await answerTo(town, registers.cas(KEY, { expected: first.revision, value: "v2" }))).toMatchObject({ outcome: "ok" })
})
