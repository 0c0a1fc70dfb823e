import { MemoryDisk } from "@polylogue/storage"
import { expect, test } from "vitest"
import type { Register, RegisterAnswer } from "../src/index.ts"
import { type Device, World } from "./support/device.ts"
import { type FakeTab, FakeTabs } from "./support/fake-tabs.ts"
import { settle } from "./support/manual-clock.ts"

const KEY = "home/prompt/1#label/production"

interface Tab {
  readonly device: Device
  readonly tab: FakeTab
}

/** Tabs of one browser: one disk, one lock, one clock; the first holds the socket. */
async function browser(
  world: World,
  count: number,
): Promise<{ readonly hub: FakeTabs; readonly tabs: readonly Tab[]; readonly disk: MemoryDisk }> {
  const [hub, disk, tabs] = [new FakeTabs(), new MemoryDisk(), [] as Tab[]]
  for (let index = 0; index < count; index++) {
    const tab = hub.tab()
    tabs.push({ device: await world.device({ disk, tabs: tab }), tab })
  }
  await settle()
  return { hub, tabs, disk }
}

function noted(answer: Promise<RegisterAnswer>): { current: RegisterAnswer | undefined } {
  const box: { current: RegisterAnswer | undefined } = { current: undefined }
  void answer.then((value) => (box.current = value))
  return box
}

function registersOf({ device }: Tab): Device["replica"]["registers"] {
  return device.replica.registers
}

test("[RP49] a tab without the socket asks by way of the one that holds it, and remembers what it was told", async () => {
  const world = new World()
  const { tabs } = await browser(world, 3)
  const [, two, three] = tabs
  const answer = await registersOf(two!).cas(KEY, { expected: null, value: "v1" })
  expect(answer).toMatchObject({ outcome: "ok", register: { value: "v1" } })
  expect(registersOf(two!).cached(KEY)?.value).toBe("v1")
  expect(await registersOf(three!).cas(KEY, { expected: null, value: "v2" })).toMatchObject({ outcome: "conflict" })
  expect(world.relay.dials).toBe(1)
})

test("[RP49] the tab that holds the socket goes in between: its successor makes the same attempt, once", async () => {
  const world = new World()
  const { hub, tabs } = await browser(world, 2)
  const [one, two] = tabs
  world.relay.registers.onRequest = () => "swallow"
  const answer = noted(registersOf(two!).cas(KEY, { expected: null, value: "v1" }))
  await settle()
  expect(world.relay.registers.sets).toBe(1)
  world.relay.registers.onRequest = undefined
  hub.leave(one!.tab)
  await world.clock.pass(2_000)
  expect(two!.device.replica.status.holder).toBe(true)
  expect(answer.current).toMatchObject({ outcome: "ok", register: { value: "v1" } })
  expect(world.relay.registers.sets).toBe(1)
})

test("[RP49] of three tabs, one asks, one holds and goes, and the third takes over and answers", async () => {
  const world = new World()
  const { hub, tabs } = await browser(world, 3)
  const [one, two, three] = tabs
  world.relay.registers.onRequest = () => "ignore"
  const answer = noted(registersOf(three!).cas(KEY, { expected: null, value: "v1" }))
  await settle()
  world.relay.registers.onRequest = undefined
  hub.leave(one!.tab)
  await world.clock.pass(2_000)
  expect(two!.device.replica.status.holder).toBe(true)
  expect(answer.current).toMatchObject({ outcome: "ok", register: { value: "v1" } })
})

test("[RP49] hints may be lost: a question that nobody heard is said again, and is unavailable at its deadline", async () => {
  const world = new World()
  const { hub, tabs } = await browser(world, 2)
  hub.lossy = true
  const [lost, last] = [noted(registersOf(tabs[1]!).get(KEY)), noted(registersOf(tabs[1]!).cas(KEY, { expected: null, value: "v1" }))]
  await world.clock.pass(2_900)
  hub.lossy = false
  await world.clock.pass(200)
  expect(lost.current).toMatchObject({ outcome: "ok" })
  expect(last.current).toMatchObject({ outcome: "ok" })
  // Hidden, it does not take the socket from a holder that it does not hear.
  tabs[1]!.tab.isVisible = false
  hub.lossy = true
  const never = noted(registersOf(tabs[1]!).get(KEY))
  await world.clock.pass(9_999)
  expect(never.current).toBeUndefined()
  await world.clock.pass(1)
  expect(never.current).toEqual({ outcome: "unavailable" })
})

test("[RP48, RP49] what any tab watches is observed once, and all that watch are told, also when the holder changes", async () => {
  const world = new World()
  const { hub, tabs } = await browser(world, 3)
  const [one, two, three] = tabs
  world.relay.registers.set(KEY, "v1")
  const heard: string[][] = [[], []]
  const watching = [two!, three!].map((tab, index) =>
    registersOf(tab).watch("home", (key) => heard[index]!.push(registersOf(tab).cached(key)?.value ?? "-")),
  )
  await settle()
  world.relay.registers.set(KEY, "v2")
  await settle()
  expect(heard).toEqual([
    ["v1", "v2"],
    ["v1", "v2"],
  ])
  expect([...world.relay.sessions].map(({ observed }) => [...observed.values()])).toEqual([["home"]])
  hub.leave(one!.tab)
  one!.device.clock.freeze()
  world.relay.breakAll()
  world.relay.registers.set(KEY, "v3")
  await world.clock.pass(3_000)
  expect(heard.map((words) => words.at(-1))).toEqual(["v3", "v3"])
  await registersOf(three!).cas(KEY, { expected: world.relay.registers.at(KEY).revision, value: null })
  await settle()
  expect(heard.map((words) => words.at(-1))).toEqual(["-", "-"])
  for (const end of watching) end()
  await settle()
  expect([...world.relay.sessions].flatMap(({ observed }) => [...observed.values()])).toEqual([])
})

test("[RP48] a tab that begins to watch later is told at once what the holder knows", async () => {
  const world = new World()
  const { tabs } = await browser(world, 2)
  world.relay.registers.set(KEY, "v1")
  registersOf(tabs[0]!).watch("home", () => undefined)
  await settle()
  const asked = world.relay.received.filter(({ type }) => type === "observe").length
  registersOf(tabs[1]!).watch("home/prompt", () => undefined)
  await settle()
  expect(registersOf(tabs[1]!).cached(KEY)?.value).toBe("v1")
  expect(world.relay.received.filter(({ type }) => type === "observe")).toHaveLength(asked)
})

test("[RP47, RP49] a tab that slept and wakes with an old socket takes nothing back", async () => {
  const world = new World()
  const { tabs } = await browser(world, 3)
  const [one, two, three] = tabs
  for (const tab of tabs) registersOf(tab).watch("home", () => undefined)
  world.relay.registers.set(KEY, "v1")
  await settle()
  const stale = registersOf(three!).cached(KEY)!
  world.relay.registers.set(KEY, null)
  await settle()
  const absent = registersOf(three!).cached(KEY)!
  expect(absent.value).toBeNull()
  // What the first tab would say on waking, before it learns that another one holds the socket.
  one!.tab.freeze()
  one!.device.clock.freeze()
  await world.clock.pass(5_000)
  expect([two!, three!].some(({ device }) => device.replica.status.holder)).toBe(true)
  const say = (registers: readonly Register[]) => {
    const message = {
      app: "polylogue-replica-1",
      tab: "sleeper",
      count: 1,
      type: "register",
      body: { kind: "values", registers, again: false, start: undefined },
    }
    one!.tab.post(message)
  }
  say([stale])
  await settle()
  expect([two!, three!].map((tab) => registersOf(tab).cached(KEY)?.value)).toEqual([undefined, undefined])
})

test("[RP47, RP49] the tab that may connect, between two connections, takes nothing from one that wakes with an old socket", async () => {
  const world = new World()
  const { tabs } = await browser(world, 2)
  const [one, two] = tabs
  for (const tab of tabs) registersOf(tab).watch("home", () => undefined)
  world.relay.registers.set(KEY, "v1")
  await settle()
  const stale = registersOf(one!).cached(KEY)!
  world.relay.registers.set(KEY, "v2")
  await settle()
  world.relay.unreachable = true
  world.relay.breakAll()
  await settle()
  expect(one!.device.replica.status).toMatchObject({ holder: true, connection: "offline" })
  const body = { kind: "values", registers: [stale], again: false, start: "00000000000000ff" }
  two!.tab.post({ app: "polylogue-replica-1", tab: "sleeper", count: 1, type: "register", body })
  await settle()
  expect(registersOf(one!).cached(KEY)?.value).toBe("v2")
})

test("[RP47] what tabs have heard rests in the store, whichever of them goes", async () => {
  const world = new World()
  const { tabs, disk } = await browser(world, 2)
  const [one, two] = tabs
  world.relay.registers.set(KEY, "v1")
  registersOf(two!).watch("home", () => undefined)
  await settle()
  world.relay.registers.set(KEY, "v2")
  await world.clock.pass(3_000)
  await two!.device.replica.close()
  await one!.device.replica.close()
  const { registers } = (await world.device({ disk, cutOff: true })).replica
  registers.watch("home", () => undefined)
  await settle()
  expect(registers.cached(KEY)?.value).toBe("v2")
})

test("[RP47, RP49] a tab that takes over knows what the one before it had noted", async () => {
  const world = new World()
  const { hub, tabs } = await browser(world, 2)
  const [one, two] = tabs
  world.relay.registers.set(KEY, "v1")
  registersOf(two!).cached(KEY)
  await settle()
  await registersOf(one!).get(KEY)
  await world.clock.pass(3_000)
  expect(registersOf(two!).cached(KEY)).toBeUndefined()
  hub.leave(one!.tab)
  await world.clock.pass(1_000)
  expect(two!.device.replica.status.holder).toBe(true)
  expect(registersOf(two!).cached(KEY)?.value).toBe("v1")
})
